// One JSON object a line on standard error. What goes in is chosen by the caller;
// bodies, tokens and whole phone numbers never do.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace hy::log {

enum class Level { debug, info, warn, error };

using Value = std::variant<int64_t, double, bool, std::string_view>;
struct Field {
    Field(std::string_view name, std::string_view value) : name(name), value(value) {}
    Field(std::string_view name, const std::string& value) : name(name), value(std::string_view(value)) {}
    Field(std::string_view name, const char* value) : name(name), value(std::string_view(value)) {}
    template <typename T>
    requires std::is_arithmetic_v<T> Field(std::string_view name, T v) : name(name) {
        if constexpr (std::is_same_v<T, bool>) value = v;
        else if constexpr (std::is_floating_point_v<T>) value = static_cast<double>(v);
        else value = static_cast<int64_t>(v);
    }
    std::string_view name;
    Value value;
};

// Set once by main before threads start: the process's name and the lowest level written.
void configure(std::string process, Level lowest);
Level level_from(std::string_view name);  // "debug" … "error"; else info

// While it lives, this thread's lines below warn wait for each other, up to 16 KiB of them, and go out
// with the first warning or with flush(): a worker calls that whenever it has nothing to do. Whoever
// reads the pipe is then not woken for every line; a process that is killed loses what waits.
class Gathering {
public:
    Gathering();
    ~Gathering();
    Gathering(const Gathering&) = delete;
    void flush();
};

void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
inline void debug(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::debug, m, f); }
inline void info(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::info, m, f); }
inline void warn(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::warn, m, f); }
inline void error(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::error, m, f); }

}  // namespace hy::log
