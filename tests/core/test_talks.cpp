// Channels, conversations and messages.
#include <boost/test/unit_test.hpp>

#include "core/events.h"
#include "core/groups.h"
#include "core/history.h"
#include "core/memberships.h"
#include "core/talk.h"
#include "json/value.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Group : World {
    Group() : owner(account()), a(account()), b(account()) {
        group = act([&](db::Session& s, outbox::Pushes& p) {
            return groups::create(s, house, "g-" + random_text(12), {"group", ""}, account_principal(owner.id), p);
        });
    }
    size_t add(const std::vector<Principal>& who, bool history = false) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return memberships::add(s, house, group.channel, who, {.from = history ? 1 : 0}, p);
        });
    }
    std::optional<channels::Member> member(int64_t id) {
        return ask([&](db::Session& s) { return channels::member(s, group.channel.id, account_principal(id)); });
    }
    std::string recall(int64_t seq, int64_t by) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) {
                messages::recall(s, house, group.channel, seq, account_principal(by), p);
            });
        });
    }
    accounts::Account owner, a, b;
    groups::Group group;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(talks)

BOOST_FIXTURE_TEST_CASE(a_person_channel_is_one_whoever_asks, World) {
    const auto a = account_principal(account().id), b = account_principal(account().id), r = robot_principal(a.id);
    BOOST_TEST(channels::person_key(a, b) == channels::person_key(b, a));
    BOOST_TEST(channels::person_key(a, r) == channels::person_key(r, a));
    BOOST_TEST(channels::person_key(a, r) != channels::person_key(a, a));
    std::vector<int64_t> ids(8);
    together(8, [&](int i) {
        ids[static_cast<size_t>(i)] = ask([&](db::Session& s) {
            return (i % 2 ? channels::person(s, house, a, b) : channels::person(s, house, b, a)).id;
        });
    });
    for (const int64_t id : ids) BOOST_TEST(id == ids[0]);
    BOOST_TEST(ask([&](db::Session& s) { return channels::members(s, ids[0]).size(); }) == 2u);
    BOOST_TEST(!ask([&](db::Session& s) { return channels::find(s, 0); }));
}

BOOST_FIXTURE_TEST_CASE(joining_and_leaving_a_group, Group) {
    say(group.channel, account_principal(owner.id), "before");
    BOOST_TEST(add({account_principal(a.id), account_principal(a.id), account_principal(owner.id)}) == 1u);
    BOOST_TEST(add({account_principal(b.id)}, true) == 1u);
    BOOST_TEST(member(a.id)->visible_from == 2);
    BOOST_TEST(member(a.id)->read_seq == 1);
    BOOST_TEST(member(b.id)->visible_from == 1);
    const std::string topic = "live.channel." + std::to_string(group.channel.id);
    bool told = false;
    for (const auto& [subject, data] : bus.published())
        if (subject == "ctl.account." + std::to_string(a.id))
            told = texts(json::parse(data)->find("join")) == std::vector<std::string>{topic};
    BOOST_TEST(told);
    ask([&](db::Session& s) {
        BOOST_TEST(events::since(s, a.id, 0, 10).at(0).kind == "group.join");
        BOOST_TEST(channels::groups_of(s, account_principal(a.id)).at(0).first == group.channel.id);
    });
    const auto leave = [&](int64_t id) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return memberships::remove(s, house, group.channel, {account_principal(id)}, p);
        });
    };
    BOOST_TEST(leave(a.id) == 1u);
    BOOST_TEST(leave(a.id) == 0u);
    BOOST_TEST(!member(a.id));
    BOOST_TEST(bus.count("ctl.account." + std::to_string(a.id)) == 2u);
    ask([&](db::Session& s) {
        BOOST_TEST(events::since(s, a.id, 1, 10).at(0).kind == "group.leave");
        BOOST_TEST(channels::groups_of(s, account_principal(a.id)).empty());
        BOOST_TEST(groups::find(s, group.public_id)->name == "group");
        BOOST_TEST(!groups::find(s, "none"));
    });
    BOOST_TEST(code_of([&] {
                   act([&](db::Session& s, outbox::Pushes& p) {
                       groups::create(s, house, group.public_id, {}, account_principal(b.id), p);
                   });
               }) == "group.exists");
}

