// The only file that knows Poco::JSON: its parser drives our builder, its DOM (slow, and
// generous with conversions) is not used.
#include "json/value.h"

#include <Poco/JSON/Handler.h>
#include <Poco/JSON/Parser.h>

#include <algorithm>

#include "base/text.h"
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

// Builds Values from the parser's events. Containers under construction live in stack_,
// so that no pointer into a growing vector is kept.
class Builder final : public Poco::JSON::Handler {
public:
    void reset() override {}
    void startObject() override { open(Members{}); }
    void endObject() override { close(); }
    void startArray() override { open(Array{}); }
    void endArray() override { close(); }
    void key(const std::string& name) override {
        auto& members = std::get<Members>(stack_.back().value.data_);
        if (std::any_of(members.begin(), members.end(), [&](const auto& m) { return m.first == name; }))
            throw Poco::JSON::JSONException("duplicate key");
        stack_.back().key = name;
    }
    void null() override { add(Value()); }
    void value(int v) override { add(Value(static_cast<int64_t>(v))); }
    void value(unsigned v) override { add(Value(static_cast<int64_t>(v))); }
    void value(Poco::Int64 v) override { add(Value(static_cast<int64_t>(v))); }
    void value(Poco::UInt64 v) override {
        if (v <= static_cast<Poco::UInt64>(INT64_MAX)) add(Value(static_cast<int64_t>(v)));
        else add(Value(static_cast<uint64_t>(v)));
    }
    void value(const std::string& v) override { add(Value(v)); }
    void value(double v) override { add(Value(v)); }
    void value(bool v) override { add(Value(v)); }

    Value take() { return std::move(root_); }

private:
    struct Level {
        Value value;
        std::string key;
    };
    void open(Value::Data empty) { stack_.push_back({Value(std::move(empty)), {}}); }
    void close() {
        Value done = std::move(stack_.back().value);
        stack_.pop_back();
        add(std::move(done));
    }
    void add(Value value) {
        if (stack_.empty()) {
            root_ = std::move(value);
            return;
        }
        Level& top = stack_.back();
        if (auto* array = std::get_if<Array>(&top.value.data_)) array->push_back(std::move(value));
        else std::get<Members>(top.value.data_).emplace_back(std::move(top.key), std::move(value));
    }

    std::vector<Level> stack_;
    Value root_;
};

std::optional<Value> parse(std::string_view text, std::string* why) {
    const auto refuse = [&](const char* reason) {
        if (why) *why = reason;
        return std::nullopt;
    };
    if (!valid_utf8(text)) return refuse("not UTF-8");
    if (trim(text).empty()) return refuse("empty");
    Poco::SharedPtr<Builder> builder = new Builder;
    try {
        Poco::JSON::Parser parser(builder);
        parser.setDepth(32);
        parser.parse(std::string(text));
    } catch (const std::exception&) {
        // Poco throws more than JSONException here (SyntaxException, RangeException).
        return refuse("not JSON");
    }
    return builder->take();
}

std::vector<std::string> texts(const Value* array) {
    std::vector<std::string> found;
    if (array && array->array())
        for (const auto& item : *array->array())
            if (item.string()) found.push_back(*item.string());
    return found;
}

namespace {
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
    else if (const auto real = value.number()) out.number(*real);
    else out.null();
}
}  // namespace

std::string to_text(const Value& value) {
    Writer out;
    write(out, value);
    return std::move(out).take();
}

}  // namespace hy::json
