// What an operator sees: metrics, health, and logs that hold no secret. Comes last, so that
// the logs are those of the whole run.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "e2e/im_user.h"
#include "e2e/stack.h"

namespace hy::test {

BOOST_AUTO_TEST_SUITE(watching)

BOOST_AUTO_TEST_CASE(metrics_name_routes_connections_and_the_outbox) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    const auto user = stack().user(alice, robot);
    BOOST_TEST(stack().call(alice, "GET", "/ocms/robots/" + robot.id + "x").status == 404);
    const auto answer = http(stack().url, "GET", "/metrics");
    BOOST_TEST(answer.status == 200);
    const auto has = [&](const std::string& name, const std::string& rest) {
        for (size_t at = answer.body.find("\n" + name + "{"); at != std::string::npos;
             at = answer.body.find("\n" + name + "{", at + 1)) {
            const std::string line = answer.body.substr(at + 1, answer.body.find('\n', at + 1) - at - 1);
            if (line.find(rest) != std::string::npos && !line.ends_with(" 0")) return true;
        }
        return false;
    };
    BOOST_TEST(has("hongyan_requests_total", R"(route="POST /ocms/robots/",status="200")"));
    BOOST_TEST(has("hongyan_requests_total", R"(route="GET /ocms/robots/{robot_id}",status="404")"));
    BOOST_TEST(has("hongyan_request_seconds_count", R"(route="POST /ocms/auth/weapp/token")"));
    BOOST_TEST(has("hongyan_relay_connections", "ws-relay"));
    BOOST_TEST(answer.body.find("\nhongyan_outbox_rows ") != std::string::npos);
    BOOST_TEST(answer.body.find(robot.id) == std::string::npos);
}

BOOST_AUTO_TEST_CASE(health_says_which_part_is_away) {
    BOOST_TEST(stack().healthz().json().text_or("status") == "ok");
    for (const std::string part : {"nats", "mariadb"}) {
        const std::string name = part == "nats" ? "nats" : "database", other = part == "nats" ? "database" : "nats";
        stack().supervisor("stop " + part);
        BOOST_TEST(eventually([&] {
            const auto answer = stack().healthz();
            return answer.status == 503 && answer.text(name) == "away" && answer.text(other) == "ok";
        }));
        stack().supervisor("start " + part);
        stack().heal();
    }
}

BOOST_AUTO_TEST_CASE(a_handler_that_is_away_is_told_in_words_of_its_endpoint) {
    const auto who = im_account();
    const auto ask = [&] { return http(stack().url, "GET", "/api/v1/im/config", who.user.headers()); };
    BOOST_TEST(ask().status == 200);
    stack().supervisor("stop wukongim-system:*");
    const auto answer = ask();
    BOOST_TEST(answer.status == 503);
    BOOST_TEST(answer.text("message") == "获取配置失败");
    BOOST_TEST(!answer.text("requestId").empty());
    stack().supervisor("start wukongim-system:*");
    stack().heal();
    BOOST_TEST(ask().status == 200);
}

BOOST_AUTO_TEST_CASE(no_log_holds_a_token_or_a_key) {
    BOOST_TEST(stack().secrets.size() > 10u);
    // Asked once more with the secret where careless programs log it.
    for (const std::string& secret : std::vector<std::string>(stack().secrets.end() - 3, stack().secrets.end())) {
        stack().stream("?token=" + secret + "&robotId=robot_1_a")->live();
        stack().stream("?apiKey=" + secret)->live();
        http(stack().url, "GET", "/ocms/nothing?token=" + secret, {{"Authorization", "Bearer " + secret}});
        http(stack().url, "GET", "/ocms/v1/stream?apiKey=" + secret);
    }
    size_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(stack().var + "/log")) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        bytes += text.size();
        for (const auto& secret : stack().secrets) {
            if (secret.empty()) continue;
            // A token's signature alone would do harm, and so would half a key.
            const std::string tail = secret.substr(secret.size() - 20);
            BOOST_TEST(text.find(tail) == std::string::npos, entry.path().filename() << " holds a secret");
        }
    }
    BOOST_TEST(bytes > 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
