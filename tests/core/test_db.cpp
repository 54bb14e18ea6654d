// Transactions, their repetition, what becomes of them when connections die, the pool.
#include <boost/test/unit_test.hpp>

#include <barrier>
#include <filesystem>
#include <utility>

#include "core/schema.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;
using namespace std::string_literals;

namespace {
struct Table : World {
    Table() {
        db.read([](db::Session& s) {
            s.execute("DROP TABLE IF EXISTS t");
            s.execute("CREATE TABLE t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL, x MEDIUMTEXT NULL) ENGINE=InnoDB");
            s.execute("INSERT INTO t (id, v) VALUES (1, 0), (2, 0)");
        });
    }
    int64_t value(int64_t id) { return number("SELECT v FROM t WHERE id = ?", {id}); }
};
constexpr const char* kAdd = "UPDATE t SET v = v + 1 WHERE id = ?";
int64_t own_id(db::Session& s) {
    db::Rows rows = s.query("SELECT CONNECTION_ID()");
    rows.next();
    return rows.integer(1);
}
void kill_connection(db::Database& db, int64_t id) {
    db.read([&](db::Session& s) { s.execute("KILL " + std::to_string(id)); });
}
}  // namespace

BOOST_AUTO_TEST_SUITE(database)

BOOST_FIXTURE_TEST_CASE(what_throws_is_rolled_back, Table) {
    BOOST_CHECK_THROW(ask([](db::Session& s) {
                          s.execute(kAdd, {int64_t{1}});
                          throw Error(Fault::forbidden, "no");
                      }),
                      Error);
    BOOST_TEST(value(1) == 0);
    ask([](db::Session& s) { s.execute(kAdd, {int64_t{1}}); });
    BOOST_TEST(value(1) == 1);
    BOOST_TEST(db.stats().busy == 0);
}

BOOST_FIXTURE_TEST_CASE(what_waits_goes_with_the_next_statement, Table) {
    ask([&](db::Session& s) {
        s.later("INSERT INTO t (id, v) VALUES (?, ?)", {int64_t{3}, int64_t{7}});
        s.later("UPDATE t SET v = v * 2 WHERE id = ?", {int64_t{3}});
        db::Rows rows = s.query("SELECT v FROM t WHERE id = 3");
        BOOST_TEST((rows.next() && rows.integer(1) == 14));
        s.later("INSERT INTO t (id, v) VALUES (?, ?)", {int64_t{4}, uint64_t{1}});
        BOOST_TEST(s.execute(kAdd, {int64_t{4}}) == 1u);
        s.later(kAdd, {int64_t{4}});
    });
    BOOST_TEST(value(3) == 14);
    BOOST_TEST(value(4) == 3);
    // Where no transaction is, nothing waits.
    db.read([&](db::Session& s) {
        s.later(kAdd, {int64_t{4}});
        BOOST_TEST(value(4) == 4);
    });
}

BOOST_FIXTURE_TEST_CASE(whatever_waits_arrives_as_it_is, Table) {
    db.read([](db::Session& s) { s.execute("ALTER TABLE t ADD COLUMN b MEDIUMBLOB NULL"); });
    std::vector<std::string> texts = {
        "",   "'",  "\\",   "\\'; DROP TABLE t; -- ",  "? ?", "a;b", "%s\n\r\t\x1a\"`", "鸿雁😀", "\0a\0"s,
        "/*", "--", "NULL", std::string(300'000, '\'')};
    std::string bytes;
    for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i);
    ask([&](db::Session& s) {
        for (size_t i = 0; i < texts.size(); ++i)
            s.later("INSERT INTO t (id, v, x, b) VALUES (?, ?, ?, ?)",
                    {static_cast<int64_t>(100 + i), INT64_MIN, std::string_view(texts[i]), std::string_view(texts[i])});
        s.later("INSERT INTO t (id, v, x, b) VALUES (?, ?, ?, ?)", {int64_t{99}, INT64_MAX, nullptr, bytes});
    });
    ask([&](db::Session& s) {
        db::Rows rows = s.query("SELECT x, b, v FROM t WHERE id >= 100 ORDER BY id");
        for (const auto& text : texts) {
            BOOST_REQUIRE(rows.next());
            BOOST_TEST((rows.text(1) == text && rows.text(2) == text), text.substr(0, 40));
            BOOST_TEST(rows.integer(3) == INT64_MIN);
        }
        db::Rows last = s.query("SELECT x, b, v FROM t WHERE id = 99");
        BOOST_REQUIRE(last.next());
        BOOST_TEST(last.is_null(1));
        BOOST_TEST((last.text(2) == bytes));
        BOOST_TEST(last.integer(3) == INT64_MAX);
    });
}

