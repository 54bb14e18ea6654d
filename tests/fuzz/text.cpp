// The small readers that all others stand on: UTF-8 against a decoder of this file's own,
// hexadecimal, Base64, numbers, addresses, JSON's escapes.
#include "base/text.h"

#include "base/encode.h"
#include "fuzz.h"
#include "http/message.h"
#include "json/value.h"

namespace {

using namespace hy;
using fuzz::expect;

// By code points: decoded, it must be in range and in its shortest form.
bool utf8_by_code_points(std::string_view text) {
    static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    for (size_t i = 0; i < text.size();) {
        const uint32_t first = static_cast<uint8_t>(text[i]);
        const size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
        if (length == 0 || i + length > text.size()) return false;
        uint32_t point = length == 1 ? first : first & ((1u << (7 - length)) - 1);
        for (size_t k = 1; k < length; ++k) {
            const uint32_t next = static_cast<uint8_t>(text[i + k]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 0x3f);
        }
        if (point < kLeast[length] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
        i += length;
    }
    return true;
}

void check_utf8(std::string_view text) {
    const bool valid = valid_utf8(text);
    expect(valid == utf8_by_code_points(text), "UTF-8 by the table and by code points");
    if (!valid) return;
    expect(utf8_length(text) <= text.size(), "characters are not more than bytes");
    for (size_t most = 0; most <= std::min<size_t>(text.size(), 8); ++most) {
        const auto prefix = utf8_prefix(text, most);
        expect(prefix.size() <= most && valid_utf8(prefix) && text.starts_with(prefix), "cut between characters");
        expect(prefix.size() + 3 >= most, "and not shorter than it must be");
    }
}

void check_bytes(std::string_view bytes) {
    expect(from_hex(to_hex(bytes)) == std::string(bytes), "hexadecimal there and back");
    expect(from_base64(base64(bytes)) == std::string(bytes), "Base64 there and back");
    expect(from_base64url(base64url(bytes)) == std::string(bytes), "and the one for addresses");
    // One text for each value: nobody can write a token in a second way.
    if (const auto read = from_base64url(bytes)) expect(base64url(*read) == bytes, "Base64 has one form only");
    if (const auto read = from_base64(bytes)) expect(base64(*read) == bytes, "with padding too");
    if (const auto read = from_hex(bytes)) expect(to_hex(*read) == lower(bytes), "hexadecimal, but for its case");
    std::string json = "\"";
    append_json_escaped(json, bytes);
    const auto value = json::parse(json + "\"");
    expect(value && value->string(), "escaped, any bytes are a JSON string");
    expect(!valid_utf8(bytes) || *value->string() == bytes, "of the same text");
}

void check_words(std::string_view text) {
    if (const auto number = to_int(text)) expect(to_int(std::to_string(*number)) == number, "numbers there and back");
    if (const auto number = to_uint(text)) expect(!text.starts_with('-') && *number == *to_uint(text), "no minus");
    const auto parts = split(text, ',');
    std::string joined = parts[0];
    for (size_t i = 1; i < parts.size(); ++i) joined += "," + parts[i];
    expect(joined == text, "split and joined, the same");
    expect(trim(trim(text)) == trim(text), "trimmed once is trimmed");
    // Addresses come from the kernel and from nginx: none has a NUL.
    std::string_view rest = text.substr(0, text.find('\0'));
    const std::string address(fuzz::take(rest, ' ')), network(rest);
    if (in_network(address, network))
        expect(address.find_first_not_of("0123456789abcdefABCDEF:.") == address.npos,
               "only an address lies in a network");
    if (network.find('/') == network.npos && in_network(address, network))
        expect(in_network(network, address), "an address without a mask is one address");
    expect(nearest(text.substr(0, 100), {}).empty(), "of nothing, nothing is near");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::view(data, size);
    check_utf8(text);
    check_bytes(text);
    check_words(text);
    return 0;
}
