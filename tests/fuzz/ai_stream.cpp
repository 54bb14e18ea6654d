// Answers of AI providers as they stream: the first byte of the input chooses the provider. However the bytes come, the
// same is read; a text never grows beyond its bound, and is UTF-8.
#include "core/ai_stream.h"

#include "base/text.h"
#include "fuzz.h"

namespace {

using namespace hy;
using fuzz::Choice;
using fuzz::expect;

void feed(ai::Stream& stream, std::string_view input, Choice* choice) {
    while (!input.empty()) {
        const size_t n = std::min(input.size(), choice ? choice->piece() : input.size());
        if (!stream.feed(input.substr(0, n))) return;
        input.remove_prefix(n);
    }
    stream.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string_view input = fuzz::view(data, size);
    if (input.empty()) return 0;
    const bool dify = input.front() == 'd';
    input.remove_prefix(1);
    Choice choice(input);
    ai::Stream whole(dify), pieces(dify);
    feed(whole, input, nullptr);
    feed(pieces, input, &choice);
    expect(whole.text() == pieces.text() && whole.fault() == pieces.fault() && whole.complete() == pieces.complete(),
           "the same, however it comes");
    expect(whole.streams() == pieces.streams() && (whole.streams() || whole.document() == pieces.document()),
           "a document stays one");
    expect(whole.text().size() <= 64 << 10, "a text has a bound");
    expect(valid_utf8(whole.text()), "a text is UTF-8");
    expect(whole.session().size() <= 100, "a session has a bound");
    expect(whole.tokens_in() >= 0 && whole.tokens_out() >= 0, "nobody counts below nothing");
    return 0;
}
