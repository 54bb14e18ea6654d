// The openim wire form: a client's frame becomes an operation or an answer, both JSON and bounded; a batch of operations is
// JSON as it goes to the handlers; any content that is taken can be told again; any push has a form or none.
#include "wire/openim.h"

#include "frames_out.h"
#include "fuzz.h"
#include "json/value.h"
#include "json/writer.h"
#include "wire/openim_content.h"

namespace {

using namespace hy;
using fuzz::expect;
namespace oim = hy::wire::openim;

void check_operation(const oim::Decoded& decoded) {
    const auto op = json::parse(decoded.text);
    expect(op && op->object(), "an operation is JSON");
    const std::string name = op->text_or("op");
    expect(name == "send" || name == "pull", "an operation is one that handlers know");
    expect(op->find("data") && op->find("data")->object(), "with an object as its data");
    expect(op->text_or("incr").size() <= 128 && op->text_or("operation").size() <= 128, "what is repeated is bounded");
    relay::FramesOut out;
    out.add(decoded.text, decoded.needs_number);
    int64_t n = 0;
    const auto batch = json::parse(out.take("relay.1:2", n));
    expect(batch && batch->array() && batch->array()->size() == 1, "a batch is JSON");
    if (name != "send") return;
    const json::Value& said = batch->array()->front();
    expect(!said.text_or("client_no").empty(), "every message has a number");
    expect(said.bool_or("own_no") != decoded.needs_number, "which is the client's own or ours");
}

void check_contents(const json::Value& value) {
    for (int64_t type = 101; type <= 120; ++type) {
        const auto written = oim::read(type, value);
        if (!written) continue;
        expect(json::parse(written->raw).has_value(), "what is stored is JSON");
        const auto told = oim::tell(oim::form_of(type), written->raw, written->content, false);
        expect(told.type == type && told.content == written->raw, "its own form comes back unchanged");
        if (type == oim::kText) expect(oim::plain(told) == written->content.text, "a text reads as it was written");
        expect(json::parse(oim::tell("wk", written->raw, written->content, false).content).has_value(),
               "to others it is JSON");
        const auto again = oim::read(type, *json::parse(written->raw));
        expect(again && again->raw == written->raw, "and read again it is the same");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // A door hears of frames only that are UTF-8.
    const std::string quoted(json::Writer().string(fuzz::view(data, size)).text());
    const auto text = json::parse(quoted);
    expect(text && text->string(), "a string is a string");
    const auto decoded = oim::decode(*text->string());
    if (decoded.kind == oim::Decoded::Kind::operation) check_operation(decoded);
    else expect(json::parse(decoded.text).has_value(), "an answer is JSON");
    check_contents(*text);
    if (const auto value = json::parse(*text->string())) {
        check_contents(*value);
        if (const auto frame = oim::encode_push(*value)) expect(json::parse(*frame).has_value(), "a push is JSON");
        if (const auto frame = oim::encode_out(*value)) expect(json::parse(*frame).has_value(), "an answer is JSON");
    }
    return 0;
}
