// The life of a command: who gets it, how often, and how it ends.
#include <boost/test/unit_test.hpp>

#include "core/deliveries.h"
#include "core/statistics.h"
#include "core/third_parties.h"
#include "support/wecom_world.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(commands_)

BOOST_FIXTURE_TEST_CASE(in_order_and_once_a_minute, Wecom) {
    const auto one = command("1"), two = command("2");
    auto due = take("poll");
    BOOST_REQUIRE(due.size() == 2u);
    BOOST_TEST(due[0].command_id == one.command_id);
    BOOST_TEST(due[1].command_id == two.command_id);
    BOOST_TEST(status(one.command_id) == "sent");
    BOOST_TEST(take("poll").empty());
    // A connection that has just come gets it all the same, with the same id, and once.
    BOOST_TEST(take("conn-a", true).at(0).command_id == one.command_id);
    // Its first question, asked again because the answer got lost, is answered in full.
    BOOST_TEST(take("conn-a", true).size() == 2u);
    BOOST_TEST(take("conn-a").empty());
    BOOST_TEST(take("poll").empty());
    clock.advance(61'000);
    BOOST_TEST(take("poll").size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_connection_is_pushed_to, Wecom) {
    relay("relay-" + tag);
    connect("conn-" + tag, "relay-" + tag, robot_principal(bot.id), "device:r" + std::to_string(bot.id));
    ask([&](db::Session& s) { s.execute("UPDATE connections SET door = 'workbot' WHERE conn = ?", {"conn-" + tag}); });
    const auto made = command("now");
    BOOST_TEST(status(made.command_id) == "sent");
    BOOST_TEST(bus.count("live.device." + std::to_string(bot.id)) == 1u);
    // What was pushed is not polled for a minute.
    BOOST_TEST(take("poll").empty());
}

BOOST_FIXTURE_TEST_CASE(a_success_is_the_end, Wecom) {
    const auto made = command();
    take("poll");
    result(made.command_id, 0);
    BOOST_TEST(status(made.command_id) == "success");
    result(made.command_id, 7);
    BOOST_TEST(status(made.command_id) == "success");
    clock.advance(61'000);
    BOOST_TEST(take("poll").empty());
    BOOST_TEST(number("SELECT COUNT(*) FROM tallies WHERE robot_id = ? AND kind = 2 AND value = 1", {bot.id}) == 1);
}

BOOST_FIXTURE_TEST_CASE(a_failure_is_tried_three_times_more, Wecom) {
    const auto made = command();
    for (int attempt = 1; attempt <= 3; ++attempt) {
        BOOST_REQUIRE(take("poll").size() == 1u);
        result(made.command_id, 9);
        BOOST_TEST(status(made.command_id) == "pending");
        // The same failure told twice is one.
        result(made.command_id, 9);
        BOOST_TEST(take("poll").empty(), "not before a second has passed");
        clock.advance(1000);
    }
    BOOST_REQUIRE(take("poll").size() == 1u);
    result(made.command_id, 9);
    BOOST_TEST(status(made.command_id) == "failed");
    result(made.command_id, 0);
    BOOST_TEST(status(made.command_id) == "failed");
}

BOOST_FIXTURE_TEST_CASE(what_waits_too_long_expires, Wecom) {
    const auto made = command(), other = command();
    clock.advance(24 * 3'600'000 + 1);
    BOOST_TEST(ask([&](db::Session& s) { return commands::expire(s, house, 500); }) >= 2u);
    BOOST_TEST(status(made.command_id) == "expired");
    BOOST_TEST(take("poll").empty());
    result(other.command_id, 5);
    BOOST_TEST(status(other.command_id) == "expired", "a failure changes nothing");
    result(made.command_id, 0);
    BOOST_TEST(status(made.command_id) == "success", "it was done after all");
}

BOOST_FIXTURE_TEST_CASE(what_failed_is_tried_again_under_its_id, Wecom) {
    const auto made = command();
    const auto retry = [&] {
        return code_of([&] {
            act([&](db::Session& s, outbox::Pushes& p) { commands::retry(s, house, bot, made.command_id, p); });
        });
    };
    BOOST_TEST(retry() == "command.not_failed");
    clock.advance(24 * 3'600'000 + 1);
    while (ask([&](db::Session& s) { return commands::expire(s, house, 500); })) continue;
    BOOST_TEST(retry() == "");
    BOOST_TEST(retry() == "command.not_failed", "once");
    // Its device never had it: the id stays. It lives its hours once more.
    ask([&](db::Session& s) { return commands::expire(s, house, 500); });
    BOOST_TEST(status(made.command_id) == "pending");
    BOOST_TEST(take("poll").at(0).command_id == made.command_id);
    result(made.command_id, 0);
    BOOST_TEST(status(made.command_id) == "success");
    BOOST_TEST(retry() == "command.not_failed");
    // And counts once, when it ended at last.
    while (statistics::roll_up(db, 500)) continue;
    const auto totals = ask([&](db::Session& s) { return statistics::of_robot(s, bot.id, {20000101, 29991231}); });
    BOOST_TEST(totals.finished == 1);
    BOOST_TEST(totals.succeeded == 1);
    BOOST_TEST(code_of([&] {
                   act([&](db::Session& s, outbox::Pushes& p) { commands::retry(s, house, bot, "cmd_1_x", p); });
               }) == "command.not_found");
}

BOOST_FIXTURE_TEST_CASE(what_a_device_had_and_never_reported_gets_another_id, Wecom) {
    const auto made = command();
    take("poll");
    clock.advance(24 * 3'600'000 + 1);
    while (ask([&](db::Session& s) { return commands::expire(s, house, 500); })) continue;
    const auto again =
        act([&](db::Session& s, outbox::Pushes& p) { return commands::retry(s, house, bot, made.command_id, p); });
    BOOST_TEST(again.command_id != made.command_id);
    BOOST_TEST(take("poll").at(0).command_id == again.command_id);
    BOOST_TEST(code_of([&] { result(made.command_id, 0); }) == "command.not_found");
    BOOST_TEST(code_of([&] { result("指令", 0); }) == "command.not_found");
}

BOOST_FIXTURE_TEST_CASE(each_round_of_a_command_is_told_by_itself, Wecom) {
    ask([&](db::Session& s) { third_parties::change(s, house, bot, {"", "https://example.com/r", false, {}}); });
    const auto made = command();
    for (int attempt = 1; attempt <= 4; ++attempt) {
        take("poll");
        result(made.command_id, 9);
        clock.advance(1000);
    }
    BOOST_TEST(status(made.command_id) == "failed");
    const third_parties::Ending first{made.command_id, 0}, second{made.command_id, 1};
    const auto body = [&](const third_parties::Ending& ending) {
        return ask([&](db::Session& s) { return third_parties::result_body(s, bot, ending); });
    };
    BOOST_TEST((body(first).value_or("").find("\"errorCode\":9") != std::string::npos));
    act([&](db::Session& s, outbox::Pushes& p) { commands::retry(s, house, bot, made.command_id, p); });
    // What waits again is no success, and no failure either.
    BOOST_TEST((!body(first) && !body(second)));
    take("poll");
    result(made.command_id, 0);
    BOOST_TEST(!body(first));
    BOOST_TEST((body(second).value_or("").find("\"errorCode\":0") != std::string::npos));
    BOOST_TEST(deliveries::id_of_result(first) != deliveries::id_of_result(second));
    BOOST_TEST(number("SELECT COUNT(*) FROM jobs WHERE kind = 'result' AND payload = ?", {std::to_string(bot.id)}) ==
               2);
    BOOST_TEST((third_parties::Ending::from_key(second.key()).round == 1 &&
                third_parties::Ending::from_key(second.key()).command_id == made.command_id));
    // A delivery of a round that is over cannot be made again.
    ask([&](db::Session& s) {
        deliveries::note(s, house,
                         {deliveries::id_of_result(first), bot.id, true, deliveries::Outcome::under_way, 1, 502, "x"});
        deliveries::give_up(s, house, deliveries::id_of_result(first), "the command was tried again");
    });
    BOOST_TEST(code_of([&] {
                   act([&](db::Session& s, outbox::Pushes& p) {
                       deliveries::retry(s, house, bot, deliveries::id_of_result(first), p);
                   });
               }) == "delivery.gone");
}

BOOST_FIXTURE_TEST_CASE(pages_are_keyed_and_newest_first, Wecom) {
    std::vector<std::string> made;
    for (int i = 0; i < 5; ++i) made.push_back(command(std::to_string(i)).command_id);
    const auto page = [&](std::optional<commands::Status> of, int64_t before, int64_t most) {
        return ask([&](db::Session& s) { return commands::list(s, bot.id, of, before, most).commands; });
    };
    const auto first = page({}, 0, 2), second = page({}, first.back().id, 10);
    BOOST_TEST(first.front().command_id == made[4]);
    BOOST_REQUIRE(second.size() == 3u);
    BOOST_TEST(second.back().command_id == made[0]);
    take("poll");
    result(made[2], 0);
    BOOST_TEST(page(commands::Status::success, 0, 10).size() == 1u);
    BOOST_TEST(page(commands::Status::sent, 0, 10).size() == 4u);
}

BOOST_FIXTURE_TEST_CASE(a_delivery_is_made_again, Wecom) {
    set({.mode = "third_party"});
    ask([&](db::Session& s) {
        third_parties::change(s, house, bot, {"https://example.com/m", "https://example.com/r", true, "secret"});
    });
    const auto done = report(private_report("hello"));
    const auto job = job_of(done.message);
    BOOST_REQUIRE(job);
    const std::string id = deliveries::id_of_message(done.message.id, bot.id);
    const auto note = [&](deliveries::Outcome outcome) {
        ask([&](db::Session& s) { deliveries::note(s, house, {id, bot.id, false, outcome, 6, 502, "HTTP 502"}); });
    };
    const auto retry = [&](const std::string& which) {
        return code_of(
            [&] { act([&](db::Session& s, outbox::Pushes& p) { deliveries::retry(s, house, bot, which, p); }); });
    };
    note(deliveries::Outcome::under_way);
    BOOST_TEST(retry(id) == "delivery.open");
    BOOST_TEST(retry("dlv_1") == "delivery.not_found");
    note(deliveries::Outcome::given_up);
    ask([&](db::Session& s) { jobs::finish(s, *job); });
    BOOST_TEST(retry(id) == "");
    BOOST_TEST(retry(id) == "delivery.open", "once");
    const auto again = job_of(done.message);
    BOOST_REQUIRE(again);
    const auto task = prepare(*again);
    BOOST_TEST((task.way == replies::Way::webhook));
    BOOST_TEST(task.delivery_id == id, "whoever has it already knows it by its id");
    const auto list =
        ask([&](db::Session& s) { return deliveries::list(s, bot.id, deliveries::Outcome::under_way, 0, 9); });
    BOOST_TEST(list.size() == 1u);
    // Taken, and wanted once more, by a robot that has no webhook any more.
    ask([&](db::Session& s) { jobs::finish(s, *again); });
    note(deliveries::Outcome::taken);
    ask([&](db::Session& s) { third_parties::change(s, house, bot, {"", "", false, {}}); });
    BOOST_TEST(retry(id) == "delivery.no_webhook");
}

BOOST_FIXTURE_TEST_CASE(a_robot_has_so_many_and_no_more, Wecom) {
    for (int i = 0; i < 1000; ++i) command();
    const auto room = [&] { return code_of([&] { ask([&](db::Session& s) { commands::require_room(s, bot.id); }); }); };
    BOOST_TEST(room() == "command.limit");
    result(take("poll").at(0).command_id, 0);
    BOOST_TEST(room() == "");
}

BOOST_FIXTURE_TEST_CASE(a_late_success_belongs_to_the_day_it_was_given_up, Wecom) {
    const auto made = command();
    clock.advance(24 * 3'600'000 + 1);
    while (ask([&](db::Session& s) { return commands::expire(s, house, 500); })) continue;
    const int64_t given_up = clock.now_ms();
    clock.advance(86'400'000);
    result(made.command_id, 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM tallies WHERE robot_id = ? AND kind = 3 AND at = ?", {bot.id, given_up}) ==
               1);
}

BOOST_FIXTURE_TEST_CASE(anothers_command_is_none, Wecom) {
    const auto made = command();
    const auto mine = bot;
    bot = robot(owner.id);
    BOOST_TEST(code_of([&] { result(made.command_id, 0); }) == "command.not_found");
    bot = mine;
    BOOST_TEST(code_of([&] { result("cmd_0_nothing", 0); }) == "command.not_found");
}

BOOST_FIXTURE_TEST_CASE(two_takers_share_nothing_twice, Wecom) {
    for (int i = 0; i < 20; ++i) command(std::to_string(i));
    std::atomic<size_t> taken{0};
    together(4, [&](int) { taken += take("poll").size(); });
    BOOST_TEST(taken == 20u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(jobs_)

namespace {
struct Line : World {
    std::string kind = "t" + random_text(8);
    void add(const std::string& key, const std::string& tenant, int64_t in_ms = 0) {
        act([&](db::Session& s, outbox::Pushes& p) {
            jobs::add(s, house, {.kind = kind, .key = key, .tenant = tenant, .run_at = clock.now_ms() + in_ms}, p);
        });
    }
    std::vector<std::string> claim(size_t most, size_t of_one = 100, const jobs::Held& busy = {}) {
        std::vector<std::string> keys;
        held = jobs::claim(db, house, kind, most, of_one, busy, 60'000);
        for (const auto& job : held) keys.push_back(job.key);
        return keys;
    }
    std::vector<jobs::Job> held;
};
using Keys = std::vector<std::string>;
}  // namespace

BOOST_FIXTURE_TEST_CASE(one_of_a_key, Line) {
    add("a", "x");
    add("a", "x");
    BOOST_TEST(bus.count("bell.jobs." + kind) == 2u);
    BOOST_TEST((claim(10) == Keys{"a"}));
    BOOST_TEST(claim(10).empty(), "it is on a lease");
}

BOOST_FIXTURE_TEST_CASE(a_dead_workers_job_is_anothers, Line) {
    add("a", "x");
    claim(1);
    const auto first = held.at(0);
    clock.advance(60'000);
    BOOST_TEST((claim(1) == Keys{"a"}));
    BOOST_TEST(held[0].attempts == 2);
    // The first one comes back from the dead: it holds nothing.
    BOOST_TEST(!ask([&](db::Session& s) { return jobs::hold(s, first); }));
    ask([&](db::Session& s) { jobs::finish(s, first); });
    BOOST_TEST(ask([&](db::Session& s) { return jobs::hold(s, held[0]); }));
    ask([&](db::Session& s) { jobs::finish(s, held[0]); });
    clock.advance(60'000);
    BOOST_TEST(claim(1).empty());
}

BOOST_FIXTURE_TEST_CASE(nobody_waits_behind_a_crowd, Line) {
    for (int i = 0; i < 50; ++i) add("a" + std::to_string(i), "crowd");
    clock.advance(1);
    add("b", "somebody");
    const auto keys = claim(4, 3);
    BOOST_TEST(std::count(keys.begin(), keys.end(), "b") == 1);
    BOOST_TEST(keys.size() == 4u);
    BOOST_TEST(claim(4, 3, {{"crowd", 3}}).empty());
}

BOOST_FIXTURE_TEST_CASE(what_a_tenant_holds_counts, Line) {
    for (int i = 0; i < 10; ++i) add("a" + std::to_string(i), "crowd");
    BOOST_TEST(claim(8, 4, {{"crowd", 3}}).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(later_is_later, Line) {
    add("a", "x", 5000);
    BOOST_TEST(bus.count("bell.jobs." + kind) == 0u);
    BOOST_TEST(claim(1).empty());
    clock.advance(5000);
    BOOST_TEST(claim(1).size() == 1u);
    ask([&](db::Session& s) { jobs::postpone(s, held[0], clock.now_ms() + 1000); });
    BOOST_TEST(claim(1).empty());
    clock.advance(1000);
    BOOST_TEST(claim(1).size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(many_workers_take_each_job_once, Line) {
    for (int i = 0; i < 40; ++i) add(std::to_string(i), "t" + std::to_string(i % 5));
    std::atomic<size_t> taken{0};
    together(4, [&](int) { taken += jobs::claim(db, house, kind, 40, 40, {}, 60'000).size(); });
    // What two looked at in the same moment one of them has.
    taken += jobs::claim(db, house, kind, 40, 40, {}, 60'000).size();
    BOOST_TEST(taken == 40u);
}

BOOST_AUTO_TEST_SUITE_END()
