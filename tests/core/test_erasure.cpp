// What an account takes along, and what is left of it when it is gone.
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "core/activation.h"
#include "core/contacts.h"
#include "core/erasure.h"
#include "core/friends.h"
#include "core/group_requests.h"
#include "core/groups.h"
#include "core/history.h"
#include "core/memberships.h"
#include "core/people.h"
#include "core/portability.h"
#include "core/profiles.h"
#include "core/sandbox.h"
#include "core/weapp.h"
#include "json/value.h"
#include "support/house_check.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

// Keeps nothing; knows what was taken away.
class ListStore final : public files::Store {
public:
    std::unique_ptr<Incoming> begin() override { return nullptr; }
    bool remove(const std::string& key) override {
        if (away) return false;
        removed.push_back(key);
        return true;
    }
    std::string internal_path(const std::string&, const std::string&, const std::string&) const override { return ""; }
    bool away = false;
    std::vector<std::string> removed;
};

struct Leaving : World {
    Leaving() : me(account("小明")), other(account("other")), bot(robot(me.id)), others_bot(robot(other.id)) {}

    Principal mine() const { return account_principal(me.id); }
    void close(const std::string& actor = "account.1") {
        act([&](db::Session& s, outbox::Pushes& p) { erasure::begin(s, house, me.id, actor, p); });
    }
    // All steps; how many rounds it took.
    int erase(int64_t batch = 500) {
        clock.advance(6000);
        int rounds = 0;
        while (rounds < 1000 && erasure::go_on(db, house, store, services.publisher, batch) > 0) ++rounds;
        return rounds;
    }
    std::string refusal() {
        return code_of([&] { close(); });
    }
    int64_t of_me(const std::string& sql) { return number(sql, {me.id}); }
    accounts::Account now_me() {
        return ask([&](db::Session& s) { return *accounts::find(s, me.id); });
    }
    void upload(const std::string& key, const Principal& owner, int64_t channel = 0) {
        ask([&](db::Session& s) {
            s.execute(
                "INSERT INTO files (file_key, owner_type, owner_id, name, mime, size, created_at)"
                " VALUES (?, ?, ?, 'a.png', 'image/png', 3, 1)",
                {std::string_view(key), owner.type_number(), owner.id});
            if (channel) files::note_use(s, key, channel);
        });
    }
    channels::Channel with(const Principal& a, const Principal& b) {
        return ask([&](db::Session& s) { return channels::person(s, house, a, b); });
    }
    groups::Group group(const Principal& owner, const std::vector<Principal>& guests) {
        const std::string id = "g" + random_text(12);
        act([&](db::Session& s, outbox::Pushes& p) {
            const auto made = groups::create(s, house, id, {"g", ""}, owner, p);
            if (!guests.empty()) groups::invite(s, house, made, owner, guests, p);
        });
        return ask([&](db::Session& s) { return *groups::find(s, id); });
    }
    std::optional<channels::Member> seat(const groups::Group& group, const Principal& who) {
        return ask([&](db::Session& s) { return channels::member(s, group.channel.id, who); });
    }
    void befriend() {
        act([&](db::Session& s, outbox::Pushes& p) {
            friends::ask(s, house, me.id, *people::find(s, other.uid), "hello", p);
            friends::answer(s, house, other.id, me.id, true, "", p);
        });
    }
    std::vector<std::string> pages() {
        std::vector<std::string> all;
        std::string from;
        do {
            auto page = ask([&](db::Session& s) { return portability::page(s, house, me.id, from); });
            all.push_back(page.json);
            from = page.next;
        } while (!from.empty() && all.size() < 100);
        return all;
    }
    std::string exported() {
        std::string all;
        for (const auto& page : pages()) {
            BOOST_TEST(json::parse(page).has_value(), page);
            all += page;
        }
        return all;
    }

    ListStore store;
    accounts::Account me, other;
    robots::Robot bot, others_bot;
};

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(erasure_and_export)

