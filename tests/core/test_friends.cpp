// Friends and profiles: who asks, who answers, what both do at once; whom the operator's own system registers.
#include <boost/test/unit_test.hpp>

#include "core/contacts.h"
#include "core/friends.h"
#include "core/profiles.h"
#include "core/sessions.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Two : World {
    Two() : Two([](Config&) {}) {}
    explicit Two(const std::function<void(Config&)>& change) : World(change), a(account()), b(account()) {}
    people::Person person(const accounts::Account& who) { return {account_principal(who.id), who.uid, who.nickname}; }
    std::string asks(const accounts::Account& from, const accounts::Account& to) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) { friends::ask(s, house, from.id, person(to), "hi", p); });
        });
    }
    std::string answers(const accounts::Account& who, const accounts::Account& from, bool yes) {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) { friends::answer(s, house, who.id, from.id, yes, "w", p); });
        });
    }
    bool has(const accounts::Account& who, const accounts::Account& whom) {
        return ask([&](db::Session& s) { return friends::has(s, who.id, account_principal(whom.id)); });
    }
    bool both() { return has(a, b) && has(b, a); }
    accounts::Account a, b;
};
struct AutoAccept : Two {
    AutoAccept() : Two([](Config& c) { c.openim.friend_auto_accept = true; }) {}
};
struct FewFriends : Two {
    FewFriends() : Two([](Config& c) { c.limits.friends = 1; }) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(friendship)

BOOST_FIXTURE_TEST_CASE(asked_and_answered, Two) {
    BOOST_TEST(asks(a, a) == "friend.self");
    BOOST_TEST(answers(b, a, true) == "friend.no_request");
    BOOST_TEST(asks(a, b) == "");
    BOOST_TEST(!both());
    BOOST_TEST(answers(a, b, true) == "friend.no_request");
    BOOST_TEST(answers(b, a, false) == "");
    BOOST_TEST(answers(b, a, true) == "friend.handled");
    BOOST_TEST((!has(a, b) && !has(b, a)));
    // Asked anew, what was said before is forgotten.
    BOOST_TEST(asks(a, b) == "");
    BOOST_TEST(answers(b, a, true) == "");
    BOOST_TEST(both());
    BOOST_TEST(asks(b, a) == "friend.already");
    const auto made = ask([&](db::Session& s) { return friends::requests_from(s, a.id, 0, 10); });
    BOOST_TEST_REQUIRE(made.size() == 1u);
    BOOST_TEST((made[0].state == friends::State::accepted && made[0].answer == "w" && made[0].handled_at > 0));
}

BOOST_FIXTURE_TEST_CASE(given_up_by_one, Two) {
    asks(a, b), answers(b, a, true);
    const auto gives_up = [&] {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) {
                friends::remove(s, house, a.id, account_principal(b.id), p);
            });
        });
    };
    BOOST_TEST(gives_up() == "");
    BOOST_TEST(gives_up() == "friend.none");
    BOOST_TEST((!has(a, b) && has(b, a)));
    BOOST_TEST(asks(a, b) == "");
    BOOST_TEST(both());
}

BOOST_FIXTURE_TEST_CASE(who_is_not_heard_may_not_ask, Two) {
    ask([&](db::Session& s) { contacts::block(s, house, b.id, account_principal(a.id)); });
    BOOST_TEST(asks(a, b) == "peer.blocked");
    BOOST_TEST(asks(b, a) == "");
}

BOOST_FIXTURE_TEST_CASE(accepted_by_itself, AutoAccept) {
    BOOST_TEST(asks(a, b) == "");
    BOOST_TEST(both());
}

BOOST_FIXTURE_TEST_CASE(a_list_has_an_end, FewFriends) {
    const auto c = account();
    asks(a, b), answers(b, a, true);
    BOOST_TEST(asks(a, c) == "friend.limit");
    BOOST_TEST(asks(c, a) == "");
    BOOST_TEST(answers(a, c, true) == "friend.limit");
    BOOST_TEST((!has(a, c) && !has(c, a)));
}

