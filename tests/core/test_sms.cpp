// Codes by SMS: what they are good for, how often, and how long; signing in by phone.
#include <boost/test/unit_test.hpp>

#include "core/weapp.h"
#include "core/sms.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Phones : World {
    explicit Phones(const std::function<void(Config&)>& change = {}) : World(change) {
        phone = "13" + random_text(9, "0123456789");
        address = "10.0." + random_text(6, "0123456789");
    }
    sms::Code prepare(const std::string& to = {}) {
        return ask([&](db::Session& s) { return sms::prepare(s, house, to.empty() ? phone : to, address); });
    }
    bool redeem(const std::string& code) {
        return ask([&](db::Session& s) { return sms::redeem(s, house, phone, code); });
    }
    std::string wrong(const std::string& code) { return code == "000000" ? "111111" : "000000"; }
    std::string phone, address;
};

struct FewCodes : Phones {
    FewCodes()
        : Phones([](Config& config) {
              config.sms.per_phone_a_day = 3;
              config.sms.per_address_an_hour = 4;
          }) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sms_codes)

BOOST_FIXTURE_TEST_CASE(a_code_is_good_once, Phones) {
    const auto sent = prepare();
    BOOST_TEST(sent.code.size() == 6u);
    BOOST_TEST(!redeem(wrong(sent.code)));
    BOOST_TEST(redeem(sent.code));
    BOOST_TEST(!redeem(sent.code));
}

BOOST_FIXTURE_TEST_CASE(a_code_ends, Phones) {
    const auto sent = prepare();
    clock.advance(sms::kLifeSeconds * 1000 - 1);
    BOOST_TEST(!redeem(wrong(sent.code)));
    clock.advance(1);
    BOOST_TEST(!redeem(sent.code));
}

BOOST_FIXTURE_TEST_CASE(after_five_wrong_tries_the_right_one_is_wrong_too, Phones) {
    const auto sent = prepare();
    for (int i = 0; i < sms::kTries; ++i) BOOST_TEST(!redeem(wrong(sent.code)));
    BOOST_TEST(!redeem(sent.code));
}

BOOST_FIXTURE_TEST_CASE(a_new_code_ends_the_one_before, Phones) {
    const auto first = prepare();
    clock.advance(sms::kSpacingSeconds * 1000);
    auto second = prepare();
    if (second.code != first.code) BOOST_TEST(!redeem(first.code));
    BOOST_TEST(redeem(second.code));
}

BOOST_FIXTURE_TEST_CASE(another_phones_code_is_none, Phones) {
    const auto sent = prepare();
    BOOST_TEST(
        !ask([&](db::Session& s) { return sms::redeem(s, house, "13" + random_text(9, "0123456789"), sent.code); }));
    BOOST_TEST(redeem(sent.code));
}

