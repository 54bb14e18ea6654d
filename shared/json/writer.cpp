#include "json/writer.h"

#include <charconv>
#include <cmath>

#include "base/text.h"

namespace hy::json {

void Writer::separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
}

Writer& Writer::open(char c) {
    separate();
    out_.push_back(c);
    comma_ = false;
    return *this;
}

Writer& Writer::close(char c) {
    out_.push_back(c);
    comma_ = true;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    separate();
    out_.push_back('"');
    append_json_escaped(out_, name);
    out_ += "\":";
    comma_ = false;
    return *this;
}

Writer& Writer::string(std::string_view text) {
    separate();
    out_.push_back('"');
    append_json_escaped(out_, text);
    out_.push_back('"');
    return *this;
}

Writer& Writer::number(int64_t value) {
    separate();
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    return *this;
}

Writer& Writer::number(uint64_t value) {
    separate();
    char text[24];
    out_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    return *this;
}

Writer& Writer::number(double value) {
    if (!std::isfinite(value)) return null();  // JSON has no word for it
    separate();
    char text[40];
    out_.append(text, std::to_chars(text, text + sizeof text, value).ptr);
    return *this;
}

Writer& Writer::boolean(bool value) { return raw(value ? "true" : "false"); }
Writer& Writer::null() { return raw("null"); }

Writer& Writer::raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    append_json_escaped(out, text);
    out.push_back('"');
    return out;
}

}  // namespace hy::json