BOOST_FIXTURE_TEST_CASE(at_once_tokens_phone_and_name_are_gone, Leaving) {
    const std::string phone = "139" + random_text(8, "0123456789");
    const auto pair = ask([&](db::Session& s) {
        accounts::set_phone(s, house, me.id, phone);
        return sessions::log_in(s, house, *accounts::find(s, me.id));
    });
    BOOST_TEST(services.standing.check(db, house, pair.access).has_value());
    close();
    clock.advance(1000);
    BOOST_TEST(!services.standing.check(db, house, pair.access).has_value());
    BOOST_TEST(code_of([&] { sessions::refresh(db, house, pair.refresh, services.publisher); }) == "token");
    BOOST_TEST(bus.count("ctl.kick." + mine().name()) == 1u);
    BOOST_TEST(bus.count("ctl.kick." + robot_principal(bot.id).name()) == 1u);
    BOOST_TEST(now_me().nickname == "已注销用户");
    BOOST_TEST(now_me().phone == "");
    // The phone begins anew.
    BOOST_TEST(ask([&](db::Session& s) { return accounts::of_phone(s, house, phone).id; }) != me.id);
    BOOST_TEST(number("SELECT COUNT(*) FROM audit WHERE action = 'account.delete' AND target = ?",
                      {std::string_view(std::to_string(me.id))}) == 1);
    BOOST_TEST(refusal() == "token");  // once
}

BOOST_FIXTURE_TEST_CASE(an_administrator_has_to_give_that_up_first, Leaving) {
    ask([&](db::Session& s) { accounts::set_role(s, house, me.id, accounts::Role::admin); });
    BOOST_TEST(refusal() == "account.admin");
    BOOST_TEST(now_me().nickname == "小明");
    ask([&](db::Session& s) { accounts::set_role(s, house, me.id, accounts::Role::user); });
    BOOST_TEST(refusal() == "");
}

BOOST_FIXTURE_TEST_CASE(nothing_is_erased_while_a_token_may_still_be_taken_for_good, Leaving) {
    close();
    clock.advance(4000);
    for (int i = 0; i < 20; ++i) erasure::go_on(db, house, store, services.publisher, 500);
    BOOST_TEST(of_me("SELECT erased FROM accounts WHERE id = ?") == 0);
}

BOOST_FIXTURE_TEST_CASE(its_talks_with_robots_go_with_all_that_hangs_on_them, Leaving) {
    const auto talk =
        ask([&](db::Session& s) { return conversations::resolve(s, house, me.id, others_bot, "conv_1"); });
    const auto plain =
        ask([&](db::Session& s) { return conversations::resolve(s, house, me.id, others_bot, "default"); });
    for (int i = 0; i < 5; ++i) {
        say(talk, mine(), "secret " + std::to_string(i), "n" + random_text(8));
        say(plain, robot_principal(others_bot.id), "answer");
    }
    upload("in_talk_" + random_text(8), mine(), talk.id);
    close();
    BOOST_TEST(erase(2) > 5);
    for (const auto& channel : {talk, plain})
        for (const char* table : {"messages", "channel_members", "quiet_messages", "conversations", "file_uses"})
            BOOST_TEST(
                number("SELECT COUNT(*) FROM " + std::string(table) + " WHERE channel_id = ?", {channel.id}) == 0,
                table);
    BOOST_TEST(of_me("SELECT COUNT(*) FROM channels WHERE account_id = ?") == 0);
    for (const char* table : {"ocms_log", "ocms_heads", "ocms_gone", "token_families", "events"})
        BOOST_TEST(of_me("SELECT COUNT(*) FROM " + std::string(table) + " WHERE account_id = ?") == 0, table);
    BOOST_TEST(of_me("SELECT COUNT(*) FROM files WHERE owner_type = 0 AND owner_id = ?") == 0);
    BOOST_TEST(store.removed.size() == 1u);
    BOOST_TEST(code_of([&] { say(talk, robot_principal(others_bot.id), "late"); }) == "channel.not_found");
}

BOOST_FIXTURE_TEST_CASE(what_it_said_to_people_stays_under_nobodys_name, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    const std::string shared = "shared_" + random_text(8), alone = "alone_" + random_text(8);
    say(talk, mine(), "to you");
    upload(shared, mine(), talk.id);
    upload(alone, mine());
    close();
    erase();
    const std::string nobody = "hy_gone_" + std::to_string(me.id);
    BOOST_TEST(now_me().uid == nobody);
    const auto left = now(talk);
    BOOST_TEST((left.first_id == nobody || left.second_id == nobody));
    BOOST_TEST((left.first_id == other.uid || left.second_id == other.uid));
    BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {talk.id}) == 1);
    BOOST_TEST(store.removed == std::vector{alone}, boost::test_tools::per_element());
    BOOST_TEST(number("SELECT COUNT(*) FROM files WHERE file_key = ?", {std::string_view(shared)}) == 1);
    // The id can be had by somebody new, who has nothing of it.
    BOOST_TEST(!ask([&](db::Session& s) { return people::find(s, me.uid).has_value(); }));
}

