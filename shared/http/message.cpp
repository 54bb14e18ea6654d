#include "http/message.h"

#include <cstring>

#include "base/encode.h"
#include "base/text.h"

namespace hy::http {

size_t TextBody::read(char* out, size_t size) {
    const size_t n = std::min(size, rest_.size());
    std::memcpy(out, rest_.data(), n);
    rest_.remove_prefix(n);
    return n;
}

std::string_view Request::header(std::string_view name) const {
    const auto found = headers.find(std::string(name));
    return found == headers.end() ? std::string_view{} : found->second;
}

namespace {

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '+' && plus_is_space) out.push_back(' ');
        else if (text[i] != '%') out.push_back(text[i]);
        else {
            const auto byte = from_hex(text.substr(i + 1, 2));
            if (!byte || byte->size() != 1) return std::nullopt;
            out += *byte;
            i += 2;
        }
    }
    if (!valid_utf8(out) || out.find('\0') != std::string::npos) return std::nullopt;
    return out;
}

}  // namespace

std::optional<std::vector<std::string>> path_segments(std::string_view target) {
    std::string_view path = target.substr(0, target.find('?'));
    if (path.empty() || path.front() != '/') return std::nullopt;
    path.remove_prefix(1);
    std::vector<std::string> segments;
    if (path.empty()) return segments;
    if (path.ends_with('/')) path.remove_suffix(1);
    for (const auto& part : split(path, '/')) {
        auto segment = percent_decode(part, false);
        if (!segment || segment->empty() || *segment == "." || *segment == "..") return std::nullopt;
        if (segment->find('/') != std::string::npos) return std::nullopt;
        segments.push_back(std::move(*segment));
    }
    return segments;
}

std::optional<Query> parse_query(std::string_view target) {
    Query query;
    const size_t mark = target.find('?');
    if (mark == std::string_view::npos) return query;
    for (const auto& part : split(target.substr(mark + 1), '&')) {
        if (part.empty()) continue;
        if (query.size() == 64) return std::nullopt;
        const size_t equals = part.find('=');
        auto name = percent_decode(part.substr(0, equals), true);
        auto value = equals == std::string::npos ? std::string() : percent_decode(part.substr(equals + 1), true);
        if (!name || !value) return std::nullopt;
        query.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::optional<std::string> find(const Query& query, std::string_view name) {
    for (const auto& [key, value] : query)
        if (key == name) return value;
    return std::nullopt;
}

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) out.push_back(c);
        else {
            out.push_back('%');
            out.push_back(digits[static_cast<unsigned char>(c) >> 4]);
            out.push_back(digits[c & 15]);
        }
    }
    return out;
}

}  // namespace hy::http
