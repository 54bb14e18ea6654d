// The rules themselves: a house where everything happened keeps them all, and each is seen to
// break when rows are made to disagree.
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

#include "core/weapp.h"
#include "core/activation.h"
#include "core/agents.h"
#include "core/brains.h"
#include "core/chat_settings.h"
#include "core/contacts.h"
#include "core/deliveries.h"
#include "core/files.h"
#include "core/friends.h"
#include "core/group_requests.h"
#include "core/groups.h"
#include "core/history.h"
#include "core/jobs.h"
#include "core/logs.h"
#include "core/replies.h"
#include "core/sandbox_talks.h"
#include "core/sessions.h"
#include "core/statistics.h"
#include "core/third_parties.h"
#include "core/wecom.h"
#include "faults/play.h"
#include "support/house_check.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

Asker asker(db::Session& s) {
    return [&s](const std::string& sql) {
        std::vector<std::string> found;
        db::Rows rows = s.query(sql);
        while (rows.next()) found.push_back(rows.text(1));
        return found;
    };
}

// A little of everything: a talk, a conversation cleared and one deleted, a file, agents with
// and without confirmation, a group, a dead robot, logins.
struct Furnished : World {
    Furnished() {
        empty_house(*this);
        const auto user = ask([&](db::Session& s) { return weapp::account_of(s, house, {"app", "open-1", ""}); });
        const auto guest = ask([&](db::Session& s) { return weapp::account_of(s, house, {"app", "open-2", ""}); });
        const auto bot = robot(user.id), dead = robot(user.id);
        relay("relay-1");
        connect("agent-1", "relay-1", robot_principal(bot.id));
        const auto talk = [&](const robots::Robot& with, const std::string& id) {
            return ask([&](db::Session& s) { return conversations::resolve(s, house, user.id, with, id); });
        };
        const auto one = talk(bot, "one"), gone = talk(bot, "gone"), of_dead = talk(dead, "default"),
                   forgotten = talk(bot, "forgotten");
        talk(dead, "elsewhere");
        for (int i = 0; i < 3; ++i)
            for (const auto& channel : {one, gone, of_dead, forgotten})
                act([&](db::Session& s, outbox::Pushes& p) {
                    messages::Draft draft{.sender = account_principal(user.id)};
                    draft.client_no = "no-" + std::to_string(i) + channel.label;
                    const auto said = messages::append(s, house, channel, draft, p);
                    agents::enqueue(s, house, channel.robot == bot.id ? bot : dead, channel, said.message, draft, p);
                });
        say(one, robot_principal(bot.id), "answer");
        act([&](db::Session& s, outbox::Pushes& p) {
            brains::change(s, house, bot, {.daily_limit = 5});
            const auto code = activation::generate(s, house, 1, 30, user.id).front().code;
            activation::activate(s, house, code, "device", "{}", p);
            const auto idle = activation::generate(s, house, 1, 30, 0).front().code;
            activation::tie(s, house, bot, idle);
        });
        act([&](db::Session& s, outbox::Pushes& p) {
            s.execute(
                "INSERT INTO files (file_key, owner_type, owner_id, name, mime, size, created_at)"
                " VALUES ('k', 0, ?, 'n', 'text/plain', 5, 1)",
                {user.id});
            messages::Draft draft{.sender = account_principal(user.id)};
            draft.content.media = Media{.file = "k"};
            messages::append(s, house, one, draft, p);
            files::note_use(s, "k", one.id);
            conversations::remove(s, house, conversations::owned(s, user.id, "gone"));
            conversations::remove(s, house, conversations::owned(s, user.id, "forgotten"));
            history::forget_some(s, user.id, forgotten.id);
            robots::remove(s, house, dead, p);
            robots::renew_api_key(s, house, bot, account_principal(bot.owner), p);
            const auto group = groups::create(s, house, "g-1", {}, account_principal(user.id), p);
            groups::invite(s, house, group, account_principal(user.id),
                           {robot_principal(bot.id), account_principal(guest.id)}, p);
            groups::remove(s, house, group, account_principal(guest.id), {account_principal(guest.id)}, p);
            draft = {.sender = account_principal(user.id), .flags = messages::kNoDot};
            messages::append(s, house, *channels::find(s, group.channel.id), draft, p);
            s.execute("INSERT INTO device_ends VALUES (?, 'openim:1', 1)", {user.id});
            sandbox::make_friend(s, house, user.id, {0, "f", "friend", "a", "male", true});
            sandbox::make_group(s, house, user.id, {0, "g", "group", ""});
            sandbox::add_member(s, house, user.id, "g", {{0, "m", "member", "", "male", false}, "member", "", ""});
            sandbox::bind_robot(s, house, user.id, bot.public_id);
            sandbox::Report report;
            report.peer = "f";
            report.content.text = "hi";
            sandbox::report(s, house, user.id, report, p);
            s.execute("INSERT INTO message_terms VALUES (?, 1, 1)", {group.channel.id});
            chat_settings::hide(s, house, user.id, *channels::find(s, group.channel.id), {1}, p);
            contacts::block(s, house, user.id, account_principal(guest.id));
            friends::ask(s, house, user.id, {robot_principal(bot.id), bot.public_id, ""}, "", p);
            friends::ask(s, house, user.id, {account_principal(guest.id), guest.uid, ""}, "", p);
            group_requests::ask(s, house, group, guest.id, "", p);
            s.execute("INSERT INTO robot_wakes VALUES (?, ?, 1, 1)", {bot.id, user.id});
            s.execute("INSERT INTO refused_addresses VALUES ('192.0.2.1', 1, 1, 0)");
            sessions::log_in(s, house, user);
        });
        wecom(bot);
        ask([&](db::Session& s) { s.execute("DELETE FROM outbox"); });
    }

