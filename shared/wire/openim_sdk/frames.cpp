#include "wire/openim_sdk/frames.h"

#include "base/encode.h"
#include "json/writer.h"
#include "wire/openim_content.h"
#include "wire/openim_sdk/messages.h"
#include "wire/openim_sdk/notices.h"

namespace hy::wire::openim::sdk {

namespace {

constexpr int kBadArgs = 1001, kFromSystem = 200, kSingle = 1, kGroup = 3;
constexpr size_t kMostNumber = 128;

struct Request {
    int64_t id = 0;
    std::string incr, operation;
};

std::string envelope(const Request& to, int64_t code, std::string_view text, std::string_view base64_data) {
    json::Writer w;
    w.begin_object().field("reqIdentifier", to.id).field("msgIncr", to.incr).field("operationID", to.operation);
    w.field("errCode", code).field("errMsg", text).field("data", base64_data).end_object();
    return std::move(w).take();
}

Decoded refuse(const Request& to, std::string_view why) {
    return {Decoded::Kind::answer, envelope(to, kBadArgs, why, "")};
}

std::string pushed(int id, const google::protobuf::MessageLite& message) {
    return envelope({id, "", ""}, 0, "", base64(message.SerializeAsString()));
}

void fill_notice(pb::MsgData& to, const Notice& notice, const json::Value& push, size_t index) {
    json::Writer content;
    content.begin_object().field("detail", notice.detail).end_object();
    const json::Value* payload = push.find("payload");
    const int64_t at = payload ? payload->int_or("at") : 0;
    // A number of its own: clients drop what has none.
    to.set_clientmsgid("n" + std::to_string(push.int_or("event_seq")) + "_" + std::to_string(notice.type) + "_" +
                       std::to_string(at) + "_" + std::to_string(index) + (payload ? payload->text_or("no") : ""));
    to.set_servermsgid(to.clientmsgid());
    to.set_groupid(notice.group);
    to.set_sessiontype(notice.group.empty() ? kSingle : kGroup);
    to.set_msgfrom(kFromSystem);
    to.set_contenttype(notice.type);
    to.set_content(std::string(content.text()));
    to.set_sendtime(at);
    to.set_createtime(at);
    to.set_status(kDelivered);
}

std::optional<std::string> encode_notices(const json::Value& push, const std::string& uid) {
    const auto notices = notices_of(push, uid);
    if (notices.empty()) return std::nullopt;
    pb::PushMessages all;
    auto& list =
        (*all.mutable_notificationmsgs())[notices.front().group.empty() ? "n_people" : "n_" + notices.front().group];
    for (size_t i = 0; i < notices.size(); ++i) fill_notice(*list.add_msgs(), notices[i], push, i);
    return pushed(kPush, all);
}

std::string encode_message(const Shown& m, bool mine) {
    pb::PushMessages all;
    const std::string key = m.group.empty() ? conversation_of(m.sender, m.receiver) : conversation_of_group(m.group);
    fill(*(*all.mutable_msgs())[key].add_msgs(), m, mine);
    return pushed(kPush, all);
}

std::optional<std::string> encode_presence(const json::Value& push) {
    pb::SubUserOnlineStatusTips tips;
    auto& one = *tips.add_subscribers();
    one.set_userid(push.text_or("user"));
    if (const json::Value* list = push.find("platforms"); list && list->array())
        for (const auto& platform : *list->array())
            if (platform.integer()) one.add_onlineplatformids(static_cast<int32_t>(*platform.integer()));
    return pushed(kWatch, tips);
}

}  // namespace

Decoded decode(std::string_view packet) {
    std::string why;
    const auto frame = json::parse(packet, &why);
    if (!frame || !frame->object()) return refuse({}, frame ? "ArgsError: an object is wanted" : "ArgsError: " + why);
    if (frame->text_or("type") == "ping") return {Decoded::Kind::answer, R"({"type":"pong"})"};
    const Request request{frame->int_or("reqIdentifier"), frame->text_or("msgIncr"), frame->text_or("operationID")};
    if (request.incr.size() > kMostNumber || request.operation.size() > kMostNumber)
        return refuse({request.id, "", ""}, "ArgsError: msgIncr and operationID have at most 128 bytes");
    const json::Value* data = frame->find("data");
    if (data && !data->is_null() && !data->string()) return refuse(request, "ArgsError: data is Base64");
    switch (request.id) {
        case kLogout: return {Decoded::Kind::leave, ""};
        // Nothing hangs on it here: who is connected is there.
        case kBackground: return {Decoded::Kind::answer, envelope(request, 0, "", "")};
        case kNewestSeq:
        case kPullRanges:
        case kSend:
        case kPullSeqs:
        case kMarks:
        case kWatch: break;
        default: return refuse(request, "ArgsError: reqIdentifier");
    }
    json::Writer w;
    w.begin_object().field("op", "request").field("id", request.id).field("incr", request.incr);
    w.field("operation", request.operation).field("token", frame->text_or("token"));
    w.field("from", frame->text_or("sendID")).field("data", data ? frame->text_or("data") : "").end_object();
    return {Decoded::Kind::operation, std::move(w).take()};
}

std::string welcome() { return R"({"errCode":0,"errMsg":"","errDlt":""})"; }

std::string refusal(int code, std::string_view text) {
    json::Writer w;
    w.begin_object().field("errCode", code).field("errMsg", text).field("errDlt", "").end_object();
    return std::move(w).take();
}

std::string kicked() { return envelope({kKicked, "", ""}, 0, "", ""); }

bool is_text(std::string_view packet) {
    return packet.starts_with(R"({"errCode":)") || packet.starts_with(R"({"type":)");
}

std::optional<std::string> encode_push(const json::Value& push) {
    const std::string kind = push.text_or("kind");
    if (kind == "presence") return encode_presence(push);
    if (kind == "event") return encode_notices(push, "");
    const auto shown = shown_of(push);
    if (!shown || (shown->group.empty() && shown->receiver.empty())) return std::nullopt;
    return encode_message(*shown, false);
}

std::optional<std::string> encode_push_for(const json::Value& push, const std::string& uid) {
    if (push.text_or("kind") == "event") return encode_notices(push, uid);
    const auto shown = shown_of(push);
    if (!shown || (shown->group.empty() && shown->receiver.empty())) return std::nullopt;
    // Who says what is not kept hears no echo of it.
    if (shown->sender == uid && shown->seq == 0) return std::nullopt;
    return encode_message(*shown, shown->sender == uid);
}

std::optional<std::string> encode_out(const json::Value& operation) {
    if (operation.text_or("op") != "answer") return std::nullopt;
    return envelope({operation.int_or("id"), operation.text_or("incr"), operation.text_or("operation")},
                    operation.int_or("code"), operation.text_or("text"), operation.text_or("data"));
}

}  // namespace hy::wire::openim::sdk
