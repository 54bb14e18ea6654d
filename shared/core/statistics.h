// How much happened: messages to robots, answers by their brains, commands that ended. What happens is put down as
// a row that nobody waits for, and counted into days soon after; what is read are days. Days begin in the zone of
// the house.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/house.h"
#include "db/db.h"

namespace hy::statistics {

// A message reached a robot; contact and group as wecom knows them, 0: none.
void note_message(db::Session& s, const House& house, int64_t robot, int64_t contact = 0, int64_t group = 0);
// Its brain answered; response_ms -1: not timed. Cost in millionths of a yuan.
void note_answer(db::Session& s, const House& house, int64_t robot, int64_t response_ms, int64_t cost_micros = 0);
// What asking its brain cost beside any answer, in the same.
void note_cost(db::Session& s, const House& house, int64_t robot, int64_t cost_micros);
// A command ended at `finished_at`.
void note_finished(db::Session& s, int64_t robot, int64_t finished_at, bool success);
// One that was counted as failed, at `finished_at`, succeeded after all.
void note_late_success(db::Session& s, int64_t robot, int64_t finished_at);

// One that was counted as failed, at `finished_at`, is tried anew: it counts when it ends once more.
void note_retried(db::Session& s, int64_t robot, int64_t finished_at);

// Counts up to `most` of what was put down; returns how many.
size_t roll_up(db::Database& db, int64_t most);

struct Totals {
    int64_t messages = 0, answers = 0, response_ms = 0, timed = 0, cost_micros = 0, finished = 0, succeeded = 0;
    int64_t active = 0;  // robots that were written to, answered or did something
};
// From one yyyymmdd to another, both included.
struct Range {
    int64_t from = 0, to = 0;
};
Totals of_robot(db::Session& s, int64_t robot, const Range& range);
// The days on which something happened, oldest first, each as yyyymmdd.
std::vector<std::pair<int64_t, Totals>> by_day(db::Session& s, int64_t robot, const Range& range);
// Of robots that an account owns, or did until it deleted them: what happened has happened.
Totals of_owner(db::Session& s, int64_t owner, const Range& range);

enum class Who : int { contact = 0, group = 1 };
struct Top {
    std::string name;
    int64_t messages;
};
// The ten who wrote most.
std::vector<Top> top(db::Session& s, int64_t robot, Who who, const Range& range);

// Of all time, and answers today, of each of some robots.
struct Brief {
    int64_t robot = 0, messages = 0, answers_today = 0;
};
std::vector<Brief> briefs(db::Session& s, const House& house, const std::vector<int64_t>& robots);

// Takes away who wrote to a robot that is no more; its days stay, as part of its owner's. Returns how many rows of at
// most so many.
size_t forget(db::Session& s, int64_t robot, int64_t most);

}  // namespace hy::statistics
