// What people say to each other: who may, where, what it wakes, what is unread; and groups that are large.
#include <boost/test/unit_test.hpp>

#include "api/saying.h"
#include "core/agents.h"
#include "core/brains.h"
#include "core/contacts.h"
#include "core/inbox.h"
#include "core/memberships.h"
#include "core/people.h"
#include "json/value.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Chat : World {
    Chat() : a(account("Alice")), b(account("Bob")), c(account("Carol")) {}

    static chat::Speaker as(const accounts::Account& who) {
        return {account_principal(who.id), who.uid, who.nickname, {}};
    }
    static chat::Said text(const std::string& words, const std::string& no = {}, int64_t flags = 0) {
        chat::Said said;
        said.draft.content.text = words;
        said.draft.client_no = no;
        said.draft.flags = flags;
        return said;
    }
    chat::Outcome say(const accounts::Account& who, int64_t type, const std::string& id, chat::Said said) {
        return api::say_all(services, as(who), {{{type, id}, std::move(said)}}, false).front();
    }
    // The code of its fault, or its number.
    std::string try_say(const accounts::Account& who, int64_t type, const std::string& id, const std::string& words) {
        const auto outcome = say(who, type, id, text(words));
        return outcome.fault ? outcome.fault->code : std::to_string(outcome.message.seq);
    }
    int64_t unread(const accounts::Account& who) {
        int64_t sum = 0;
        for (const auto& one : ask([&](db::Session& s) { return inbox::list(s, who.id, 0, false, 0, 100); }))
            sum += one.unread;
        return sum;
    }
    groups::Group group(const std::vector<Principal>& members = {}) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            auto made = groups::create(s, house, "g-" + random_text(12), {}, account_principal(a.id), p);
            groups::invite(s, house, made, account_principal(a.id), members, p);
            return made;
        });
    }
    std::string partner(const accounts::Account& who, const std::string& id) {
        std::string found;
        const std::string fault =
            code_of([&] { found = ask([&](db::Session& s) { return people::partner(s, who.uid, id).id; }); });
        return fault.empty() ? found : fault;
    }
    accounts::Account named(const std::string& uid) {
        auto made = account();
        ask([&](db::Session& s) { s.execute("UPDATE accounts SET uid = ? WHERE id = ?", {uid, made.id}); });
        made.uid = uid;
        return made;
    }
    accounts::Account a, b, c;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(chats)

// The names of two find their channel; whose it is, its key says.
BOOST_FIXTURE_TEST_CASE(a_name_that_changed_hands_leads_nowhere_foreign, Chat) {
    BOOST_TEST(try_say(a, 1, b.uid, "1") == "1");
    BOOST_TEST(try_say(b, 1, a.uid, "2") == "2");
    const std::string old = a.uid;
    ask([&](db::Session& s) { s.execute("UPDATE accounts SET uid = ? WHERE id = ?", {random_text(12), a.id}); });
    auto thief = named(old);
    BOOST_TEST(try_say(thief, 1, b.uid, "3") == "1");
    BOOST_TEST(ask([&](db::Session& s) {
                   return channels::find_person(s, account_principal(a.id), account_principal(b.id));
               })->last_seq == 2);
}

BOOST_FIXTURE_TEST_CASE(who_is_blocked_is_heard_no_more_though_they_have_met, Chat) {
    BOOST_TEST(try_say(a, 1, b.uid, "1") == "1");
    act([&](db::Session& s, outbox::Pushes&) { contacts::block(s, house, b.id, account_principal(a.id)); });
    BOOST_TEST(try_say(a, 1, b.uid, "2") == "peer.blocked");
    BOOST_TEST(try_say(b, 1, a.uid, "2") == "2");
    act([&](db::Session& s, outbox::Pushes&) { contacts::unblock(s, b.id, account_principal(a.id)); });
    BOOST_TEST(try_say(a, 1, b.uid, "3") == "3");
    BOOST_TEST(try_say(a, 1, a.uid, "to myself") == "1");
    BOOST_TEST(try_say(a, 1, a.uid, "to myself") == "2");
}

