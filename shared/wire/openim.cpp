#include "wire/openim.h"

#include <algorithm>

#include "base/encode.h"
#include "json/writer.h"
#include "wire/openim_content.h"
#include "wire/openim_shown.h"

namespace hy::wire::openim {

namespace {

constexpr int kBadArgs = 1001, kSingle = 1, kGroup = 3, kFromUser = 100, kTextMessage = 1;
constexpr size_t kMostNumber = 128;
constexpr int kDeepest = 20;

void begin(json::Writer& w, int64_t identifier, std::string_view incr, std::string_view operation) {
    w.begin_object().field("reqIdentifier", identifier).field("msgIncr", incr).field("operationID", operation);
}

// A number or a text: clients write both. What cannot be repeated is left out.
std::string incr_of(const json::Value& frame) {
    const json::Value* incr = frame.find("msgIncr");
    if (!incr) return {};
    if (const auto number = incr->integer()) return std::to_string(*number);
    return incr->string() && incr->string()->size() <= kMostNumber ? *incr->string() : std::string();
}
std::string operation_of(const json::Value& frame) {
    const std::string operation = frame.text_or("operationID");
    return operation.size() <= kMostNumber ? operation : std::string();
}

// Levels of lists and objects. Within them a handler's own have room below the parser's bound.
bool too_deep(const json::Value& value, int left = kDeepest) {
    if (left == 0) return true;
    if (const auto* list = value.array())
        return std::any_of(list->begin(), list->end(), [&](const auto& item) { return too_deep(item, left - 1); });
    if (const auto* members = value.object())
        return std::any_of(members->begin(), members->end(),
                           [&](const auto& member) { return too_deep(member.second, left - 1); });
    return false;
}

// What is wrong with the frame around its data; empty: nothing.
std::string wrong_in(const json::Value& frame) {
    for (const char* name : {"token", "sendID", "operationID"})
        if (const json::Value* member = frame.find(name); member && !member->is_null() && !member->string())
            return std::string("/") + name + ": a string is wanted";
    const json::Value* incr = frame.find("msgIncr");
    if (incr && !incr->is_null() && !incr->string() && !incr->integer()) return "/msgIncr: a string is wanted";
    if (incr && incr->string() && incr->string()->size() > kMostNumber) return "/msgIncr: at most 128 bytes";
    if (frame.text_or("operationID").size() > kMostNumber) return "/operationID: at most 128 bytes";
    const int64_t identifier = frame.int_or("reqIdentifier");
    if (identifier != kSend && identifier != kPull) return "/reqIdentifier: 1001 or 1002";
    const json::Value* data = frame.find("data");
    if (!data || !data->object()) return "/data: an object is wanted";
    return too_deep(*data) ? "/data: too deep" : "";
}

Decoded refuse(const json::Value& frame, std::string_view why) {
    json::Writer w;
    begin(w, frame.int_or("reqIdentifier"), incr_of(frame), operation_of(frame));
    w.field("errCode", kBadArgs).field("errMsg", why).key("data").begin_object().end_object().end_object();
    return {Decoded::Kind::answer, std::move(w).take(), false};
}

std::string data(const Shown& m) {
    json::Writer w;
    begin(w, kSend, "", "");
    w.key("data").begin_object().field("clientMsgID", m.client_no).field("serverMsgID", m.id);
    w.field("createTime", m.at).field("sendTime", m.at).field("sendID", m.sender).field("recvID", m.receiver);
    w.field("groupID", m.group).field("msgFrom", kFromUser).field("contentType", m.type);
    w.field("platformID", m.platform).field("senderNickname", m.name).field("senderFaceURL", m.face);
    w.field("sessionType", m.group.empty() ? kSingle : kGroup).field("msgType", kTextMessage);
    w.field("content", plain({m.type, m.content})).field("seq", m.seq).field("isRead", false).field("status", m.status);
    if (!m.ex.empty()) w.field("ex", m.ex);
    w.end_object().end_object();
    return std::move(w).take();
}

Decoded send(const json::Value& frame, const json::Value& data) {
    json::Writer w;
    const std::string number = data.text_or("clientMsgID");
    w.begin_object().field("op", "send").field("incr", incr_of(frame)).field("operation", frame.text_or("operationID"));
    w.field("token", frame.text_or("token")).field("from", frame.text_or("sendID"));
    w.key("data").raw(json::to_text(data));
    if (!number.empty()) w.field("client_no", number).field("own_no", true);
    w.end_object();
    return {Decoded::Kind::operation, std::move(w).take(), number.empty()};
}

Decoded pull(const json::Value& frame, const json::Value& data) {
    json::Writer w;
    w.begin_object().field("op", "pull").field("incr", incr_of(frame)).field("operation", frame.text_or("operationID"));
    w.field("token", frame.text_or("token")).field("from", frame.text_or("sendID"));
    w.key("data").raw(json::to_text(data)).end_object();
    return {Decoded::Kind::operation, std::move(w).take(), false};
}

}  // namespace

Decoded decode(std::string_view text) {
    std::string why;
    const auto frame = json::parse(text, &why);
    if (!frame || !frame->object()) return refuse({}, frame ? "参数错误: an object is wanted" : "参数错误: " + why);
    if (frame->text_or("type") == "ping") return {Decoded::Kind::answer, R"({"type":"pong"})", false};
    if (const std::string wrong = wrong_in(*frame); !wrong.empty()) return refuse(*frame, "参数错误: " + wrong);
    const json::Value& data = *frame->find("data");
    return frame->int_or("reqIdentifier") == kSend ? send(*frame, data) : pull(*frame, data);
}

std::optional<std::string> encode_push(const json::Value& push) {
    const auto shown = shown_of(push);
    return shown ? std::optional(data(*shown)) : std::nullopt;
}

std::optional<std::string> encode_out(const json::Value& operation) {
    const std::string op = operation.text_or("op");
    if (op != "sent" && op != "pulled") return std::nullopt;
    json::Writer w;
    begin(w, op == "sent" ? kSend : kPull, operation.text_or("incr"), operation.text_or("operation"));
    w.field("errCode", operation.int_or("code")).field("errMsg", operation.text_or("text"));
    const json::Value* data = operation.find("data");
    w.key("data").raw(data ? json::to_text(*data) : "{}").end_object();
    return std::move(w).take();
}

std::string kicked() {
    json::Writer w;
    begin(w, kKicked, "", "");
    w.key("data").begin_object().end_object().end_object();
    return std::move(w).take();
}

}  // namespace hy::wire::openim
