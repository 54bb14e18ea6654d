// Accounts, token families, robots, refusals, events.
#include <boost/test/unit_test.hpp>

#include <array>

#include "core/weapp.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/events.h"
#include "core/refusals.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Login : World {
    Login() : who(account()), pair(log_in()) {}
    sessions::TokenPair log_in() {
        return ask([&](db::Session& s) { return sessions::log_in(s, house, *accounts::find(s, who.id)); });
    }
    sessions::TokenPair refresh(const std::string& token) {
        return sessions::refresh(db, house, token, services.publisher);
    }
    std::string refusal(const std::string& token) {
        return code_of([&] { refresh(token); });
    }
    bool stands(const std::string& access) { return services.standing.check(db, house, access).has_value(); }
    accounts::Account who;
    sessions::TokenPair pair;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(people)

BOOST_FIXTURE_TEST_CASE(accounts_are_found_by_what_is_theirs, World) {
    const auto a = account("鸿雁😀"), b = account("b");
    BOOST_TEST(a.uid.starts_with("hy_"));
    BOOST_TEST(a.uid != b.uid);
    ask([&](db::Session& s) {
        BOOST_TEST(accounts::find(s, a.id)->nickname == "鸿雁😀");
        BOOST_TEST(accounts::find_by_uid(s, b.uid)->id == b.id);
        BOOST_TEST(!accounts::find_by_uid(s, "HY_" + b.uid.substr(3)));
        BOOST_TEST(!accounts::find(s, 0));
        BOOST_TEST(!accounts::find_by_phone(s, ""));
        accounts::set_role(s, house, a.id, accounts::Role::admin);
        BOOST_TEST((accounts::find(s, a.id)->role == accounts::Role::admin));
        BOOST_TEST((accounts::find(s, b.id)->role == accounts::Role::user));
    });
}

BOOST_FIXTURE_TEST_CASE(the_development_provider, World) {
    http::CallGate gate(1);
    BOOST_TEST(weapp::exchange(house, {}, gate, "xyz", "").openid == "dev_xyz");
    for (const auto* bad : {"", "a b", "鸿", "a\n"})
        BOOST_TEST(code_of([&] { weapp::exchange(house, {}, gate, bad, ""); }) == "weapp.refused", bad);
    config.profile = "production";
    BOOST_TEST(code_of([&] { weapp::exchange(house, {}, gate, "xyz", ""); }) == "config");
}

BOOST_FIXTURE_TEST_CASE(two_first_logins_at_once_are_one_account, World) {
    const weapp::Person person{"wx", "openid-" + random_text(12), ""};
    std::vector<int64_t> ids(6);
    together(6, [&](int i) {
        ids[static_cast<size_t>(i)] = ask([&](db::Session& s) { return weapp::account_of(s, house, person).id; });
    });
    for (const int64_t id : ids) BOOST_TEST(id == ids[0]);
    BOOST_TEST(number("SELECT COUNT(*) FROM weapp_identities WHERE openid = ?", {std::string_view(person.openid)}) ==
               1);
    const auto other = ask([&](db::Session& s) { return weapp::account_of(s, house, {"wy", person.openid, ""}); });
    BOOST_TEST(other.id != ids[0]);
    BOOST_TEST(other.nickname == "微信用户");
}

