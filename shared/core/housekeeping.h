// What grows is bounded here: rows past their time go, a batch at a call. Each call returns
// how much it did, so that the caller comes back for more.
#pragma once
#include "core/files.h"
#include "core/house.h"
#include "db/db.h"

namespace hy::housekeeping {

// History rows that a deleted or cleared talk left behind.
size_t forget_hidden(db::Database& db);
// What robots left that were deleted robots.keep_deleted_days ago: their WeCom talks, commands, settings, counts. The
// robot's row stays as what others' histories name.
size_t purge_robots(db::Database& db, const House& house, int64_t batch);
// A step for one robot that was deleted, at once; 0: it was done before.
size_t purge_robot(db::Session& s, const House& house, int64_t robot, int64_t batch);
// Messages and files past messages.keep_days and files.keep_days, messages that both sides
// have cleared, client numbers and events of 30 days ago, ended logins, old refusals.
size_t delete_old(db::Database& db, const House& house, files::Store& store, int64_t batch);

}  // namespace hy::housekeeping
