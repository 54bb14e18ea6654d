// The ocms wire form: a client's frame becomes an operation, an answer or nothing; a batch of
// operations is JSON as it goes to the handlers; and what was said reaches its reader as it
// was said, through the stored content and the push.
#include "wire/ocms.h"

#include "wire/content.h"
#include "frames_out.h"
#include "fuzz.h"
#include "json/value.h"
#include "json/writer.h"

namespace {

using namespace hy;
using fuzz::expect;
using wire::ocms::Decoded;
using wire::ocms::Role;

constexpr const char* kRobot = "robot_1_abc";

// The push that handlers make of what was said.
json::Value push_of(const json::Value& op, Role from) {
    Content content;
    content.text = op.text_or("text");
    if (const std::string url = op.text_or("media_url"); !url.empty())
        content.media = Media{"", url, op.text_or("media_type")};
    const Content stored = Content::from_json(content.to_json());
    expect(stored.text == content.text && stored.media.has_value() == content.media.has_value(), "content is kept");
    json::Writer w;
    w.begin_object().field("kind", "message").field("id", "9").field("user", "3");
    w.field("conversation", op.text_or("conversation", "default")).key("sender").begin_object();
    w.field("type", from == Role::agent ? "robot" : "account").field("id", from == Role::agent ? kRobot : "3");
    w.end_object().key("content").raw(stored.to_json()).end_object();
    return *json::parse(w.text());
}

void check_reader(const json::Value& op, Role from) {
    const json::Value push = push_of(op, from);
    const Role to = from == Role::user ? Role::agent : Role::user;
    const auto text = wire::ocms::encode_push(push, to, kRobot);
    const auto frame = text ? json::parse(*text) : std::nullopt;
    expect(frame.has_value(), "a message has a form for the other side");
    const json::Value& data = to == Role::agent ? *frame->find("data") : *frame;
    expect(data.text_or("text") == op.text_or("text"), "the text is read as it was written");
    expect(data.text_or("conversationId") == op.text_or("conversation", "default"), "in its conversation");
    expect(to == Role::agent || data.text_or("mediaUrl") == op.text_or("media_url"), "with what was attached");
    expect(!wire::ocms::encode_push(push, from, kRobot), "nobody is sent what that side said");
    expect(!wire::ocms::encode_push(push, Role::user, "robot_2_other"), "nor what another robot said");
}

void check_operation(const Decoded& decoded, Role role, std::string_view frame) {
    const auto op = json::parse(decoded.text);
    expect(op && op->object(), "an operation is JSON");
    const std::string name = op->text_or("op");
    expect(name == "say" || name == "check_online", "an operation is one that handlers know");
    relay::FramesOut out;
    out.add(decoded.text, decoded.needs_number);
    out.add(decoded.text, decoded.needs_number);
    int64_t n = 0;
    const auto batch = json::parse(out.take("relay.1:2", n));
    expect(batch && batch->array() && batch->array()->size() == 2 && out.idle() == false, "a batch is JSON");
    if (name != "say") return;
    const json::Value& said = batch->array()->at(1);
    expect(said.text_or("text") == op->text_or("text"), "a number changes nothing else");
    expect(!said.text_or("client_no").empty(), "every message has a number");
    expect(said.bool_or("own_no") != decoded.needs_number, "which is the client's own or ours");
    const auto value = json::parse(frame);
    if (!value || !value->object()) expect(op->text_or("text") == frame, "plain text is said as it is");
    expect(op->text_or("text").size() <= 64 << 10, "a text has a bound");
    check_reader(*op, role);
}

void check_frame(std::string_view frame, Role role) {
    const Decoded decoded = wire::ocms::decode(frame, role);
    if (decoded.kind == Decoded::Kind::operation) return check_operation(decoded, role, frame);
    if (decoded.kind == Decoded::Kind::ignored) return;
    const auto answer = json::parse(decoded.text);
    expect(answer && answer->object(), "an answer is JSON");
    const std::string type = answer->text_or("type");
    expect(type == "pong" || (type == "error" && !answer->text_or("detail").empty()), "a pong, or what was wrong");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // A door hears of frames only that are UTF-8.
    const std::string value(json::Writer().string(fuzz::view(data, size)).text());
    const auto text = json::parse(value);
    expect(text && text->string(), "a string is a string");
    check_frame(*text->string(), Role::user);
    check_frame(*text->string(), Role::agent);
    Content::from_json(fuzz::view(data, size));
    return 0;
}
