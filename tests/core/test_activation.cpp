// Activation codes and the devices behind them: who gets in, who is kept out, and what ends.
#include <boost/test/unit_test.hpp>

#include "core/activation.h"
#include "core/robot_views.h"
#include "json/value.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

constexpr int64_t kDay = 86'400'000;

struct Codes : World {
    Codes() : World([](Config& config) { config.rate_limit = true; }), owner(account("owner")) {}
    std::string code(int64_t owner_id, int64_t days = 30) {
        return ask([&](db::Session& s) { return activation::generate(s, house, 1, days, owner_id).front().code; });
    }
    activation::Outcome activate(const std::string& text, const std::string& device) {
        return act([&](db::Session& s, outbox::Pushes& p) {
            return activation::activate(s, house, text, device, R"({"deviceId":")" + device + R"(","brand":"b"})", p);
        });
    }
    activation::Activated first(const std::string& text, const std::string& device = "device-1") {
        const auto outcome = activate(text, device);
        BOOST_REQUIRE(outcome.activated.has_value());
        return *outcome.activated;
    }
    std::string refused(const std::string& text, const std::string& device = "device-2") {
        return code_of([&] { activate(text, device); });
    }
    // "" for a token that is good.
    std::string judged(const std::string& token, const char* kind = "robot") {
        return code_of([&] { ask([&](db::Session& s) { devices::identify(s, house, token, kind); }); });
    }
    void unbind(const std::string& text) {
        act([&](db::Session& s, outbox::Pushes& p) { activation::unbind(s, house, text, "why", "account.1", p); });
    }
    void disable(const std::string& text) {
        act([&](db::Session& s, outbox::Pushes& p) { activation::disable(s, house, text, "account.1", p); });
    }
    // Close codes that were sent to the robot's device.
    std::string kicks(const robots::Robot& robot) {
        std::string codes;
        for (const auto& [subject, data] : bus.published())
            if (subject == "ctl.kick.device." + std::to_string(robot.id))
                codes += std::to_string(json::parse(data)->int_or("code")) + " ";
        return codes;
    }
    accounts::Account owner;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(activations)

BOOST_FIXTURE_TEST_CASE(the_first_device_has_the_code, Codes) {
    const auto text = code(owner.id);
    BOOST_TEST(text.size() == 8u);
    BOOST_TEST(text.find_first_of("IO01") == std::string::npos);
    std::string lower = text;
    for (char& c : lower) c = static_cast<char>(tolower(c));
    const auto done = first(lower);
    BOOST_TEST(done.is_new);
    BOOST_TEST(done.robot.owner == owner.id);
    BOOST_TEST(done.robot.brain == "builtin");
    BOOST_TEST(done.robot.name == "机器人" + done.robot.public_id.substr(done.robot.public_id.size() - 4));
    BOOST_TEST(done.robot_uuid.size() == 36u);
    BOOST_TEST(judged(done.tokens.access) == "");
    BOOST_TEST(judged(done.tokens.refresh, "robot_refresh") == "");
    BOOST_TEST(judged(done.tokens.refresh) == "token", "a refresh token is no token");
    BOOST_TEST(judged("nonsense") == "token");
}

BOOST_FIXTURE_TEST_CASE(another_device_is_told_who_has_it, Codes) {
    const auto text = code(owner.id);
    const auto done = first(text);
    const auto outcome = activate(text, "device-2");
    BOOST_TEST(!outcome.activated);
    BOOST_TEST(outcome.taken->device_id == "device-1");
    BOOST_TEST(outcome.taken->robot_id == done.robot.public_id);
    BOOST_TEST(judged(done.tokens.access) == "");
}

BOOST_FIXTURE_TEST_CASE(the_same_device_again_gets_new_tokens, Codes) {
    const auto text = code(owner.id);
    const auto before = first(text);
    const auto again = first(text);
    BOOST_TEST(!again.is_new);
    BOOST_TEST(again.robot.id == before.robot.id);
    BOOST_TEST(judged(before.tokens.access) == "token");
    BOOST_TEST(judged(before.tokens.refresh, "robot_refresh") == "token");
    BOOST_TEST(judged(again.tokens.access) == "");
    BOOST_TEST(kicks(again.robot) == "4001 4001 ");
}

BOOST_FIXTURE_TEST_CASE(of_many_at_once_one_is_first, Codes) {
    for (int round = 0; round < 5; ++round) {
        const auto text = code(owner.id);
        std::atomic<int> won{0}, lost{0};
        together(8, [&](int i) {
            const auto outcome = activate(text, text + std::to_string(i));
            if (outcome.activated && outcome.activated->is_new) ++won;
            if (outcome.taken) ++lost;
        });
        BOOST_TEST(won == 1);
        BOOST_TEST(lost == 7);
    }
}

BOOST_FIXTURE_TEST_CASE(what_is_no_code, Codes) {
    BOOST_TEST(refused("ABCDEFGH") == "code.not_found");
    BOOST_TEST(refused("") == "code.not_found");
    const auto text = code(owner.id);
    BOOST_TEST(refused(text + "X") == "code.not_found");
    disable(text);
    disable(text);
    BOOST_TEST(refused(text) == "code.disabled");
}

BOOST_FIXTURE_TEST_CASE(a_code_runs_from_its_first_activation, Codes) {
    const auto text = code(owner.id, 1);
    clock.advance(400 * kDay);
    const auto done = first(text);
    BOOST_TEST(done.tokens.expires_at <= clock.now_ms() + kDay, "no token outlives its code");
    clock.advance(kDay);
    BOOST_TEST(judged(done.tokens.access) == "code.expired");
    BOOST_TEST(judged(done.tokens.refresh, "robot_refresh") == "code.expired");
    BOOST_TEST(refused(text, "device-1") == "code.expired");
    act([&](db::Session& s, outbox::Pushes& p) { return activation::expire(s, house, 100, p); });
    BOOST_TEST(kicks(done.robot) == "4001 4007 ");
    BOOST_TEST(refused(text, "device-1") == "code.expired");
}

BOOST_FIXTURE_TEST_CASE(a_token_ends_before_its_code, Codes) {
    const auto done = first(code(owner.id, 365));
    clock.advance(house.config.workbot.robot_seconds * 1000);
    BOOST_TEST(judged(done.tokens.access) == "token.expired");
    BOOST_TEST(judged(done.tokens.refresh, "robot_refresh") == "");
}

BOOST_FIXTURE_TEST_CASE(a_second_code_makes_it_run_longer, Codes) {
    const auto one = first(code(owner.id, 30)), two = first(code(owner.id, 30));
    BOOST_TEST(two.robot.id == one.robot.id);
    BOOST_TEST(!two.is_new);
    const auto end = ask([&](db::Session& s) { return devices::find(s, one.robot.id)->expires_at; });
    BOOST_TEST(end == clock.now_ms() + 60 * kDay);
    // Not another owner's, and not from nobody's code.
    const auto stranger = account("stranger");
    BOOST_TEST(first(code(stranger.id)).robot.id != one.robot.id);
    BOOST_TEST(first(code(0)).robot.id != one.robot.id);
}

BOOST_FIXTURE_TEST_CASE(unbound_the_next_device_gets_the_robot, Codes) {
    const auto text = code(owner.id);
    const auto before = first(text);
    unbind(text);
    BOOST_TEST(judged(before.tokens.access) == "token");
    BOOST_TEST(code_of([&] { unbind(text); }) == "code.unbound");
    const auto after = first(text, "device-2");
    BOOST_TEST(after.is_new);
    BOOST_TEST(after.robot.id == before.robot.id);
    BOOST_TEST(judged(before.tokens.access) == "token");
    BOOST_TEST(number("SELECT COUNT(*) FROM device_history WHERE robot_id = ? AND device_id = 'device-1'",
                      {before.robot.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_code_cuts_its_device_off, Codes) {
    const auto text = code(owner.id);
    const auto done = first(text);
    disable(text);
    BOOST_TEST(judged(done.tokens.access) == "token");
    BOOST_TEST(kicks(done.robot) == "4001 4001 ");
    BOOST_TEST(refused(text, "device-1") == "code.disabled");
}

BOOST_FIXTURE_TEST_CASE(a_disabled_codes_end_is_its_devices, Codes) {
    const auto text = code(owner.id);
    first(text);
    clock.step(1);
    disable(text);
    clock.step(0);
    BOOST_TEST(number("SELECT COUNT(*) FROM activation_codes c JOIN robot_devices d ON d.code_id = c.id"
                      " WHERE c.code = ? AND c.expires_at = d.expires_at",
                      {text}) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_disabled_owners_device_stands_still, Codes) {
    const auto done = first(code(owner.id));
    const auto set = [&](accounts::Status status) {
        act([&](db::Session& s, outbox::Pushes& p) { accounts::set_status(s, house, owner.id, status, p); });
    };
    set(accounts::Status::disabled);
    BOOST_TEST(judged(done.tokens.access) == "token");
    BOOST_TEST(kicks(done.robot) == "4001 4001 ");
    set(accounts::Status::active);
    BOOST_TEST(judged(done.tokens.access) == "token", "what was issued before stays void");
    const auto text = code(owner.id);
    set(accounts::Status::disabled);
    BOOST_TEST(refused(text) == "account.disabled");
}

BOOST_FIXTURE_TEST_CASE(a_deleted_robots_code_opens_nothing, Codes) {
    const auto text = code(owner.id);
    const auto done = first(text);
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, done.robot, p); });
    BOOST_TEST(judged(done.tokens.access) == "token");
    BOOST_TEST(refused(text, "device-1") == "robot.deleted");
}

BOOST_FIXTURE_TEST_CASE(a_robot_that_is_nobodys_is_claimed, Codes) {
    const auto text = code(0);
    const auto claim = [&](int64_t who) {
        return ask([&](db::Session& s) { return activation::claim(s, house, text, who); });
    };
    const auto stranger = account("stranger");
    BOOST_TEST(code_of([&] { claim(owner.id); }) == "code.unused");
    const auto done = first(text);
    BOOST_TEST(done.robot.owner == 0);
    BOOST_TEST(claim(owner.id).owner == owner.id);
    BOOST_TEST(claim(owner.id).owner == owner.id);
    BOOST_TEST(code_of([&] { claim(stranger.id); }) == "robot.claimed");
    BOOST_TEST(judged(done.tokens.access) == "", "its device goes on");
}

BOOST_FIXTURE_TEST_CASE(two_claims_at_once_have_one_owner, Codes) {
    const auto text = code(0);
    const auto done = first(text);
    std::vector<accounts::Account> people = {account("a"), account("b"), account("c")};
    std::atomic<int> owners{0};
    together(3, [&](int i) {
        const auto id = people[static_cast<size_t>(i)].id;
        owners += code_of([&] { ask([&](db::Session& s) { activation::claim(s, house, text, id); }); }).empty();
    });
    BOOST_TEST(owners == 1);
}

BOOST_FIXTURE_TEST_CASE(a_code_tied_to_a_robot_activates_that_robot, Codes) {
    const auto bot = robot(owner.id);
    const auto tie = [&](const robots::Robot& to, const std::string& text) {
        return code_of([&] { ask([&](db::Session& s) { activation::tie(s, house, to, text); }); });
    };
    const auto text = code(0);
    BOOST_TEST(tie(bot, text) == "");
    BOOST_TEST(tie(bot, text) == "", "twice is once");
    const auto done = first(text);
    BOOST_TEST(done.is_new);
    BOOST_TEST(done.robot.id == bot.id);
    BOOST_TEST(done.robot.brain == "agent", "who answers stays");
    BOOST_TEST(tie(bot, text) == "code.used");
    const auto stranger = account("stranger");
    BOOST_TEST(tie(bot, code(stranger.id)) == "code.foreign");
    // A second code on another device does not take the robot from the first.
    const auto more = code(owner.id);
    BOOST_TEST(tie(bot, more) == "");
    BOOST_TEST(activate(more, "device-9").taken->device_id == "device-1");
    BOOST_TEST(first(more).robot.id == bot.id);
}

BOOST_FIXTURE_TEST_CASE(what_a_disabled_code_had_left_is_gone, Codes) {
    // Alone: a further code begins now, not at its end.
    const auto year = code(owner.id, 365);
    const auto done = first(year);
    disable(year);
    const auto month = first(code(owner.id, 30));
    BOOST_TEST(month.robot.id == done.robot.id);
    const auto end = [&] { return ask([&](db::Session& s) { return devices::find(s, done.robot.id)->expires_at; }); };
    BOOST_TEST(end() == clock.now_ms() + 30 * kDay);
}

BOOST_FIXTURE_TEST_CASE(an_older_code_gives_what_it_has_left_itself, Codes) {
    const auto month = code(owner.id, 30), year = code(owner.id, 365);
    const auto done = first(month);
    first(year);
    disable(year);
    const auto again = first(month);
    BOOST_TEST(judged(again.tokens.access) == "");
    const auto end = ask([&](db::Session& s) { return devices::find(s, done.robot.id)->expires_at; });
    BOOST_TEST(end == clock.now_ms() + 30 * kDay);
    // The later one was disabled: the earlier one's own end counts, and then it is over.
    clock.advance(30 * kDay);
    BOOST_TEST(refused(month, "device-1") == "code.expired");
}

BOOST_FIXTURE_TEST_CASE(paid_time_outlives_an_unbinding, Codes) {
    const auto year = code(owner.id, 365);
    const auto done = first(year);
    unbind(year);
    const auto month = code(owner.id, 30);
    ask([&](db::Session& s) { activation::tie(s, house, done.robot, month); });
    BOOST_TEST(first(month, "device-2").robot.id == done.robot.id);
    const auto end = ask([&](db::Session& s) { return devices::find(s, done.robot.id)->expires_at; });
    BOOST_TEST(end == clock.now_ms() + 395 * kDay);
}

BOOST_FIXTURE_TEST_CASE(two_codes_tied_to_one_robot_at_once, Codes) {
    for (int round = 0; round < 5; ++round) {
        const auto bot = robot(owner.id);
        const std::string codes[] = {code(owner.id), code(owner.id)};
        for (const auto& text : codes) ask([&](db::Session& s) { activation::tie(s, house, bot, text); });
        std::atomic<int> won{0}, lost{0};
        together(2, [&](int i) {
            const auto& text = codes[i];
            const auto outcome = activate(text, text);
            ++(outcome.activated ? won : lost);
        });
        BOOST_TEST(won == 1);
        BOOST_TEST(lost == 1);
    }
}

BOOST_FIXTURE_TEST_CASE(a_code_disabled_meanwhile_does_not_expire, Codes) {
    const auto text = code(owner.id, 1);
    const auto done = first(text);
    clock.advance(kDay);
    disable(text);
    act([&](db::Session& s, outbox::Pushes& p) { return activation::expire(s, house, 100, p); });
    BOOST_TEST(refused(text, "device-1") == "code.disabled");
    BOOST_TEST(kicks(done.robot) == "4001 4001 ");
}

BOOST_FIXTURE_TEST_CASE(words_that_no_code_can_be, Codes) {
    for (const char* bad : {"中文", "\xC3\xA9", "AAAAAAAAAAAAAAAA", "' OR 1=1"})
        BOOST_TEST(refused(bad) == "code.not_found", bad);
    BOOST_TEST(!ask([&](db::Session& s) { return robots::find(s, "robot_中文").has_value(); }));
}

BOOST_FIXTURE_TEST_CASE(since_when_a_device_is_bound, Codes) {
    const auto text = code(owner.id);
    const auto done = first(text);
    const int64_t at = clock.now_ms();
    clock.advance(1000);
    first(text);
    BOOST_TEST(activate(text, "device-2").taken->activated_at == at);
    unbind(text);
    first(text, "device-2");
    BOOST_TEST(activate(text, "device-1").taken->activated_at == clock.now_ms());
    BOOST_TEST(judged(done.tokens.access) == "token");
}

BOOST_FIXTURE_TEST_CASE(ten_failures_an_hour, Codes) {
    const std::string address = "10.1." + random_text(6, "0123456789");
    const auto tried = [&](const std::string& text) {
        return code_of([&] { ask([&](db::Session& s) { activation::check_failures(s, house, address, text); }); });
    };
    for (int i = 0; i < 10; ++i) {
        BOOST_TEST(tried("C" + random_text(7, "ABCDEFGH")) == "");
        ask([&](db::Session& s) { activation::count_failure(s, house, address, "GUESSED1"); });
    }
    BOOST_TEST(tried("ANOTHER2") == "activation.address");
    clock.advance(3'600'000);
    BOOST_TEST(tried("ANOTHER2") == "");
}

BOOST_FIXTURE_TEST_CASE(prices_and_lists, Codes) {
    const auto price = [&](int64_t days) {
        return ask(
            [&](db::Session& s) { return activation::generate(s, house, 1, days, owner.id).front().price_cents; });
    };
    BOOST_TEST(price(1) == 5000);
    BOOST_TEST(price(30) == 5000);
    BOOST_TEST(price(31) == 20000);
    BOOST_TEST(price(365) == 30000);
    BOOST_TEST(price(1000) == 30000);
    BOOST_TEST(code_of([&] { ask([&](db::Session& s) { activation::generate(s, house, 1, 30, 1'000'000'000); }); }) ==
               "user.not_found");
    const auto text = code(owner.id);
    first(text, "listed-device");
    const auto page = ask([&](db::Session& s) { return activation::list(s, activation::Status::used, 1, 1); });
    BOOST_TEST(page.total >= 1);
    BOOST_TEST(page.cards.size() == 1u);
    BOOST_TEST(page.cards[0].code.code == text);
    BOOST_TEST(page.cards[0].device_id == "listed-device");
    BOOST_TEST(page.cards[0].owner_name == owner.nickname);
}

BOOST_FIXTURE_TEST_CASE(where_a_robot_is_seen, Codes) {
    const auto done = first(code(owner.id));
    const auto second = robot(owner.id);
    const auto list = [&](robot_views::Wanted wanted) {
        std::string names;
        for (const auto& view :
             ask([&](db::Session& s) { return robot_views::list(s, house, owner.id, wanted, 1, 10).robots; }))
            names += view.id == done.robot.id ? "device " : "other ";
        return names;
    };
    BOOST_TEST(list(robot_views::Wanted::all) == "other device ");
    BOOST_TEST(list(robot_views::Wanted::online) == "");
    ask([&](db::Session& s) { devices::seen(s, house, done.robot.id); });
    BOOST_TEST(list(robot_views::Wanted::online) == "device ");
    BOOST_TEST(list(robot_views::Wanted::offline) == "other ");
    clock.advance(60'000);
    BOOST_TEST(list(robot_views::Wanted::online) == "");
    const std::string host = "views-" + random_text(8);
    relay(host);
    connect(host + ":1", host, robot_principal(second.id));
    BOOST_TEST(list(robot_views::Wanted::online) == "other ");
    act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, second, p); });
    BOOST_TEST(list(robot_views::Wanted::deleted) == "other ");
    BOOST_TEST(list(robot_views::Wanted::all) == "device ");
}

BOOST_AUTO_TEST_SUITE_END()