BOOST_FIXTURE_TEST_CASE(marks_never_go_back_nor_beyond, Talk) {
    for (int i = 0; i < 5; ++i) say(channel, it(), "x");
    const auto mark = [&](int64_t seq) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            channels::mark_read(s, house, channel.id, me(), seq, p);
            channels::mark_delivered(s, channel.id, me(), seq);
            const auto m = *channels::member(s, channel.id, me());
            BOOST_TEST(m.read_seq == m.delivered_seq);
            return m.read_seq;
        });
    };
    BOOST_TEST(mark(3) == 3);
    BOOST_TEST(mark(1) == 3);
    BOOST_TEST(mark(99) == 5);
    BOOST_TEST(mark(-7) == 5);
    // Two marks moved: two events.
    const auto told = ask([&](db::Session& s) { return events::since(s, user.id, 0, 10); });
    BOOST_REQUIRE(told.size() == 2u);
    BOOST_TEST(told[1].kind == "read");
    BOOST_TEST(json::parse(told[1].payload)->int_or("read_seq") == 5);
    ask([&](db::Session& s) {
        BOOST_TEST(channels::heads(s, {channel.id, 0, -1}).size() == 1u);
        BOOST_TEST(channels::heads(s, {channel.id})[0].second == 5);
        BOOST_TEST(channels::heads(s, {}).empty());
        BOOST_TEST(channels::talk_heads(s, user.id, bot.id, 0).size() == 1u);
        BOOST_TEST(channels::talk_heads(s, owner.id, bot.id, 0).empty());
    });
}

BOOST_FIXTURE_TEST_CASE(conversation_ids, Talk) {
    for (const auto* good : {"a", "conv_001", "A.b-c_9", "0"}) BOOST_TEST(conv::valid_id(good), good);
    for (const auto& bad : {std::string(), std::string("_a"), std::string(".a"), std::string("a b"), std::string("a/b"),
                            std::string("鸿"), std::string("a\n"), std::string(65, 'a')}) {
        BOOST_TEST(!conv::valid_id(bad), bad);
        if (!bad.empty()) BOOST_TEST(refusal(user.id, bad) == "conversation.id", bad);
    }
    // What the house calls talks of other doors, and ids of its own.
    for (const auto* taken : {"wecom_17", "group_1", "person_1", "sandbox_1", "robot_1", "hy_1"})
        BOOST_TEST(refusal(user.id, taken) == "conversation.id", taken);
    const auto mine = resolve(user.id, "conv_001"), theirs = resolve(owner.id, "conv_001");
    BOOST_TEST(mine.id != theirs.id);
    BOOST_TEST(resolve(user.id, "conv_001").id == mine.id);
    BOOST_TEST(resolve(user.id, "CONV_001").id != mine.id);
    BOOST_TEST(resolve(user.id, "").id == channel.id);
    const auto made = ask([&](db::Session& s) { return conv::create(s, house, user.id, bot, "title"); });
    BOOST_TEST(made.id.size() == 21u);
    BOOST_TEST(resolve(user.id, made.id).id == made.channel);
    BOOST_TEST(refusal(owner.id, made.id) == "conversation.not_found");
    const auto owned = [&](int64_t who, const std::string& id) {
        return code_of([&] { ask([&](db::Session& s) { conv::owned(s, who, id); }); });
    };
    BOOST_TEST(owned(user.id, made.id) == "");
    BOOST_TEST(owned(owner.id, made.id) == "conversation.foreign");
    BOOST_TEST(owned(owner.id, "nothing") == "conversation.not_found");
    BOOST_TEST(owned(owner.id, "default") == "conversation.not_found");
    BOOST_TEST(owned(owner.id, "a/b") == "conversation.not_found");
}