BOOST_FIXTURE_TEST_CASE(a_robot_says_yes_unless_it_is_private, Two) {
    const auto bot = robot(b.id);
    const people::Person it{robot_principal(bot.id), bot.public_id, bot.name};
    const auto befriend = [&](const accounts::Account& who) {
        return code_of(
            [&] { act([&](db::Session& s, outbox::Pushes& p) { friends::ask(s, house, who.id, it, "", p); }); });
    };
    BOOST_TEST(befriend(a) == "");
    BOOST_TEST(befriend(a) == "friend.already");
    act([&](db::Session& s, outbox::Pushes& p) { robots::change(s, house, bot, {.is_private = true}, p); });
    const auto c = account();
    BOOST_TEST(befriend(c) == "robot.private");
    BOOST_TEST(befriend(b) == "");
}

BOOST_FIXTURE_TEST_CASE(both_at_once_are_friends_once, Two) {
    for (int round = 0; round < 10; ++round) {
        const auto x = account(), y = account();
        std::atomic<int> wrong{0};
        together(4, [&](int i) {
            const std::string code = i % 2 ? asks(x, y) : asks(y, x);
            if (code != "" && code != "friend.already") ++wrong;
        });
        BOOST_TEST(wrong == 0);
        BOOST_TEST((has(x, y) && has(y, x)));
        // Each heard of it once.
        for (const auto& who : {x, y})
            BOOST_TEST(number("SELECT COUNT(*) FROM events WHERE account_id = ? AND kind = 'friend.added'", {who.id}) ==
                       1);
    }
}

BOOST_FIXTURE_TEST_CASE(answered_twice_at_once_counts_once, Two) {
    asks(a, b);
    std::atomic<int> done{0};
    together(4, [&](int i) { done += answers(b, a, i % 2) == ""; });
    BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(registering)

namespace {
std::string registers(World& w, const std::vector<profiles::NewUser>& users) {
    return code_of([&] { w.ask([&](db::Session& s) { profiles::register_all(s, w.house, users); }); });
}
}  // namespace

BOOST_FIXTURE_TEST_CASE(all_or_nobody, World) {
    const std::string tag = random_text(8);
    BOOST_TEST(registers(*this, {{"a-" + tag, "A", "", ""}, {"b-" + tag, "", "", ""}}) == "");
    BOOST_TEST(registers(*this, {{"c-" + tag, "", "", ""}, {"a-" + tag, "", "", ""}}) == "user.registered");
    BOOST_TEST(registers(*this, {{"d-" + tag, "", "", ""}, {"d-" + tag, "", "", ""}}) == "user.registered");
    BOOST_TEST(registers(*this, {{"d-" + tag, "", "", ""}, {"hy_x", "", "", ""}}) == "user.reserved");
    BOOST_TEST(registers(*this, {{"d-" + tag, "", "", ""}, {"d x", "", "", ""}}) == "user.id");
    const auto found = ask([&](db::Session& s) {
        return profiles::find(s, {"a-" + tag, "b-" + tag, "c-" + tag, "d-" + tag}, 0);
    });
    BOOST_TEST(found.size() == 2u);
    BOOST_TEST(found.at("b-" + tag).name == "b-" + tag);
}

BOOST_FIXTURE_TEST_CASE(many_at_once_are_registered_once, World) {
    for (int round = 0; round < 5; ++round) {
        const std::string id = "r-" + random_text(10);
        std::atomic<int> done{0}, refused{0};
        together(6, [&](int) {
            const std::string code = registers(*this, {{id, "n", "", ""}});
            done += code.empty();
            refused += code == "user.registered";
        });
        BOOST_TEST(done == 1);
        BOOST_TEST(refused == 5);
    }
}

BOOST_FIXTURE_TEST_CASE(a_token_for_talking_says_so_and_mutes_at_once, World) {
    const auto user = account();
    const auto tokens = ask([&](db::Session& s) {
        return sessions::log_in(s, house, user,
                                {.platform = 5, .access = 100, .scope = std::string(sessions::kTalking)});
    });
    BOOST_TEST(tokens.expires_in == 100);
    auto identity = services.standing.check(db, house, tokens.access);
    BOOST_TEST_REQUIRE(identity.has_value());
    BOOST_TEST(identity->scope == "im");
    BOOST_TEST(identity->platform == 5);
    BOOST_TEST(!identity->muted);
    ask([&](db::Session& s) { accounts::set_muted(s, house, user.id, true); });
    clock.advance(1001);
    BOOST_TEST(services.standing.stands(db, house, *identity));
    BOOST_TEST(identity->muted);
}

BOOST_AUTO_TEST_SUITE_END()
