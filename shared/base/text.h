// Small questions about text: UTF-8, JSON's escapes, numbers, times as people write them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hy {

// RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool valid_utf8(std::string_view text);
// Code points of valid UTF-8.
size_t utf8_length(std::string_view text);
// At most `max` bytes of `text`, never cutting a character in two.
std::string_view utf8_prefix(std::string_view text, size_t max);

// Appends `text` with JSON's escapes, without the quotes; what is not UTF-8 becomes U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);
// The same into a buffer with json_room() bytes for it; returns where it ends.
char* escape_json(char* to, std::string_view text);
constexpr size_t json_room(size_t size) { return 6 * size + 8; }

// 2024-02-13T14:30:22.000Z
std::string iso8601(int64_t ms);
// 20240213_143022, UTC
std::string compact_time(int64_t ms);

// What a column of ids can hold.
inline bool is_ascii(std::string_view text) {
    for (const char c : text)
        if (static_cast<unsigned char>(c) >= 0x80) return false;
    return true;
}
std::string lower(std::string_view text);
std::string_view trim(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
// The whole of `text` as a decimal number; no sign but '-', no spaces, no overflow.
std::optional<int64_t> to_int(std::string_view text);
std::optional<uint64_t> to_uint(std::string_view text);

// Whether an IPv4 or IPv6 address lies in "10.0.0.0/8", "::1/128" or equals "10.0.0.1".
bool in_network(const std::string& address, const std::string& network);

// The name in `known` with the smallest edit distance, "" when none is near.
std::string nearest(std::string_view name, const std::vector<std::string>& known);

}  // namespace hy
