// Days as people count them, in the one zone of the house (timezone). By the C library, which knows every
// zone and its summers; a process names its zone once, before it has threads.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hy {

// False, and nothing changed, for a zone that this machine does not know.
bool use_zone(const std::string& name);
bool zone_known(const std::string& name);

// yyyymmdd of a moment.
int64_t day_of(int64_t ms);
// When the day of a moment ends, ms.
int64_t day_end(int64_t ms);
// "2024-12-01" as yyyymmdd; nothing for what is no day.
std::optional<int64_t> read_day(std::string_view text);
// yyyymmdd, so many days later (or earlier).
int64_t day_plus(int64_t day, int64_t days);
// Days from one to another, 0 for the same.
int64_t days_between(int64_t from, int64_t to);

}  // namespace hy
