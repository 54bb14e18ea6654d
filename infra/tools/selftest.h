// `hongyanctl selftest`: an account, its robot and the robot's agent talk to each other through the public address.
#pragma once
#include "core/house.h"
#include "db/db.h"

namespace hy::tools {

// Says each step as it goes; 0 when all went well. What it made it takes away again.
int self_test(const Config& config, const House& house, db::Database& db);

}  // namespace hy::tools
