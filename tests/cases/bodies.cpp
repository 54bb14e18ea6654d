// What stands for a request's body in a .case file, and names in any of its texts.
#include <sstream>
#include <stdexcept>

#include "base/encode.h"
#include "base/text.h"
#include "cases/run_case.h"

namespace hy::cases {

namespace {

constexpr std::string_view kBoundary = "----a-boundary-of-the-cases";

// "11MB", "65537"
size_t size_of(const std::string& text) {
    std::string digits = text;
    size_t unit = 1;
    if (text.ends_with("MB")) unit = 1 << 20;
    if (text.ends_with("KB")) unit = 1 << 10;
    if (unit > 1) digits.resize(digits.size() - 2);
    const auto number = to_int(digits);
    if (!number || *number < 0) throw std::runtime_error("size=" + text);
    return static_cast<size_t>(*number) * unit;
}

std::map<std::string, std::string> words_of(const std::string& text) {
    std::map<std::string, std::string> words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) {
        const size_t equals = word.find('=');
        words[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
    }
    return words;
}

std::string bytes_of(std::map<std::string, std::string>& words) {
    std::string bytes = words["text"];
    if (words.contains("hex")) {
        const auto raw = from_hex(lower(words["hex"]));
        if (!raw) throw std::runtime_error("hex=" + words["hex"]);
        bytes = *raw;
    }
    if (words.contains("size")) bytes.resize(size_of(words["size"]), '\0');
    return bytes;
}

}  // namespace

std::string body_bytes(const std::string& body, std::string& content_type) {
    if (body.empty()) return {};
    if (!body.starts_with("body ")) return content_type = "application/json", body;
    auto words = words_of(body.substr(5));
    if (!words.contains("multipart")) return content_type = "application/json", bytes_of(words);
    content_type = "multipart/form-data; boundary=" + std::string(kBoundary);
    const std::string line = "--" + std::string(kBoundary);
    std::string text = line + "\r\nContent-Disposition: form-data";
    text += "; name=\"" + (words.contains("part") ? words["part"] : "file") + "\"";
    if (words.contains("file")) text += "; filename=\"" + words["file"] + "\"";
    if (words.contains("type")) text += "\r\nContent-Type: " + words["type"];
    text += "\r\n\r\n" + bytes_of(words) + "\r\n";
    return words.contains("cut") ? text : text + line + "--\r\n";
}

std::string fill_in(const std::string& text, const std::map<std::string, std::string>& variables) {
    std::string out;
    size_t at = 0;
    for (size_t open; (open = text.find("{{", at)) != std::string::npos;) {
        const size_t close = text.find("}}", open);
        if (close == std::string::npos) break;
        out += text.substr(at, open - at);
        const std::string name = text.substr(open + 2, close - open - 2);
        at = close + 2;
        if (name.starts_with("repeat ")) {
            const size_t space = name.find(' ', 7);
            const auto times = to_int(name.substr(7, space - 7));
            if (space == std::string::npos || !times) throw std::runtime_error("{{" + name + "}}");
            for (int64_t i = 0; i < *times; ++i) out += name.substr(space + 1);
            continue;
        }
        const auto found = variables.find(name);
        if (found == variables.end()) throw std::runtime_error("{{" + name + "}} was not saved");
        out += found->second;
    }
    return out + text.substr(at);
}

}  // namespace hy::cases
