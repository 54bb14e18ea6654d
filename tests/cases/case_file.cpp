#include "cases/case_file.h"

#include <algorithm>
#include <sstream>
#include <stdexcept>

#include "base/text.h"

namespace hy::cases {

namespace {

const char* const kMethods[] = {"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"};
const char* const kBefore[] = {"seed", "disable", "setting", "later", "wait", "sms"};

template <typename List>
bool is_one_of(const List& list, const std::string& word) {
    return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

class Reader {
public:
    explicit Reader(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) lines_.push_back(line);
    }

    CaseFile read() {
        CaseFile file;
        while (!done() && !starts("=== ")) {
            if (starts("# ") && file.title.empty()) file.title = line().substr(2);
            else if (!blank() && !starts("#")) fail("a step begins with ===");
            ++at_;
        }
        if (file.title.empty()) fail("the first line is the title: # ...");
        while (!done()) file.steps.push_back(read_step());
        if (file.steps.empty()) fail("there are no steps");
        return file;
    }

private:
    Step read_step() {
        Step step;
        step.line = static_cast<int>(at_) + 1;
        step.title = line().substr(4);
        ++at_;
        while (!done() && !is_request()) read_directive(step);
        if (done()) fail("a request is missing");
        const auto [method, target] = cut(line());
        step.method = method;
        step.target = target;
        ++at_;
        read_headers(step.headers);
        step.body = read_text([&] { return starts("expect "); });
        if (done() || !starts("expect ")) fail("expect STATUS is missing");
        step.status = static_cast<int>(to_int(trim(line().substr(7))).value_or(0));
        if (step.status < 100 || step.status > 599) fail("a status is wanted");
        ++at_;
        read_headers(step.expected_headers);
        step.expected_body = read_text([&] { return starts("save ") || starts("=== ") || starts("# "); });
        while (!done() && !starts("=== ")) read_save(step);
        return step;
    }

    void read_directive(Step& step) {
        const auto [verb, rest] = cut(line());
        if (starts("=== ")) fail("a request is missing before the next step");
        if (blank() || starts("#")) {
        } else if (verb == "only" && (rest == "nginx" || rest == "pipeline")) step.only = rest;
        else if (verb == "as" && !rest.empty()) step.as = rest;
        else if (verb == "repeat") step.repeat = static_cast<int>(to_int(rest).value_or(0));
        else if (is_one_of(kBefore, verb)) step.before.emplace_back(verb, rest);
        else fail("what is \"" + line() + "\"?");
        if (step.repeat < 1) fail("repeat N");
        ++at_;
    }

    void read_headers(Pairs& headers) {
        for (; !done() && !blank() && !starts("expect ") && !starts("save ") && !starts("=== "); ++at_) {
            const size_t colon = line().find(": ");
            if (colon == std::string::npos) fail("Name: value, or an empty line before the body");
            headers.emplace_back(line().substr(0, colon), line().substr(colon + 2));
        }
    }

    template <typename Until>
    std::string read_text(Until until) {
        std::string text;
        for (; !done() && !until(); ++at_) text += line() + "\n";
        return std::string(trim(text));
    }

    void read_save(Step& step) {
        if (!blank() && !starts("#")) {
            const auto [verb, rest] = cut(line());
            const size_t equals = rest.find(" = ");
            if (verb != "save" || equals == std::string::npos) fail("save name = /pointer");
            step.saves.emplace_back(rest.substr(0, equals), rest.substr(equals + 3));
        }
        ++at_;
    }

    bool is_request() const { return is_one_of(kMethods, cut(line()).first); }

    static std::pair<std::string, std::string> cut(const std::string& text) {
        const size_t space = text.find(' ');
        if (space == std::string::npos) return {text, ""};
        return {text.substr(0, space), std::string(trim(text.substr(space + 1)))};
    }

    bool done() const { return at_ >= lines_.size(); }
    const std::string& line() const { return lines_[at_]; }
    bool blank() const { return trim(line()).empty(); }
    bool starts(std::string_view with) const { return line().starts_with(with); }
    [[noreturn]] void fail(const std::string& why) const {
        throw std::runtime_error("line " + std::to_string(at_ + 1) + ": " + why);
    }

    std::vector<std::string> lines_;
    size_t at_ = 0;
};

}  // namespace

bool CaseFile::concerns(const std::string& executor) const {
    return std::any_of(steps.begin(), steps.end(), [&](const Step& s) { return s.only.empty() || s.only == executor; });
}

CaseFile parse_case(const std::string& text) { return Reader(text).read(); }

}  // namespace hy::cases
