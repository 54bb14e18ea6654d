// The database dies, or is away for a minute, while people talk and write: what was
// acknowledged stays, what cannot be done is refused soon and in the door's words, and all
// goes on by itself.
#include <boost/test/unit_test.hpp>

#include "e2e/load.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

constexpr int kAwaySeconds = 60;

std::vector<pid_t> handlers() {
    std::vector<pid_t> pids;
    for (const char* program : {"ocms-auth", "ocms-robots", "ocms-conversations", "ocms-upload", "ocms-chat",
                                "ocms-stream", "jobs-outbox", "jobs-housekeeping", "ws-relay", "system-health"})
        for (const pid_t pid : pids_of(program)) pids.push_back(pid);
    std::sort(pids.begin(), pids.end());
    return pids;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(database_killed_under_load) {
    Load load;
    const auto before = handlers();
    for (int i = 0; i < 3; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(700 + 300 * i));
        BOOST_TEST(signal_all("mariadbd", SIGKILL) == 1u);
        load.back("mariadbd killed", 60);
    }
    load.finish(60);
    for (const auto& [status, count] : load.statuses())
        BOOST_TEST((status == 200 || status == 503 || status == 500), status << ": " << count);
    BOOST_TEST(handlers() == before);
    stack().heal();
}

BOOST_AUTO_TEST_CASE(database_away_for_a_minute_under_load) {
    Load load;
    const auto before = handlers();
    const User alice = stack().log_in();
    std::this_thread::sleep_for(std::chrono::seconds(2));
    stack().supervisor("stop mariadb");
    load.slowest_s();
    const int64_t until = monotonic_us() + int64_t{1000000} * kAwaySeconds;
    std::map<std::string, int> bodies;
    std::set<int> health;
    while (monotonic_us() < until) {
        const Answer answer = stack().call(alice, "GET", "/ocms/robots/");
        ++bodies[std::to_string(answer.status) + " " + answer.text("detail")];
        health.insert(stack().healthz().status);
        std::this_thread::sleep_for(std::chrono::milliseconds(500));
    }
    const double slowest = load.slowest_s();
    stack().supervisor("start mariadb");
    BOOST_TEST_MESSAGE("the slowest answer while the database was away took " << slowest << " s");
    for (const auto& [body, count] : bodies) {
        BOOST_TEST_MESSAGE(count << " × " << body);
        BOOST_TEST(body == "503 服务暂时不可用");
    }
    BOOST_TEST((health == std::set<int>{503}));
    // A connection that cannot be made is given up after database.connect_timeout_s.
    BOOST_TEST(slowest < static_cast<double>(stack().config.database.connect_timeout_s) + 2);
    load.back("database away for a minute", 30);
    load.finish(30);
    for (const auto& [status, count] : load.statuses())
        BOOST_TEST((status == 200 || status == 503 || status == 500), status << ": " << count);
    BOOST_TEST(handlers() == before);
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
