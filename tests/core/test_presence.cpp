// Who is connected: leases, epochs, exclusive logins, and many that end at once.
#include <boost/test/unit_test.hpp>

#include "core/desk.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(connected)

BOOST_FIXTURE_TEST_CASE(a_lease_runs_out, Desk) {
    const auto c = talk("c");
    agent("a");
    queue(c, "1");
    BOOST_TEST(online());
    clock.advance(14'999);
    BOOST_TEST(online());
    clock.advance(2);
    BOOST_TEST(!online());
    BOOST_TEST(!queue(c, "2"));
    presence::sweep(db, house, services.publisher);
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM relays WHERE id = ?", {std::string_view(host)}) == 0);
    relay(host);
    agent("b");
    BOOST_TEST(ready("b") == "1 2 ");
}

BOOST_FIXTURE_TEST_CASE(a_new_epoch_ends_the_old_one, Desk) {
    const auto beat = [&](const std::string& id, int64_t started) {
        ask([&](db::Session& s) { presence::heartbeat(s, house, id, "n-" + tag, started, 3); });
    };
    beat("old-" + tag, 10);
    connect(conn("u"), "old-" + tag, account_principal(user.id));
    const auto there = [&](const std::string& door) {
        return ask([&](db::Session& s) { return presence::online(s, house, account_principal(user.id), door); });
    };
    BOOST_TEST(there(""));
    BOOST_TEST(there("ocms"));
    BOOST_TEST(!there("openim"));
    beat("new-" + tag, 20);
    BOOST_TEST(!there(""));
    connect(conn("v"), "new-" + tag, account_principal(user.id));
    BOOST_TEST(there(""));
}

BOOST_FIXTURE_TEST_CASE(an_exclusive_login_ends_the_older_one, Desk) {
    const std::string key = "device:" + tag;
    connect(conn("a"), host, robot_principal(bot.id), key);
    connect(conn("a"), host, robot_principal(bot.id), key);  // the same open, repeated
    BOOST_TEST(bus.count("ctl.conn." + host) == 0u);
    connect(conn("b"), host, robot_principal(bot.id), key);
    BOOST_TEST(bus.count("ctl.conn." + host) == 1u);
    BOOST_TEST(json::parse(bus.published().back().second)->text_or("conn") == conn("a"));
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(conn("a"))}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(conn("b"))}) == 1);
}

// Both look before either has written: the loser must still be told.
BOOST_FIXTURE_TEST_CASE(two_exclusive_logins_at_once, Desk) {
    const std::string key = "device:" + tag;
    std::atomic<int> looked{0};
    together(2, [&](int i) {
        bool first = true;
        act([&](db::Session& s, outbox::Pushes& p) {
            WatchedSession watched(s, [&](std::string_view sql) {
                if (!first || sql.find("exclusive = ? FOR UPDATE") == std::string_view::npos) return;
                first = false;
                ++looked;
                while (looked < 2) std::this_thread::yield();
            });
            presence::opened(watched, house, {conn(i ? "b" : "a"), host, "ocms", robot_principal(bot.id), key}, 1008,
                             "elsewhere", p);
        });
    });
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE exclusive = ?", {std::string_view(key)}) == 1);
    BOOST_TEST(bus.count("ctl.conn." + host) == 1u);
}

BOOST_FIXTURE_TEST_CASE(a_relay_that_was_cut_off_names_its_connections, Desk) {
    for (const auto* name : {"a", "b"}) connect(conn(name), host, account_principal(user.id));
    const auto unknown = act([&](db::Session& s, outbox::Pushes& p) {
        return presence::reconcile(s, house, host, {conn("b"), conn("z")}, p);
    });
    BOOST_TEST((unknown == std::vector<std::string>{conn("z")}));
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 1);
}

BOOST_FIXTURE_TEST_CASE(many_connections_end_at_once, World) {
    const std::string host = "many." + std::to_string(clock.now_ms());
    relay(host);
    const auto user = account();
    const auto bot = robot(user.id);
    for (const size_t count : {1u, 2u, 3u, 5u, 7u, 450u}) {
        std::vector<std::string> conns;
        for (size_t i = 0; i < count; ++i) {
            conns.push_back(host + ":" + std::to_string(i));
            connect(conns.back(), host, i % 50 == 3 ? robot_principal(bot.id) : account_principal(user.id));
        }
        act([&](db::Session& s, outbox::Pushes& p) { presence::closed(s, house, conns, p); });
        BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
