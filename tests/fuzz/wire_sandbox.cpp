// What is said at a bench: any list of segments that is taken has words that others can be told, and comes back as segments
// that are taken again; any push has a form or none, and it is JSON.
#include "wire/sandbox.h"

#include "fuzz.h"
#include "json/value.h"
#include "json/writer.h"
#include "wire/segments.h"

namespace {

using namespace hy;
using fuzz::expect;
namespace segments = hy::wire::segments;

void check_segments(const json::Value& elements) {
    if (!segments::valid(elements)) return;
    expect(elements.array() && elements.array()->size() <= segments::kMost, "as many as may be");
    segments::names(elements, "sandbox");
    const Content content = segments::content_of(elements);
    expect(json::parse(content.to_json()).has_value(), "what is stored is JSON");
    json::Writer w;
    segments::write(w, content, content.media ? content.media->url : std::string());
    const auto written = json::parse(w.text());
    expect(written && written->array(), "what is told is a list");
    // Of what says nothing there is nothing to tell.
    if (!written->array()->empty()) expect(segments::valid(*written), "and would be taken again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto value = json::parse(fuzz::view(data, size));
    if (!value) return 0;
    check_segments(*value);
    if (const auto frame = wire::sandbox::encode_push(*value)) {
        const auto told = json::parse(*frame);
        expect(told && !told->text_or("action").empty() && told->find("param"), "a frame has its two parts");
    }
    return 0;
}
