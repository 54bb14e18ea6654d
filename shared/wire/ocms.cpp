#include "wire/ocms.h"

#include <initializer_list>

#include "json/writer.h"

namespace hy::wire::ocms {

namespace {

Decoded operation(json::Writer&& out, bool needs_number = false) {
    return {Decoded::Kind::operation, std::move(out).take(), needs_number};
}

std::string error_text(std::string_view detail) {
    json::Writer out;
    out.begin_object().field("type", "error").field("detail", detail).end_object();
    return std::move(out).take();
}

Decoded malformed(std::string_view detail) { return {Decoded::Kind::answer, error_text(detail), false}; }

constexpr size_t kMostText = 64 << 10;

struct Rename {
    const char* wire;
    const char* canonical;
};
constexpr Rename kUserFields[] = {
    {"text", "text"}, {"conversationId", "conversation"}, {"filePath", "file"}, {"mediaType", "media_type"}};
constexpr Rename kAgentFields[] = {
    {"text", "text"}, {"mediaUrl", "media_url"}, {"mediaType", "media_type"}, {"conversationId", "conversation"}};

// The text of a member; whole numbers count as ids (agents send them for `userId`).
// `fault` is set when it is there in another type.
std::optional<std::string> member(const json::Value& object, const char* name, bool& fault) {
    const json::Value* found = object.find(name);
    if (!found || found->is_null()) return std::nullopt;
    if (const std::string* text = found->string()) return *text;
    fault = true;
    return std::nullopt;
}

std::optional<std::string> recipient(const json::Value& data, bool& fault) {
    for (const char* name : {"recipientId", "to"}) {
        if (const json::Value* found = data.find(name))
            if (const auto number = found->integer()) return std::to_string(*number);
        if (auto text = member(data, name, fault)) return text;
        if (fault) return std::nullopt;
    }
    return std::nullopt;
}

bool has_text(const json::Value& object, const char* name) {
    const json::Value* found = object.find(name);
    return found && found->string() && !found->string()->empty();
}

// Refused here: escaped for NATS it could grow to six times its size.
bool too_long(std::string_view text) { return text.size() > kMostText; }

Decoded say(const json::Value& fields, Role role, std::string_view pointer) {
    if (too_long(fields.text_or("text"))) return malformed("消息过长");
    json::Writer out;
    out.begin_object().field("op", "say");
    const auto wrong = [&](std::string_view name) {
        return malformed(std::string(pointer) + "/" + std::string(name) + " 应为字符串");
    };
    bool fault = false;
    const auto rename = [&](const Rename& field) {
        const auto text = member(fields, field.wire, fault);
        if (text && !(text->empty() && std::string_view(field.wire) != "text")) out.field(field.canonical, *text);
        return !fault;
    };
    for (const Rename& field : role == Role::user ? kUserFields : kAgentFields)
        if (!rename(field)) return wrong(field.wire);
    if (!has_text(fields, "text") && !has_text(fields, role == Role::user ? "filePath" : "mediaUrl")) return {};
    if (!fields.find("text") || fields.find("text")->is_null()) out.field("text", "");
    if (role == Role::agent) {
        const auto to = recipient(fields, fault);
        if (fault) return wrong("recipientId");
        if (to && !to->empty()) out.field("to", *to);
    }
    const auto number = member(fields, "clientMsgId", fault);
    if (fault) return wrong("clientMsgId");
    const bool own = number && !number->empty();
    if (own) out.field("client_no", *number).field("own_no", true);
    out.end_object();
    return operation(std::move(out), !own);
}

Decoded plain_text(std::string_view frame) {
    if (frame.empty()) return {};
    if (too_long(frame)) return malformed("消息过长");
    json::Writer out;
    out.begin_object().field("op", "say").field("text", frame).end_object();
    return operation(std::move(out), true);
}

Decoded decode_agent(const json::Value& frame, std::string_view type) {
    if (type != "message") return {};
    const json::Value* data = frame.find("data");
    if (!data || !data->object()) return malformed("/data 应为对象");
    return say(*data, Role::agent, "/data");
}

Decoded decode_user(const json::Value& frame, std::string_view type) {
    if (type == "check_online") {
        json::Writer out;
        out.begin_object().field("op", "check_online").end_object();
        return operation(std::move(out));
    }
    return say(frame, Role::user, "");
}

void write_media(json::Writer& out, const json::Value& content, const char* url_name) {
    const json::Value* media = content.find("media");
    if (!media || !media->object()) return;
    const std::string url = media->text_or("url");
    if (url.empty()) return;
    const std::string mime = media->text_or("mime");
    out.field(url_name, url);
    out.field("mediaType", mime.empty() ? content.text_or("kind", "file") : mime);
}

std::string for_user(const json::Value& push, const json::Value& content, std::string_view robot) {
    json::Writer out;
    out.begin_object().field("sender", "Robot").field("robotId", robot).field("text", content.text_or("text"));
    write_media(out, content, "mediaUrl");
    out.field("conversationId", push.text_or("conversation", "default"));
    out.field("id", "msg_" + push.text_or("id"));
    // Takes the place of what was seen of it.
    constexpr std::string_view kAnswer = "reply:";
    if (const std::string no = push.text_or("client_no"); no.starts_with(kAnswer))
        out.field("streamId", "msg_" + no.substr(kAnswer.size()));
    out.end_object();
    return std::move(out).take();
}

std::string partial(const json::Value& push, std::string_view robot) {
    json::Writer out;
    out.begin_object().field("type", "partial").field("streamId", "msg_" + push.text_or("stream"));
    out.field("text", push.text_or("text")).field("robotId", robot);
    out.field("conversationId", push.text_or("conversation", "default")).end_object();
    return std::move(out).take();
}

std::string for_agent(const json::Value& push, const json::Value& content) {
    json::Writer out;
    out.begin_object().field("type", "message").key("data").begin_object();
    out.field("userId", push.text_or("user")).field("text", content.text_or("text"));
    out.field("conversationId", push.text_or("conversation", "default"));
    out.field("id", "msg_" + push.text_or("id"));
    write_media(out, content, "filePath");
    out.end_object().end_object();
    return std::move(out).take();
}

}  // namespace

Decoded decode(std::string_view frame, Role role) {
    const auto value = json::parse(frame);
    if (!value || !value->object()) return role == Role::user ? plain_text(frame) : malformed("消息应为 JSON 对象");
    const std::string type = value->text_or("type");
    if (type == "ping") return {Decoded::Kind::answer, R"({"type":"pong"})", false};
    return role == Role::user ? decode_user(*value, type) : decode_agent(*value, type);
}

std::optional<std::string> encode_push(const json::Value& push, Role role, std::string_view robot) {
    if (push.text_or("kind") == "partial" && !push.find("bench") && role == Role::user) return partial(push, robot);
    if (push.text_or("kind") != "message") return std::nullopt;
    const json::Value* sender = push.find("sender");
    const json::Value* content = push.find("content");
    if (!sender || !content || !content->object()) return std::nullopt;
    const bool from_robot = sender->text_or("type") == "robot" && sender->text_or("id") == robot;
    if (from_robot != (role == Role::user)) return std::nullopt;
    return role == Role::user ? for_user(push, *content, robot) : for_agent(push, *content);
}

std::optional<std::string> encode_out(const json::Value& operation) {
    const std::string op = operation.text_or("op");
    if (op == "error") return error_text(operation.text_or("detail"));
    if (op == "robot_offline")
        return R"({"sender":"系统","text":"机器人不在线，消息已保存，上线后会收到","error":"robot_offline"})";
    if (op != "ack") return std::nullopt;
    json::Writer out;
    out.begin_object().field("type", "ack").field("clientMsgId", operation.text_or("client_no"));
    out.field("id", operation.text_or("id")).end_object();
    return std::move(out).take();
}

}  // namespace hy::wire::ocms
