// Schema<T>: which JSON fields go into which members, under which rules. Reading reports
// every fault at once, each with its JSON pointer (RFC 6901); printing gives JSON Schema for
// the OpenAPI document. Unknown fields are ignored; null counts as absent.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::json {

struct Rules {
    bool required = false;
    size_t min_chars = 0;
    size_t max_chars = 65536;  // code points
    size_t max_bytes = SIZE_MAX;
    int64_t min = INT64_MIN, max = INT64_MAX;
    size_t min_items = 0, max_items = 1000;  // of lists, whose members keep the rules for text
    std::vector<std::string> one_of = {};
    const char* note = "";
};

// What OpenAPI needs to know of any schema.
class SchemaBase {
public:
    virtual ~SchemaBase() = default;
    virtual void describe(Writer& out) const = 0;
};

// Faults in the order of the fields: "/name: required; /title: at most 200 characters".
class Faults {
public:
    void add(const std::string& pointer, const std::string& why) {
        text_ += (text_.empty() ? "" : "; ") + (pointer.empty() ? why : pointer + ": " + why);
    }
    void throw_if_any() const {
        if (!text_.empty()) throw Error(Fault::bad_request, "body", text_);
    }

private:
    std::string text_;
};

bool read_member(const Value& value, const Rules& rules, std::string& into, std::string& why);
bool read_member(const Value& value, const Rules& rules, std::vector<std::string>& into, std::string& why);
bool read_member(const Value& value, const Rules& rules, int64_t& into, std::string& why);
bool read_member(const Value& value, const Rules& rules, bool& into, std::string& why);
bool read_member(const Value& value, const Rules& rules, double& into, std::string& why);
// Whatever it is, kept as it came; max_bytes bounds its text.
bool read_member(const Value& value, const Rules& rules, Value& into, std::string& why);
template <typename M>
bool read_member(const Value& value, const Rules& rules, std::optional<M>& into, std::string& why) {
    return read_member(value, rules, into.emplace(), why);
}
void describe_member(Writer& out, const char* type, const Rules& rules);

template <typename M>
struct TypeName;
template <>
struct TypeName<std::string> {
    static constexpr const char* value = "string";
};
template <>
struct TypeName<int64_t> {
    static constexpr const char* value = "integer";
};
template <>
struct TypeName<bool> {
    static constexpr const char* value = "boolean";
};
template <>
struct TypeName<double> {
    static constexpr const char* value = "number";
};
template <>
struct TypeName<std::vector<std::string>> {
    static constexpr const char* value = "array";
};
template <>
struct TypeName<Value> {
    static constexpr const char* value = "object";
};
template <typename M>
struct TypeName<std::optional<M>> : TypeName<M> {};

template <typename T>
class Schema final : public SchemaBase {
public:
    template <typename M>
    Schema&& field(const char* name, M T::*member, Rules rules = {}) && {
        fields_.push_back(
            {name, TypeName<M>::value, rules, [member, rules](const Value& value, T& into, std::string& why) {
                 return read_member(value, rules, into.*member, why);
             }});
        return std::move(*this);
    }

    // Throws Error(bad_request, "body") with every fault in its detail.
    // `at`: the pointer of `value` in what was received.
    T read(const Value& value, const std::string& at = {}) const {
        T result{};
        Faults faults;
        if (!value.object()) faults.add(at, "an object is wanted");
        else
            for (const auto& field : fields_) read_field(value, field, at, result, faults);
        faults.throw_if_any();
        return result;
    }

    T parse(std::string_view text) const {
        std::string why;
        const auto value = json::parse(text, &why);
        if (!value) throw Error(Fault::bad_request, "body", why);
        return read(*value);
    }

    void describe(Writer& out) const override {
        out.begin_object().field("type", "object");
        out.key("properties").begin_object();
        for (const auto& field : fields_) describe_member(out.key(field.name), field.type, field.rules);
        out.end_object().key("required").begin_array();
        for (const auto& field : fields_)
            if (field.rules.required) out.string(field.name);
        out.end_array().end_object();
    }

private:
    struct Field {
        const char* name;
        const char* type;
        Rules rules;
        std::function<bool(const Value&, T&, std::string&)> read;
    };

    void read_field(const Value& object, const Field& field, const std::string& at, T& into, Faults& faults) const {
        const Value* value = object.find(field.name);
        std::string why;
        if (!value || value->is_null()) {
            if (field.rules.required) faults.add(at + "/" + field.name, "required");
        } else if (!field.read(*value, into, why)) {
            faults.add(at + "/" + field.name, why);
        }
    }

    std::vector<Field> fields_;
};

}  // namespace hy::json
