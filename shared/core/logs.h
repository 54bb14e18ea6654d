// The log that administrators read: what went wrong or is worth knowing, by kind and level. Never bodies, tokens,
// secrets. What processes print about themselves is base/log.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/house.h"
#include "db/db.h"

namespace hy::logs {

enum class Type : int { application, api, error, audit, websocket, ai };
enum class Level : int { debug, info, warn, error };

const char* name_of(Type type);
const char* name_of(Level level);
std::optional<Type> type_named(std::string_view name);
std::optional<Level> level_named(std::string_view name);

struct Entry {
    int64_t id = 0, at = 0;
    Type type = Type::application;
    Level level = Level::info;
    std::string message, details = "{}", address;  // details: a JSON object
};

// Times and cuts it.
void write(db::Session& s, const House& house, Entry entry);

struct Page {
    int64_t total = 0;  // counted up to 100,000
    std::vector<Entry> entries;
};
// Newest first.
Page list(db::Session& s, std::optional<Type> type, std::optional<Level> level, int64_t page, int64_t page_size);

// Entries older than logs.keep_days, at most so many.
size_t forget(db::Session& s, const House& house, int64_t most);

}  // namespace hy::logs
