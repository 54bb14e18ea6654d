#include "core/statistics.h"

#include <map>
#include <tuple>

#include "base/zone.h"

namespace hy::statistics {

namespace {

enum Kind : int64_t { kMessage = 0, kAnswer = 1, kFinished = 2, kLateSuccess = 3, kRetried = 4, kCost = 5 };

constexpr const char* kNote =
    "INSERT INTO tallies (robot_id, at, kind, contact_id, group_id, value, cost) VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kTake =
    "SELECT id, robot_id, at, kind, contact_id, group_id, value, cost FROM tallies ORDER BY id LIMIT ?"
    " FOR UPDATE SKIP LOCKED";
constexpr const char* kAddDay =
    "INSERT INTO robot_days (robot_id, day, messages, answers, response_ms, timed, cost_micros, finished, succeeded)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE messages = messages + VALUES(messages),"
    " answers = answers + VALUES(answers), response_ms = response_ms + VALUES(response_ms),"
    " timed = timed + VALUES(timed), cost_micros = cost_micros + VALUES(cost_micros),"
    " finished = finished + VALUES(finished), succeeded = succeeded + VALUES(succeeded)";
constexpr const char* kAddSpan =
    "INSERT INTO talk_spans (robot_id, kind, span, subject_id, messages) VALUES (?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE messages = messages + VALUES(messages)";
#define HY_SUMS                                                                                          \
    "SELECT COALESCE(SUM(d.messages), 0), COALESCE(SUM(d.answers), 0), COALESCE(SUM(d.response_ms), 0)," \
    " COALESCE(SUM(d.timed), 0), COALESCE(SUM(d.cost_micros), 0), COALESCE(SUM(d.finished), 0),"         \
    " COALESCE(SUM(d.succeeded), 0), COUNT(DISTINCT IF(d.messages + d.answers + d.succeeded > 0, d.robot_id, NULL)) "
constexpr const char* kOfRobot = HY_SUMS "FROM robot_days d WHERE d.robot_id = ? AND d.day BETWEEN ? AND ?";
constexpr const char* kByDay =
    "SELECT messages, answers, response_ms, timed, cost_micros, finished, succeeded, day FROM robot_days"
    " WHERE robot_id = ? AND day BETWEEN ? AND ? ORDER BY day";
constexpr const char* kOfOwner = HY_SUMS
    "FROM robots r JOIN robot_days d ON d.robot_id = r.id AND d.day BETWEEN ? AND ?"
    " WHERE r.owner_id = ?";
#undef HY_SUMS
// Whole months, and the days before the first and behind the last of them: three ranges of the key.
#define HY_TOP(NAMES)                                                                                                 \
    "SELECT n.name, SUM(t.messages) AS total FROM (SELECT subject_id, messages FROM talk_spans"                       \
    " WHERE robot_id = ? AND kind = ? AND span BETWEEN ? AND ?"                                                       \
    " UNION ALL SELECT subject_id, messages FROM talk_spans WHERE robot_id = ? AND kind = ? AND span BETWEEN ? AND ?" \
    " UNION ALL SELECT subject_id, messages FROM talk_spans WHERE robot_id = ? AND kind = ? AND span BETWEEN ? AND ?" \
    ") t JOIN " NAMES " GROUP BY t.subject_id, n.name ORDER BY total DESC, t.subject_id LIMIT 10"
constexpr const char* kTopContacts = HY_TOP("wecom_contacts n ON n.id = t.subject_id");
constexpr const char* kTopGroups = HY_TOP(
    "(SELECT channel_id, group_name AS name FROM wecom_talks WHERE robot_id = ?) n ON n.channel_id = t.subject_id");
#undef HY_TOP
constexpr const char* kForgetSpans = "DELETE FROM talk_spans WHERE robot_id = ? LIMIT ?";

void note(db::Session& s, const House& house, int64_t robot, Kind kind, int64_t contact, int64_t group, int64_t value,
          int64_t cost) {
    s.later(kNote, {robot, house.clock.now_ms(), static_cast<int64_t>(kind), contact, group, value, cost});
}

// Of a command: counted on the day on which it ended.
void note_end(db::Session& s, int64_t robot, int64_t at, Kind kind, int64_t value) {
    s.later(kNote, {robot, at, static_cast<int64_t>(kind), int64_t{0}, int64_t{0}, value, int64_t{0}});
}

using Days = std::map<std::pair<int64_t, int64_t>, Totals>;                       // robot, day
using Spans = std::map<std::tuple<int64_t, int64_t, int64_t, int64_t>, int64_t>;  // robot, kind, span, subject

void count(Totals& totals, int64_t kind, int64_t value, int64_t cost) {
    if (kind == kMessage) ++totals.messages;
    if (kind == kLateSuccess) ++totals.succeeded;
    if (kind == kRetried) --totals.finished;
    if (kind == kFinished) {
        ++totals.finished;
        totals.succeeded += value;
    }
    totals.cost_micros += cost;
    if (kind != kAnswer) return;
    ++totals.answers;
    if (value < 0) return;
    ++totals.timed;
    totals.response_ms += value;
}

void count(const db::Rows& row, Days& days, Spans& spans) {
    const int64_t robot = row.integer(2), day = day_of(row.integer(3)), kind = row.integer(4);
    count(days[{robot, day}], kind, row.integer(7), row.integer(8));
    count(days[{robot, 0}], kind, row.integer(7), row.integer(8));
    const auto wrote = [&](Who who, int64_t subject) {
        if (!subject) return;
        for (const int64_t span : {day, day / 100}) ++spans[{robot, static_cast<int64_t>(who), span, subject}];
    };
    wrote(Who::contact, row.integer(5));
    wrote(Who::group, row.integer(6));
}

Totals read_totals(db::Rows rows) {
    rows.next();
    return {rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4),
            rows.integer(5), rows.integer(6), rows.integer(7), rows.integer(8)};
}

struct Parts {
    Range before, months, behind;
};
// An empty range is {1, 0}.
Parts parts_of(const Range& range) {
    constexpr Range kNone{1, 0};
    const int64_t first = range.from % 100 == 1 ? range.from / 100 : day_plus(range.from / 100 * 100 + 28, 4) / 100;
    const bool to_its_end = day_plus(range.to, 1) / 100 != range.to / 100;
    const int64_t last = to_its_end ? range.to / 100 : day_plus(range.to / 100 * 100 + 1, -1) / 100;
    if (first > last) return {range, kNone, kNone};
    Parts parts{kNone, {first, last}, kNone};
    if (range.from < first * 100 + 1) parts.before = {range.from, first * 100};
    if (!to_its_end) parts.behind = {range.to / 100 * 100 + 1, range.to};
    return parts;
}

}  // namespace

