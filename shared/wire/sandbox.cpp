#include "wire/sandbox.h"

#include "base/encode.h"
#include "json/writer.h"
#include "wire/content.h"
#include "wire/segments.h"

namespace hy::wire::sandbox {

namespace {

constexpr const char* kSelf = "sandbox";

void write_elements(json::Writer& w, const json::Value& push, const json::Value* reported) {
    w.key("elements");
    const json::Value* elements = reported ? reported->find("elements") : nullptr;
    if (elements) return void(w.raw(json::to_text(*elements)));
    if (push.bool_or("recalled")) return void(w.begin_array().end_array());
    const Content content = content_of_push(push);
    segments::write(w, content, content.media ? content.media->url : std::string());
}

void write_sender(json::Writer& w, const json::Value& push, const json::Value& bench, const json::Value* reported) {
    w.key("sender");
    const json::Value* sender = push.find("sender");
    const bool robot = sender && sender->text_or("type") == "robot";
    const json::Value* told = reported ? reported->find("sender") : nullptr;
    if (told && !told->text_or("userId").empty()) return void(w.raw(json::to_text(*told)));
    w.begin_object().field("userId", robot ? kSelf : sender ? sender->text_or("id") : "");
    w.field("nick", robot ? bench.text_or("nick") : sender ? sender->text_or("name") : "");
    if (robot) w.field("name", bench.text_or("nick")).field("sex", bench.text_or("sex"));
    w.end_object();
}

std::optional<std::string> message(const json::Value& push) {
    const json::Value* bench = push.find("bench");
    const json::Value* sender = push.find("sender");
    if (!bench || !sender) return std::nullopt;
    const bool robot = sender->text_or("type") == "robot";
    std::optional<json::Value> reported;
    if (push.text_or("form") == "seg") reported = json::parse(from_base64(push.text_or("raw")).value_or(""));
    const json::Value* event = reported ? &*reported : nullptr;
    json::Writer w;
    w.begin_object().field("action", robot ? "sendMsg" : "webhook").key("param").begin_object();
    if (robot) w.field("type", bench->text_or("type")).field("targetId", bench->text_or("id"));
    w.field("messageId", push.text_or("id")).field(robot ? "seq" : "messageSeq", push.int_or("seq"));
    w.field("time", push.int_or("at"));
    write_elements(w, push, event);
    w.key("rawEvent");
    if (event) w.raw(json::to_text(*event));
    else w.begin_object().end_object();
    w.key("contact").begin_object().field("scene", bench->text_or("type")).field("peer", bench->text_or("id"));
    w.field("name", bench->text_or("name")).end_object();
    write_sender(w, push, *bench, event);
    if (robot) w.field("selfId", kSelf);
    constexpr std::string_view kAnswer = "reply:";
    if (const std::string no = push.text_or("client_no"); no.starts_with(kAnswer))
        w.field("streamId", no.substr(kAnswer.size()));
    if (push.bool_or("recalled")) w.field("recalled", true);
    w.end_object().end_object();
    return std::move(w).take();
}

// What the robot has said so far.
std::optional<std::string> partial(const json::Value& push) {
    const json::Value* bench = push.find("bench");
    if (!bench) return std::nullopt;
    json::Writer w;
    w.begin_object().field("action", "partialMsg").key("param").begin_object();
    w.field("type", bench->text_or("type")).field("targetId", bench->text_or("id"));
    w.field("streamId", push.text_or("stream")).field("text", push.text_or("text")).end_object().end_object();
    return std::move(w).take();
}

}  // namespace

std::optional<std::string> encode_push(const json::Value& push) {
    const std::string kind = push.text_or("kind");
    if (kind == "message") return message(push);
    if (kind == "partial") return partial(push);
    const json::Value* payload = push.find("payload");
    json::Writer w;
    if (kind == "bench" && payload) {
        w.begin_object().field("action", "init").key("param").raw(json::to_text(*payload)).end_object();
        return std::move(w).take();
    }
    if (kind == "event" && push.text_or("event") == "sandbox.recall" && payload) {
        w.begin_object().field("action", "recallMsg").key("param").begin_object();
        w.field("messageId", payload->text_or("id")).end_object().end_object();
        return std::move(w).take();
    }
    return std::nullopt;
}

}  // namespace hy::wire::sandbox
