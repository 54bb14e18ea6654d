// A JSON value as it was received, strictly read: valid UTF-8, one value and nothing
// behind it, no key twice, at most 32 levels deep. Numbers keep whether they were
// written as whole numbers; nothing is converted from one type to another.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hy::json {

class Value;
using Array = std::vector<Value>;
using Members = std::vector<std::pair<std::string, Value>>;

class Value {
public:
    using Data = std::variant<std::nullptr_t, bool, int64_t, uint64_t, double, std::string, Array, Members>;
    Value() : data_(nullptr) {}
    Value(Data data) : data_(std::move(data)) {}

    bool is_null() const { return std::holds_alternative<std::nullptr_t>(data_); }
    // The value when it is of that type, else nothing.
    const std::string* string() const { return std::get_if<std::string>(&data_); }
    const Array* array() const { return std::get_if<Array>(&data_); }
    const Members* object() const { return std::get_if<Members>(&data_); }
    std::optional<bool> boolean() const;
    std::optional<int64_t> integer() const;         // a whole number within int64
    std::optional<uint64_t> large_integer() const;  // a whole number above int64
    std::optional<double> number() const;

    // Member of an object; nullptr when it is not there or this is no object.
    const Value* find(std::string_view name) const;
    // For peers we trust to send the right shape, with a default for what is absent.
    std::string text_or(std::string_view name, std::string_view fallback = {}) const;
    int64_t int_or(std::string_view name, int64_t fallback = 0) const;
    bool bool_or(std::string_view name, bool fallback = false) const;

private:
    Data data_;
};

// The value in `text`; nothing, and the reason in `why`, when it is not JSON.
std::optional<Value> parse(std::string_view text, std::string* why = nullptr);

// The strings in an array, from peers we trust; others are passed over.
std::vector<std::string> texts(const Value* array);

// `value` as JSON text again.
std::string to_text(const Value& value);

}  // namespace hy::json
