// JSON: what the reader takes is JSON by a grammar of this file's own, and what the writer
// writes the reader reads back the same. Schema<T> gives members that keep its rules.
#include "json/value.h"

#include <cmath>
#include <cstring>

#include "base/errors.h"
#include "base/text.h"
#include "fuzz.h"
#include "json/schema.h"
#include "json/writer.h"

namespace {

using namespace hy;
using fuzz::expect;

// RFC 8259, for text that is known to be UTF-8.
class Grammar {
public:
    explicit Grammar(std::string_view text) : rest_(text) {}
    bool whole() { return value(0) && (space(), rest_.empty()); }

private:
    bool value(int depth) {
        space();
        if (depth > 64 || rest_.empty()) return false;
        switch (rest_.front()) {
            case '{': return list('}', [&] { return space(), string() && (space(), one(':')) && value(depth + 1); });
            case '[': return list(']', [&] { return value(depth + 1); });
            case '"': return string();
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            default: return number();
        }
    }
    template <typename Item>
    bool list(char end, Item item) {
        rest_.remove_prefix(1);
        if (space(), one(end)) return true;
        do {
            if (!item()) return false;
            space();
        } while (one(','));
        return one(end);
    }
    bool string() {
        if (!one('"')) return false;
        while (!rest_.empty() && rest_.front() != '"') {
            if (static_cast<uint8_t>(rest_.front()) < 0x20) return false;
            const bool escape = rest_.front() == '\\';
            rest_.remove_prefix(1);
            if (!escape) continue;
            if (rest_.empty() || !std::strchr("\"\\/bfnrtu", rest_.front()) || !rest_.front()) return false;
            const bool code = rest_.front() == 'u';
            rest_.remove_prefix(1);
            for (int i = 0; code && i < 4; ++i) {
                if (rest_.empty() || !isxdigit(static_cast<uint8_t>(rest_.front()))) return false;
                rest_.remove_prefix(1);
            }
        }
        return one('"');
    }
    bool number() {
        one('-');
        if (!one('0') && !digits()) return false;
        if (one('.') && !digits()) return false;
        if (!one('e') && !one('E')) return true;
        if (!one('+')) one('-');
        return digits();
    }
    bool digits() {
        size_t count = 0;
        while (count < rest_.size() && isdigit(static_cast<uint8_t>(rest_[count]))) ++count;
        rest_.remove_prefix(count);
        return count > 0;
    }
    bool word(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    bool one(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

    std::string_view rest_;
};

bool same(const json::Value& a, const json::Value& b);

bool same_list(const json::Array& a, const json::Array& b) {
    for (size_t i = 0; i < a.size(); ++i)
        if (!same(a[i], b[i])) return false;
    return true;
}

bool same(const json::Value& a, const json::Value& b) {
    if (const auto* x = a.object(), *y = b.object(); x && y) {
        if (x->size() != y->size()) return false;
        for (size_t i = 0; i < x->size(); ++i)
            if ((*x)[i].first != (*y)[i].first || !same((*x)[i].second, (*y)[i].second)) return false;
        return true;
    }
    if (const auto* x = a.array(), *y = b.array(); x && y) return x->size() == y->size() && same_list(*x, *y);
    if (const auto* x = a.string(), *y = b.string(); x && y) return *x == *y;
    if (a.boolean() && b.boolean()) return a.boolean() == b.boolean();
    if (a.integer() && b.integer()) return a.integer() == b.integer();
    if (a.number() && b.number()) return !a.integer() && !b.integer() && *a.number() == *b.number();
    return a.is_null() && b.is_null();
}

int check(const json::Value& value) {
    int depth = 0;
    if (const auto* list = value.array())
        for (const auto& item : *list) depth = std::max(depth, 1 + check(item));
    if (const auto* members = value.object())
        for (size_t i = 0; i < members->size(); ++i) {
            depth = std::max(depth, 1 + check((*members)[i].second));
            expect(valid_utf8((*members)[i].first), "names are UTF-8");
            expect(value.find((*members)[i].first) == &(*members)[i].second, "no name comes twice");
        }
    if (value.string()) expect(valid_utf8(*value.string()), "strings are UTF-8");
    if (value.number()) expect(std::isfinite(*value.number()), "numbers are finite");
    return depth;
}

struct Person {
    std::string name;
    int64_t age = 0;
    std::optional<bool> known;
    std::optional<std::string> kind;
};

const auto kPerson = json::Schema<Person>()
                         .field("name", &Person::name, {.required = true, .max_chars = 8})
                         .field("age", &Person::age, {.min = 0, .max = 150})
                         .field("known", &Person::known)
                         .field("kind", &Person::kind, {.max_bytes = 40, .one_of = {"user", "agent"}});

void check_schema(std::string_view text) {
    try {
        const Person person = kPerson.parse(text);
        expect(!person.name.empty() && utf8_length(person.name) <= 8, "a required text is there and within its length");
        expect(person.age >= 0 && person.age <= 150, "a number is within its range");
        expect(!person.kind || *person.kind == "user" || *person.kind == "agent", "one of the words");
        json::Writer w;
        w.begin_object().field("name", person.name).field("age", person.age);
        if (person.known) w.field("known", *person.known);
        if (person.kind) w.field("kind", *person.kind);
        w.end_object();
        const Person again = kPerson.parse(w.text());
        expect(again.name == person.name && again.age == person.age, "written and read, the same members");
        expect(again.known == person.known && again.kind == person.kind, "the optional ones too");
    } catch (const Error& error) {
        expect(error.fault == Fault::bad_request && error.code == "body", "a fault in a body is the sender's");
        expect(!error.detail.empty() && error.detail.size() < 400, "it is named, and shortly");
    }
}

void check_writer(std::string_view text) {
    json::Writer w;
    w.begin_array().string(text).begin_object().field(text, text).end_object().end_array();
    const auto value = json::parse(w.text());
    expect(value && value->array(), "whatever bytes are written, it is JSON");
    const std::string* back = (*value->array())[0].string();
    expect(back && (!valid_utf8(text) || *back == text), "UTF-8 comes back as it was");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view text = fuzz::view(data, size);
    std::string why;
    const auto value = json::parse(text, &why);
    expect(value || !why.empty(), "a refusal has a reason");
    if (value) {
        expect(Grammar(text).whole(), "what is taken is JSON");
        expect(check(*value) <= 32, "not too deep");
        const std::string written = json::to_text(*value);
        const auto again = json::parse(written);
        expect(again && same(*value, *again), "written and read, the same value");
        expect(json::to_text(*again) == written, "and the same text");
    }
    check_schema(text);
    check_writer(text);
    return 0;
}
