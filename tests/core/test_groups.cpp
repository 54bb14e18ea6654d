// Who may do what in a group.
#include <boost/test/unit_test.hpp>

#include "core/chat.h"
#include "core/group_requests.h"
#include "core/group_views.h"
#include "core/groups.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct House4 : World {
    House4()
        : owner(account_principal(account().id)),
          admin(account_principal(account().id)),
          member(account_principal(account().id)),
          stranger(account_principal(account().id)) {
        act([&](db::Session& s, outbox::Pushes& p) { groups::create(s, house, "g-" + tag, {"group", ""}, owner, p); });
        act([&](db::Session& s, outbox::Pushes& p) { groups::invite(s, house, group(s), owner, {admin, member}, p); });
        act([&](db::Session& s, outbox::Pushes& p) {
            groups::set_role(s, house, group(s), owner, admin, channels::Role::admin, p);
        });
    }
    groups::Group group(db::Session& s) { return *groups::find(s, "g-" + tag); }
    std::string invite(const Principal& by, const Principal& who) {
        return code_of(
            [&] { act([&](db::Session& s, outbox::Pushes& p) { groups::invite(s, house, group(s), by, {who}, p); }); });
    }
    std::string remove(const Principal& by, const Principal& who) {
        return code_of(
            [&] { act([&](db::Session& s, outbox::Pushes& p) { groups::remove(s, house, group(s), by, {who}, p); }); });
    }
    std::string give(const Principal& by, const Principal& whom, channels::Role role) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) { groups::set_role(s, house, group(s), by, whom, role, p); });
        });
    }
    bool is_member(const Principal& who) {
        return ask([&](db::Session& s) { return channels::member(s, group(s).channel.id, who).has_value(); });
    }
    const std::string tag = random_text(10);
    Principal owner, admin, member, stranger;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(groups_rules)

BOOST_FIXTURE_TEST_CASE(bringing_in, House4) {
    BOOST_TEST(invite(stranger, stranger) == "group.member");
    BOOST_TEST(invite(member, stranger) == "");
    BOOST_TEST(is_member(stranger));
    BOOST_TEST(remove(owner, stranger) == "");
    ask([&](db::Session& s) { groups::set_rules(s, group(s), groups::Entry::approved, true); });
    BOOST_TEST(invite(member, stranger) == "group.verification");
    BOOST_TEST(!is_member(stranger));
    BOOST_TEST(invite(admin, stranger) == "");
    // With history_for_new, from the first number on.
    const auto seen = ask([&](db::Session& s) { return channels::member(s, group(s).channel.id, stranger); });
    BOOST_TEST(seen->visible_from == 1);
}

BOOST_FIXTURE_TEST_CASE(sending_away, House4) {
    BOOST_TEST(remove(stranger, member) == "group.member");
    BOOST_TEST(remove(member, admin) == "group.role");
    BOOST_TEST(remove(admin, owner) == "group.role");
    BOOST_TEST(remove(admin, admin) == "");
    BOOST_TEST(remove(owner, owner) == "group.role");
    BOOST_TEST(invite(member, stranger) == "");
    BOOST_TEST(remove(member, stranger) == "group.role");
    BOOST_TEST(remove(owner, stranger) == "");
    BOOST_TEST(remove(member, member) == "");
    BOOST_TEST(!is_member(member));
}

BOOST_FIXTURE_TEST_CASE(roles_and_the_end, House4) {
    BOOST_TEST(give(admin, member, channels::Role::admin) == "group.role");
    BOOST_TEST(give(owner, stranger, channels::Role::admin) == "group.member");
    BOOST_TEST(give(owner, owner, channels::Role::member) == "group.role");
    BOOST_TEST(give(owner, member, channels::Role::owner) == "");
    BOOST_TEST(give(owner, admin, channels::Role::member) == "group.role");
    const auto end = [&](const Principal& by) {
        return code_of(
            [&] { act([&](db::Session& s, outbox::Pushes& p) { groups::dissolve(s, house, group(s), by, p); }); });
    };
    BOOST_TEST(end(owner) == "group.role");
    BOOST_TEST(end(member) == "");
    BOOST_TEST(!ask([&](db::Session& s) { return groups::find(s, "g-" + tag).has_value(); }));
}

namespace {
struct Asking : House4 {
    groups::Group now() {
        return ask([&](db::Session& s) { return group(s); });
    }
    std::string asks(const Principal& who) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) { group_requests::ask(s, house, group(s), who.id, "m", p); });
        });
    }
    std::string answers(const Principal& by, const Principal& who, bool yes) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) {
                group_requests::answer(s, house, group(s), by, who.id, yes, "w", p);
            });
        });
    }
    std::string says(const Principal& who) {
        const auto outcomes = act([&](db::Session& s, outbox::Pushes& p) {
            return chat::say(s, house, {who, "id", "name", {}}, {2, "g-" + tag}, std::vector<chat::Said>(1), p);
        });
        return outcomes[0].fault ? outcomes[0].fault->code : "";
    }
    template <typename F>
    std::string in_group(F&& work) {
        return code_of([&] { act([&](db::Session& s, outbox::Pushes& p) { work(s, group(s), p); }); });
    }
};
}  // namespace