BOOST_FIXTURE_TEST_CASE(one_new_conversation_from_many_frames, Talk) {
    std::vector<int64_t> ids(8);
    together(8, [&](int i) { ids[static_cast<size_t>(i)] = resolve(user.id, "fresh").id; });
    for (const int64_t id : ids) BOOST_TEST(id == ids[0]);
    BOOST_TEST(number("SELECT COUNT(*) FROM conversations WHERE account_id = ?", {user.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_deleted_conversation_comes_back_empty, Talk) {
    const auto c = resolve(user.id, "c1");
    say(c, me(), "old");
    const auto list = [&] { return ask([&](db::Session& s) { return conv::list(s, user.id, bot.id, 0, 0, 100); }); };
    BOOST_REQUIRE(list().size() == 1u);
    BOOST_TEST(list()[0].id == "c1");
    ask([&](db::Session& s) { conv::remove(s, house, conv::owned(s, user.id, "c1")); });
    BOOST_TEST(list().empty());
    const auto page = [&] {
        return ask(
            [&](db::Session& s) { return history::page_of_channel(s, user.id, *channels::find(s, c.id), 10, 0); });
    };
    BOOST_TEST(page().total == 0);
    BOOST_TEST(resolve(user.id, "c1").id == c.id);
    BOOST_TEST(list().size() == 1u);
    BOOST_TEST(page().total == 0);
    BOOST_TEST(say(c, me(), "new").message.seq == 2);
    BOOST_TEST(page().total == 1);
    BOOST_TEST(page().entries.at(0).message.content.text == "new");
}

BOOST_FIXTURE_TEST_CASE(an_agent_reaches_only_who_has_written, Talk) {
    BOOST_TEST(agent_refusal("default", user.id) == "conversation.not_found");
    BOOST_TEST(agent_refusal("", user.id) == "conversation.not_found");
    const auto c = resolve(user.id, "c1");
    BOOST_TEST(agent_refusal("c1", 0) == "conversation.not_found");
    say(c, me(), "hi");
    BOOST_TEST(agent("c1", 0) == c.id);
    BOOST_TEST(agent("c1", user.id) == c.id);
    BOOST_TEST(agent("", user.id) == c.id);
    BOOST_TEST(agent("default", user.id) == channel.id);
    BOOST_TEST(agent_refusal("", 0) == "conversation.ambiguous");
    BOOST_TEST(agent_refusal("default", 0) == "conversation.not_found");
    BOOST_TEST(agent_refusal("c1", owner.id) == "conversation.not_found");
    BOOST_TEST(agent_refusal("none", 0) == "conversation.not_found");
    say(resolve(owner.id, "c1"), account_principal(owner.id), "hi");
    BOOST_TEST(agent_refusal("c1", 0) == "conversation.ambiguous");
    BOOST_TEST(agent("c1", user.id) == c.id);
    clock.advance(10);
    say(channel, me(), "newer");
    BOOST_TEST(agent("", user.id) == channel.id);
    // `default` is enough while one user has written there.
    BOOST_TEST(agent("default", 0) == channel.id);
    say(resolve(owner.id, "default"), account_principal(owner.id), "me too");
    BOOST_TEST(agent_refusal("default", 0) == "conversation.ambiguous");
    const auto foreign = robot(owner.id);
    BOOST_TEST(code_of([&] { ask([&](db::Session& s) { conv::resolve_for_agent(s, foreign.id, "c1", user.id); }); }) ==
               "conversation.not_found");
}

BOOST_FIXTURE_TEST_CASE(numbers_have_no_holes_under_load, Talk) {
    together(8, [&](int t) {
        for (int i = 0; i < 50; ++i) say(channel, t % 2 ? me() : it(), std::to_string(t) + ":" + std::to_string(i));
    });
    ask([&](db::Session& s) {
        const auto all = messages::range(s, channel.id, 1, 1000);
        BOOST_REQUIRE(all.size() == 400u);
        std::vector<int> next(8, 0);
        for (size_t i = 0; i < all.size(); ++i) {
            BOOST_TEST(all[i].seq == static_cast<int64_t>(i + 1));
            const auto& text = all[i].content.text;
            BOOST_TEST(std::stoi(text.substr(2)) == next[static_cast<size_t>(text[0] - '0')]++);
        }
        BOOST_TEST(history::page(s, user.id, 1, 0).total == 400);
        BOOST_TEST(messages::from_sender(s, channel.id, it(), 0, 1000).size() == 200u);
        BOOST_TEST(messages::range(s, channel.id, 5, 4).empty());
        BOOST_TEST(!messages::find(s, channel.id, 401));
    });
    // Of a channel as it is now, and of one as it was.
    BOOST_TEST(say(now(channel), me(), "next").message.seq == 401);
    BOOST_TEST(say(channel, me(), "and next").message.seq == 402);
    BOOST_TEST(now(channel).last_seq == 402);
    BOOST_TEST(bus.count("live.account." + std::to_string(user.id)) == 402u);
}

BOOST_FIXTURE_TEST_CASE(a_client_number_is_stored_once, Talk) {
    const auto first = say(channel, me(), "hi", "no-1");
    const auto again = say(channel, me(), "hi", "no-1");
    BOOST_TEST(!first.repeated);
    BOOST_TEST(again.repeated);
    BOOST_TEST(again.message.id == first.message.id);
    BOOST_TEST(code_of([&] { say(channel, me(), "other", "no-1"); }) == "message.client_no");
    BOOST_TEST(code_of([&] { say(resolve(user.id, "c9"), me(), "hi", "no-1"); }) == "message.client_no");
    BOOST_TEST(!say(channel, it(), "hi", "no-1").repeated);
    BOOST_TEST(!say(channel, me(), "hi", "NO-1").repeated);
    BOOST_TEST(!say(channel, me(), "hi").repeated);
    BOOST_TEST(now(channel).last_seq == 4);
}

BOOST_FIXTURE_TEST_CASE(a_client_number_is_stored_once_in_a_race, Talk) {
    for (int round = 0; round < 10; ++round) {
        std::vector<uint64_t> ids(4);
        together(4, [&](int i) {
            ids[static_cast<size_t>(i)] = say(channel, me(), "hi", "race-" + std::to_string(round)).message.id;
        });
        for (const uint64_t id : ids) BOOST_TEST(id == ids[0]);
    }
    BOOST_TEST(now(channel).last_seq == 10);
}

BOOST_FIXTURE_TEST_CASE(what_was_said_is_read_back, Talk) {
    messages::Draft draft;
    draft.sender = me();
    draft.form = "wk";
    draft.raw = std::string("a\0\xFF z", 5);
    draft.content = {"image", "鸿😀'\"", Media{"", "https://x/y", "image/png", "n", 5, 6, 7, 8}, {"all", "u"}, "77"};
    const auto sent =
        act([&](db::Session& s, outbox::Pushes& p) { return messages::append(s, house, channel, draft, p); });
    const auto back = *ask([&](db::Session& s) { return messages::find(s, channel.id, sent.message.seq); });
    BOOST_TEST((back.raw == draft.raw));
    BOOST_TEST(back.form == "wk");
    BOOST_TEST(back.id == sent.message.id);
    BOOST_TEST(back.content.to_json() == draft.content.to_json());
    BOOST_TEST((back.sender == me()));
    BOOST_TEST(ask([&](db::Session& s) { return channels::member(s, channel.id, me())->read_seq; }) == 1);
    BOOST_TEST(ask([&](db::Session& s) { return channels::member(s, channel.id, it())->read_seq; }) == 0);
    channels::Channel none = channel;
    none.id = -1;
    BOOST_TEST(code_of([&] { say(none, me(), "x"); }) == "channel.not_found");
}

BOOST_FIXTURE_TEST_CASE(recalling, Group) {
    say(group.channel, account_principal(owner.id), "early");
    add({account_principal(a.id), account_principal(b.id)});
    for (int i = 0; i < 3; ++i) say(group.channel, account_principal(a.id), "secret");
    clock.advance(120'000);
    BOOST_TEST(recall(2, b.id) == "message.recall");
    BOOST_TEST(recall(1, a.id) == "message.not_found");  // before a came
    BOOST_TEST(recall(9, a.id) == "message.not_found");
    BOOST_TEST(recall(2, account().id) == "message.not_found");
    BOOST_TEST(recall(2, a.id) == "");
    clock.advance(1);
    BOOST_TEST(recall(3, a.id) == "message.recall");
    BOOST_TEST(recall(3, owner.id) == "");
    BOOST_TEST(recall(3, owner.id) == "");  // again: nothing happens
    ask([&](db::Session& s) {
        for (const int64_t seq : {2, 3}) {
            const auto m = *messages::find(s, group.channel.id, seq);
            BOOST_TEST(m.recalled);
            BOOST_TEST(m.content.text == "");
            BOOST_TEST(m.raw == "");
        }
        BOOST_TEST(messages::find(s, group.channel.id, 4)->content.text == "secret");
        size_t recalls = 0;
        for (const auto& e : events::since(s, b.id, 0, 100)) recalls += e.kind == "recall";
        BOOST_TEST(recalls == 2u);
    });
}

BOOST_AUTO_TEST_SUITE_END()