BOOST_FIXTURE_TEST_CASE(what_waits_meets_a_duplicate, Table) {
    const auto insert = [](db::Session& s, int64_t id) { s.later("INSERT INTO t (id, v) VALUES (?, 0)", {id}); };
    // At COMMIT and before it; nothing of the first try is there.
    for (const bool waits : {true, false}) {
        int tries = 0;
        bool repeated = false;
        ask([&](db::Session& s) {
            ++tries;
            repeated = s.repeated;
            s.later(kAdd, {int64_t{2}});
            insert(s, s.repeated ? 10 + waits : 1);
            s.later(kAdd, {int64_t{2}});
            if (!waits) s.execute(kAdd, {int64_t{2}});
        });
        BOOST_TEST(tries == 2);
        BOOST_TEST(repeated);
    }
    BOOST_TEST(value(2) == 5);
    BOOST_TEST(code_of([&] { ask([&](db::Session& s) { insert(s, 1); }); }) == "database");
    BOOST_TEST(db.stats().busy == 0);
}

BOOST_FIXTURE_TEST_CASE(what_waits_is_forgotten_with_its_transaction, Table) {
    BOOST_CHECK_THROW(ask([](db::Session& s) {
                          s.later(kAdd, {int64_t{1}});
                          throw Error(Fault::forbidden, "no");
                      }),
                      Error);
    ask([](db::Session& s) { s.execute(kAdd, {int64_t{2}}); });
    BOOST_TEST(value(1) == 0);
    BOOST_TEST(value(2) == 1);
    // A statement that cannot work: those before it are undone, those behind it never ran.
    BOOST_TEST(code_of([&] {
                   ask([](db::Session& s) {
                       s.later(kAdd, {int64_t{1}});
                       s.later("INSERT INTO nowhere (id) VALUES (?)", {int64_t{1}});
                       s.later(kAdd, {int64_t{1}});
                   });
               }) == "database");
    BOOST_TEST(value(1) == 0);
    // A connection that dies before COMMIT: all of it is done again, once.
    bool killed = false;
    ask([&](db::Session& s) {
        s.later(kAdd, {int64_t{1}});
        if (!std::exchange(killed, true)) kill_connection(db, own_id(s));
        s.later(kAdd, {int64_t{1}});
        s.execute(kAdd, {int64_t{1}});
    });
    BOOST_TEST(value(1) == 3);
}

BOOST_FIXTURE_TEST_CASE(a_server_that_gives_up_before_COMMIT_leaves_no_doubt, Table) {
    int tries = 0;
    ask([&](db::Session& s) {
        s.later(kAdd, {int64_t{1}});
        // ER_SERVER_SHUTDOWN
        if (++tries == 1) s.later("SIGNAL SQLSTATE '08S01' SET MYSQL_ERRNO = 1053");
        s.later(kAdd, {int64_t{1}});
    });
    BOOST_TEST(tries == 2);
    BOOST_TEST(value(1) == 2);
}

