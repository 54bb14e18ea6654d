// The form of OpenIM's own clients: any packet becomes an operation or an answer, both JSON and bounded; any push has a form
// or none, and what it carries is protobuf that can be read again.
#include "wire/openim_sdk/frames.h"

#include "base/encode.h"
#include "fuzz.h"
#include "json/value.h"
#include "wire/openim_sdk/messages.h"

namespace {

using namespace hy;
using fuzz::expect;
namespace sdk = hy::wire::openim::sdk;

void check_frame(const std::string& text) {
    const auto frame = json::parse(text);
    expect(frame && frame->object(), "a frame is JSON");
    expect(frame->text_or("msgIncr").size() <= 128, "what is repeated is bounded");
    const auto bytes = from_base64(frame->text_or("data"));
    expect(bytes.has_value(), "its data is Base64");
    wire::openim::pb::PushMessages messages;
    if (frame->int_or("reqIdentifier") == sdk::kPush) expect(messages.ParseFromString(*bytes), "a push is protobuf");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto input = fuzz::view(data, size);
    const auto decoded = sdk::decode(input);
    if (decoded.kind == sdk::Decoded::Kind::operation) {
        const auto op = json::parse(decoded.text);
        expect(op && op->object() && op->text_or("op") == "request", "an operation is JSON");
        expect(op->text_or("incr").size() <= 128 && op->text_or("operation").size() <= 128, "and bounded");
    } else if (decoded.kind == sdk::Decoded::Kind::answer) {
        if (sdk::is_text(decoded.text)) expect(decoded.text == R"({"type":"pong"})", "the one text is a pong");
        else check_frame(decoded.text);
    }
    if (const auto value = json::parse(input)) {
        for (const auto& frame : {sdk::encode_push(*value), sdk::encode_push_for(*value, "u1")})
            if (frame) check_frame(*frame);
        if (value->text_or("op") == "answer" && from_base64(value->text_or("data")))
            if (const auto frame = sdk::encode_out(*value); frame && value->text_or("incr").size() <= 128)
                check_frame(*frame);
    }
    wire::openim::pb::MsgData message;
    if (message.ParseFromString(std::string(input))) expect(message.ByteSizeLong() < (1u << 20), "and a message too");
    return 0;
}
