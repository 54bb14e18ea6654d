// `hongyanctl doctor`: what an operator should know before users tell him.
#pragma once
#include <string>
#include <vector>

#include "core/house.h"
#include "db/db.h"
#include "groups.h"

namespace hy::tools {

struct Finding {
    std::string key;  // "disk./var/lib/mysql", the same as long as it is the same trouble
    bool grave;       // something does not work now, or will not tomorrow
    std::string words;
};

// Asks database, NATS, programs, disks, certificate and backups; never throws for what it finds away.
std::vector<Finding> examine(const Config& config, const House& house, db::Database& db);

// Prints them; with `alert` also tells alerts.webhook_url, when they differ from those in `state_file`. 0: nothing
// found, 1: something, 2: something grave.
int doctor(const Config& config, const House& house, db::Database& db, bool alert, const std::string& state_file);

}  // namespace hy::tools
