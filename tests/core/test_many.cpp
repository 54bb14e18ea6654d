// Statistics of a house in which much was said: as many messages as HONGYAN_TEST_MESSAGES says (`make soak`: ten
// millions), in a year, of twenty robots with five hundred contacts each; else a few. How long it takes is printed, and judged in
// the soak alone.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "base/text.h"
#include "base/zone.h"
#include "core/statistics.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

constexpr int64_t kBatch = 1'000'000;
constexpr double kMostMs = 50;

// 0: not the soak.
int64_t wanted() {
    const char* text = std::getenv("HONGYAN_TEST_MESSAGES");
    return text ? to_int(text).value_or(0) : 0;
}

struct Many : World {
    Many()
        : owner(account("owner")),
          messages(wanted() ? wanted() : 20'000),
          robot_count(wanted() ? 20 : 2),
          contact_count(wanted() ? 500 : 20) {
        for (int64_t i = 0; i < robot_count; ++i) robots.push_back(robot(owner.id).id);
        say_much();
        for (const int64_t id : robots) count_much(id);
    }
    void run(const std::string& sql) {
        db.read([&](db::Session& s) { s.execute(sql); });
    }
    // Rows of the log, as the statistics must not care for.
    void say_much() {
        for (int64_t from = 0; from < messages; from += kBatch) {
            const std::string count = std::to_string(std::min(kBatch, messages - from)), first = std::to_string(from);
            run("INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, form, content, created_at)"
                " SELECT 500000000, " +
                first + " + seq, 1000000000000 + " + first +
                " + seq, 2, 1, 'wecom', '{\"kind\":\"text\",\"text\":\"hello\"}', 1 FROM seq_1_to_" + count);
        }
    }
    // What the roll-up would have made of them: every contact writes every day of 2025.
    void count_much(int64_t robot) {
        const std::string id = std::to_string(robot),
                          each = std::to_string(messages / robot_count / contact_count / 365 + 1);
        run("INSERT INTO wecom_contacts (robot_id, name, created_at) SELECT " + id +
            ", CONCAT('contact ', seq), 1"
            " FROM seq_1_to_" +
            std::to_string(contact_count));
        run("INSERT INTO talk_spans SELECT " + id +
            ", 0, DATE_FORMAT(DATE_ADD('2025-01-01', INTERVAL d.seq DAY), '%Y%m%d'),"
            " c.id, " +
            each + " FROM seq_0_to_364 d JOIN wecom_contacts c ON c.robot_id = " + id);
        run("INSERT INTO talk_spans SELECT robot_id, kind, span DIV 100, subject_id, SUM(messages) FROM talk_spans"
            " WHERE robot_id = " +
            id + " AND kind = 0 GROUP BY span DIV 100, subject_id");
        run("INSERT INTO robot_days (robot_id, day, messages) SELECT robot_id, span, SUM(messages) FROM talk_spans"
            " WHERE robot_id = " +
            id + " AND span > 1000000 GROUP BY span");
    }
    // The median of several, ms.
    template <typename F>
    double took(F&& work) {
        std::vector<int64_t> all;
        for (int i = 0; i < 9; ++i) {
            const int64_t from = monotonic_us();
            db.read([&](db::Session& s) { work(s); });
            all.push_back(monotonic_us() - from);
        }
        std::sort(all.begin(), all.end());
        return static_cast<double>(all[all.size() / 2]) / 1000;
    }

    accounts::Account owner;
    int64_t messages, robot_count, contact_count;
    std::vector<int64_t> robots;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(many)

BOOST_FIXTURE_TEST_CASE(statistics_stay_quick, Many) {
    // Neither end at a month's: the most there is to add up.
    for (const statistics::Range range :
         {statistics::Range{20250102, 20251230}, statistics::Range{20250602, 20250701}}) {
        const double robot = took([&](db::Session& s) {
            const auto totals = statistics::of_robot(s, robots[0], range);
            const auto contacts = statistics::top(s, robots[0], statistics::Who::contact, range);
            const auto groups = statistics::top(s, robots[0], statistics::Who::group, range);
            BOOST_TEST(contacts.size() == 10u);
            BOOST_TEST(groups.empty());
            BOOST_TEST(totals.messages == contacts[0].messages * contact_count);
        });
        const double all = took([&](db::Session& s) { statistics::of_owner(s, owner.id, range); });
        BOOST_TEST_MESSAGE(messages << " messages, " << range.from << " to " << range.to << ": a robot " << robot
                                    << " ms, an account " << all << " ms");
        if (wanted()) BOOST_TEST(std::max(robot, all) < kMostMs);
    }
}

BOOST_AUTO_TEST_SUITE_END()