BOOST_FIXTURE_TEST_CASE(who_is_registered_again_is_somebody_else, Leaving) {
    const std::string uid = "staff" + random_text(8);
    ask([&](db::Session& s) { profiles::register_all(s, house, {{uid, "Zhang", "", ""}}); });
    me = ask([&](db::Session& s) { return *accounts::find_by_uid(s, uid); });
    const auto talk = with(mine(), account_principal(other.id));
    close();
    BOOST_TEST(code_of([&] {
                   ask([&](db::Session& s) { profiles::register_all(s, house, {{uid, "Zhang", "", ""}}); });
               }) == "user.registered");  // not before it is through
    erase();
    ask([&](db::Session& s) { profiles::register_all(s, house, {{uid, "Zhang", "", ""}}); });
    const auto again = ask([&](db::Session& s) { return *accounts::find_by_uid(s, uid); });
    BOOST_TEST(again.id != me.id);
    BOOST_TEST(!ask([&](db::Session& s) { return channels::met(s, account_principal(again.id), uid, other.uid); }));
    BOOST_TEST(with(account_principal(again.id), account_principal(other.id)).id != talk.id);
}

BOOST_FIXTURE_TEST_CASE(groups_go_on_without_it, Leaving) {
    const auto third = account("third"), fourth = account("fourth");
    const Principal a = account_principal(other.id), b = account_principal(third.id), c = account_principal(fourth.id);
    const auto owned = group(mine(), {a, b, c, robot_principal(bot.id)});
    act([&](db::Session& s, outbox::Pushes& p) {
        groups::set_role(s, house, owned, mine(), b, channels::Role::admin, p);
    });
    const auto joined = group(a, {mine()});
    const auto alone = group(mine(), {robot_principal(others_bot.id)});
    say(owned.channel, mine(), "hello all");
    close();
    erase();
    BOOST_TEST((seat(owned, b)->role == channels::Role::owner));
    BOOST_TEST((seat(joined, a)->role == channels::Role::owner));
    for (const auto& left : {owned, joined}) BOOST_TEST(!seat(left, mine()));
    BOOST_TEST(!seat(owned, robot_principal(bot.id)));
    BOOST_TEST(!ask([&](db::Session& s) { return groups::find(s, alone.public_id).has_value(); }));
    BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {owned.channel.id}) == 1);
    BOOST_TEST(bus.last("live.channel." + std::to_string(owned.channel.id)).find("小明") == std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(who_is_only_disabled_inherits_before_a_group_ends, Leaving) {
    const auto away = account("away");
    const auto owned = group(mine(), {account_principal(away.id)});
    act([&](db::Session& s, outbox::Pushes& p) {
        accounts::set_status(s, house, away.id, accounts::Status::disabled, p);
    });
    close();
    erase();
    BOOST_TEST((seat(owned, account_principal(away.id))->role == channels::Role::owner));
}

BOOST_FIXTURE_TEST_CASE(what_nobody_else_has_is_not_kept, Leaving) {
    const auto alone = group(mine(), {robot_principal(others_bot.id)});
    const auto self = with(mine(), mine());
    const auto third = account("third");
    const auto both = with(mine(), account_principal(third.id));
    for (const auto& talk : {alone.channel, self, both}) say(talk, mine(), "for nobody");
    const std::string file = "alone_" + random_text(8);
    upload(file, mine(), alone.channel.id);
    act([&](db::Session& s, outbox::Pushes& p) { erasure::begin(s, house, third.id, "account.1", p); });
    close();
    erase();
    for (const auto& talk : {alone.channel, self, both})
        BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {talk.id}) == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM channel_groups WHERE channel_id = ? AND name <> ''", {alone.channel.id}) ==
               0);
    BOOST_TEST(store.removed == std::vector{file}, boost::test_tools::per_element());
}

