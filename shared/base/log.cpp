#include "base/log.h"

#include <unistd.h>

#include <charconv>
#include <mutex>

#include "base/clock.h"
#include "base/text.h"

namespace hy::log {

namespace {
// The only state of its kind in the house: where a line goes is a matter of the process,
// and is set before any thread exists.
std::string& process_name() {
    static std::string name = "hongyan";
    return name;
}
Level& lowest_level() {
    static Level level = Level::info;
    return level;
}
constexpr const char* kNames[] = {"debug", "info", "warn", "error"};
}  // namespace

void configure(std::string process, Level lowest) {
    process_name() = std::move(process);
    lowest_level() = lowest;
}

Level level_from(std::string_view name) {
    for (int i = 0; i < 4; ++i)
        if (name == kNames[i]) return static_cast<Level>(i);
    return Level::info;
}

namespace {
void append_text(std::string& line, std::string_view name, std::string_view value) {
    line += line.size() > 1 ? ",\"" : "\"";
    append_json_escaped(line, name);
    line += "\":\"";
    append_json_escaped(line, value);
    line += '"';
}

void append_field(std::string& line, const Field& field) {
    if (const auto* text = std::get_if<std::string_view>(&field.value)) {
        if (!text->empty()) append_text(line, field.name, *text);
        return;
    }
    line += ",\"";
    append_json_escaped(line, field.name);
    line += "\":";
    if (const auto* flag = std::get_if<bool>(&field.value)) line += *flag ? "true" : "false";
    else if (const auto* whole = std::get_if<int64_t>(&field.value)) line += std::to_string(*whole);
    else {
        char number[400];  // a double has up to 309 digits before its point
        const double value = std::get<double>(field.value);
        line.append(number, std::to_chars(number, number + sizeof number, value, std::chars_format::fixed, 3).ptr);
    }
}

constexpr int64_t kLongestWaitUs = 200'000;
constexpr size_t kMostWaiting = 16 << 10;

struct Waiting {
    std::string lines;
    int64_t since_us = 0;
    bool gathering = false;
};
Waiting& waiting_lines() {
    thread_local Waiting waiting;
    return waiting;
}

// Whole lines in one write, one thread at a time: lines do not mix, though a pipe takes only 4 KiB as one. Each
// process has a pipe of its own. A full disk loses log lines and nothing else.
void put(std::string& lines) {
    static std::mutex one_at_a_time;
    if (lines.empty()) return;
    std::lock_guard lock(one_at_a_time);
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, lines.data(), lines.size());
    lines.clear();
}
}  // namespace

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (level < lowest_level()) return;
    std::string line = "{";
    append_text(line, "time", iso8601(SystemClock().now_ms()));
    append_text(line, "level", kNames[static_cast<int>(level)]);
    append_text(line, "process", process_name());
    append_text(line, "message", message);
    for (const auto& field : fields) append_field(line, field);
    line += "}\n";
    Waiting& waiting = waiting_lines();
    if (waiting.lines.size() + line.size() > kMostWaiting) put(waiting.lines);
    const int64_t now = monotonic_us();
    if (waiting.lines.empty()) waiting.since_us = now;
    waiting.lines += line;
    const bool may_wait = waiting.gathering && level < Level::warn && now - waiting.since_us < kLongestWaitUs;
    if (!may_wait) put(waiting.lines);
}

Gathering::Gathering() { waiting_lines().gathering = true; }
Gathering::~Gathering() {
    flush();
    waiting_lines().gathering = false;
}
void Gathering::flush() { put(waiting_lines().lines); }

}  // namespace hy::log
