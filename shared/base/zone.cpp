#include "base/zone.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "base/text.h"

namespace hy {

namespace {

tm local(int64_t ms) {
    const time_t seconds = static_cast<time_t>(ms >= 0 ? ms / 1000 : (ms - 999) / 1000);
    tm parts{};
    localtime_r(&seconds, &parts);
    return parts;
}

int64_t number(const tm& parts) { return (parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday; }

tm calendar(int64_t day) {
    tm parts{};
    parts.tm_year = static_cast<int>(day / 10000) - 1900;
    parts.tm_mon = static_cast<int>(day / 100 % 100) - 1;
    parts.tm_mday = static_cast<int>(day % 100);
    return parts;
}

// Counted in UTC, where every day is as long as the other.
time_t utc(int64_t day) {
    tm parts = calendar(day);
    return timegm(&parts);
}

}  // namespace

bool zone_known(const std::string& name) {
    if (name == "UTC") return true;
    const bool plain = !name.empty() && name.front() != '/' && name.find("..") == std::string::npos;
    std::error_code ignored;
    return plain && std::filesystem::is_regular_file("/usr/share/zoneinfo/" + name, ignored);
}

bool use_zone(const std::string& name) {
    if (!zone_known(name)) return false;
    setenv("TZ", name.c_str(), 1);
    tzset();
    return true;
}

int64_t day_of(int64_t ms) { return number(local(ms)); }

int64_t day_end(int64_t ms) {
    tm parts = local(ms);
    parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
    ++parts.tm_mday;
    parts.tm_isdst = -1;
    return static_cast<int64_t>(mktime(&parts)) * 1000;
}

std::optional<int64_t> read_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
    const auto year = to_uint(text.substr(0, 4)), month = to_uint(text.substr(5, 2)), date = to_uint(text.substr(8));
    if (!year || !month || !date || *year < 1970 || *month == 0) return std::nullopt;
    const auto day = static_cast<int64_t>(*year * 10000 + *month * 100 + *date);
    // The 30th of February is another day.
    return day_plus(day, 0) == day ? std::optional<int64_t>(day) : std::nullopt;
}

int64_t day_plus(int64_t day, int64_t days) {
    const time_t seconds = utc(day) + static_cast<time_t>(days) * 86400;
    tm parts{};
    gmtime_r(&seconds, &parts);
    return number(parts);
}

int64_t days_between(int64_t from, int64_t to) { return (utc(to) - utc(from)) / 86400; }

}  // namespace hy
