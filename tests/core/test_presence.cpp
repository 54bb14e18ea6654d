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
    presence::sweep(
        db, house, bus, [&] { return bus.connected_since_us(); }, services.publisher);
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM relays WHERE id = ?", {std::string_view(host)}) == 0);
    relay(host);
    agent("b");
    BOOST_TEST(ready("b") == "1 2 ");
}

// It could not say that it lives.
BOOST_FIXTURE_TEST_CASE(while_NATS_is_away_no_relay_is_given_up, Desk) {
    const auto c = talk("c");
    agent("a");
    queue(c, "1");
    const auto rows = [&] {
        presence::sweep(
            db, house, bus, [&] { return bus.connected_since_us(); }, services.publisher);
        return number("SELECT COUNT(*) FROM connections WHERE relay_id = ?", {std::string_view(host)});
    };
    clock.advance(60'000);
    bus.up = false;
    BOOST_TEST(rows() == 1);
    bus.up = true;
    bus.since_us = monotonic_us();
    BOOST_TEST(rows() == 1);
    bus.since_us = monotonic_us() - 15'000'001;
    BOOST_TEST(rows() == 0);
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

BOOST_FIXTURE_TEST_CASE(no_more_at_once_than_are_allowed, Desk) {
    const auto open = [&](const std::string& name) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return presence::opened(s, house, {conn(name), host, "ocms", account_principal(user.id), "", 2}, 0, "", p);
        });
    };
    BOOST_TEST((open("a") && open("b")));
    BOOST_TEST(!open("c"));
    BOOST_TEST(open("b"), "asked again it is the same one");
    connect(conn("other"), host, account_principal(owner.id));
    gone("a");
    BOOST_TEST(open("c"));
    BOOST_TEST(!open("d"));
    // Those of a relay that is not heard of any more do not count.
    clock.advance(house.config.relay.lease_seconds * 1000 + 1);
    relay("relay2-" + tag);
    BOOST_TEST(open("d"));
    BOOST_TEST(number("SELECT COUNT(*) FROM connections WHERE principal_id = ? AND principal_type = 0", {user.id}) ==
               3);
}

namespace {
// Connections of users on its relay, and what is found when the relay names some of them.
struct Roll : Desk {
    void connected(const std::string& names) {
        for (const char name : names) connect(conn({name}), host, account_principal(user.id));
    }
    std::string unknown(const std::string& names, const std::string& after = {}, const std::string& until = {}) {
        presence::Named named;
        for (const char name : names) named.conns.push_back(conn({name}));
        if (!after.empty()) named.after = conn(after);
        if (!until.empty()) named.until = conn(until);
        return initials(act([&](db::Session& s, outbox::Pushes& p) {
            std::vector<int64_t> ended;
            return presence::reconcile(s, house, host, named, ended, p);
        }));
    }
    std::string there() {
        return initials(ask([&](db::Session& s) {
            std::vector<std::string> names;
            db::Rows rows = s.query("SELECT conn FROM connections WHERE relay_id = ? ORDER BY conn", {host});
            while (rows.next()) names.push_back(rows.text(1));
            return names;
        }));
    }
    bool beat() {
        return ask([&](db::Session& s) { return presence::heartbeat(s, house, host, "name-" + host, 1, 0); });
    }
    static std::string initials(const std::vector<std::string>& names) {
        std::string all;
        for (const auto& name : names) all += name[0];
        return all;
    }
};
}  // namespace

BOOST_FIXTURE_TEST_CASE(a_relay_that_was_cut_off_names_its_connections, Roll) {
    connected("ab");
    clock.advance(31'000);
    BOOST_TEST(unknown("bz") == "z");
    BOOST_TEST(there() == "b");
}

BOOST_FIXTURE_TEST_CASE(a_connection_that_came_after_the_naming_stays, Roll) {
    connected("a");
    clock.advance(29'000);
    connected("b");
    BOOST_TEST(unknown("") == "");
    BOOST_TEST(there() == "ab");
    clock.advance(2'000);
    BOOST_TEST(unknown("") == "");
    BOOST_TEST(there() == "b");
}

BOOST_FIXTURE_TEST_CASE(a_part_of_the_names_says_nothing_of_the_others, Roll) {
    connected("abcdef");
    clock.advance(31'000);
    BOOST_TEST(unknown("b", "", "b") == "");
    BOOST_TEST(there() == "bcdef");
    BOOST_TEST(unknown("dy", "b", "d") == "y");
    BOOST_TEST(there() == "bdef");
    BOOST_TEST(unknown("f", "d") == "");
    BOOST_TEST(there() == "bdf");
}

BOOST_FIXTURE_TEST_CASE(a_relay_hears_that_its_lease_ran_out, Roll) {
    BOOST_TEST(!beat());
    clock.advance(14'999);
    BOOST_TEST(!beat());
    clock.advance(15'001);
    BOOST_TEST(beat());
    BOOST_TEST(!beat());
    clock.advance(15'001);
    presence::sweep(
        db, house, bus, [&] { return bus.connected_since_us(); }, services.publisher);
    BOOST_TEST(beat());
    BOOST_TEST(!beat());
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
