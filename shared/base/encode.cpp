#include "base/encode.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace hy {

namespace {

constexpr char kStandard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kUrlSafe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Where each byte stands in an alphabet of 64; -1 elsewhere.
using Places = std::array<int8_t, 256>;
constexpr Places places_in(const char* alphabet) {
    Places places{};
    places.fill(-1);
    for (int i = 0; i < 64; ++i) places[static_cast<unsigned char>(alphabet[i])] = static_cast<int8_t>(i);
    return places;
}
constexpr Places kStandardPlaces = places_in(kStandard), kUrlSafePlaces = places_in(kUrlSafe);

std::string encode64(std::string_view bytes, const char* alphabet, bool pad) {
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t i = 0; i < bytes.size(); i += 3) {
        const size_t n = std::min<size_t>(3, bytes.size() - i);
        uint32_t word = 0;
        for (size_t k = 0; k < 3; ++k) word = word << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (size_t k = 0; k < 4; ++k) {
            if (k <= n) out.push_back(alphabet[word >> (18 - 6 * k) & 63]);
            else if (pad) out.push_back('=');
        }
    }
    return out;
}

std::optional<std::string> decode64(std::string_view text, const Places& places) {
    std::string out(text.size() * 3 / 4, '\0');
    char* to = out.data();
    uint32_t word = 0;
    int bits = 0;
    for (const char c : text) {
        const int place = places[static_cast<unsigned char>(c)];
        if (place < 0) return std::nullopt;
        word = word << 6 | static_cast<uint32_t>(place);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *to++ = static_cast<char>(word >> bits & 0xFF);
        }
    }
    if (bits >= 6 || (word & ((1u << bits) - 1)) != 0) return std::nullopt;
    return out;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
        out.push_back(digits[c & 15]);
    }
    return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
    const auto value = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    if (hex.size() % 2 != 0) return std::nullopt;
    std::string out;
    for (size_t i = 0; i < hex.size(); i += 2) {
        const int high = value(hex[i]), low = value(hex[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out.push_back(static_cast<char>(high << 4 | low));
    }
    return out;
}

std::string base64(std::string_view bytes) { return encode64(bytes, kStandard, true); }
std::string base64url(std::string_view bytes) { return encode64(bytes, kUrlSafe, false); }

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
    return decode64(text, kStandardPlaces);
}

std::optional<std::string> from_base64url(std::string_view text) { return decode64(text, kUrlSafePlaces); }

}  // namespace hy
