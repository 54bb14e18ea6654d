// What the stack's own users may do at the database and at NATS: a door's user reads no other door's secrets, the relay's
// pushes nothing.
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <map>

#include "base/errors.h"
#include "bus/bus.h"
#include "db/db.h"
#include "e2e/stack.h"
#include "support/wait.h"

namespace hy::test {

namespace {

const std::vector<std::string> kDoors = {"ocms", "workbot", "wukongim", "openim", "sandbox", "system", "jobs"};

Config as_door(const std::string& door) {
    Config config = stack().config;
    config.database.user = "hongyan_" + door;
    config.database.password_file = stack().var + "/etc/secrets/db-" + door;
    config.nats.user = door;
    config.nats.password_file = stack().var + "/etc/secrets/nats-" + door;
    return config;
}

bool may(const std::string& door, const std::string& sql) {
    db::Database db(as_door(door), 1);
    try {
        db.read([&](db::Session& s) { s.query(sql.c_str()); });
        return true;
    } catch (const Error& error) {
        // Another fault would say nothing about rights.
        BOOST_REQUIRE_MESSAGE(error.log.find("denied") != std::string::npos, sql << ": " << error.log);
        return false;
    }
}

std::unique_ptr<bus::Bus> bus_of(const Config& config) {
    auto bus = bus::connect(config, "e2e-rights");
    BOOST_REQUIRE(eventually([&] { return bus->connected(); }));
    return bus;
}

// Whether what `who` publishes reaches the operator, who hears all. A mark that is published after it by somebody who may
// shows that it would have come.
bool heard(bus::Bus& who, const std::string& subject) {
    const auto everybody = bus_of(stack().config);
    std::atomic<int> said{0}, marks{0};
    const auto ear = everybody->subscribe(">", [&](const bus::Message& message) {
        if (message.subject == subject && message.data == "e2e") ++said;
        if (message.subject == "e2e.mark") ++marks;
    });
    BOOST_REQUIRE(everybody->flush(2000));
    who.publish(subject, "e2e");
    // NATS has judged it once it answers.
    BOOST_REQUIRE(who.flush(2000));
    everybody->publish("e2e.mark", "");
    BOOST_REQUIRE(eventually([&] { return marks > 0; }));
    return said > 0;
}

// Whether `who` hears what the operator says there.
bool hears(bus::Bus& who, const std::string& subject, const std::string& said_at, const std::string& allowed) {
    const auto operator_bus = bus_of(stack().config);
    std::atomic<int> heard{0}, marks{0};
    const auto ear = who.subscribe(subject, [&](const bus::Message&) { ++heard; });
    const auto mark = who.subscribe(allowed, [&](const bus::Message& message) { marks += message.data == "mark"; });
    BOOST_REQUIRE(who.flush(2000));
    operator_bus->publish(said_at, "e2e");
    operator_bus->publish(allowed, "mark");
    BOOST_REQUIRE(eventually([&] { return marks > 0; }));
    return heard > 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(least_rights)

BOOST_AUTO_TEST_CASE(a_door_reads_no_other_doors_secrets) {
    const std::map<std::string, std::vector<std::string>> readers = {
        {"SELECT 1 FROM sms_codes LIMIT 1", {"workbot", "jobs"}},
        {"SELECT code FROM activation_codes LIMIT 1", {"workbot", "jobs"}},
        {"SELECT api_key FROM robot_brains LIMIT 1", {"workbot", "jobs"}},
        {"SELECT secret FROM third_parties LIMIT 1", {"workbot", "jobs"}},
        // workbot hands people out what is theirs.
        {"SELECT 1 FROM weapp_identities LIMIT 1", {"ocms", "workbot", "jobs"}},
        {"UPDATE weapp_identities SET account_id = 0 WHERE openid = ''", {"ocms"}},
    };
    for (const auto& [sql, doors] : readers)
        for (const auto& door : kDoors) {
            const bool reads = std::find(doors.begin(), doors.end(), door) != doors.end();
            BOOST_TEST(may(door, sql) == reads, door << ": " << sql);
        }
}

BOOST_AUTO_TEST_CASE(no_door_changes_the_schema_or_sees_another_one) {
    for (const auto& door : kDoors) {
        for (const char* sql :
             {"DROP TABLE messages", "CREATE TABLE e2e_rights (id INT PRIMARY KEY)", "ALTER TABLE messages ADD e2e INT",
              "SELECT 1 FROM mysql.user LIMIT 1", "UPDATE schema_version SET version = 0", "DELETE FROM accounts",
              "SELECT 1 INTO OUTFILE 'e2e'"})
            BOOST_TEST(!may(door, sql), door << ": " << sql);
        BOOST_TEST(may(door, "SELECT version FROM schema_version"), door);
    }
}

BOOST_AUTO_TEST_CASE(the_relay_pushes_nothing_and_answers_nobody) {
    const auto relay = bus_of(as_door("relay"));
    for (const char* subject :
         {"live.account.1", "live.channel.1", "ctl.kick.a1", "ctl.conn.relay", "bell.jobs.reply", "_INBOX.a"})
        BOOST_TEST(!heard(*relay, subject), subject);
    BOOST_TEST(heard(*relay, "ask.e2e.open"));
    BOOST_TEST(!hears(*relay, "ask.>", "ask.e2e.open", "live.account.e2e"));
}

BOOST_AUTO_TEST_CASE(a_door_pushes_and_hears_what_is_asked_of_it_alone) {
    const auto ocms = bus_of(as_door("ocms"));
    BOOST_TEST(heard(*ocms, "live.account.e2e"));
    for (const char* subject : {"ask.workbot.open", "ask.core.relay", "_INBOX.a"})
        BOOST_TEST(!heard(*ocms, subject), subject);
    BOOST_TEST(!hears(*ocms, "ask.workbot.>", "ask.workbot.e2e", "ask.ocms.e2e"));
    BOOST_TEST(!hears(*ocms, "live.>", "live.account.e2e", "ask.ocms.e2e"));
    BOOST_TEST(!hears(*ocms, "_INBOX.>", "_INBOX.e2e", "ask.ocms.e2e"));
}

BOOST_AUTO_TEST_CASE(who_is_nobody_is_not_let_in) {
    Config config = stack().config;
    config.nats.user = "nobody";
    const auto bus = bus::connect(config, "e2e-rights");
    BOOST_TEST(!bus->flush(1000));
    config = as_door("ocms");
    config.database.user = "hongyan_workbot";
    db::Database db(config, 1);
    BOOST_CHECK_THROW(db.read([&](db::Session& s) { s.query("SELECT 1"); }), Error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
