#include "json/value.h"

#include <charconv>

#include "json/writer.h"

namespace hy::json {

std::optional<bool> Value::boolean() const {
    if (const bool* b = std::get_if<bool>(&data_)) return *b;
    return std::nullopt;
}

std::optional<int64_t> Value::integer() const {
    if (const int64_t* i = std::get_if<int64_t>(&data_)) return *i;
    return std::nullopt;
}

std::optional<uint64_t> Value::large_integer() const {
    const auto* u = std::get_if<uint64_t>(&data_);
    return u ? std::optional(*u) : std::nullopt;
}

std::optional<double> Value::number() const {
    if (const double* d = std::get_if<double>(&data_)) return *d;
    if (const int64_t* i = std::get_if<int64_t>(&data_)) return static_cast<double>(*i);
    if (const uint64_t* u = std::get_if<uint64_t>(&data_)) return static_cast<double>(*u);
    return std::nullopt;
}

const Value* Value::find(std::string_view name) const {
    if (const Members* members = object())
        for (const auto& [key, value] : *members)
            if (key == name) return &value;
    return nullptr;
}

std::string Value::text_or(std::string_view name, std::string_view fallback) const {
    const Value* found = find(name);
    const std::string* text = found ? found->string() : nullptr;
    return text ? *text : std::string(fallback);
}

int64_t Value::int_or(std::string_view name, int64_t fallback) const {
    const Value* found = find(name);
    return found ? found->integer().value_or(fallback) : fallback;
}

bool Value::bool_or(std::string_view name, bool fallback) const {
    const Value* found = find(name);
    return found ? found->boolean().value_or(fallback) : fallback;
}

std::vector<std::string> texts(const Value* array) {
    std::vector<std::string> found;
    if (array && array->array())
        for (const auto& item : *array->array())
            if (item.string()) found.push_back(*item.string());
    return found;
}

namespace {
// With a mark that it is no whole number, which it would come back as.
void write_real(Writer& out, double value) {
    char text[40];
    std::string_view digits(text, static_cast<size_t>(std::to_chars(text, text + 32, value).ptr - text));
    const bool marked = digits.find_first_of(".e") != std::string_view::npos;
    out.raw(marked ? std::string(digits) : std::string(digits) + ".0");
}

void write(Writer& out, const Value& value) {
    if (const auto* members = value.object()) {
        out.begin_object();
        for (const auto& [key, member] : *members) {
            out.key(key);
            write(out, member);
        }
        out.end_object();
    } else if (const auto* array = value.array()) {
        out.begin_array();
        for (const auto& item : *array) write(out, item);
        out.end_array();
    } else if (const auto* text = value.string()) out.string(*text);
    else if (const auto flag = value.boolean()) out.boolean(*flag);
    else if (const auto whole = value.integer()) out.number(*whole);
    else if (const auto large = value.large_integer()) out.number(*large);
    else if (const auto real = value.number()) write_real(out, *real);
    else out.null();
}
}  // namespace

std::string to_text(const Value& value) {
    Writer out;
    write(out, value);
    return std::move(out).take();
}

}  // namespace hy::json
