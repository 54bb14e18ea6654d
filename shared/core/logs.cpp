#include "core/logs.h"

#include <algorithm>

#include "base/text.h"

namespace hy::logs {

namespace {

constexpr const char* kInsert =
    "INSERT INTO logs (at, type, level, message, details, address) VALUES (?, ?, ?, ?, ?, ?)";
#define HY_ENTRIES "SELECT l.id, l.at, l.type, l.level, l.message, l.details, l.address FROM (SELECT id FROM logs "
#define HY_ENTRIES_END " ORDER BY id DESC LIMIT ? OFFSET ?) p JOIN logs l ON l.id = p.id ORDER BY l.id DESC"
// The page is found in an index alone. An offset is bounded by what is counted.
constexpr const char* kAll = HY_ENTRIES HY_ENTRIES_END;
constexpr const char* kOfType = HY_ENTRIES "WHERE type = ?" HY_ENTRIES_END;
constexpr const char* kOfLevel = HY_ENTRIES "WHERE level = ?" HY_ENTRIES_END;
constexpr const char* kOfBoth = HY_ENTRIES "WHERE type = ? AND level = ?" HY_ENTRIES_END;
#undef HY_ENTRIES
#undef HY_ENTRIES_END
#define HY_COUNT "SELECT COUNT(*) FROM (SELECT id FROM logs "
#define HY_COUNT_END " LIMIT 100000) c"
constexpr const char* kCount = HY_COUNT HY_COUNT_END;
constexpr const char* kCountType = HY_COUNT "WHERE type = ?" HY_COUNT_END;
constexpr const char* kCountLevel = HY_COUNT "WHERE level = ?" HY_COUNT_END;
constexpr const char* kCountBoth = HY_COUNT "WHERE type = ? AND level = ?" HY_COUNT_END;
#undef HY_COUNT
#undef HY_COUNT_END
constexpr const char* kForget = "DELETE FROM logs WHERE at < ? LIMIT ?";

constexpr const char* kTypes[] = {"application", "api", "error", "audit", "websocket", "ai"};
constexpr const char* kLevels[] = {"debug", "info", "warn", "error"};

template <typename T, size_t N>
std::optional<T> named(const char* const (&names)[N], std::string_view name) {
    const auto found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names)) return std::nullopt;
    return static_cast<T>(found - std::begin(names));
}

}  // namespace

const char* name_of(Type type) { return kTypes[static_cast<int>(type)]; }
const char* name_of(Level level) { return kLevels[static_cast<int>(level)]; }
std::optional<Type> type_named(std::string_view name) { return named<Type>(kTypes, name); }
std::optional<Level> level_named(std::string_view name) { return named<Level>(kLevels, name); }

void write(db::Session& s, const House& house, Entry entry) {
    s.execute(kInsert, {house.clock.now_ms(), static_cast<int64_t>(entry.type), static_cast<int64_t>(entry.level),
                        utf8_prefix(entry.message, 300), entry.details, std::string_view(entry.address).substr(0, 64)});
}

Page list(db::Session& s, std::optional<Type> type, std::optional<Level> level, int64_t page, int64_t page_size) {
    std::vector<db::Param> params;
    if (type) params.emplace_back(static_cast<int64_t>(*type));
    if (level) params.emplace_back(static_cast<int64_t>(*level));
    const auto pick = [&](const char* all, const char* of_type, const char* of_level, const char* both) {
        return type && level ? both : type ? of_type : level ? of_level : all;
    };
    Page found;
    db::Rows count = s.query(pick(kCount, kCountType, kCountLevel, kCountBoth), params);
    if (count.next()) found.total = count.integer(1);
    const int64_t skip = (page - 1) * page_size;
    if (skip >= found.total) return found;
    params.insert(params.end(), {page_size, skip});
    db::Rows rows = s.query(pick(kAll, kOfType, kOfLevel, kOfBoth), params);
    while (rows.next())
        found.entries.push_back({rows.integer(1), rows.integer(2), static_cast<Type>(rows.integer(3)),
                                 static_cast<Level>(rows.integer(4)), rows.text(5), rows.text(6), rows.text(7)});
    return found;
}

size_t forget(db::Session& s, const House& house, int64_t most) {
    return s.execute(kForget, {house.clock.now_ms() - house.config.logs.keep_days * 86'400'000, most});
}

}  // namespace hy::logs
