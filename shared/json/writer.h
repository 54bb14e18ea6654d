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

    std::string_view text() const { return {out_.data(), size_}; }
    std::string take() && {
        out_.resize(size_);
        return std::move(out_);
    }

private:
    // Where `size` bytes more may be written; they count once written_to() is told where they end.
    char* room(size_t size) {
        if (out_.size() - size_ < size) grow(size);
        return out_.data() + size_;
    }
    void written_to(const char* end) { size_ = static_cast<size_t>(end - out_.data()); }
    void grow(size_t size);
    char* comma(char* to) {
        if (comma_) *to++ = ',';
        return to;
    }
    void quote(char* to, std::string_view text);
    template <typename T>
    Writer& digits(T value);
    Writer& open(char c);
    Writer& close(char c);

    std::string out_;  // size_ bytes are written, the rest is room
    size_t size_ = 0;
    bool comma_ = false;
};

// `text` between quotes, escaped.
std::string quoted(std::string_view text);

}  // namespace hy::json