BOOST_FIXTURE_TEST_CASE(who_took_a_message_back_has_no_name_any_more, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    const auto owned = group(mine(), {account_principal(other.id)});
    for (const auto& channel : {talk, owned.channel}) {
        say(channel, mine(), "slip");
        act([&](db::Session& s, outbox::Pushes& p) {
            messages::recall(s, house, *channels::find(s, channel.id), 1, mine(), p);
        });
    }
    close();
    erase();
    for (const auto& channel : {talk, owned.channel}) {
        const std::string extra = ask([&](db::Session& s) { return messages::find(s, channel.id, 1)->extra; });
        BOOST_TEST(extra.find("小明") == std::string::npos, extra);
        BOOST_TEST(extra.find(me.uid) == std::string::npos, extra);
        BOOST_TEST(extra.find("hy_gone_") != std::string::npos, extra);
    }
}

BOOST_FIXTURE_TEST_CASE(the_other_one_still_reads_what_was_said, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    say(talk, mine(), "to you");
    close();
    const auto found = [&](const std::string& id, people::Gone gone) {
        return code_of([&] { ask([&](db::Session& s) { people::partner(s, other.uid, id, gone); }); });
    };
    BOOST_TEST(found(me.uid, people::Gone::taken) == "");
    BOOST_TEST(found(me.uid, people::Gone::refused) == "user.not_found");
    erase();
    const std::string nobody = "hy_gone_" + std::to_string(me.id);
    BOOST_TEST(found(nobody, people::Gone::taken) == "");
    BOOST_TEST(found(other.uid + "@" + nobody, people::Gone::taken) == "");
    BOOST_TEST(found(nobody, people::Gone::refused) == "user.not_found");
    BOOST_TEST(found(me.uid, people::Gone::taken) == "user.not_found");
}

BOOST_FIXTURE_TEST_CASE(who_was_closed_by_a_release_before_is_erased_too, Leaving) {
    ask([&](db::Session& s) { s.execute("UPDATE accounts SET status = 2, ver = ver + 1 WHERE id = ?", {me.id}); });
    erase();
    BOOST_TEST(now_me().nickname == "已注销用户");
    BOOST_TEST(of_me("SELECT erased FROM accounts WHERE id = ?") == 1);
}

BOOST_FIXTURE_TEST_CASE(friends_requests_and_blocks_go_from_both_sides, Leaving) {
    befriend();
    const auto third = account("third");
    ask([&](db::Session& s) {
        contacts::block(s, house, third.id, mine());
        contacts::block(s, house, me.id, account_principal(third.id));
    });
    close();
    erase();
    ask([&](db::Session& s) {
        BOOST_TEST(!friends::has(s, other.id, mine()));
        BOOST_TEST(!contacts::blocks(s, third.id, mine()));
        BOOST_TEST(!friends::request(s, me.id, other.id));
    });
    BOOST_TEST(bus.last("live.account." + std::to_string(other.id)).find("friend") != std::string::npos);
    BOOST_TEST(of_me("SELECT COUNT(*) FROM blocks WHERE account_id = ?") == 0);
}

BOOST_FIXTURE_TEST_CASE(its_robots_bench_and_logins_go, Leaving) {
    const weapp::Person person{"wx", "openid-" + random_text(12), ""};
    me = ask([&](db::Session& s) { return weapp::account_of(s, house, person); });
    bot = robot(me.id);
    act([&](db::Session& s, outbox::Pushes&) {
        sandbox::make_friend(s, house, me.id, {0, "p1", "隔壁老王", "", "male", true});
        sandbox::make_group(s, house, me.id, {0, "g1", "bench", ""});
        s.execute(
            "INSERT INTO robot_brains (robot_id, provider, model, temperature, max_tokens, context_length, scenario,"
            " system_prompt, reply_delay_min, reply_delay_max, daily_limit, base_url)"
            " VALUES (?, 'doubao', '', 1, 1, 1, 'mine', '', 1, 1, 1, '')",
            {bot.id});
        sessions::log_in(s, house, me);
    });
    const std::string picture = "bots_" + random_text(8);
    upload(picture, robot_principal(bot.id));
    close();
    erase();
    for (const char* table : {"sandbox_people", "sandbox_groups", "sandboxes", "token_families", "weapp_identities"})
        BOOST_TEST(of_me("SELECT COUNT(*) FROM " + std::string(table) + " WHERE account_id = ?") == 0, table);
    BOOST_TEST(number("SELECT COUNT(*) FROM robot_brains WHERE robot_id = ?", {bot.id}) == 0);
    BOOST_TEST(of_me("SELECT COUNT(*) FROM robots WHERE owner_id = ? AND purged_at IS NULL") == 0);
    BOOST_TEST(of_me("SELECT COUNT(*) FROM robots WHERE owner_id = ? AND name <> '机器人'") == 0);
    BOOST_TEST(store.removed == std::vector{picture}, boost::test_tools::per_element());
    // The same person is let in as somebody new.
    BOOST_TEST(ask([&](db::Session& s) { return weapp::account_of(s, house, person).id; }) != me.id);
}

