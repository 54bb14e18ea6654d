// multipart/form-data: the first line of the input is the Content-Type, the rest the body.
// The same comes out however the body arrives; a form that we write reads back as it was,
// and cut short anywhere before its end it is refused.
#include "http/multipart.h"

#include <algorithm>
#include <vector>

#include "base/errors.h"
#include "fuzz.h"

namespace {

using namespace hy;
using fuzz::Choice;
using fuzz::expect;

struct Seen {
    std::string name, file_name, type, content;
    bool operator==(const Seen&) const = default;
};

struct Outcome {
    std::vector<Seen> parts;
    bool refused = false;
};

class PiecedBody final : public http::BodySource {
public:
    PiecedBody(std::string_view text, Choice* choice) : rest_(text), choice_(choice) {}
    size_t read(char* out, size_t size) override {
        const size_t n = std::min({size, rest_.size(), choice_ ? choice_->piece() : SIZE_MAX});
        rest_.copy(out, n);
        rest_.remove_prefix(n);
        return n;
    }

private:
    std::string_view rest_;
    Choice* choice_;
};

Outcome run(std::string_view type, std::string_view text, Choice* choice = nullptr, size_t at_once = 4096) {
    Outcome out;
    PiecedBody body(text, choice);
    try {
        http::read_multipart(type, body, [&](const http::Part& part, const auto& read) {
            Seen seen{part.name, part.file_name, part.content_type, {}};
            char buffer[4096];
            while (const size_t got = read(buffer, at_once)) seen.content.append(buffer, got);
            out.parts.push_back(std::move(seen));
        });
    } catch (const Error& error) {
        expect(error.fault == Fault::bad_request && error.code == "multipart", "a refusal is the sender's fault");
        out.refused = true;
    }
    expect(out.parts.size() <= 16, "parts have a bound");
    return out;
}

void any_form(std::string_view input, Choice& choice) {
    const std::string_view type = fuzz::take(input, '\n');
    const Outcome whole = run(type, input);
    expect(whole.refused || input.find("--") != std::string_view::npos, "without a boundary there is no form");
    for (int i = 0; i < 2; ++i) {
        const Outcome again = run(type, input, &choice, 1 + choice.upto(4095));
        expect(again.refused == whole.refused, "refused or not, however it arrives");
        expect(whole.refused || again.parts == whole.parts, "the same parts, however they arrive");
    }
}

// The input as the contents of a form, cut in up to three parts.
void good_form(std::string_view input, Choice& choice) {
    const std::string line = "hy" + std::to_string(choice.upto(SIZE_MAX));
    if (input.find(line) != std::string_view::npos) return;
    std::vector<Seen> parts;
    std::string body;
    for (size_t left = choice.upto(2) + 1; left > 0; --left) {
        const std::string_view content = input.substr(0, left == 1 ? input.size() : choice.upto(input.size()));
        input.remove_prefix(content.size());
        parts.push_back({"p" + std::to_string(left), left == 1 ? "a b.png" : "", left == 1 ? "image/png" : "",
                         std::string(content)});
        body += "--" + line + "\r\nContent-Disposition: form-data; name=\"" + parts.back().name + "\"";
        if (left == 1) body += "; filename=\"a b.png\"\r\nContent-Type: image/png";
        body += "\r\n\r\n" + parts.back().content + "\r\n";
    }
    body += "--" + line + "--";
    const std::string type = "multipart/form-data; boundary=" + line;
    const Outcome whole = run(type, body, &choice);
    expect(!whole.refused && whole.parts == parts, "a right form reads back as it was written");
    expect(!run(type, body + "\r\n").refused, "with or without a last line's end");
    expect(run(type, std::string_view(body).substr(0, choice.upto(body.size() - 1))).refused,
           "cut short, it is refused");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input = fuzz::view(data, size);
    Choice choice(input);
    any_form(input, choice);
    good_form(input, choice);
    return 0;
}