BOOST_FIXTURE_TEST_CASE(parameters_have_to_fit, Table) {
    for (const auto& params : {std::vector<db::Param>{}, std::vector<db::Param>{int64_t{1}, int64_t{2}}})
        BOOST_TEST(code_of([&] { ask([&](db::Session& s) { s.later(kAdd, params); }); }) == "database");
    BOOST_TEST(value(1) == 0);
    // Longer than what may wait: it goes alone, as it is.
    const std::string much(3 << 20, 'x');
    ask([&](db::Session& s) {
        s.later(kAdd, {int64_t{1}});
        s.later("UPDATE t SET x = ? WHERE id = 1", {std::string_view(much)});
    });
    BOOST_TEST(number("SELECT LENGTH(x) FROM t WHERE id = 1 AND v = 1") == 3 << 20);
}

BOOST_FIXTURE_TEST_CASE(a_duplicate_is_told_where_it_happens, Table) {
    const auto insert = [](db::Session& s) { s.execute("INSERT INTO t (id, v) VALUES (1, 9)"); };
    BOOST_CHECK_THROW(ask(insert), db::Duplicate);
    BOOST_CHECK_THROW(db.read(insert), db::Duplicate);
    // Inside, the work can catch it and go on.
    const bool caught = ask([&](db::Session& s) {
        try {
            insert(s);
        } catch (const db::Duplicate&) {
            s.execute(kAdd, {int64_t{2}});
            return true;
        }
        return false;
    });
    BOOST_TEST(caught);
    BOOST_TEST(value(2) == 1);
}

BOOST_FIXTURE_TEST_CASE(wrong_sql_is_internal_and_not_repeated, Table) {
    int runs = 0;
    try {
        ask([&](db::Session& s) {
            ++runs;
            s.execute("UPDATE no_such_table SET v = 1");
        });
        BOOST_ERROR("nothing thrown");
    } catch (const Error& e) {
        BOOST_TEST((e.fault == Fault::internal));
        BOOST_TEST(e.detail == "");
    }
    BOOST_TEST(runs == 1);
    BOOST_CHECK_THROW(ask([](db::Session& s) { s.execute("INSERT INTO t (id, v) VALUES ('x', 1)"); }), Error);
}

// A statement whose parameter the server refused as too long stays broken: it must not be used again.
BOOST_FIXTURE_TEST_CASE(a_parameter_beyond_a_packet_breaks_nothing_after_it, Table) {
    constexpr const char* kWrite = "INSERT INTO t (id, v, x) VALUES (?, 0, ?)";
    const std::string huge(20 << 20, 'x');
    BOOST_CHECK_THROW(ask([&](db::Session& s) { s.execute(kWrite, {int64_t{7}, std::string_view(huge)}); }), Error);
    for (int64_t id = 8; id < 12; ++id)
        ask([&](db::Session& s) { s.execute(kWrite, {id, std::string_view("small")}); });
    BOOST_TEST(number("SELECT COUNT(*) FROM t WHERE x = 'small'") == 4);
}

BOOST_FIXTURE_TEST_CASE(a_deadlock_is_repeated, Table) {
    std::atomic<int> runs{0};
    std::barrier meeting(2);
    together(2, [&](int i) {
        bool first = true;
        ask([&](db::Session& s) {
            ++runs;
            s.execute(kAdd, {int64_t{1 + i}});
            if (std::exchange(first, false)) meeting.arrive_and_wait();
            s.execute(kAdd, {int64_t{2 - i}});
        });
    });
    BOOST_TEST(runs >= 3);
    BOOST_TEST(value(1) == 2);
    BOOST_TEST(value(2) == 2);
}

