// Reads JSON (RFC 8259) into Values, strictly, in one pass over the text.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "json/value.h"

namespace hy::json {

namespace {

constexpr int kDeepest = 32;

class Parser {
public:
    explicit Parser(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

    bool read(Value& out) {
        if (!value(out, kDeepest)) return false;
        space();
        return at_ == end_;
    }

private:
    void space() {
        while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\n' || *at_ == '\r')) ++at_;
    }
    // Steps over `c` when it comes next.
    bool next_is(char c) {
        space();
        if (at_ == end_ || *at_ != c) return false;
        ++at_;
        return true;
    }

    // What begins here, at most `depth` levels deep.
    bool value(Value& out, int depth) {
        space();
        if (at_ == end_) return false;
        switch (*at_) {
            case '{': return depth > 0 && object(out, depth - 1);
            case '[': return depth > 0 && array(out, depth - 1);
            case '"': {
                std::string text;
                if (!string(text)) return false;
                out = Value(std::move(text));
                return true;
            }
            case 't': return word("true", Value(true), out);
            case 'f': return word("false", Value(false), out);
            case 'n': return word("null", Value(), out);
            default: return number(out);
        }
    }

    bool word(std::string_view name, Value meaning, Value& out) {
        if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(name)) return false;
        at_ += name.size();
        out = std::move(meaning);
        return true;
    }

    bool object(Value& out, int depth) {
        Members members;
        ++at_;
        if (!next_is('}')) {
            do {
                auto& [name, member] = members.emplace_back();
                space();
                if (at_ == end_ || *at_ != '"' || !string(name) || !next_is(':') || !value(member, depth)) return false;
            } while (next_is(','));
            if (!next_is('}')) return false;
        }
        if (twice(members)) return false;
        out = Value(std::move(members));
        return true;
    }

    // Compared one with another while they are few; a peer that sends many pays no square for it.
    static bool twice(const Members& members) {
        if (members.size() <= 16) {
            for (auto a = members.begin(); a != members.end(); ++a)
                for (auto b = members.begin(); b != a; ++b)
                    if (a->first == b->first) return true;
            return false;
        }
        std::vector<std::string_view> names;
        for (const auto& member : members) names.emplace_back(member.first);
        std::sort(names.begin(), names.end());
        return std::adjacent_find(names.begin(), names.end()) != names.end();
    }

    bool array(Value& out, int depth) {
        Array items;
        ++at_;
        if (!next_is(']')) {
            do {
                if (!value(items.emplace_back(), depth)) return false;
            } while (next_is(','));
            if (!next_is(']')) return false;
        }
        out = Value(std::move(items));
        return true;
    }

    // The text was found to be UTF-8 before, so that only escapes and control characters are looked for.
    bool string(std::string& out) {
        const char* run = ++at_;
        for (; at_ != end_; ++at_) {
            if (*at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) continue;
            out.append(run, at_);
            if (*at_ == '"') return ++at_, true;
            if (*at_ != '\\' || !escape(out)) return false;
            run = at_ + 1;
        }
        return false;
    }

    // at_ is at the backslash and ends at the escape's last character.
    bool escape(std::string& out) {
        if (++at_ == end_) return false;
        constexpr std::string_view names = "\"\\/bfnrt", meanings = "\"\\/\b\f\n\r\t";
        const size_t found = names.find(*at_);
        if (found != std::string_view::npos) return out.push_back(meanings[found]), true;
        uint32_t code = 0, low = 0;
        if (*at_ != 'u' || !hex4(code)) return false;
        if (code >= 0xDC00 && code <= 0xDFFF) return false;
        if (code >= 0xD800 && code <= 0xDBFF) {
            if (end_ - at_ < 3 || at_[1] != '\\' || at_[2] != 'u') return false;
            at_ += 2;
            if (!hex4(low) || low < 0xDC00 || low > 0xDFFF) return false;
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        append_utf8(out, code);
        return true;
    }

    // The four digits behind at_, which ends at the last of them.
    bool hex4(uint32_t& code) {
        if (end_ - at_ < 5) return false;
        const auto read = std::from_chars(at_ + 1, at_ + 5, code, 16);
        at_ += 4;
        return read.ec == std::errc() && read.ptr == at_ + 1;
    }

    static void append_utf8(std::string& out, uint32_t code) {
        const auto put = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
        if (code < 0x80) return put(code);
        if (code < 0x800) put(0xC0 | code >> 6);
        else {
            if (code < 0x10000) put(0xE0 | code >> 12);
            else {
                put(0xF0 | code >> 18);
                put(0x80 | (code >> 12 & 0x3F));
            }
            put(0x80 | (code >> 6 & 0x3F));
        }
        put(0x80 | (code & 0x3F));
    }

    bool digits() {
        const char* from = at_;
        while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
        return at_ != from;
    }

    // Grammar first: from_chars would take "inf", "01" and "1.".
    bool number(Value& out) {
        const char* from = at_;
        bool whole = true;
        if (*at_ == '-') ++at_;
        const char* first = at_;
        if (!digits() || (*first == '0' && at_ - first > 1)) return false;
        if (at_ != end_ && *at_ == '.') {
            whole = false;
            ++at_;
            if (!digits()) return false;
        }
        if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
            whole = false;
            ++at_;
            if (at_ != end_ && (*at_ == '+' || *at_ == '-')) ++at_;
            if (!digits()) return false;
        }
        return whole ? whole_number(from, out) : real_number(from, out);
    }

    bool whole_number(const char* from, Value& out) {
        int64_t i = 0;
        uint64_t u = 0;
        if (std::from_chars(from, at_, i).ec == std::errc()) return out = Value(i), true;
        if (*from != '-' && std::from_chars(from, at_, u).ec == std::errc()) return out = Value(u), true;
        return real_number(from, out);
    }

    bool real_number(const char* from, Value& out) {
        double d = 0;
        if (std::from_chars(from, at_, d).ec != std::errc()) return false;
        out = Value(d);
        return true;
    }

    const char* at_;
    const char* end_;
};

}  // namespace

std::optional<Value> parse(std::string_view text, std::string* why) {
    const auto refuse = [&](const char* reason) {
        if (why) *why = reason;
        return std::nullopt;
    };
    if (!valid_utf8(text)) return refuse("not UTF-8");
    if (trim(text).empty()) return refuse("empty");
    Value value;
    if (!Parser(text).read(value)) return refuse("not JSON");
    return value;
}

}  // namespace hy::json
