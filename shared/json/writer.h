// A streaming JSON writer: appends to one string, no tree in between. Text is written
// as valid JSON whatever bytes it holds (what is not UTF-8 becomes U+FFFD).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace hy::json {

class Writer {
public:
    Writer& begin_object() { return open('{'); }
    Writer& end_object() { return close('}'); }
    Writer& begin_array() { return open('['); }
    Writer& end_array() { return close(']'); }
    Writer& key(std::string_view name);
    Writer& string(std::string_view text);
    Writer& number(int64_t value);
    Writer& number(uint64_t value);
    Writer& number(int value) { return number(static_cast<int64_t>(value)); }
    Writer& number(double value);
    Writer& boolean(bool value);
    Writer& null();
    // A value that is JSON already.
    Writer& raw(std::string_view json);

    // key and value in one breath
    Writer& field(std::string_view name, std::string_view text) { return key(name).string(text); }
    Writer& field(std::string_view name, const char* text) { return key(name).string(text); }
    Writer& field(std::string_view name, const std::string& text) { return key(name).string(text); }
    Writer& field(std::string_view name, bool value) { return key(name).boolean(value); }
    template <typename T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) Writer& field(std::string_view name, T value) {
        if constexpr (std::is_floating_point_v<T>) return key(name).number(static_cast<double>(value));
        else if constexpr (std::is_unsigned_v<T>) return key(name).number(static_cast<uint64_t>(value));
        else return key(name).number(static_cast<int64_t>(value));
    }

    const std::string& text() const { return out_; }
    std::string take() && { return std::move(out_); }

private:
    void separate();
    Writer& open(char c);
    Writer& close(char c);

    std::string out_;
    bool comma_ = false;
};

// `text` between quotes, escaped.
std::string quoted(std::string_view text);

}  // namespace hy::json