BOOST_FIXTURE_TEST_CASE(a_seat_of_a_group_that_ended_is_no_obstacle, Leaving) {
    const auto ended = group(mine(), {});
    ask([&](db::Session& s) {
        s.execute("UPDATE channel_groups SET deleted_at = 1 WHERE channel_id = ?", {ended.channel.id});
    });
    close();
    BOOST_TEST(erase() < 20);
    BOOST_TEST(of_me("SELECT erased FROM accounts WHERE id = ?") == 1);
}

BOOST_FIXTURE_TEST_CASE(a_store_that_is_away_is_waited_for, Leaving) {
    upload("later_" + random_text(8), mine());
    close();
    store.away = true;
    erase();
    BOOST_TEST(of_me("SELECT erased FROM accounts WHERE id = ?") == 0);
    store.away = false;
    clock.advance(60'000);
    erase();
    BOOST_TEST(of_me("SELECT erased FROM accounts WHERE id = ?") == 1);
    BOOST_TEST(store.removed.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(others_keep_all_that_is_theirs, Leaving) {
    const auto theirs =
        ask([&](db::Session& s) { return conversations::resolve(s, house, other.id, others_bot, "default"); });
    const auto with_mine =
        ask([&](db::Session& s) { return conversations::resolve(s, house, other.id, bot, "default"); });
    say(theirs, account_principal(other.id), "a");
    say(with_mine, account_principal(other.id), "b");
    say(with_mine, robot_principal(bot.id), "c");
    const std::string file = "others_" + random_text(8);
    upload(file, account_principal(other.id));
    close();
    erase();
    for (const auto& talk : {theirs, with_mine})
        BOOST_TEST(number("SELECT COUNT(*) FROM channel_members WHERE channel_id = ?", {talk.id}) == 2);
    BOOST_TEST(number("SELECT COUNT(*) FROM messages WHERE channel_id = ?", {with_mine.id}) == 2);
    BOOST_TEST(store.removed.empty());
    ask([&](db::Session& s) { BOOST_TEST(robots::find_by_id(s, others_bot.id).has_value()); });
}

BOOST_FIXTURE_TEST_CASE(who_takes_everything_along_has_everything_and_no_secrets, Leaving) {
    befriend();
    const auto talk =
        ask([&](db::Session& s) { return conversations::resolve(s, house, me.id, others_bot, "conv_1"); });
    const auto people = with(mine(), account_principal(other.id));
    const auto crowd = group(account_principal(other.id), {mine()});
    say(crowd.channel, account_principal(other.id), "群里说的");
    say(people, account_principal(other.id), "别人说的");
    say(talk, mine(), "对机器人说的");
    upload("file_" + random_text(8), mine());
    ask([&](db::Session& s) {
        sandbox::make_friend(s, house, me.id, {0, "p1", "隔壁老王", "", "male", true});
        s.execute(
            "INSERT INTO robot_brains (robot_id, provider, model, temperature, max_tokens, context_length, scenario,"
            " system_prompt, reply_delay_min, reply_delay_max, daily_limit, base_url, api_key)"
            " VALUES (?, 'doubao', '', 1, 1, 1, '我的场景', '', 1, 1, 1, 'https://x', 'KEYKEY')",
            {bot.id});
    });
    const std::string all = exported();
    for (const auto& part :
         {std::string("小明"), me.uid, bot.public_id, other.uid, crowd.public_id, std::string("群里说的"),
          std::string("别人说的"), std::string("对机器人说的"), std::string("隔壁老王"), std::string("我的场景"),
          std::string("a.png"), std::string("conv_1")})
        BOOST_TEST(has(all, part), part);
    for (const char* secret : {"KEYKEY", "api_key", "secret", "hash"}) BOOST_TEST(!has(all, secret), secret);
    // Nothing of others' that it cannot read.
    const auto theirs =
        ask([&](db::Session& s) { return conversations::resolve(s, house, other.id, others_bot, "default"); });
    say(theirs, account_principal(other.id), "不关你的事");
    BOOST_TEST(!has(exported(), "不关你的事"));
}

BOOST_FIXTURE_TEST_CASE(what_was_cleared_or_came_before_is_not_given, Leaving) {
    const auto crowd = group(account_principal(other.id), {});
    say(crowd.channel, account_principal(other.id), "before");
    act([&](db::Session& s, outbox::Pushes& p) {
        groups::invite(s, house, *groups::find(s, crowd.public_id), account_principal(other.id), {mine()}, p);
    });
    say(now(crowd.channel), account_principal(other.id), "after");
    const auto talk =
        ask([&](db::Session& s) { return conversations::resolve(s, house, me.id, others_bot, "conv_1"); });
    say(talk, mine(), "cleared");
    ask([&](db::Session& s) { history::clear(s, me.id); });
    const std::string all = exported();
    BOOST_TEST(has(all, "\"after\""));
    BOOST_TEST(!has(all, "\"before\""));
    BOOST_TEST(!has(all, "cleared"));
}

BOOST_FIXTURE_TEST_CASE(pages_are_bounded_and_lose_nothing, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    const auto empty = with(mine(), robot_principal(others_bot.id));
    auto channel = now(talk);
    act([&](db::Session& s, outbox::Pushes& p) {
        for (int i = 0; i < 1203; ++i) {
            messages::Draft draft;
            draft.sender = mine();
            draft.content.text = "m" + std::to_string(i) + ".";
            messages::append(s, house, channel, draft, p);
            ++channel.last_seq;
        }
    });
    const auto all = pages();
    BOOST_TEST(all.size() >= 4u);
    std::string text;
    for (const auto& page : all) {
        BOOST_TEST(page.size() < 400'000u);
        text += page;
    }
    for (const int i : {0, 499, 500, 501, 999, 1000, 1202}) BOOST_TEST(has(text, "\"m" + std::to_string(i) + ".\""), i);
    size_t count = 0;
    for (size_t at = 0; (at = text.find("\"messageId\"", at)) != std::string::npos; ++at) ++count;
    BOOST_TEST(count == 1203u);
    BOOST_TEST(empty.id != 0);
}

BOOST_FIXTURE_TEST_CASE(long_messages_make_no_long_page, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    for (int i = 0; i < 60; ++i) say(now(talk), mine(), std::string(60'000, static_cast<char>('a' + i % 26)));
    size_t count = 0;
    for (const auto& page : pages()) {
        BOOST_TEST(page.size() < 3u << 20);
        for (size_t at = 0; (at = page.find("\"messageId\"", at)) != std::string::npos; ++at) ++count;
    }
    BOOST_TEST(count == 60u);
}

BOOST_FIXTURE_TEST_CASE(what_only_its_client_can_read_is_given_as_it_is, Leaving) {
    const auto talk = with(mine(), account_principal(other.id));
    act([&](db::Session& s, outbox::Pushes& p) {
        messages::Draft draft;
        draft.sender = mine();
        draft.form = "wk";
        draft.raw = "opaque";
        draft.content.kind = "custom";
        messages::append(s, house, talk, draft, p);
    });
    BOOST_TEST(has(exported(), "\"raw\":\"b3BhcXVl\""));
}

BOOST_FIXTURE_TEST_CASE(only_what_a_page_gave_leads_on, Leaving) {
    for (const char* bad : {"x", "c", "c:x", "f", "f:", "f:-1", "m:1", "m:1:x", "m:-1:0", "m:0:0:0", "f:0:0", "::"})
        BOOST_TEST(code_of([&] { ask([&](db::Session& s) { portability::page(s, house, me.id, bad); }); }) == "query",
                   bad);
}

BOOST_AUTO_TEST_SUITE_END()