BOOST_FIXTURE_TEST_CASE(a_partner_by_every_name, Chat) {
    BOOST_TEST(partner(a, b.uid) == b.uid);
    BOOST_TEST(partner(a, a.uid + "@" + b.uid) == b.uid);
    BOOST_TEST(partner(a, b.uid + "@" + a.uid) == b.uid);
    const auto& [low, high] = std::minmax(a.uid, b.uid);
    BOOST_TEST(partner(a, low + "_" + high) == b.uid);
    BOOST_TEST(partner(a, high + "_" + low) == "user.not_found");
    BOOST_TEST(partner(c, a.uid + "@" + b.uid) == "channel.id");
    BOOST_TEST(partner(a, "nobody") == "user.not_found");
    for (const char* bad : {"", "a b", "a#b", "a&b", "-x", "a\nb"}) BOOST_TEST(partner(a, bad) == "channel.id");
    BOOST_TEST(partner(a, std::string(65, 'x')) == "channel.id");
    const auto bot = robot(b.id);
    BOOST_TEST(partner(a, bot.public_id) == bot.public_id);
    ask([&](db::Session& s) { s.execute("UPDATE accounts SET status = 2 WHERE id = ?", {b.id}); });
    BOOST_TEST(partner(a, b.uid) == "user.not_found");
}

BOOST_FIXTURE_TEST_CASE(an_id_of_two_is_never_split, Chat) {
    const std::string tag = random_text(6, kLowerDigits);
    const auto x = named("x" + tag), x_x = named("x" + tag + "_x" + tag), y = named("y" + tag);
    // Somebody is called like that: the whole id is his.
    BOOST_TEST(partner(x, "x" + tag + "_x" + tag) == x_x.uid);
    // "x_x_y" is x with x_y, or x_x with y: whoever is there.
    BOOST_TEST(partner(x_x, x_x.uid + "_" + y.uid) == y.uid);
    BOOST_TEST(partner(y, x_x.uid + "_" + y.uid) == x_x.uid);
    // Of x: what remains is x_y, who is nobody.
    BOOST_TEST(partner(x, x_x.uid + "_" + y.uid) == "user.not_found");
    const auto x_y = named("x" + tag + "_y" + tag);
    BOOST_TEST(partner(x, x_x.uid + "_" + y.uid) == x_y.uid);
}

BOOST_FIXTURE_TEST_CASE(two_speak_and_have_one_log, Chat) {
    BOOST_TEST(try_say(a, 1, b.uid, "one") == "1");
    BOOST_TEST(try_say(b, 1, a.uid, "two") == "2");
    BOOST_TEST(try_say(b, 1, a.uid + "@" + b.uid, "three") == "3");
    BOOST_TEST(bus.count("live.account." + std::to_string(a.id)) == 3u);
    BOOST_TEST(bus.count("live.account." + std::to_string(b.id)) == 3u);
    const auto view = ask([&](db::Session& s) { return chat::view(s, as(a), {1, b.uid}); });
    BOOST_TEST(view->channel.first_id + " " + view->channel.second_id ==
               (a.id < b.id ? a.uid + " " + b.uid : b.uid + " " + a.uid));
    BOOST_TEST(!ask([&](db::Session& s) { return chat::view(s, as(a), {1, c.uid}); }));
    BOOST_TEST(code_of([&] { ask([&](db::Session& s) { chat::view(s, as(a), {3, c.uid}); }); }) == "channel.type");
}

BOOST_FIXTURE_TEST_CASE(to_oneself, Chat) {
    BOOST_TEST(try_say(a, 1, a.uid, "note") == "1");
    BOOST_TEST(bus.count("live.account." + std::to_string(a.id)) == 1u);
    BOOST_TEST(unread(a) == 0);
}

BOOST_FIXTURE_TEST_CASE(who_may_say_what_where, Chat) {
    const auto mine = group({account_principal(b.id)});
    BOOST_TEST(try_say(a, 2, mine.public_id, "x") == "1");
    BOOST_TEST(try_say(b, 2, mine.public_id, "x") == "2");
    BOOST_TEST(try_say(c, 2, mine.public_id, "x") == "group.member");
    BOOST_TEST(try_say(a, 2, "none", "x") == "group.not_found");
    BOOST_TEST(try_say(a, 2, "a b", "x") == "channel.id");
    BOOST_TEST(try_say(a, 3, mine.public_id, "x") == "channel.type");
    BOOST_TEST(try_say(a, 1, "nobody", "x") == "user.not_found");
    ask([&](db::Session& s) { contacts::block(s, house, b.id, account_principal(a.id)); });
    BOOST_TEST(try_say(a, 1, b.uid, "x") == "peer.blocked");
    BOOST_TEST(try_say(b, 1, a.uid, "x") == "1");
    BOOST_TEST(try_say(c, 1, b.uid, "x") == "1");
    ask([&](db::Session& s) { contacts::unblock(s, b.id, account_principal(a.id)); });
    BOOST_TEST(try_say(a, 1, b.uid, "x") == "2");
    act([&](db::Session& s, outbox::Pushes& p) { groups::dissolve(s, house, mine, account_principal(a.id), p); });
    BOOST_TEST(try_say(a, 2, mine.public_id, "x") == "group.gone");
}