BOOST_FIXTURE_TEST_CASE(asking_to_come_in, Asking) {
    BOOST_TEST(asks(member) == "group.member_already");
    BOOST_TEST(asks(stranger) == "");
    BOOST_TEST(!is_member(stranger));
    BOOST_TEST(answers(member, stranger, true) == "group.role");
    BOOST_TEST(answers(stranger, stranger, true) == "group.member");
    BOOST_TEST(answers(admin, member, true) == "group.no_request");
    BOOST_TEST(answers(admin, stranger, false) == "");
    BOOST_TEST(answers(admin, stranger, true) == "group.handled");
    BOOST_TEST(!is_member(stranger));
    BOOST_TEST(asks(stranger) == "");
    const auto waiting = ask([&](db::Session& s) { return group_requests::received(s, owner.id, 0, 10); });
    BOOST_TEST_REQUIRE(waiting.size() == 1u);
    BOOST_TEST((waiting[0].group == "g-" + tag && waiting[0].state == group_requests::State::waiting));
    BOOST_TEST(ask([&](db::Session& s) { return group_requests::received(s, member.id, 0, 10); }).empty());
    BOOST_TEST(answers(owner, stranger, true) == "");
    BOOST_TEST(is_member(stranger));
    ask([&](db::Session& s) { groups::set_rules(s, group(s), groups::Entry::open, false); });
    const auto other = account_principal(account().id);
    BOOST_TEST(asks(other) == "");
    BOOST_TEST(is_member(other));
}

BOOST_FIXTURE_TEST_CASE(silence, Asking) {
    const auto mute = [&](const Principal& by, bool on) {
        return in_group([&](auto& s, const auto& g, auto& p) { groups::set_muted(s, house, g, by, on, p); });
    };
    const auto mute_one = [&](const Principal& by, const Principal& whom, int64_t until) {
        return in_group([&](auto& s, const auto& g, auto& p) { groups::mute_member(s, house, g, by, whom, until, p); });
    };
    BOOST_TEST(mute(member, true) == "group.role");
    BOOST_TEST(mute(stranger, true) == "group.member");
    BOOST_TEST(mute(admin, true) == "");
    BOOST_TEST(says(member) == "group.muted");
    BOOST_TEST(says(admin) == "");
    BOOST_TEST(says(owner) == "");
    BOOST_TEST(mute(owner, false) == "");
    BOOST_TEST(says(member) == "");
    const int64_t soon = clock.now_ms() + 1000;
    BOOST_TEST(mute_one(member, member, soon) == "group.role");
    BOOST_TEST(mute_one(admin, owner, soon) == "group.role");
    BOOST_TEST(mute_one(admin, stranger, soon) == "group.member");
    BOOST_TEST(mute_one(admin, member, soon) == "");
    BOOST_TEST(says(member) == "group.muted");
    clock.advance(1000);
    BOOST_TEST(says(member) == "");
    // An administrator's word is above all groups.
    const auto outcomes = act([&](db::Session& s, outbox::Pushes& p) {
        return chat::say(s, house, {owner, "id", "name", {}, true}, {2, "g-" + tag}, std::vector<chat::Said>(1), p);
    });
    BOOST_TEST(outcomes[0].fault->code == "account.muted");
}

BOOST_FIXTURE_TEST_CASE(what_it_is_like, Asking) {
    const auto change = [&](const Principal& by, const groups::Changes& changes) {
        return in_group([&](auto& s, const auto& g, auto& p) { groups::change(s, house, g, by, changes, p); });
    };
    BOOST_TEST(change(member, {.name = "x"}) == "group.role");
    BOOST_TEST(change(stranger, {.name = "x"}) == "group.member");
    BOOST_TEST(change(admin, {.notification = "n", .entry = groups::Entry::approved}) == "");
    BOOST_TEST(change(owner, {.introduction = "i"}) == "");
    const auto seen = ask([&](db::Session& s) { return group_views::find(s, {"g-" + tag}); });
    BOOST_TEST_REQUIRE(seen.size() == 1u);
    BOOST_TEST((seen[0].name == "group" && seen[0].notification == "n" && seen[0].introduction == "i"));
    BOOST_TEST((seen[0].members == 3 && seen[0].entry == groups::Entry::approved && seen[0].notification_at > 0));
    const auto called = [&](const Principal& by, const Principal& whom) {
        return in_group(
            [&](auto& s, const auto& g, auto& p) { groups::set_nickname(s, house, g, by, whom, "called", p); });
    };
    BOOST_TEST(called(member, member) == "");
    BOOST_TEST(called(member, admin) == "group.role");
    BOOST_TEST(called(admin, member) == "");
    BOOST_TEST(called(stranger, stranger) == "group.member");
    const auto bot = robot(owner.id);
    BOOST_TEST(invite(owner, robot_principal(bot.id)) == "");
    BOOST_TEST(give(owner, robot_principal(bot.id), channels::Role::owner) == "group.robot");
    const auto seats = ask([&](db::Session& s) { return group_views::members(s, group(s).channel.id, {}, 0, 10); });
    BOOST_TEST(seats.size() == 4u);
    const auto owners =
        ask([&](db::Session& s) { return group_views::members(s, group(s).channel.id, channels::Role::owner, 0, 10); });
    BOOST_TEST((owners.size() == 1u && owners[0].who == owner));
}

BOOST_AUTO_TEST_SUITE_END()