BOOST_FIXTURE_TEST_CASE(refresh_tokens_rotate, Login) {
    BOOST_TEST(stands(pair.access));
    BOOST_TEST(pair.expires_in == 86400);
    clock.advance(5000);
    const auto second = refresh(pair.refresh);
    BOOST_TEST(second.refresh != pair.refresh);
    BOOST_TEST(stands(second.access));
    clock.advance(20'000);
    const auto again = refresh(pair.refresh);  // the answer was lost
    BOOST_TEST(again.refresh == second.refresh);
    BOOST_TEST(again.access == second.access);
    BOOST_TEST(!refresh(second.refresh).refresh.empty());
    BOOST_TEST(code_of([&] { refresh(pair.refresh); }) == "token");  // the new one was used: reuse
}

BOOST_FIXTURE_TEST_CASE(reuse_ends_the_family_and_only_it, Login) {
    const auto elsewhere = log_in();
    const auto second = refresh(pair.refresh);
    const auto third = refresh(second.refresh);
    BOOST_TEST(refusal(pair.refresh) == "token");
    BOOST_TEST(refusal(third.refresh) == "token");
    clock.advance(1000);
    BOOST_TEST(!stands(third.access));
    BOOST_TEST(stands(elsewhere.access));
    BOOST_TEST(bus.count("ctl.kick.account." + std::to_string(who.id)) == 1u);
    BOOST_TEST(number("SELECT COUNT(*) FROM audit WHERE action = 'token.reuse' AND actor = ?",
                      {std::string_view(account_principal(who.id).name())}) == 1);
}

BOOST_FIXTURE_TEST_CASE(after_the_grace_a_repeat_is_reuse, Login) {
    const auto second = refresh(pair.refresh);
    clock.advance(30'001);
    BOOST_TEST(refusal(pair.refresh) == "token");
    BOOST_TEST(refusal(second.refresh) == "token");
}

BOOST_FIXTURE_TEST_CASE(one_refresh_token_many_threads, Login) {
    std::vector<std::string> got(6);
    together(6, [&](int i) { got[static_cast<size_t>(i)] = refresh(pair.refresh).refresh; });
    for (const auto& token : got) BOOST_TEST(token == got[0]);
}

BOOST_FIXTURE_TEST_CASE(what_is_no_refresh_token, Login) {
    for (const auto& bad : {std::string(), std::string("x"), pair.access, pair.refresh + "x", pair.refresh.substr(1)})
        BOOST_TEST(refusal(bad) == "token");
    BOOST_TEST(!stands(pair.refresh));
    auth::Claims claims;
    claims.subject = std::to_string(who.id);
    claims.kind = "refresh";
    claims.family = "nosuchfamily";
    claims.version = 1;
    claims.issued = clock.now_ms() / 1000;
    claims.expires = claims.issued + 100;
    BOOST_TEST(refusal(auth::sign(services.keys, claims)) == "token");
    claims.family = "";
    BOOST_TEST(refusal(auth::sign(services.keys, claims)) == "token");
    const auto other = account();
    claims.subject = std::to_string(other.id);
    claims.family = auth::verify(services.keys, pair.refresh, "refresh", clock.now_ms())->family;
    claims.generation = 1;
    BOOST_TEST(refusal(auth::sign(services.keys, claims)) == "token");
    BOOST_TEST(refusal(pair.refresh) == "");
    clock.advance(config.auth.refresh_seconds * 1000);
    BOOST_TEST(refusal(pair.refresh) == "token");
}

BOOST_FIXTURE_TEST_CASE(disabled_and_bumped_accounts_end_within_a_second, Login) {
    BOOST_TEST(stands(pair.access));
    act([&](db::Session& s, outbox::Pushes& p) { accounts::bump_version(s, house, who.id, p); });
    clock.advance(1000);
    BOOST_TEST(!stands(pair.access));
    BOOST_TEST(refusal(pair.refresh) == "token");
    const auto fresh = log_in();
    BOOST_TEST(stands(fresh.access));
    act([&](db::Session& s, outbox::Pushes& p) {
        accounts::set_status(s, house, who.id, accounts::Status::disabled, p);
    });
    clock.advance(1000);
    BOOST_TEST(!stands(fresh.access));
    BOOST_TEST(refusal(fresh.refresh) == "token");
    BOOST_TEST(code_of([&] { log_in(); }) == "account.disabled");
    BOOST_TEST(bus.count("ctl.kick.account." + std::to_string(who.id)) == 2u);
    act([&](db::Session& s, outbox::Pushes& p) {
        accounts::set_status(s, house, who.id, accounts::Status::active, p);
    });
    clock.advance(1000);
    BOOST_TEST(!stands(fresh.access));
    BOOST_TEST(stands(log_in().access));
}

BOOST_FIXTURE_TEST_CASE(an_access_token_expires, Login) {
    auto identity = services.standing.check(db, house, pair.access);
    BOOST_REQUIRE(identity);
    BOOST_TEST(identity->public_id == who.uid);
    clock.advance(86'399'000);
    BOOST_TEST(stands(pair.access));
    clock.advance(1000);
    BOOST_TEST(!stands(pair.access));
    BOOST_TEST(!services.standing.stands(db, house, *identity));
}

BOOST_FIXTURE_TEST_CASE(robots_are_bounded_even_at_once, World) {
    config.robots.per_user = 3;
    const auto owner = account();
    std::atomic<int> made{0}, refused{0};
    together(8, [&](int) {
        try {
            robot(owner.id);
            ++made;
        } catch (const Error& e) {
            refused += e.code == "robot.limit";
        }
    });
    BOOST_TEST(made == 3);
    BOOST_TEST(refused == 5);
}

BOOST_FIXTURE_TEST_CASE(a_robot_and_its_key, World) {
    const auto owner = account("owner"), other = account();
    std::string key;
    const auto r = robot(owner.id, &key);
    BOOST_TEST(key.size() == 55u);
    BOOST_TEST(r.public_id.starts_with("robot_" + std::to_string(clock.now_ms()) + "_"));
    const auto by = [&](const std::string& k) {
        return ask([&](db::Session& s) { return robots::find_by_api_key(s, k); });
    };
    BOOST_TEST(by(key)->id == r.id);
    for (const auto& bad :
         {std::string(), key + "x", key.substr(1), "sk-api-" + std::string(48, 'a'), to_hex(auth::sha256(key))})
        BOOST_TEST(!by(bad), bad);
    BOOST_TEST(number("SELECT COUNT(*) FROM robots WHERE api_key_hash = ?",
                      {std::string_view(to_hex(auth::sha256(key)))}) == 1);
    const auto owned = [&](const std::string& id, int64_t who, bool admin) {
        return code_of([&] { ask([&](db::Session& s) { return robots::owned(s, id, who, admin); }); });
    };
    BOOST_TEST(owned(r.public_id, owner.id, false) == "");
    BOOST_TEST(owned(r.public_id, other.id, true) == "");
    BOOST_TEST(owned(r.public_id, other.id, false) == "robot.foreign");
    BOOST_TEST(owned("robot_0_none", owner.id, false) == "robot.not_found");
    BOOST_TEST(owned(std::string(500, 'x'), owner.id, false) == "robot.not_found");
    const std::string renewed = act([&](db::Session& s, outbox::Pushes& p) {
        return robots::renew_api_key(s, house, r, account_principal(r.owner), p);
    });
    BOOST_TEST(!by(key));
    BOOST_TEST(by(renewed)->id == r.id);
    BOOST_TEST(by(renewed)->version == r.version + 1);
    act([&](db::Session& s, outbox::Pushes& p) {
        robots::change(s, house, r, {.description = "d", .is_private = true}, p);
    });
    const auto changed = *by(renewed);
    BOOST_TEST(changed.name == "robot");
    BOOST_TEST(changed.description == "d");
    BOOST_TEST(robots::may_talk(changed, owner.id));
    BOOST_TEST(!robots::may_talk(changed, other.id));
    BOOST_TEST(robots::may_talk(r, other.id));
    BOOST_TEST(bus.count("ctl.kick.talk." + std::to_string(r.id)) == 1u);
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, r, p); });
    BOOST_TEST(!by(renewed));
    BOOST_TEST(owned(r.public_id, owner.id, false) == "robot.not_found");
    BOOST_TEST(ask([&](db::Session& s) { return robots::list(s, owner.id, 0, 100); }).empty());
    BOOST_TEST(bus.count("ctl.kick.robot." + std::to_string(r.id)) == 2u);
}