BOOST_FIXTURE_TEST_CASE(a_batch_is_judged_one_by_one_and_stays_in_order, Chat) {
    const auto mine = group();
    std::vector<api::Saying> all;
    for (int i = 0; i < 10; ++i) {
        const std::string no = "n" + std::to_string(i % 9);
        all.push_back({{2, i == 4 ? "none" : mine.public_id}, text("t" + std::to_string(i), no)});
        all.push_back({{1, i == 5 ? "nobody" : b.uid}, text("p" + std::to_string(i))});
    }
    const auto outcomes = api::say_all(services, as(a), all, true);
    int64_t group_seq = 0, person_seq = 0;
    for (int i = 0; i < 10; ++i) {
        const auto& g = outcomes[static_cast<size_t>(2 * i)];
        const auto& p = outcomes[static_cast<size_t>(2 * i + 1)];
        // The tenth has the first one's number and says something else.
        if (i == 4) BOOST_TEST(g.fault->code == "group.not_found");
        else if (i == 9) BOOST_TEST(g.fault->code == "message.client_no");
        else BOOST_TEST(g.message.seq == ++group_seq);
        if (i == 5) BOOST_TEST(p.fault->code == "user.not_found");
        else BOOST_TEST(p.message.seq == ++person_seq);
    }
    BOOST_TEST(number("SELECT last_seq FROM channels WHERE id = ?", {mine.channel.id}) == group_seq);
}

BOOST_FIXTURE_TEST_CASE(a_batch_in_one_channel_is_one_transaction, Chat) {
    const auto mine = group();
    std::vector<api::Saying> all;
    for (int i = 0; i < 100; ++i) all.push_back({{2, mine.public_id}, text("t")});
    const int64_t before = number("SELECT COUNT(*) FROM outbox");
    api::say_all(services, as(a), all, true);
    BOOST_TEST(number("SELECT COUNT(*) FROM outbox") - before <= 1);
    BOOST_TEST(bus.count("live.channel." + std::to_string(mine.channel.id)) == 100u);
}

