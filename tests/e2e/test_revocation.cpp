// "At once" is within a second: what ends a right also ends the streams that live by it.
#include <boost/test/unit_test.hpp>

#include "api/services.h"
#include "e2e/stack.h"

namespace hy::test {

namespace {

constexpr int kAtOnceMs = 1500;

std::string login_ends(WebSocket& stream) { return stream.closed(kAtOnceMs).substr(0, 4); }

bool refused_at_once(const User& user) {
    return eventually([&] { return stack().call(user, "GET", "/ocms/robots/").status == 401; }, kAtOnceMs);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(revocation)

BOOST_AUTO_TEST_CASE(a_deleted_robot) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice), other = stack().new_robot(alice);
    auto agent = stack().agent(robot), bystander = stack().agent(other);
    auto owner = stack().user(alice, robot), guest = stack().user(bob, robot), elsewhere = stack().user(alice, other);
    BOOST_TEST(stack().call(alice, "DELETE", "/ocms/robots/" + robot.id).body == R"({"ok":true})");
    for (auto* stream : {&agent, &owner, &guest}) BOOST_TEST(login_ends(**stream) == "1008");
    BOOST_TEST(stack().stream("?apiKey=" + robot.key)->closed() == "1008 无效的 API Key");
    BOOST_TEST((bystander->live() && elsewhere->live()));
}

BOOST_AUTO_TEST_CASE(a_renewed_key) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    auto user = stack().user(alice, robot);
    const auto renewed = stack().call(alice, "POST", "/ocms/robots/" + robot.id + "/api-key");
    BOOST_TEST(renewed.status == 200);
    stack().secrets.push_back(renewed.text("api_key"));
    BOOST_TEST(login_ends(*agent) == "1008");
    BOOST_TEST(stack().stream("?apiKey=" + robot.key)->closed() == "1008 无效的 API Key");
    auto again = stack().agent({robot.id, renewed.text("api_key")});
    user->text(user_says("still here"));
    BOOST_TEST(data(again->next_json(), "text") == "still here");
}

BOOST_AUTO_TEST_CASE(a_robot_made_private) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    auto owner = stack().user(alice, robot), guest = stack().user(bob, robot);
    BOOST_TEST(stack().call(alice, "PUT", "/ocms/robots/" + robot.id, R"({"private":true})").status == 200);
    BOOST_TEST(login_ends(*guest) == "1008");
    owner->text(user_says("mine"));
    BOOST_TEST(data(agent->next_json(), "text") == "mine");
}

BOOST_AUTO_TEST_CASE(a_refresh_token_used_twice) {
    const std::string code = "e2e" + std::to_string(monotonic_us());
    const User alice = stack().log_in(code), other_login = stack().log_in(code);
    BOOST_TEST(alice.id == other_login.id);
    const Robot robot = stack().new_robot(alice);
    const auto refresh = [](const std::string& token) {
        return http(stack().url, "POST", "/ocms/auth/refresh", {{"Content-Type", "application/json"}},
                    R"({"refresh_token":")" + token + "\"}");
    };
    const auto second = refresh(alice.refresh);
    BOOST_TEST(second.status == 200);
    BOOST_TEST(refresh(alice.refresh).body == second.body);
    const auto third = refresh(second.text("refresh_token"));
    BOOST_TEST(third.status == 200);
    for (const auto& answer : {second, third})
        for (const char* name : {"access_token", "refresh_token"}) stack().secrets.push_back(answer.text(name));
    const User newest{alice.id, third.text("access_token"), third.text("refresh_token")};
    auto stolen = stack().user(newest, robot), elsewhere = stack().user(other_login, robot);
    BOOST_TEST(refresh(alice.refresh).status == 401);
    BOOST_TEST(login_ends(*stolen) == "1008");
    BOOST_TEST(refused_at_once(newest));
    BOOST_TEST(refresh(newest.refresh).status == 401);
    BOOST_TEST((elsewhere->live() && stack().call(other_login, "GET", "/ocms/robots/").status == 200));
}

BOOST_AUTO_TEST_CASE(a_disabled_account) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice), guests = stack().new_robot(bob);
    auto user = stack().user(alice, robot), at_guests = stack().user(alice, guests), other = stack().user(bob, guests);
    const SystemClock clock;
    const auto bus = bus::connect(stack().config, "e2e");
    BOOST_REQUIRE(eventually([&] { return bus->connected(); }));
    api::Services services(stack().config, clock, *bus, 1);
    services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        accounts::set_status(s, services.house, alice.id, accounts::Status::disabled, pushes);
    });
    BOOST_TEST(login_ends(*user) == "1008");
    BOOST_TEST(login_ends(*at_guests) == "1008");
    BOOST_TEST(refused_at_once(alice));
    BOOST_TEST(stack().stream("?token=" + alice.access + "&robotId=" + guests.id)->closed() == "1008 无效的 Token");
    BOOST_TEST(other->live());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