BOOST_FIXTURE_TEST_CASE(retry_repeats_six_times_at_most, Table) {
    int runs = 0;
    BOOST_TEST(code_of([&] {
                   ask([&](db::Session& s) {
                       ++runs;
                       s.execute(kAdd, {int64_t{1}});
                       throw db::Retry{};
                   });
               }) == "database");
    BOOST_TEST(runs == 6);
    BOOST_TEST(value(1) == 0);
    runs = 0;
    ask([&](db::Session& s) {
        s.execute(kAdd, {int64_t{1}});
        if (++runs < 3) throw db::Retry{};
    });
    BOOST_TEST(value(1) == 1);
}

BOOST_FIXTURE_TEST_CASE(killed_before_its_commit_is_repeated, Table) {
    int runs = 0;
    ask([&](db::Session& s) {
        s.execute(kAdd, {int64_t{1}});
        if (++runs == 1) kill_connection(db, own_id(s));
        s.execute(kAdd, {int64_t{2}});
    });
    BOOST_TEST(runs == 2);
    BOOST_TEST(value(1) == 1);
    BOOST_TEST(value(2) == 1);
}

BOOST_FIXTURE_TEST_CASE(killed_at_its_commit_is_in_doubt_and_not_repeated, Table) {
    int runs = 0;
    BOOST_CHECK_THROW(ask([&](db::Session& s) {
                          ++runs;
                          s.execute(kAdd, {int64_t{1}});
                          kill_connection(db, own_id(s));
                      }),
                      db::InDoubt);
    BOOST_TEST(runs == 1);
    BOOST_TEST(db.stats().busy == 0);
    BOOST_TEST(db.alive());
}

BOOST_FIXTURE_TEST_CASE(under_kills_nothing_acknowledged_is_lost, Table) {
    std::atomic<int64_t> victim{0}, acknowledged{0}, doubtful{0};
    std::atomic<bool> done{false};
    std::jthread killer([&] {
        db::Database other(config, 1);
        while (!done)
            if (const int64_t id = victim.exchange(0)) {
                try {
                    kill_connection(other, id);
                } catch (const Error&) {
                    // it ended by itself
                }
            }
    });
    for (int i = 0; i < 200; ++i) {
        try {
            ask([&](db::Session& s) {
                const int64_t id = own_id(s);
                s.execute(kAdd, {int64_t{1}});
                if (i % 2 == 0) victim = id;
            });
            ++acknowledged;
        } catch (const db::InDoubt&) {
            ++doubtful;
        }
    }
    done = true;
    killer.join();
    BOOST_TEST(value(1) >= acknowledged);
    BOOST_TEST(value(1) <= acknowledged + doubtful);
}

BOOST_FIXTURE_TEST_CASE(the_pool_is_bounded_and_closes_what_is_idle, World) {
    Config small = config;
    small.database.idle_seconds = 0;
    db::Database two(small, 2);
    std::barrier inside(3), leave(3);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 2; ++i)
            threads.emplace_back([&] {
                two.read([&](db::Session& s) {
                    s.query("SELECT 1");
                    inside.arrive_and_wait();
                    leave.arrive_and_wait();
                });
            });
        inside.arrive_and_wait();
        BOOST_TEST(two.stats().open == 2);
        BOOST_TEST(two.stats().busy == 2);
        const int64_t from = monotonic_us();
        BOOST_TEST(code_of([&] { two.read([](db::Session& s) { s.query("SELECT 1"); }); }) == "database");
        BOOST_TEST(monotonic_us() - from < 4'000'000);
        leave.arrive_and_wait();
    }
    BOOST_TEST(two.stats().busy == 0);
    two.close_idle();
    BOOST_TEST(two.stats().open == 0);
    BOOST_TEST(two.alive());
    db::Database lasting(config, 2);
    BOOST_TEST(lasting.alive());
    lasting.close_idle();
    BOOST_TEST(lasting.stats().open == 1);
}