BOOST_FIXTURE_TEST_CASE(what_is_not_stored_is_only_passed_on, Chat) {
    auto said = text("typing");
    said.stored = false;
    const auto outcome = say(a, 1, b.uid, said);
    BOOST_TEST(outcome.message.seq == 0);
    BOOST_TEST(outcome.message.id > 0u);
    BOOST_TEST(bus.count("live.account." + std::to_string(b.id)) == 1u);
    BOOST_TEST(number("SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.channel_key = ?",
                      {channels::person_key(account_principal(a.id), account_principal(b.id))}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM outbox") == 0);
    BOOST_TEST(try_say(a, 1, b.uid, "stored") == "1");
}

BOOST_FIXTURE_TEST_CASE(the_same_number_from_many_hands_is_one_message, Chat) {
    std::vector<uint64_t> ids(8);
    together(8, [&](int i) { ids[static_cast<size_t>(i)] = say(a, 1, b.uid, text("x", "same")).message.id; });
    for (const uint64_t id : ids) BOOST_TEST(id == ids[0]);
    BOOST_TEST(try_say(a, 1, b.uid, "next") == "2");
}

BOOST_FIXTURE_TEST_CASE(what_is_unread_is_exact, Chat) {
    const auto mine = group({account_principal(b.id), account_principal(c.id)});
    for (int i = 0; i < 3; ++i) say(a, 2, mine.public_id, text("x"));
    say(a, 1, b.uid, text("x"));
    BOOST_TEST(unread(a) == 0);
    BOOST_TEST(unread(b) == 4);
    BOOST_TEST(unread(c) == 3);
    // Quiet ones and commands count for nobody, wherever they stand.
    say(a, 2, mine.public_id, text("quiet", "", messages::kNoDot));
    say(a, 2, mine.public_id, text("command", "", messages::kCommand));
    BOOST_TEST(unread(b) == 4);
    // Who speaks has read.
    say(b, 2, mine.public_id, text("x"));
    BOOST_TEST(unread(b) == 1);
    BOOST_TEST(unread(c) == 4);
    act([&](db::Session& s, outbox::Pushes& p) {
        channels::mark_read(s, house, mine.channel.id, account_principal(c.id), 4, p);
    });
    BOOST_TEST(unread(c) == 1);
    say(a, 2, mine.public_id, text("quiet", "", messages::kNoDot));
    BOOST_TEST(unread(c) == 1);
    // Cleared, it is in no list until somebody speaks.
    act([&](db::Session& s, outbox::Pushes& p) { inbox::clear(s, house, c.id, now(mine.channel), p); });
    BOOST_TEST(ask([&](db::Session& s) { return inbox::list(s, c.id, 0, false, 0, 10).size(); }) == 0u);
    say(a, 2, mine.public_id, text("x"));
    BOOST_TEST(unread(c) == 1);
    // What age took away is not unread.
    ask([&](db::Session& s) { s.execute("DELETE FROM messages WHERE channel_id = ?", {mine.channel.id}); });
    BOOST_TEST(unread(c) == 0);
}

BOOST_FIXTURE_TEST_CASE(chats_in_their_order_and_changes_alone, Chat) {
    say(a, 1, b.uid, text("x"));
    // Longer than what is told once more.
    clock.advance(60'000);
    say(a, 1, c.uid, text("x"));
    const auto all = ask([&](db::Session& s) { return inbox::list(s, a.id, 0, false, 0, 10); });
    BOOST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].version > all[1].version);
    BOOST_TEST(ask([&](db::Session& s) { return inbox::list(s, a.id, all[0].version, false, 0, 10).size(); }) == 1u);
    BOOST_TEST(ask([&](db::Session& s) { return inbox::list(s, a.id, 0, false, 1, 10).at(0).channel.id; }) ==
               all[1].channel.id);
    BOOST_TEST(ask([&](db::Session& s) { return inbox::list(s, a.id, 0, true, 0, 10).empty(); }));
}

BOOST_FIXTURE_TEST_CASE(a_robot_is_woken_in_private_always_and_in_a_group_when_it_is_asked, Chat) {
    const auto bot = robot(c.id);
    const auto waiting = [&] { return number("SELECT COUNT(*) FROM agent_queue WHERE robot_id = ?", {bot.id}); };
    BOOST_TEST(try_say(a, 1, bot.public_id, "hi") == "1");
    BOOST_TEST(waiting() == 1);
    const auto mine = group({robot_principal(bot.id)});
    BOOST_TEST(try_say(a, 2, mine.public_id, "to all") == "1");
    BOOST_TEST(waiting() == 1);
    auto asked = text("to you");
    asked.draft.content.at = {bot.public_id};
    BOOST_TEST(say(a, 2, mine.public_id, asked).message.seq == 2);
    BOOST_TEST(waiting() == 2);
    ask([&](db::Session& s) { s.execute("UPDATE robots SET reply_all = 1 WHERE id = ?", {bot.id}); });
    BOOST_TEST(try_say(a, 2, mine.public_id, "to all") == "3");
    BOOST_TEST(waiting() == 3);
    // A private robot hears its owner alone.
    ask([&](db::Session& s) { s.execute("UPDATE robots SET is_private = 1 WHERE id = ?", {bot.id}); });
    BOOST_TEST(try_say(a, 1, bot.public_id, "hi") == "robot.private");
    BOOST_TEST(try_say(a, 2, mine.public_id, "to all") == "4");
    BOOST_TEST(waiting() == 3);
}

BOOST_FIXTURE_TEST_CASE(a_robot_that_is_woken_too_often, Chat) {
    const auto bot = robot(c.id);
    for (int i = 0; i < config.robots.wakes_per_minute; ++i)
        BOOST_TEST(say(a, 1, bot.public_id, text("x", "n" + std::to_string(i))).message.seq == i + 1);
    BOOST_TEST(try_say(a, 1, bot.public_id, "x") == "robot.wakes");
    // What was said before is no new message.
    BOOST_TEST(say(a, 1, bot.public_id, text("x", "n0")).message.seq == 1);
    // In a group others still hear what is said.
    const auto mine = group({robot_principal(bot.id)});
    auto asked = text("to you");
    asked.draft.content.at = {bot.public_id};
    BOOST_TEST(say(a, 2, mine.public_id, asked).message.seq == 1);
}

BOOST_FIXTURE_TEST_CASE(an_agent_answers_in_the_group_that_it_is_in, Chat) {
    const auto bot = robot(c.id), stranger = robot(c.id);
    const auto mine = group({robot_principal(bot.id)});
    const std::string label = "group_" + std::to_string(mine.channel.id);
    const auto named = [&](int64_t who, const std::string& name) {
        return ask([&](db::Session& s) { return chat::group_named(s, who, name).has_value(); });
    };
    BOOST_TEST(named(bot.id, label));
    BOOST_TEST(!named(stranger.id, label));
    BOOST_TEST(!named(bot.id, "group_x"));
    BOOST_TEST(!named(bot.id, mine.public_id));
    relay("chat-relay");
    connect("chat-agent", "chat-relay", robot_principal(bot.id));
    auto asked = text("to you");
    asked.draft.content.at = {bot.public_id};
    say(a, 2, mine.public_id, asked);
    const std::string push = bus.last("live.robot." + std::to_string(bot.id));
    const auto value = json::parse(push);
    BOOST_REQUIRE(value.has_value());
    BOOST_TEST(value->text_or("robot") == bot.public_id);
    BOOST_TEST(value->text_or("conversation") == label);
    BOOST_TEST(value->text_or("user") == std::to_string(a.id));
    // A robot that is deleted is in no group.
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, bot, p); });
    BOOST_TEST(!named(bot.id, label));
}

