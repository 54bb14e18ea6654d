#include "json/writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"

namespace hy::json {

namespace {
// Longer text is written in parts, since each part needs room for the worst case.
constexpr size_t kPart = 1024;
}  // namespace

void Writer::grow(size_t size) { out_.resize(std::max(size_ + size, 2 * out_.size())); }

Writer& Writer::open(char c) {
    char* to = comma(room(2));
    *to++ = c;
    written_to(to);
    comma_ = false;
    return *this;
}

Writer& Writer::close(char c) {
    char* to = room(1);
    *to++ = c;
    written_to(to);
    comma_ = true;
    return *this;
}

// `to` is in room for a part and six bytes more; room for one byte is left.
void Writer::quote(char* to, std::string_view text) {
    *to++ = '"';
    while (text.size() > kPart) {
        // A character is not torn; of bytes that are none, any part will do.
        const size_t whole = utf8_prefix(text, kPart).size(), part = whole ? whole : kPart;
        written_to(escape_json(to, text.substr(0, part)));
        text.remove_prefix(part);
        to = room(json_room(std::min(text.size(), kPart)) + 6);
    }
    to = escape_json(to, text);
    *to++ = '"';
    written_to(to);
}

Writer& Writer::key(std::string_view name) {
    quote(comma(room(json_room(std::min(name.size(), kPart)) + 6)), name);
    char* to = room(1);
    *to++ = ':';
    written_to(to);
    comma_ = false;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    quote(comma(room(json_room(std::min(text.size(), kPart)) + 6)), text);
    comma_ = true;
    return *this;
}

template <typename T>
Writer& Writer::digits(T value) {
    constexpr size_t longest = 40;
    char* to = comma(room(longest + 1));
    written_to(std::to_chars(to, to + longest, value).ptr);
    comma_ = true;
    return *this;
}

Writer& Writer::number(int64_t value) { return digits(value); }
Writer& Writer::number(uint64_t value) { return digits(value); }
Writer& Writer::number(double value) {
    return std::isfinite(value) ? digits(value) : null();
}  // JSON has no word for it

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
    char* to = comma(room(json.size() + 1));
    written_to(std::copy(json.begin(), json.end(), to));
    comma_ = true;
    return *this;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    out.push_back('"');
    return out;
}

}  // namespace hy::json
