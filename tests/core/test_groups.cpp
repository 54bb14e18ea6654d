// Who may do what in a group.
#include <boost/test/unit_test.hpp>

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
        act([&](db::Session& s, outbox::Pushes&) {
            groups::set_role(s, group(s), owner, admin, channels::Role::admin);
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
        return code_of([&] { ask([&](db::Session& s) { groups::set_role(s, group(s), by, whom, role); }); });
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
    ask([&](db::Session& s) { groups::set_rules(s, group(s), true, true); });
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

BOOST_AUTO_TEST_SUITE_END()
