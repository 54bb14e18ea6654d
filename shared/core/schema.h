// The version of the schema this code was written for, and how it gets there.
#pragma once
#include <string>
#include <vector>

#include "db/db.h"

namespace hy::schema {

inline constexpr int64_t kSchemaVersion = 17;

// The highest migration applied; 0 for an empty database.
int64_t version(db::Database& db);

// Applies the files of `folder` that have not been applied; returns their names.
std::vector<std::string> migrate(db::Database& db, const std::string& folder, int64_t now_ms);

}  // namespace hy::schema
