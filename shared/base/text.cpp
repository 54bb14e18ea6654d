#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstring>

namespace hy {

namespace {

constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;

// Length of the well-formed sequence at `at`, 0 when there is none.
size_t sequence_at(std::string_view text, size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char first = byte(at);
    if (first < 0x80) return 1;
    size_t length = 0;
    unsigned char low = 0x80, high = 0xBF;
    if (first >= 0xC2 && first <= 0xDF) length = 2;
    else if (first >= 0xE0 && first <= 0xEF) length = 3;
    else if (first >= 0xF0 && first <= 0xF4) length = 4;
    else return 0;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
    if (at + length > text.size()) return 0;
    if (byte(at + 1) < low || byte(at + 1) > high) return 0;
    for (size_t i = at + 2; i < at + length; ++i)
        if ((byte(i) & 0xC0) != 0x80) return 0;
    return length;
}

// Whether the eight bytes at `at` are ASCII; most text is, and is looked at eight bytes at a time.
bool ascii8(const char* at) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    return (word & kTops) == 0;
}

// The bytes of `text` from `at` on, at most eight, the first one lowest; zeros behind the end.
uint64_t word_at(std::string_view text, size_t at) {
    uint64_t word = 0;
    const size_t left = text.size() - at;
    if (left >= 8) std::memcpy(&word, text.data() + at, 8);
    else if (text.size() < 8) std::memcpy(&word, text.data() + at, left);
    else {
        std::memcpy(&word, text.data() + text.size() - 8, 8);
        word >>= 8 * (8 - left);
    }
    return word;
}

// How many bytes of a word, from its lowest on, are ASCII that JSON takes as it is. Subtracting from a byte
// without its top bit sets that bit where the byte was smaller; what is borrowed from the bytes above does not
// matter, since only the lowest one marked counts.
size_t plain_bytes(uint64_t word) {
    const uint64_t control = word - kOnes * 0x20, quote = (word ^ kOnes * '"') - kOnes;
    const uint64_t backslash = (word ^ kOnes * '\\') - kOnes;
    const uint64_t special = (word | control | quote | backslash) & kTops;
    return special == 0 ? 8 : static_cast<size_t>(std::countr_zero(special)) / 8;
}

}  // namespace

bool valid_utf8(std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        if (i + 8 <= text.size() && ascii8(text.data() + i)) {
            i += 8;
            continue;
        }
        const size_t length = sequence_at(text, i);
        if (length == 0) return false;
        i += length;
    }
    return true;
}

size_t utf8_length(std::string_view text) {
    return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string_view utf8_prefix(std::string_view text, size_t max) {
    if (text.size() <= max) return text;
    while (max > 0 && (text[max] & 0xC0) == 0x80) --max;
    return text.substr(0, max);
}

std::string iso8601(int64_t ms) {
    using namespace std::chrono;
    const sys_time<milliseconds> at{milliseconds(ms)};
    const auto day = floor<days>(at);
    const year_month_day date(day);
    const hh_mm_ss time(at - day);
    std::string text = "0000-00-00T00:00:00.000Z";
    const auto put = [&](size_t end, auto number, int digits) {
        auto value = static_cast<unsigned>(number);
        for (; digits > 0; --digits, value /= 10) text[--end] = static_cast<char>('0' + value % 10);
    };
    put(4, std::clamp(static_cast<int>(date.year()), 0, 9999), 4);
    put(7, static_cast<unsigned>(date.month()), 2);
    put(10, static_cast<unsigned>(date.day()), 2);
    put(13, time.hours().count(), 2);
    put(16, time.minutes().count(), 2);
    put(19, time.seconds().count(), 2);
    put(23, time.subseconds().count(), 3);
    return text;
}

std::string compact_time(int64_t ms) {
    const std::string t = iso8601(ms);
    return t.substr(0, 4) + t.substr(5, 2) + t.substr(8, 2) + "_" + t.substr(11, 2) + t.substr(14, 2) + t.substr(17, 2);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view trim(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    const size_t from = text.find_first_not_of(space);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(space) - from + 1);
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    for (size_t from = 0;;) {
        const size_t to = text.find(separator, from);
        parts.emplace_back(text.substr(from, to - from));
        if (to == std::string_view::npos) return parts;
        from = to + 1;
    }
}

namespace {
template <typename T>
std::optional<T> number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return value;
}
}  // namespace

std::optional<int64_t> to_int(std::string_view text) { return number<int64_t>(text); }
std::optional<uint64_t> to_uint(std::string_view text) { return number<uint64_t>(text); }

bool in_network(const std::string& address, const std::string& network) {
    const size_t slash = network.find('/');
    const std::string base = network.substr(0, slash);
    for (const int family : {AF_INET, AF_INET6}) {
        unsigned char a[16], b[16];
        if (inet_pton(family, address.c_str(), a) != 1 || inet_pton(family, base.c_str(), b) != 1) continue;
        const int64_t most = family == AF_INET ? 32 : 128;
        const int64_t bits = slash == std::string::npos ? most : to_int(network.substr(slash + 1)).value_or(-1);
        if (bits < 0 || bits > most) return false;
        for (int64_t i = 0; i < bits; ++i)
            if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8)) return false;
        return true;
    }
    return false;
}

std::string nearest(std::string_view name, const std::vector<std::string>& known) {
    std::string best;
    size_t best_distance = name.size() / 2 + 1;
    for (const auto& candidate : known) {
        std::vector<size_t> row(candidate.size() + 1);
        for (size_t j = 0; j < row.size(); ++j) row[j] = j;
        for (size_t i = 1; i <= name.size(); ++i) {
            size_t diagonal = row[0];
            row[0] = i;
            for (size_t j = 1; j <= candidate.size(); ++j) {
                const size_t above = row[j];
                row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (name[i - 1] != candidate[j - 1])});
                diagonal = above;
            }
        }
        if (row.back() < best_distance) {
            best_distance = row.back();
            best = candidate;
        }
    }
    return best;
}

namespace {
char* escape_byte(char* to, unsigned char c) {
    static constexpr char digits[] = "0123456789abcdef";
    static constexpr std::string_view named = "\"\\\n\r\t", names = "\"\\nrt";
    const auto put = [&](std::string_view text) { return std::copy(text.begin(), text.end(), to); };
    if (c >= 0x80) return put("\xEF\xBF\xBD");
    *to++ = '\\';
    if (const size_t found = named.find(static_cast<char>(c)); found != std::string_view::npos) {
        *to++ = names[found];
        return to;
    }
    to = put("u00");
    *to++ = digits[c >> 4];
    *to++ = digits[c & 15];
    return to;
}
}  // namespace

char* escape_json(char* to, std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x80) {
            const size_t length = sequence_at(text, i);
            if (length == 0) {
                to = escape_byte(to, c);
                ++i;
            }
            for (size_t k = 0; k < length; ++k) *to++ = text[i++];
            continue;
        }
        // All eight are written; what is not plain is written over.
        const uint64_t word = word_at(text, i);
        std::memcpy(to, &word, sizeof word);
        const size_t plain = plain_bytes(word);
        to += plain;
        i += plain;
        if (plain == 0) to = escape_byte(to, static_cast<unsigned char>(text[i++]));
    }
    return to;
}

void append_json_escaped(std::string& out, std::string_view text) {
    const size_t before = out.size();
    out.resize(before + json_room(text.size()));
    out.resize(static_cast<size_t>(escape_json(out.data() + before, text) - out.data()));
}

}  // namespace hy
