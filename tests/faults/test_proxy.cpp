// The tools of these tests do what they say: the proxy cuts where it is told to, and a house
// that lies or does things by halves is found out.
#include <boost/test/unit_test.hpp>

#include "db/connection.h"
#include "faults/play.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Behind : World {
    Behind() : proxy(scratch_folder() + "/proxy.sock", config.database.socket), cut(config) {
        cut.database.socket = proxy.path();
        db.read([](db::Session& s) {
            s.execute("DROP TABLE IF EXISTS t");
            s.execute("CREATE TABLE t (id BIGINT PRIMARY KEY) ENGINE=InnoDB");
        });
    }
    int64_t rows() { return number("SELECT COUNT(*) FROM t"); }
    // Inserts over a connection that has its statement prepared; the driver's error, 0: none.
    int insert(Cut how, int64_t at, bool stays_away = false) {
        db::Connection connection(cut);
        const auto run = [&](int64_t id) { connection.execute("INSERT INTO t (id) VALUES (?)", {id}); };
        run(1);
        proxy.arm(at, how, stays_away);
        try {
            run(2);
        } catch (const db::DriverFault& fault) {
            return std::stoi(fault.what());
        }
        return 0;
    }
    DbProxy proxy;
    Config cut;
};

// Says that it was done, whatever happened.
Answer lies(Scene& s) {
    s.http("POST /ocms/robots/", "", R"({"name":"new"})");
    return {200, ""};
}
// A message without its number and its place in the history.
Answer halves(Scene& s) {
    try {
        s.services.db.read([&](db::Session& session) {
            session.execute("UPDATE channels SET last_seq = last_seq + 1 WHERE id = ?", {s.channel.id});
            session.execute(
                "INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, form, content, created_at)"
                " SELECT id, last_seq, ?, 0, account_id, 'ocms', '{}', 1 FROM channels WHERE id = ?",
                {s.world.services.ids.next(), s.channel.id});
        });
        return {200, ""};
    } catch (const Error&) {
        return {503, ""};
    }
}
int64_t robots_of_user(Scene& s) { return s.number("SELECT COUNT(*) FROM robots WHERE owner_id = ?", {s.user.id}); }

}  // namespace

BOOST_AUTO_TEST_SUITE(tools)

BOOST_FIXTURE_TEST_CASE(the_proxy_cuts_where_it_is_told, Behind) {
    BOOST_TEST(insert(Cut::before, 0) == 0);
    BOOST_TEST(proxy.seen() == 1);
    BOOST_TEST(!proxy.struck());
    BOOST_TEST(rows() == 2);
    for (const Cut how : {Cut::before, Cut::partly}) {
        db.read([](db::Session& s) { s.execute("DELETE FROM t"); });
        BOOST_TEST(insert(how, 1) >= 2000);
        BOOST_TEST(proxy.struck_sql() == "INSERT INTO t (id) VALUES (?)");
        BOOST_TEST(rows() == 1);
    }
    db.read([](db::Session& s) { s.execute("DELETE FROM t"); });
    BOOST_TEST(insert(Cut::after, 1) >= 2000);
    BOOST_TEST(rows() == 2);
    db.read([](db::Session& s) { s.execute("DELETE FROM t"); });
    BOOST_TEST(insert(Cut::deadlock, 1) == 1213);
    BOOST_TEST(rows() == 1);
    db.read([](db::Session& s) { s.execute("DELETE FROM t"); });
    BOOST_TEST(insert(Cut::lock_timeout, 1) == 1205);
    BOOST_TEST(rows() == 1);
}

BOOST_FIXTURE_TEST_CASE(the_proxy_lets_nobody_through_until_it_is_healed, Behind) {
    BOOST_TEST(insert(Cut::before, 1, true) >= 2000);
    db::Database through(cut, 1);
    BOOST_TEST(!through.alive());
    proxy.heal();
    BOOST_TEST(through.alive());
}

BOOST_FIXTURE_TEST_CASE(who_lies_is_found, Behind) {
    const Operation liar = {"a liar", [](Scene& s) { s.people(); }, lies, robots_of_user, Again::more};
    empty_house(*this);
    BOOST_TEST(play(liar, *this, proxy, DatabaseFault{0, Cut::before, false}).faults.empty());
    BOOST_TEST(!play(liar, *this, proxy, DatabaseFault{6, Cut::before, true}).faults.empty());
}

BOOST_FIXTURE_TEST_CASE(what_is_done_by_halves_is_found, Behind) {
    const auto prepare = [](Scene& s) {
        s.people();
        s.talk("c1");
    };
    const Operation half = {"a half", prepare, halves, nullptr};
    empty_house(*this);
    play(half, *this, proxy, DatabaseFault{0, Cut::before, false});
    BOOST_TEST(house_faults(*this).size() >= 2u);
    empty_house(*this);
}

BOOST_AUTO_TEST_SUITE_END()