BOOST_FIXTURE_TEST_CASE(a_minute_between_two, Phones) {
    prepare();
    clock.advance(59'001);
    try {
        prepare();
        BOOST_TEST(false, "too soon");
    } catch (const Error& e) {
        BOOST_TEST(e.code == "sms.spacing");
        BOOST_TEST(e.detail == "1");
    }
    clock.advance(999);
    prepare();
}

BOOST_FIXTURE_TEST_CASE(what_the_provider_refused_may_be_asked_again_at_once, Phones) {
    const auto sent = prepare();
    ask([&](db::Session& s) { sms::withdraw(s, house, sent); });
    BOOST_TEST(!redeem(sent.code));
    prepare();
    BOOST_TEST(number("SELECT used FROM quotas WHERE name = 'sms.phone' AND subject = ?", {std::string_view(phone)}) ==
               1);
}

BOOST_FIXTURE_TEST_CASE(so_many_for_a_phone_and_an_address, FewCodes) {
    for (int i = 0; i < 3; ++i) {
        prepare();
        clock.advance(61'000);
    }
    BOOST_TEST(code_of([&] { prepare(); }) == "sms.phone");
    // What was refused used nothing up.
    prepare("15" + random_text(9, "0123456789"));
    BOOST_TEST(code_of([&] { prepare("15" + random_text(9, "0123456789")); }) == "sms.address");
    clock.advance(86'400'000);
    prepare();
}

BOOST_FIXTURE_TEST_CASE(two_at_once_are_one_code, Phones) {
    std::atomic<int> sent{0}, refused{0};
    together(4, [&](int) {
        if (code_of([&] { prepare(); }).empty()) ++sent;
        else ++refused;
    });
    BOOST_TEST(sent == 1);
    BOOST_TEST(refused == 3);
}

BOOST_FIXTURE_TEST_CASE(one_code_opens_one_door_of_two_at_once, Phones) {
    const auto sent = prepare();
    std::atomic<int> good{0};
    together(4, [&](int) { good += redeem(sent.code); });
    BOOST_TEST(good == 1);
}

BOOST_FIXTURE_TEST_CASE(the_first_login_makes_the_account, Phones) {
    std::vector<int64_t> ids(4);
    together(4, [&](int i) {
        ids[static_cast<size_t>(i)] = ask([&](db::Session& s) { return accounts::of_phone(s, house, phone).id; });
    });
    for (const int64_t id : ids) BOOST_TEST(id == ids[0]);
    const auto account = ask([&](db::Session& s) { return *accounts::find_by_phone(s, phone); });
    BOOST_TEST(account.nickname == "未命名");
    BOOST_TEST(account.created_at == clock.now_ms());
}

BOOST_FIXTURE_TEST_CASE(no_provider_no_codes, World) {
    config.sms.provider = "none";
    BOOST_TEST(code_of([&] { ask([&](db::Session& s) { sms::prepare(s, house, "13800000001", "10.0.0.1"); }); }) ==
               "sms.none");
}

// ---- a phone for an account that has none ----------------------------------------------

BOOST_FIXTURE_TEST_CASE(a_phone_nobody_has_is_given, Phones) {
    const auto mine = account("wechat");
    const auto bind = [&](int64_t id) {
        return act([&](db::Session& s, outbox::Pushes& p) { return accounts::bind_phone(s, house, id, phone, p); });
    };
    BOOST_TEST(bind(mine.id).id == mine.id);
    BOOST_TEST(code_of([&] { bind(mine.id); }) == "account.phone");
}

BOOST_FIXTURE_TEST_CASE(an_empty_account_goes_up_in_the_phones, Phones) {
    const weapp::Person person{"wx", "openid-" + random_text(12), ""};
    const auto mine = ask([&](db::Session& s) { return weapp::account_of(s, house, person); });
    const auto theirs = ask([&](db::Session& s) { return accounts::of_phone(s, house, phone); });
    const auto now =
        act([&](db::Session& s, outbox::Pushes& p) { return accounts::bind_phone(s, house, mine.id, phone, p); });
    BOOST_TEST(now.id == theirs.id);
    BOOST_TEST(ask([&](db::Session& s) { return weapp::account_of(s, house, person).id; }) == theirs.id);
    BOOST_TEST((ask([&](db::Session& s) { return accounts::find(s, mine.id)->status; }) == accounts::Status::closed));
}

BOOST_FIXTURE_TEST_CASE(an_account_with_something_does_not, Phones) {
    ask([&](db::Session& s) { accounts::of_phone(s, house, phone); });
    const auto refused = [&](int64_t id) -> std::string {
        try {
            act([&](db::Session& s, outbox::Pushes& p) { accounts::bind_phone(s, house, id, phone, p); });
        } catch (const Error& e) {
            return e.code + " " + e.detail;
        }
        return "";
    };
    const auto owner = account("owner"), talker = account("talker");
    const auto bot = robot(owner.id);
    BOOST_TEST(refused(owner.id) == "account.merge robots");
    ask([&](db::Session& s) { channels::person(s, house, account_principal(talker.id), robot_principal(bot.id)); });
    BOOST_TEST(refused(talker.id) == "account.merge messages or groups");
}

BOOST_AUTO_TEST_SUITE_END()
