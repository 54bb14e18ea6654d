// Settings of brains: defaults, bounds between them, and whose key goes where.
#include <boost/test/unit_test.hpp>

#include "core/brains.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Brains : World {
    Brains() : owner(account("owner")), bot(robot(owner.id)) {}
    std::string change(const brains::Changes& changes) {
        return code_of([&] { ask([&](db::Session& s) { brains::change(s, house, bot, changes); }); });
    }
    brains::Settings now() {
        return ask([&](db::Session& s) { return brains::find(s, bot.id); });
    }
    accounts::Account owner;
    robots::Robot bot;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(brain_settings)

BOOST_FIXTURE_TEST_CASE(only_what_is_sent_changes, Brains) {
    BOOST_TEST(now().provider == "doubao");
    BOOST_TEST(brains::model_of(config, now()) == config.ai.doubao.model);
    BOOST_TEST(change({.mode = "builtin", .provider = "deepseek", .daily_limit = 7, .reply_all = true}) == "");
    BOOST_TEST(change({.scenario = "咨询"}) == "");
    BOOST_TEST(now().provider == "deepseek");
    BOOST_TEST(now().daily_limit == 7);
    BOOST_TEST(now().max_tokens == 2000);
    BOOST_TEST(now().scenario == "咨询");
    const auto robot = ask([&](db::Session& s) { return *robots::find_by_id(s, bot.id); });
    BOOST_TEST(robot.brain == "builtin");
    BOOST_TEST(robot.reply_all);
}

BOOST_FIXTURE_TEST_CASE(delays_keep_their_order, Brains) {
    BOOST_TEST(change({.reply_delay_min = 4}) == "body");
    BOOST_TEST(change({.reply_delay_max = 0}) == "body");
    BOOST_TEST(change({.reply_delay_min = 4, .reply_delay_max = 4}) == "");
    BOOST_TEST(now().reply_delay_min == 4);
}

BOOST_FIXTURE_TEST_CASE(the_operators_key_stays_at_the_operators_address, Brains) {
    BOOST_TEST(change({.base_url = "https://mine.example/v1"}) == "body");
    BOOST_TEST(change({.base_url = "https://mine.example/v1", .api_key = "sk-mine"}) == "");
    const auto sealed = now().sealed_key;
    BOOST_TEST(sealed.find("sk-mine") == std::string::npos);
    BOOST_TEST(change({.base_url = "https://mine.example/v1"}) == "", "the same address keeps the key");
    BOOST_TEST(now().sealed_key == sealed);
    BOOST_TEST(change({.base_url = "https://thief.example/v1"}) == "body");
    BOOST_TEST(now().base_url == "https://mine.example/v1", "what is refused changes nothing");
    BOOST_TEST(change({.base_url = ""}) == "");
    BOOST_TEST(now().sealed_key == "");
    BOOST_TEST(change({.api_key = "sk-own"}) == "", "an own key at the operator's address");
}

BOOST_AUTO_TEST_SUITE_END()
