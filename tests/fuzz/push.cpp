// A push as the relay reads it: any JSON makes some push, its frame is made once for all who
// see it alike, it is a whole WebSocket text frame of JSON, and each side sees only what is
// theirs.
#include "push.h"

#include "doors/ocms.h"
#include "frame.h"
#include "fuzz.h"
#include "json/writer.h"

namespace {

using namespace hy;
using namespace hy::relay;
using fuzz::expect;

View view_of(const Door& door, const char* role, const std::string& robot) {
    View view;
    json::Writer w;
    w.begin_object().field("door", "ocms").field("role", role).field("robot", robot).end_object();
    view.value = *json::parse(w.text());
    view.encoding = std::make_shared<const std::string>(door.encoding_of(view.value, nullptr));
    return view;
}

// The payload, when `bytes` are one whole unmasked text frame.
std::string payload_of(const std::string& bytes) {
    const size_t form = bytes.size() < 2 ? 0 : static_cast<uint8_t>(bytes[1]);
    const size_t head = form < 126 ? 2 : form == 126 ? 4 : 10;
    expect(bytes.size() >= head && static_cast<uint8_t>(bytes[0]) == 0x81 && form < 128, "a text frame");
    expect(encode_frame(Opcode::text, std::string_view(bytes).substr(head)) == bytes, "whole");
    return bytes.substr(head);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static const auto door = make_ocms_door();
    auto body = json::parse(fuzz::view(data, size));
    if (!body) return 0;
    const std::string robot = body->text_or("robot", "robot_1");
    const Push push(std::move(*body));
    expect(push.ordered() == (push.channel() > 0 && push.seq() > 0), "a place in order is a channel and a number");
    const View user = view_of(*door, "user", robot), agent = view_of(*door, "agent", robot);
    const View stranger = view_of(*door, "user", robot + "x");
    const Bytes for_user = push.seen_by(*door, user).frame, for_agent = push.seen_by(*door, agent).frame;
    expect(!for_user || !for_agent, "a message is the user's or the agent's, never both");
    expect(push.seen_by(*door, user).frame == for_user, "encoded once");
    expect(!push.seen_by(*door, stranger).frame || !for_user, "a robot's words are for its own talks");
    for (const Bytes& bytes : {for_user, for_agent}) {
        if (!bytes) continue;
        const auto frame = json::parse(payload_of(*bytes));
        expect(frame && frame->object(), "a frame holds a JSON object");
        const json::Value* inner = bytes == for_agent ? frame->find("data") : &*frame;
        expect(inner && inner->text_or("id").starts_with("msg_"), "with the message's id");
        const json::Value* content = push.body().find("content");
        expect(content && inner->text_or("text") == content->text_or("text"), "and its text");
    }
    return 0;
}
