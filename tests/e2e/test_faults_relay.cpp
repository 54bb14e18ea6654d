// Relays that are killed, fall silent, or lose sight of NATS while people talk: connections
// come back, everything said arrives, and no row of a connection stays that is not there.
#include <boost/test/unit_test.hpp>

#include "e2e/gate.h"
#include "e2e/load.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

// Both what the relay says it holds, and the rows of it, are as many as are really there.
bool no_ghosts(const std::string& relay, int64_t there) {
    const std::string like = "'" + relay + ".%'";
    return other_driver::number("SELECT COUNT(*) FROM connections WHERE relay_id LIKE " + like) == there &&
           other_driver::number("SELECT COALESCE(SUM(connections), 0) FROM relays WHERE id LIKE " + like) == there;
}

int64_t lease_and_more_ms() {
    const auto& relay = stack().config.relay;
    return (relay.lease_seconds + relay.heartbeat_seconds) * 1000;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(two_relays_and_one_of_them_killed) {
    OwnRelay second("second");
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    auto far = stack().agent(robot, true, second.port());
    user->text(user_says("across"));
    BOOST_TEST(data(far->next_json(), "text") == "across");
    far->text(agent_says("back", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "back");
    const auto settled = [&](int64_t seq) {
        return eventually(
            [&] { return other_driver::unconfirmed(robot) == 0 && other_driver::delivered(alice, robot) == seq; });
    };
    BOOST_TEST(settled(2));
    auto far_device = stack().user(alice, robot, "", true, second.port());
    far->text(agent_says("to both", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "to both");
    BOOST_TEST(far_device->next_json().text_or("text") == "to both");
    BOOST_TEST(settled(3));

    auto near = stack().agent(robot);
    second.end(SIGKILL);
    std::vector<std::string> ids;
    for (const std::string text : {"1", "2", "3"}) {
        user->text(user_says(text, "", text));
        ids.push_back(user->next_json().text_or("id"));
    }
    const auto& relay = stack().config.relay;
    const int patience = static_cast<int>(relay.lease_seconds + relay.heartbeat_seconds + 5) * 1000;
    for (const auto& id : ids) BOOST_TEST(data(near->next_json(patience), "id") == id);
    near->text(agent_says("taken over", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "taken over");
}

BOOST_AUTO_TEST_CASE(relay_killed_under_load) {
    Load load;
    for (int i = 0; i < 4; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(300 + 400 * i));
        BOOST_TEST(signal_all("ws-relay", SIGKILL) == 1u);
        load.back("relay killed", 30);
    }
    load.finish();
    for (const auto& [status, count] : load.statuses()) BOOST_TEST(status == 200, status << ": " << count);
    stack().heal();
}

// Longer than its lease the house does not hear the relay, and has given up its connections.
BOOST_AUTO_TEST_CASE(relay_that_stands_still_for_longer_than_its_lease) {
    Load load(3, 1);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const auto pids = pids_of("ws-relay");
    BOOST_REQUIRE(pids.size() == 1u);
    kill(pids[0], SIGSTOP);
    std::this_thread::sleep_for(std::chrono::milliseconds(lease_and_more_ms()));
    kill(pids[0], SIGCONT);
    load.back("relay stood still", 30);
    BOOST_TEST(eventually([&] { return no_ghosts("relay", 6); }, 90000));
    load.finish();
    BOOST_TEST(eventually([&] { return no_ghosts("relay", 0); }, 30000));
    BOOST_TEST(pids_of("ws-relay") == pids);
    stack().heal();
}

BOOST_AUTO_TEST_CASE(relay_cut_off_from_nats_for_longer_than_its_lease) {
    Gate gate(stack().port + 2);
    OwnRelay relay("cutoff", {"--nats.url=nats://127.0.0.1:" + std::to_string(gate.port())});
    Load load(3, 0, relay.port());
    std::this_thread::sleep_for(std::chrono::seconds(2));
    gate.shut();
    std::this_thread::sleep_for(std::chrono::milliseconds(lease_and_more_ms()));
    gate.open();
    load.back("relay cut off from NATS", 30);
    BOOST_TEST(eventually([&] { return no_ghosts("cutoff", 6); }, 90000));
    load.finish();
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
