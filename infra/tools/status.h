// What the operator sees of a running house, and what its database could not bear.
#pragma once
#include "core/house.h"
#include "db/db.h"
#include "groups.h"

namespace hy::tools {

// Without a word from NATS within two seconds it counts as away.
bool nats_answers(const Config& config);

int print_status(const Config& config, const House& house, db::Database& db);

// Connections that all programs of one host may have open at once.
int64_t wanted_connections(const Config& config, const std::vector<Program>& programs);

// More connections than the server gives; nothing when it cannot be asked.
std::vector<std::string> database_faults(const Config& config, const std::vector<Program>& programs);

}  // namespace hy::tools