// ---- groups -----------------------------------------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_group_is_made_again_by_its_former_owner_alone, Chat) {
    const auto mine = group({account_principal(b.id)});
    say(a, 2, mine.public_id, text("old"));
    act([&](db::Session& s, outbox::Pushes& p) { groups::dissolve(s, house, mine, account_principal(a.id), p); });
    const auto make = [&](const accounts::Account& who) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) {
                groups::create(s, house, mine.public_id, {"new", ""}, account_principal(who.id), p);
            });
        });
    };
    BOOST_TEST(make(b) == "group.exists");
    BOOST_TEST(make(a) == "");
    BOOST_TEST(make(a) == "group.exists");
    const auto again = ask([&](db::Session& s) { return *groups::find(s, mine.public_id); });
    BOOST_TEST(again.name == "new");
    BOOST_TEST(again.history_from == 2);
    BOOST_TEST(try_say(a, 2, mine.public_id, "x") == "2");
    BOOST_TEST(try_say(b, 2, mine.public_id, "x") == "group.member");
    // Not even with its whole history open for newcomers.
    ask([&](db::Session& s) { groups::set_rules(s, again, groups::Entry::asking, true); });
    act([&](db::Session& s, outbox::Pushes& p) {
        groups::invite(s, house, *groups::find(s, mine.public_id), account_principal(a.id), {account_principal(b.id)},
                       p);
    });
    const auto view = ask([&](db::Session& s) { return chat::view(s, as(b), {2, mine.public_id}); });
    BOOST_TEST(view->from == 2);
}

BOOST_FIXTURE_TEST_CASE(many_join_at_once_and_each_is_told, Chat) {
    std::vector<Principal> many;
    for (int i = 0; i < 300; ++i) many.push_back(account_principal(account().id));
    const auto mine = group();
    const auto add = [&] {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return groups::invite(s, house, mine, account_principal(a.id), many, p);
        });
    };
    BOOST_TEST(add() == 300u);
    BOOST_TEST(add() == 0u);
    for (const auto& one : many) BOOST_TEST(bus.count("ctl." + one.name()) == 1u);
    BOOST_TEST(number("SELECT COUNT(*) FROM events WHERE kind = 'group.join' AND account_id = ?", {many[7].id}) == 1);
    const auto removed = act([&](db::Session& s, outbox::Pushes& p) {
        return groups::remove(s, house, mine, account_principal(a.id), {many.begin(), many.begin() + 100}, p);
    });
    BOOST_TEST(removed == 100u);
    const std::string topic = "live.channel." + std::to_string(mine.channel.id);
    const size_t before = bus.count(topic);
    act([&](db::Session& s, outbox::Pushes& p) { groups::dissolve(s, house, mine, account_principal(a.id), p); });
    BOOST_TEST(number("SELECT COUNT(*) FROM channel_members WHERE channel_id = ?", {mine.channel.id}) == 0);
    // The event and the end, however many there are.
    BOOST_TEST(bus.count(topic) == before + 2);
    BOOST_TEST(number("SELECT COUNT(*) FROM events WHERE kind = 'group.leave' AND account_id = ?", {many[200].id}) ==
               1);
}

BOOST_FIXTURE_TEST_CASE(a_group_has_so_many_members_and_an_account_so_many_groups, Chat) {
    config.groups.members = 3;
    config.groups.per_account = 2;
    const auto mine = group({account_principal(b.id)});
    const auto invite = [&](const groups::Group& to, const std::vector<Principal>& who) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) {
                groups::invite(s, house, to, account_principal(a.id), who, p);
            });
        });
    };
    BOOST_TEST(invite(mine, {account_principal(c.id), account_principal(account().id)}) == "group.limit");
    BOOST_TEST(invite(mine, {account_principal(c.id)}) == "");
    group({account_principal(b.id)});
    // b is in two by now, and so is a, who makes them.
    BOOST_TEST(code_of([&] { group(); }) == "group.limit");
}

BOOST_AUTO_TEST_SUITE_END()
