#include "cases/match.h"

#include <algorithm>
#include <regex>

#include "base/encode.h"
#include "base/text.h"

namespace hy::cases {

namespace {

using Faults = std::vector<std::string>;

constexpr std::string_view kMore = "...";

bool all_in(std::string_view text, bool dash) {
    const auto fine = [dash](unsigned char c) { return isalnum(c) || (dash && (c == '-' || c == '_')); };
    return std::all_of(text.begin(), text.end(), fine);
}

// <id:PREFIX> or <id:PREFIX:LENGTH>
bool id_fits(std::string_view kind, std::string_view text) {
    std::string_view prefix = kind.substr(4, kind.size() - 5);
    const size_t colon = prefix.find(':');
    const auto length = colon == std::string_view::npos ? std::nullopt : to_int(prefix.substr(colon + 1));
    prefix = prefix.substr(0, colon);
    if (!text.starts_with(prefix) || text.size() == prefix.size()) return false;
    text.remove_prefix(prefix.size());
    return all_in(text, true) && (!length || static_cast<int64_t>(text.size()) == *length);
}

bool token_fits(std::string_view text) {
    const auto parts = split(text, '.');
    return parts.size() == 3 && text.starts_with("eyJ") &&
           std::all_of(parts.begin(), parts.end(), [](const auto& p) { return !p.empty() && all_in(p, true); });
}

bool is_wildcard(std::string_view pattern) {
    static const std::string_view kinds[] = {"<string>", "<int>", "<bool>", "<digits>", "<time>", "<token>", "<any>"};
    return std::find(std::begin(kinds), std::end(kinds), pattern) != std::end(kinds) ||
           (pattern.starts_with("<id:") && pattern.ends_with(">"));
}

bool wildcard_fits(std::string_view kind, const json::Value& value) {
    static const std::regex time(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z)");
    if (kind == "<any>") return true;
    if (kind == "<int>") return value.integer().has_value();
    if (kind == "<bool>") return value.boolean().has_value();
    const std::string* text = value.string();
    if (!text) return false;
    if (kind == "<string>") return true;
    if (kind == "<digits>") return !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
    if (kind == "<time>") return std::regex_match(*text, time);
    if (kind == "<token>") return token_fits(*text);
    return id_fits(kind, *text);
}

std::string shown(const json::Value& value) {
    std::string text = json::to_text(value);
    if (text.size() > 300) text = std::string(utf8_prefix(text, 300)) + "…";
    return text;
}

void compare_json(const json::Value& want, const json::Value& got, const std::string& at, Faults& faults);

void compare_members(const json::Members& want, const json::Value& got, const std::string& at, Faults& faults) {
    if (!got.object()) return faults.push_back(at + ": an object is expected, got " + shown(got));
    for (const auto& [name, value] : want) {
        const json::Value* member = got.find(name);
        if (!member) faults.push_back(at + "/" + name + ": missing");
        else compare_json(value, *member, at + "/" + name, faults);
    }
    for (const auto& [name, value] : *got.object()) {
        const auto same_name = [&name = name](const auto& member) { return member.first == name; };
        const bool known = std::any_of(want.begin(), want.end(), same_name);
        if (!known) faults.push_back(at + "/" + name + ": not expected: " + shown(value));
    }
}

void compare_items(json::Array want, const json::Value& got, const std::string& at, Faults& faults) {
    if (!got.array()) return faults.push_back(at + ": an array is expected, got " + shown(got));
    const auto& items = *got.array();
    const bool more = !want.empty() && want.back().string() && *want.back().string() == kMore;
    if (more) want.pop_back();
    if (more ? items.size() < want.size() : items.size() != want.size())
        faults.push_back(at + ": " + std::to_string(want.size()) + (more ? " or more" : "") +
                         " items are expected, got " + std::to_string(items.size()));
    for (size_t i = 0; i < std::min(want.size(), items.size()); ++i)
        compare_json(want[i], items[i], at + "/" + std::to_string(i), faults);
}

void compare_json(const json::Value& want, const json::Value& got, const std::string& at, Faults& faults) {
    if (const auto* members = want.object()) return compare_members(*members, got, at, faults);
    if (const auto* items = want.array()) return compare_items(*items, got, at, faults);
    const std::string* pattern = want.string();
    if (pattern && is_wildcard(*pattern)) {
        if (!wildcard_fits(*pattern, got)) faults.push_back(at + ": " + *pattern + " is expected, got " + shown(got));
        return;
    }
    const std::string* text = got.string();
    const bool same = pattern ? text && text_fits(*pattern, *text) : json::to_text(want) == json::to_text(got);
    if (!same) faults.push_back(at + ": " + shown(want) + " is expected, got " + shown(got));
}

// `...` at the end of an array, so that it is JSON.
std::string quote_dots(std::string text) {
    static const std::regex dots(R"(([\[,]\s*)\.\.\.(\s*\]))");
    return std::regex_replace(text, dots, "$1\"...\"$2");
}

// What holds for every answer.
void check_always(const Step& step, const http::Response& answer, Faults& faults) {
    const std::string id = header_of(answer, "X-Request-Id");
    if (id.size() != 32 || !from_hex(id))
        faults.push_back("X-Request-Id: 32 hexadecimal digits are expected, got \"" + id + "\"");
    const std::string type = header_of(answer, "Content-Type");
    const bool json = step.method != "HEAD" && type.starts_with("application/json");
    const auto body = json ? json::parse(answer.body) : std::nullopt;
    if (json && !body) return faults.push_back("the body is not JSON: " + answer.body.substr(0, 300));
    if (!body) return;
    const std::string named = body->text_or("request_id", id);
    if (named != id) faults.push_back("request_id in the body is " + named + ", X-Request-Id is " + id);
    if (answer.status < 500 || !body->object()) return;
    // Nothing of what went wrong inside may show.
    const json::Value* data = body->find("data");
    if (data && data->text_or("requestId") != id) faults.push_back("/data/requestId is not X-Request-Id");
    for (const auto& [name, value] : *body->object())
        if (name != "detail" && name != "request_id" && name != "code" && name != "message" && name != "data")
            faults.push_back("/" + name + ": has no place in an answer of " + std::to_string(answer.status));
}

void compare_body(const std::string& expected, const http::Response& answer, Faults& faults) {
    const std::string& body = answer.body;
    if (expected.empty()) {
        if (!body.empty()) faults.push_back("no body is expected, got: " + body.substr(0, 300));
    } else if (expected == "body any") {
    } else if (expected.starts_with("body contains ")) {
        const std::string part = expected.substr(14);
        if (body.find(part) == std::string::npos) faults.push_back("the body does not contain: " + part);
    } else if (expected.starts_with("body hex=")) {
        const auto bytes = from_hex(lower(expected.substr(9)));
        if (!bytes || *bytes != body) faults.push_back("other bytes: " + to_hex(body.substr(0, 64)));
    } else {
        std::string why;
        const auto want = json::parse(quote_dots(expected), &why);
        if (!want) return faults.push_back("the expected body is no JSON: " + why);
        const auto got = json::parse(body);
        if (!got) return faults.push_back("JSON is expected, got: " + body.substr(0, 300));
        const std::string type = header_of(answer, "Content-Type");
        if (!type.starts_with("application/json"))
            faults.push_back("Content-Type: application/json is expected, got \"" + type + "\"");
        compare_json(*want, *got, "", faults);
    }
}

}  // namespace

bool text_fits(std::string_view pattern, std::string_view text) {
    constexpr std::string_view any = "<any>";
    size_t hole = pattern.find(any);
    if (hole == std::string_view::npos) return pattern == text;
    if (!text.starts_with(pattern.substr(0, hole))) return false;
    text.remove_prefix(hole);
    pattern.remove_prefix(hole + any.size());
    while ((hole = pattern.find(any)) != std::string_view::npos) {
        const size_t found = text.find(pattern.substr(0, hole));
        if (found == std::string_view::npos) return false;
        text.remove_prefix(found + hole);
        pattern.remove_prefix(hole + any.size());
    }
    return text.ends_with(pattern);
}

std::string header_of(const http::Response& answer, std::string_view name, bool* there) {
    if (there) *there = false;
    for (const auto& [key, value] : answer.headers) {
        if (lower(key) != lower(name)) continue;
        if (there) *there = true;
        return value;
    }
    return {};
}

const json::Value* at_pointer(const json::Value& value, std::string_view pointer) {
    const json::Value* found = &value;
    if (pointer.empty()) return found;
    for (const auto& part : split(pointer.substr(1), '/')) {
        if (const auto* items = found->array()) {
            const auto index = to_int(part);
            if (!index || *index < 0 || static_cast<size_t>(*index) >= items->size()) return nullptr;
            found = &(*items)[static_cast<size_t>(*index)];
        } else if (!(found = found->find(part))) {
            return nullptr;
        }
    }
    return found;
}

std::vector<std::string> compare(const Step& expected, const http::Response& answer) {
    Faults faults;
    if (answer.status != expected.status)
        faults.push_back("status " + std::to_string(expected.status) + " is expected, got " +
                         std::to_string(answer.status) + ": " + answer.body.substr(0, 300));
    for (const auto& [name, value] : expected.expected_headers) {
        bool there = false;
        const std::string got = header_of(answer, name, &there);
        if (value == "<absent>" ? there : !there || !text_fits(value, got))
            faults.push_back(name + ": " + value + " is expected, got " + (there ? "\"" + got + "\"" : "none"));
    }
    check_always(expected, answer, faults);
    if (answer.status == expected.status) compare_body(expected.expected_body, answer, faults);
    return faults;
}

}  // namespace hy::cases
