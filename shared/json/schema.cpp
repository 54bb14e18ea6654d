#include "json/schema.h"

#include <algorithm>

namespace hy::json {

bool read_member(const Value& value, const Rules& rules, std::string& into, std::string& why) {
    const std::string* text = value.string();
    if (!text) return why = "a string is wanted", false;
    const size_t length = utf8_length(*text);
    if (length < rules.min_chars || (rules.required && length == 0)) return why = "must not be empty", false;
    if (length > rules.max_chars) return why = "at most " + std::to_string(rules.max_chars) + " characters", false;
    if (text->size() > rules.max_bytes) return why = "at most " + std::to_string(rules.max_bytes) + " bytes", false;
    if (!rules.one_of.empty() && std::find(rules.one_of.begin(), rules.one_of.end(), *text) == rules.one_of.end())
        return why = "unknown value", false;
    into = *text;
    return true;
}

bool read_member(const Value& value, const Rules& rules, std::vector<std::string>& into, std::string& why) {
    const Array* list = value.array();
    if (!list) return why = "a list is wanted", false;
    if (list->size() < rules.min_items) return why = "at least " + std::to_string(rules.min_items) + " entries", false;
    if (list->size() > rules.max_items) return why = "at most " + std::to_string(rules.max_items) + " entries", false;
    Rules each = rules;
    each.required = true;
    for (const Value& item : *list) {
        std::string text;
        if (!read_member(item, each, text, why)) return why = "entries: " + why, false;
        into.push_back(std::move(text));
    }
    return true;
}

bool read_member(const Value& value, const Rules& rules, int64_t& into, std::string& why) {
    const auto whole = value.integer();
    if (!whole) return why = "a whole number is wanted", false;
    if (*whole < rules.min || *whole > rules.max)
        return why = "from " + std::to_string(rules.min) + " to " + std::to_string(rules.max), false;
    into = *whole;
    return true;
}

bool read_member(const Value& value, const Rules&, bool& into, std::string& why) {
    const auto flag = value.boolean();
    if (!flag) return why = "true or false is wanted", false;
    into = *flag;
    return true;
}

bool read_member(const Value& value, const Rules& rules, double& into, std::string& why) {
    const auto number = value.number();
    if (!number) return why = "a number is wanted", false;
    if (*number < static_cast<double>(rules.min) || *number > static_cast<double>(rules.max))
        return why = "from " + std::to_string(rules.min) + " to " + std::to_string(rules.max), false;
    into = *number;
    return true;
}

bool read_member(const Value& value, const Rules& rules, Value& into, std::string& why) {
    if (to_text(value).size() > rules.max_bytes)
        return why = "at most " + std::to_string(rules.max_bytes) + " bytes", false;
    into = value;
    return true;
}

void describe_member(Writer& out, const char* type, const Rules& rules) {
    out.begin_object().field("type", type);
    if (std::string_view(type) == "string") {
        if (rules.max_chars != 65536 && rules.max_chars != SIZE_MAX) out.field("maxLength", rules.max_chars);
        if (rules.min_chars || rules.required) out.field("minLength", std::max<size_t>(1, rules.min_chars));
    }
    if (std::string_view(type) == "array") {
        out.key("items").begin_object().field("type", "string").end_object();
        if (rules.min_items) out.field("minItems", rules.min_items);
        out.field("maxItems", rules.max_items);
    }
    if (rules.min != INT64_MIN) out.field("minimum", rules.min);
    if (rules.max != INT64_MAX) out.field("maximum", rules.max);
    if (!rules.one_of.empty()) {
        out.key("enum").begin_array();
        for (const auto& value : rules.one_of) out.string(value);
        out.end_array();
    }
    if (*rules.note) out.field("description", rules.note);
    out.end_object();
}

}  // namespace hy::json