void note_message(db::Session& s, const House& house, int64_t robot, int64_t contact, int64_t group) {
    note(s, house, robot, kMessage, contact, group, 0, 0);
}
void note_answer(db::Session& s, const House& house, int64_t robot, int64_t response_ms, int64_t cost_micros) {
    note(s, house, robot, kAnswer, 0, 0, response_ms, cost_micros);
}
void note_cost(db::Session& s, const House& house, int64_t robot, int64_t cost_micros) {
    note(s, house, robot, kCost, 0, 0, 0, cost_micros);
}
void note_finished(db::Session& s, int64_t robot, int64_t finished_at, bool success) {
    note_end(s, robot, finished_at, kFinished, success ? 1 : 0);
}
void note_late_success(db::Session& s, int64_t robot, int64_t finished_at) {
    note_end(s, robot, finished_at, kLateSuccess, 1);
}
void note_retried(db::Session& s, int64_t robot, int64_t finished_at) { note_end(s, robot, finished_at, kRetried, 0); }

size_t roll_up(db::Database& db, int64_t most) {
    return db.transaction([&](db::Session& s) -> size_t {
        Days days;
        Spans spans;
        std::vector<db::Param> ids;
        db::Rows rows = s.query(kTake, {most});
        while (rows.next()) {
            ids.emplace_back(rows.integer(1));
            count(rows, days, spans);
        }
        if (ids.empty()) return 0;
        for (const auto& [key, t] : days)
            s.execute(kAddDay, {key.first, key.second, t.messages, t.answers, t.response_ms, t.timed, t.cost_micros,
                                t.finished, t.succeeded});
        for (const auto& [key, messages] : spans) {
            const auto& [robot, kind, span, subject] = key;
            s.execute(kAddSpan, {robot, kind, span, subject, messages});
        }
        const size_t done = ids.size();
        const std::string marks = db::placeholders(ids);
        s.execute("DELETE FROM tallies WHERE id IN (" + marks + ")", ids);
        return done;
    });
}

Totals of_robot(db::Session& s, int64_t robot, const Range& range) {
    return read_totals(s.query(kOfRobot, {robot, range.from, range.to}));
}

std::vector<std::pair<int64_t, Totals>> by_day(db::Session& s, int64_t robot, const Range& range) {
    std::vector<std::pair<int64_t, Totals>> found;
    db::Rows rows = s.query(kByDay, {robot, range.from, range.to});
    while (rows.next())
        found.emplace_back(rows.integer(8), Totals{rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4),
                                                   rows.integer(5), rows.integer(6), rows.integer(7)});
    return found;
}

Totals of_owner(db::Session& s, int64_t owner, const Range& range) {
    return read_totals(s.query(kOfOwner, {range.from, range.to, owner}));
}

std::vector<Top> top(db::Session& s, int64_t robot, Who who, const Range& range) {
    const Parts parts = parts_of(range);
    std::vector<db::Param> params;
    for (const Range& part : {parts.before, parts.months, parts.behind})
        params.insert(params.end(), {robot, static_cast<int64_t>(who), part.from, part.to});
    if (who == Who::group) params.emplace_back(robot);
    std::vector<Top> found;
    db::Rows rows = s.query(who == Who::contact ? kTopContacts : kTopGroups, params);
    while (rows.next()) found.push_back({rows.text(1), rows.integer(2)});
    return found;
}

std::vector<Brief> briefs(db::Session& s, const House& house, const std::vector<int64_t>& robots) {
    std::vector<Brief> found;
    if (robots.empty()) return found;
    const int64_t today = day_of(house.clock.now_ms());
    std::vector<db::Param> params(robots.begin(), robots.end());
    const std::string marks = db::placeholders(params);
    params.insert(params.begin(), {today, today});
    db::Rows rows = s.query(
        "SELECT robot_id, SUM(IF(day = 0, messages, 0)), SUM(IF(day = ?, answers, 0)) FROM robot_days"
        " WHERE day IN (0, ?) AND robot_id IN (" +
            marks + ") GROUP BY robot_id",
        params);
    while (rows.next()) found.push_back({rows.integer(1), rows.integer(2), rows.integer(3)});
    return found;
}

size_t forget(db::Session& s, int64_t robot, int64_t most) { return s.execute(kForgetSpans, {robot, most}); }

}  // namespace hy::statistics