    // A report that waits, one that was answered and counted, a webhook that was told.
    void wecom(robots::Robot bot) {
        ask([&](db::Session& s) {
            brains::change(s, house, bot, {.mode = "builtin", .provider = "echo"});
            third_parties::change(s, house, bot, {"https://example.com/m", "", true, "secret"});
            deliveries::note(s, house, {.delivery_id = "dlv_1", .robot = bot.id, .attempts = 1});
        });
        bot = ask([&](db::Session& s) { return *robots::find_by_id(s, bot.id); });
        for (const char* text : {"one", "two"})
            act([&](db::Session& s, outbox::Pushes& p) {
                wecom::Report report;
                report.spoken = report.raw_spoken = text;
                report.contact = "z";
                report.room_type = 2;
                const auto done = wecom::report(s, house, bot, report, p);
                replies::wake(s, house, bot, done.channel, done.message, done.draft, true, p);
            });
        act([&](db::Session& s, outbox::Pushes& p) {
            const auto job = jobs::claim(db, house, "reply", 1, 1, {}, 60'000).at(0);
            const auto task = replies::prepare(s, house, job);
            replies::answer(s, house, task, {"hi", "session"}, p);
            jobs::finish(s, job);
        });
        statistics::roll_up(db, 500);
        ask([&](db::Session& s) { logs::write(s, house, {.message = "x"}); });
    }
};

// What breaks each rule.
const std::map<std::string, const char*> kBreakages = {
    {"a closed account has given up what was its", "UPDATE accounts SET status = 2, erased = 1"},
    {"an erased account has nothing", "UPDATE accounts SET status = 2, erased = 1"},
    {"a code by SMS has its time and its tries",
     "INSERT INTO sms_codes (phone, code_hash, tries_left, sent_at, expires_at) VALUES ('1', 'h', 6, 1, 2)"},
    {"a quota that was used counts", "INSERT INTO quotas (name, subject, ends_at, used) VALUES ('n', 's', 1, -1)"},
    {"a brain is a robot's, and its delays are in order", "UPDATE robot_brains SET reply_delay_min = 9"},
    {"a code that was used has its robot and its end",
     "UPDATE activation_codes SET expires_at = NULL WHERE status = 1"},
    {"a code that was not used has never run", "UPDATE activation_codes SET status = 0"},
    {"a robot's code was bound to its owner or to nobody", "UPDATE activation_codes SET account_id = 999999"},
    {"a device runs under a used code of its robot", "UPDATE robot_devices SET expires_at = 1"},
    {"a device that is gone stands in the history", "UPDATE robot_devices SET device_id = NULL"},
    {"an identity has its account", "UPDATE weapp_identities SET account_id = 999999"},
    {"a sign-in makes account and identity together", "DELETE FROM weapp_identities"},
    {"an account has one identity of an app",
     "INSERT INTO weapp_identities SELECT appid, CONCAT('other', account_id), account_id, NULL, 1 FROM weapp_identities"
     " LIMIT 1"},
    {"a login has its account and sane times", "UPDATE token_families SET account_id = 999999"},
    {"a reuse is audited with the login it ended",
     "INSERT INTO audit (at, actor, action, target) SELECT 1, 'a', 'token.reuse', id FROM token_families LIMIT 1"},
    {"an account's events are numbered without a hole", "DELETE FROM events ORDER BY event_seq LIMIT 1"},
    {"an event has its account, and is not above its last number",
     "UPDATE accounts SET event_seq = event_seq - 1 WHERE event_seq > 0"},
    {"a robot has its owner", "UPDATE robots SET owner_id = 999999"},
    {"a robot lives with a key, a deleted one has none", "UPDATE robots SET api_key_hash = NULL"},
    {"a deleted robot is audited once, a living one never", "DELETE FROM audit WHERE action = 'robot.delete'"},
    {"a robot's version counts its keys and its end", "UPDATE robots SET ver = ver + 1"},
    {"wakes are of a robot and an account", "UPDATE robot_wakes SET robot_id = 999999"},
    {"a refused address was refused", "UPDATE refused_addresses SET refusals = 0"},
    {"a talk names an account and a robot, and is called after them",
     "UPDATE channels SET account_id = account_id + 1 WHERE kind = 1"},
    {"a talk has two members, its account and its robot", "DELETE FROM channel_members WHERE member_type = 1 LIMIT 1"},
    {"a member is somebody, in a channel",
     "INSERT INTO channel_members (channel_id, member_type, member_id, joined_at) VALUES (999999, 0, 1, 1)"},
    {"a member's marks are within the channel's numbers", "UPDATE channel_members SET delivered_seq = 1000"},
    {"a group has its row, and only a group", "DELETE FROM channel_groups"},
    {"a living group has one owner, a dissolved one nobody", "UPDATE channel_members SET role = 0"},
    {"a conversation has its channel, and a channel of conversations its conversation",
     "DELETE FROM conversations LIMIT 1"},
    {"an id of our making is one conversation",
     "UPDATE conversations SET by_client = 0, public_id = 'same' WHERE public_id IN ('one', 'elsewhere')"},
    {"in a deleted conversation nothing is left to see of what its account said",
     "UPDATE conversations SET deleted_at = 1 WHERE public_id = 'one'"},
    {"a channel's numbers have no hole and end at its last", "DELETE FROM messages WHERE seq = 2"},
    {"a channel's numbers begin at 1, but for what both sides cleared", "DELETE FROM messages WHERE seq = 1"},
    {"a channel that counted has its messages, but for what both sides cleared", "DELETE FROM messages"},
    {"a message is in a channel", "UPDATE messages SET channel_id = channel_id + 999999"},
    {"a talk's messages are its account's or its robot's", "UPDATE messages SET sender_id = sender_id + 1"},
    {"an account that wrote has read", "UPDATE channel_members SET read_seq = 0"},
    {"a message with a client's number has the number's row", "DELETE FROM client_numbers LIMIT 1"},
    {"a client's number has its message, but for what both sides cleared", "UPDATE client_numbers SET seq = seq + 100"},
    {"a sender's number is one message", "UPDATE messages SET client_no = 'same'"},
    {"what can be seen of a talk is in its account's history", "DELETE FROM ocms_log ORDER BY n DESC LIMIT 1"},
    {"a message is in a history once",
     "INSERT INTO ocms_log SELECT account_id, n + 500, channel_id, seq FROM ocms_log LIMIT 1"},
    {"the history knows nothing that was not said, but for what both sides cleared",
     "UPDATE ocms_log SET seq = seq + 1000"},
    {"a history's numbers are not above its head", "UPDATE ocms_heads SET last_n = 1"},
    {"a history's head is sane and its account's", "UPDATE ocms_heads SET account_id = 999999"},
    {"a history of which nothing was hidden has no hole",
     "UPDATE channel_members SET cleared_seq = 0; DELETE FROM ocms_log LIMIT 1"},
    {"a history's pages hold true totals", "UPDATE ocms_gone SET gone = gone + 1"},
    {"a history's gaps are counted", "DELETE FROM ocms_gone"},
    {"hidden rows of a history wait for housekeeping, or are gone", "UPDATE conversations SET rows_left = 0"},
    {"a file has its owner and a size", "UPDATE files SET owner_id = 999999"},
    {"a file's use is of a file, in a channel", "DELETE FROM files"},
    {"a message's file is used in its channel", "DELETE FROM file_uses"},
    {"a person channel names its two", "UPDATE channels SET peers = ''"},
    {"what nobody counts is among the quiet, counted in its order", "DELETE FROM quiet_messages"},
    {"a friend is somebody, in somebody's list", "UPDATE friends SET friend_id = 999999"},
    {"a bench is somebody's, and tests a robot of his", "UPDATE robots SET owner_id = 999999"},
    {"who plays at a bench plays at one", "DELETE FROM sandboxes"},
    {"a bench's group has people of that bench", "UPDATE sandbox_groups SET account_id = 999999"},
    {"a talk at a bench is between its people and a robot", "UPDATE sandbox_people SET account_id = 999999"},
    {"a device that was there is somebody's", "UPDATE device_ends SET account_id = 999999"},
    {"words lead to messages of people and groups", "UPDATE message_terms SET seq = 999999"},
    {"one row says how far words are written down", "DELETE FROM search_state"},
    {"who hid a message is in its talk, and there is one", "UPDATE hidden_messages SET seq = 999999"},
    {"who asked to be a friend asked another, and was answered when it was", "UPDATE friend_requests SET state = 1"},
    {"who asked to be in a group asked one, and was answered by somebody", "UPDATE group_requests SET handled_by = 1"},
    {"a login is good for everything, or for talking", "UPDATE token_families SET scope = 'im'"},
    {"a robot rules no group", "UPDATE channel_members SET role = 1 WHERE member_type = 1"},
    {"who is blocked is there", "UPDATE blocks SET blocked_id = 999999"},
    {"what waits for an agent was said to its robot by somebody", "UPDATE agent_queue SET message_id = message_id + 1"},
    {"nothing waits for a deleted robot", "UPDATE robots SET deleted_at = 1"},
    {"no talk is given to agents of a deleted robot", "UPDATE robots SET deleted_at = 1"},
    {"a queued message is with a living connection of its robot, or with none", "DELETE FROM connections"},
    {"a talk is with a living connection of its robot, or with none", "DELETE FROM connections"},
    {"a connection is somebody's, on a relay", "DELETE FROM relays"},
    {"a talk in WeCom is a channel of its robot", "DELETE FROM wecom_talks"},
    {"who wrote in WeCom is a contact of the talk's robot", "UPDATE wecom_contacts SET robot_id = 999999"},
    {"a command is a robot's, and its state has its times", "UPDATE commands SET status = 1, sent_at = NULL"},
    {"an answer in WeCom is a command, and one only", "DELETE FROM commands"},
    {"a job is of a known kind, and says of what", "UPDATE jobs SET kind = 'x'"},
    {"a reply is due for a message that is there",
     "UPDATE jobs SET payload = CONCAT(SUBSTRING_INDEX(payload, ' ', 1), ' 999 1')"},
    {"a result to tell is a command's that ended", "UPDATE jobs SET kind = 'result'"},
    {"a webhook is a robot's, and signs with a secret", "UPDATE third_parties SET secret = NULL"},
    {"a delivery is a robot's and was tried", "UPDATE deliveries SET attempts = 0"},
    {"an outside memory is of a talk", "UPDATE brain_sessions SET channel_id = 999999"},
    {"a robot's days add up to all time", "UPDATE robot_days SET messages = messages + 1 WHERE day = 0"},
    {"who wrote adds up, days to months", "DELETE FROM talk_spans WHERE span < 1000000"},
    {"what was written in WeCom is counted once, or waits to be",
     "INSERT INTO tallies SELECT NULL, robot_id, 1, 0, id, 0, 0, 0 FROM wecom_contacts"},
    {"an entry of the log has its kind and level", "UPDATE logs SET level = 9"},
    {"an outbox row is pairs of a subject and a payload", "INSERT INTO outbox VALUES (1, 'live.account.1\\n')"},
    {"everything has been published", "INSERT INTO outbox VALUES (1, 'live.account.1\\n{}\\n')"},
};

struct Undo {};

// The rules broken once `sql` has run, in a transaction that is undone.
std::set<std::string> broken_by(db::Database& db, const std::string& sql) {
    std::set<std::string> broken;
    try {
        db.transaction([&](db::Session& s) {
            for (size_t from = 0, to; from < sql.size(); from = to + 1) {
                to = std::min(sql.find(';', from), sql.size());
                s.execute(sql.substr(from, to - from));
            }
            for (const auto& fault : check_house(asker(s), {.settled = true, .signed_in = true}))
                broken.insert(fault.substr(0, fault.find(':')));
            throw Undo{};
        });
    } catch (const Undo&) {
    }
    return broken;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(house_check)

BOOST_FIXTURE_TEST_CASE(every_rule_holds_and_can_break, Furnished) {
    const auto faults =
        db.read([&](db::Session& s) { return check_house(asker(s), {.settled = true, .signed_in = true}); });
    BOOST_TEST(faults.empty(), joined(faults));
    for (const HouseRule& rule : house_rules()) {
        const auto breakage = kBreakages.find(rule.name);
        BOOST_TEST_CONTEXT(rule.name) {
            BOOST_REQUIRE(breakage != kBreakages.end());
            BOOST_TEST(broken_by(db, breakage->second).contains(rule.name));
        }
    }
    BOOST_TEST(kBreakages.size() == house_rules().size());
}

// A new table needs rules of its own.
BOOST_FIXTURE_TEST_CASE(every_table_has_a_rule, World) {
    std::string watched = " ";
    for (const HouseRule& rule : house_rules()) watched += rule.tables + std::string(" ");
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()"
            " AND table_name NOT IN ('schema_version', 't')");
        int tables = 0;
        for (; rows.next(); ++tables) {
            const std::string table = rows.text(1);
            BOOST_TEST((watched.find(" " + table + " ") != std::string::npos), table << " is watched by no rule");
        }
        BOOST_TEST(tables > 20);
    });
}

BOOST_AUTO_TEST_SUITE_END()