BOOST_FIXTURE_TEST_CASE(wakes_are_counted_by_minute, World) {
    config.robots.wakes_per_minute = 3;
    const auto owner = account(), guest = account(), other = account();
    const auto r = robot(owner.id);
    const auto wake = [&](int64_t who) {
        return code_of([&] { ask([&](db::Session& s) { robots::count_wake(s, house, r, who); }); });
    };
    for (int i = 0; i < 3; ++i) BOOST_TEST(wake(guest.id) == "");
    BOOST_TEST(wake(guest.id) == "robot.wakes");
    BOOST_TEST(wake(other.id) == "");
    for (int i = 0; i < 10; ++i) BOOST_TEST(wake(owner.id) == "");
    clock.advance(60'000);
    BOOST_TEST(wake(guest.id) == "");
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_went_back_keeps_no_token_alive, Login) {
    BOOST_TEST(stands(pair.access));
    clock.advance(-3'600'000);
    act([&](db::Session& s, outbox::Pushes& p) { accounts::bump_version(s, house, who.id, p); });
    BOOST_TEST(!stands(pair.access));
}

BOOST_FIXTURE_TEST_CASE(a_clock_that_went_back_blocks_nobody_for_long, World) {
    config.rate_limit = true;
    config.limits.refused_per_minute = 1;
    const std::string address = "203.0.113." + std::to_string(1 + random_below(250));
    refusals::Watch watch;
    watch.count(db, house, address);
    BOOST_TEST(watch.blocked_seconds(db, house, address) > 0);
    clock.advance(-3'600'000);
    BOOST_TEST(watch.blocked_seconds(db, house, address) == 0);
    watch.count(db, house, address);
    BOOST_TEST(watch.blocked_seconds(db, house, address) > 0);
}

BOOST_FIXTURE_TEST_CASE(addresses_that_keep_coming_are_blocked, World) {
    config.limits.refused_per_minute = 3;
    refusals::Watch here, there;
    const std::string address = "10.0.0." + random_text(6, kLowerDigits);
    here.count(db, house, address);
    here.count(db, house, address);
    BOOST_TEST(here.blocked_seconds(db, house, address) == 0);
    here.count(db, house, address);
    BOOST_TEST(here.blocked_seconds(db, house, address) == 60);
    BOOST_TEST(here.blocked_seconds(db, house, "10.9.9.9") == 0);
    clock.advance(1000);
    BOOST_TEST(there.blocked_seconds(db, house, address) == 59);
    clock.advance(60'000);
    BOOST_TEST(there.blocked_seconds(db, house, address) == 0);
    BOOST_TEST(here.blocked_seconds(db, house, address) == 0);
    here.count(db, house, "");
    here.count(db, house, std::string(65, 'x'));
    BOOST_TEST(number("SELECT COUNT(*) FROM refused_addresses WHERE address = ''") == 0);
}

BOOST_FIXTURE_TEST_CASE(events_have_numbers_of_their_own, World) {
    const auto a = account(), b = account();
    together(4, [&](int) {
        for (int i = 0; i < 5; ++i)
            act([&](db::Session& s, outbox::Pushes& p) { events::append(s, house, a.id, "k", "{\"x\":1}", p); });
    });
    BOOST_TEST(act([&](db::Session& s, outbox::Pushes& p) { return events::append(s, house, b.id, "k", "{}", p); }) ==
               1);
    ask([&](db::Session& s) {
        const auto all = events::since(s, a.id, 0, 100);
        BOOST_REQUIRE(all.size() == 20u);
        for (size_t i = 0; i < all.size(); ++i) BOOST_TEST(all[i].seq == static_cast<int64_t>(i + 1));
        BOOST_TEST(events::since(s, a.id, 18, 100).size() == 2u);
        BOOST_TEST(events::since(s, a.id, 0, 3).back().seq == 3);
        BOOST_TEST(events::since(s, a.id, 20, 100).empty());
    });
    BOOST_TEST(bus.count("live.account." + std::to_string(a.id)) == 20u);
}

BOOST_AUTO_TEST_SUITE_END()
