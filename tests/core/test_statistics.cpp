// Statistics: days of the zone, months of the lists, nothing twice.
#include <boost/test/unit_test.hpp>

#include "base/zone.h"
#include "core/statistics.h"
#include "support/wecom_world.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Zone {
    explicit Zone(const std::string& name) { BOOST_REQUIRE(use_zone(name)); }
    ~Zone() { use_zone("UTC"); }
};

struct Counted : Wecom {
    void roll_up() {
        while (statistics::roll_up(db, 500)) continue;
    }
    void note(int64_t at, int64_t contact = 0, int64_t group = 0) {
        clock.advance(at - clock.now_ms());
        ask([&](db::Session& s) { statistics::note_message(s, house, bot.id, contact, group); });
    }
    int64_t messages(int64_t from, int64_t to) {
        roll_up();
        return ask([&](db::Session& s) { return statistics::of_robot(s, bot.id, {from, to}).messages; });
    }
    std::string tops(int64_t from, int64_t to) {
        roll_up();
        std::string all;
        for (const auto& top : ask([&](db::Session& s) {
                 return statistics::top(s, bot.id, statistics::Who::contact, {from, to});
             }))
            all += top.name + ":" + std::to_string(top.messages) + " ";
        return all;
    }
    int64_t contact(const std::string& name) { return report(private_report("x", name)).message.sender.id; }
};

constexpr int64_t kNewYear = 1'735'689'600'000;  // 2025-01-01T00:00:00Z

}  // namespace

BOOST_AUTO_TEST_SUITE(statistics_)

BOOST_FIXTURE_TEST_CASE(a_day_begins_where_the_house_is, Counted) {
    {
        const Zone zone("Asia/Shanghai");
        BOOST_TEST(day_of(kNewYear - 8 * 3'600'000) == 20250101);
        BOOST_TEST(day_of(kNewYear - 8 * 3'600'000 - 1) == 20241231);
        note(kNewYear - 8 * 3'600'000 - 1);
        note(kNewYear - 8 * 3'600'000);
        BOOST_TEST(messages(20241231, 20241231) == 1);
        BOOST_TEST(messages(20250101, 20250101) == 1);
    }
    const Zone zone("America/New_York");
    BOOST_TEST(day_of(kNewYear + 5 * 3'600'000) == 20250101);
    BOOST_TEST(day_of(kNewYear + 5 * 3'600'000 - 1) == 20241231);
    // The 9th of March 2025 had 23 hours there, the 2nd of November 25.
    const int64_t march = 1'741'496'400'000, november = 1'762'056'000'000;
    BOOST_TEST(day_of(march) == 20250309);
    BOOST_TEST(day_end(march) - march == 23 * 3'600'000);
    BOOST_TEST(day_of(november) == 20251102);
    BOOST_TEST(day_end(november) - november == 25 * 3'600'000);
}

BOOST_AUTO_TEST_CASE(days_are_read_and_counted) {
    BOOST_TEST(read_day("2024-02-29").value_or(0) == 20240229);
    for (const char* wrong :
         {"2023-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "20240101", "", "2024-01-1x", "-024-01-01"})
        BOOST_TEST(!read_day(wrong).has_value(), wrong);
    BOOST_TEST(day_plus(20241231, 1) == 20250101);
    BOOST_TEST(day_plus(20240301, -1) == 20240229);
    BOOST_TEST(days_between(20240101, 20241231) == 365);
    BOOST_TEST(!use_zone("Mars/Olympus"));
    BOOST_TEST(!use_zone("../../etc/passwd"));
}

BOOST_FIXTURE_TEST_CASE(counted_once, Counted) {
    const Zone zone("UTC");
    for (int i = 0; i < 30; ++i) note(kNewYear + i);
    together(4, [&](int) { statistics::roll_up(db, 7); });
    BOOST_TEST(messages(20250101, 20250101) == 30);
    BOOST_TEST(messages(20250102, 20251231) == 0);
}

BOOST_FIXTURE_TEST_CASE(who_wrote_most_over_months, Counted) {
    const Zone zone("UTC");
    const int64_t zhang = contact("张三"), li = contact("李四");
    ask([&](db::Session& s) { s.execute("DELETE FROM tallies WHERE robot_id = ?", {bot.id}); });
    constexpr int64_t kDay = 86'400'000;
    for (int day = 0; day < 100; ++day) note(kNewYear + day * kDay, zhang);
    for (int day = 40; day < 42; ++day) note(kNewYear + day * kDay, li);
    BOOST_TEST(tops(20250101, 20250410) == "张三:100 李四:2 ");
    BOOST_TEST(tops(20250101, 20250131) == "张三:31 ");
    BOOST_TEST(tops(20250131, 20250301) == "张三:30 李四:2 ");
    BOOST_TEST(tops(20250211, 20250212) == "张三:2 李四:1 ");
    BOOST_TEST(tops(20250115, 20250310) == "张三:55 李四:2 ");
    BOOST_TEST(tops(20250411, 20251231) == "");
}

BOOST_FIXTURE_TEST_CASE(answers_and_commands, Counted) {
    const Zone zone("UTC");
    ask([&](db::Session& s) {
        statistics::note_answer(s, house, bot.id, 2000, 500);
        statistics::note_answer(s, house, bot.id, 3000, 0);
        statistics::note_answer(s, house, bot.id, -1);
        statistics::note_finished(s, bot.id, clock.now_ms(), true);
        statistics::note_finished(s, bot.id, clock.now_ms(), false);
        statistics::note_late_success(s, bot.id, clock.now_ms());
    });
    roll_up();
    const int64_t today = day_of(clock.now_ms());
    const auto t = ask([&](db::Session& s) { return statistics::of_owner(s, owner.id, {today, today}); });
    BOOST_TEST(t.answers == 3);
    BOOST_TEST(t.response_ms == 5000);
    BOOST_TEST(t.timed == 2);
    BOOST_TEST(t.cost_micros == 500);
    BOOST_TEST(t.finished == 2);
    BOOST_TEST(t.succeeded == 2);
    BOOST_TEST(t.active == 1);
    const auto brief = ask([&](db::Session& s) { return statistics::briefs(s, house, {bot.id}); });
    BOOST_TEST(brief.at(0).answers_today == 3);
}

BOOST_AUTO_TEST_SUITE_END()