BOOST_FIXTURE_TEST_CASE(since_when_it_can_be_reached, World) {
    const std::filesystem::path way = std::filesystem::path(scratch_folder()) / "way.sock";
    std::filesystem::remove(way);
    Config through = config;
    through.database.socket = way;
    through.database.idle_seconds = 0;
    db::Database database(through, 2);
    BOOST_TEST(database.reached_since_us() == 0);
    std::filesystem::create_symlink(config.database.socket, way);
    const int64_t before = monotonic_us();
    BOOST_REQUIRE(database.alive());
    const int64_t first = database.reached_since_us();
    BOOST_TEST(first >= before);
    database.close_idle();
    BOOST_REQUIRE(database.alive());
    BOOST_TEST(database.reached_since_us() == first);
    database.close_idle();
    std::filesystem::remove(way);
    BOOST_TEST(!database.alive());
    BOOST_TEST(database.reached_since_us() == 0);
    std::filesystem::create_symlink(config.database.socket, way);
    BOOST_REQUIRE(database.alive());
    BOOST_TEST(database.reached_since_us() > first);
}

BOOST_FIXTURE_TEST_CASE(a_database_that_is_away_is_unavailable, World) {
    Config away = config;
    away.database.socket = scratch_folder() + "/nobody.sock";
    db::Database none(away, 2);
    BOOST_TEST(!none.alive());
    try {
        none.read([](db::Session& s) { s.query("SELECT 1"); });
        BOOST_ERROR("nothing thrown");
    } catch (const Error& e) {
        BOOST_TEST((e.fault == Fault::unavailable));
    }
    BOOST_TEST(none.stats().open == 0);
}

BOOST_FIXTURE_TEST_CASE(text_comes_back_as_it_went, Table) {
    for (const auto& text :
         {""s, "a\0b"s, "😀鸿雁"s, "'; DROP TABLE t; -- \"\\ % _"s, std::string(300'000, 'x'), "\r\n\t"s}) {
        ask([&](db::Session& s) { s.execute("UPDATE t SET x = ? WHERE id = 1", {std::string_view(text)}); });
        ask([&](db::Session& s) {
            db::Rows rows = s.query("SELECT x, NULL, 18446744073709551615, -5 FROM t WHERE id = 1");
            BOOST_REQUIRE(rows.next());
            BOOST_TEST((rows.text(1) == text));
            BOOST_TEST(rows.is_null(2));
            BOOST_TEST(!rows.optional_text(2));
            BOOST_TEST(rows.unsigned_integer(3) == UINT64_MAX);
            BOOST_TEST(rows.integer(4) == -5);
            BOOST_TEST(!rows.next());
        });
    }
    // Matched, not only changed.
    BOOST_TEST(ask([](db::Session& s) { return s.execute("UPDATE t SET v = v WHERE id = 1"); }) == 1u);
    BOOST_TEST(ask([](db::Session& s) { return s.execute("UPDATE t SET v = v WHERE id = 77"); }) == 0u);
}

BOOST_AUTO_TEST_CASE(lists_are_padded) {
    std::vector<db::Param> five(5, int64_t{1}), one(1, int64_t{1});
    BOOST_TEST(db::placeholders(five) == "?,?,?,?,?,?,?,?");
    BOOST_TEST(five.size() == 8u);
    BOOST_TEST(db::placeholders(one) == "?");
}

BOOST_FIXTURE_TEST_CASE(migrating_twice_changes_nothing, World) {
    const char* root = std::getenv("HONGYAN_TEST_ROOT");
    const std::string folder = std::string(root ? root : HONGYAN_SOURCE_ROOT) + "/sql/migrations";
    BOOST_TEST(schema::version(db) == schema::kSchemaVersion);
    BOOST_TEST(schema::migrate(db, folder, 2).empty());
    BOOST_TEST(schema::version(db) == schema::kSchemaVersion);
    BOOST_TEST(number("SELECT COUNT(*) FROM schema_version") == schema::kSchemaVersion);
    BOOST_CHECK_THROW(schema::migrate(db, scratch_folder() + "/none", 2), std::exception);
}

BOOST_AUTO_TEST_SUITE_END()
