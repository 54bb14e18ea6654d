#include "e2e/im_user.h"

#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "base/ids.h"
#include "wire/openim_sdk/frames.h"
#include "wire/openim_sdk/messages.h"

namespace hy::test {

namespace {
namespace pb = wire::openim::pb;
namespace sdk = wire::openim::sdk;

json::Value data_of(const Answer& answer) {
    const auto value = json::parse(answer.body);
    const json::Value* data = value ? value->find("data") : nullptr;
    return data ? *data : json::Value();
}
}  // namespace

ImAccount im_account() {
    ImAccount made{stack().log_in(), {}};
    made.uid = data_of(stack().call(made.user, "GET", "/api/v1/im/config")).text_or("uid");
    return made;
}

std::string im_group(const ImAccount& owner, const std::vector<ImAccount>& others) {
    const std::string id = "g-" + random_text(16);
    stack().call(owner.user, "POST", "/api/v1/im/channel/create", R"({"channelId":")" + id + R"(","channelType":2})");
    for (size_t at = 0; at < others.size(); at += 1000) {
        json::Writer w;
        w.begin_object().field("channelId", id).field("channelType", 2).key("subscribers").begin_array();
        for (size_t i = at; i < std::min(at + 1000, others.size()); ++i) w.string(others[i].uid);
        w.end_array().end_object();
        const auto added = stack().call(owner.user, "POST", "/api/v1/im/channel/subscriber/add", std::string(w.text()));
        if (added.status != 200) throw std::runtime_error("subscribers were not added: " + added.body);
    }
    return id;
}

namespace {
std::string target_of(const ImAccount& who, const std::string& device, Speech speech) {
    if (speech == Speech::wukongim) return "/im/stream";
    // A platform for each device that a test has.
    const int platform = device == "d" ? 1 : 5;
    if (speech == Speech::openim_sdk)
        return "/openim/gateway?sendID=" + who.uid + "&platformID=" + std::to_string(platform) +
               "&operationID=o&isBackground=false&isMsgResp=true&sdkType=js&token=" + who.user.access;
    return "/msg_gateway?userID=" + who.uid + "&platformID=" + std::to_string(platform) + "&token=" + who.user.access;
}
}  // namespace

ImConnection::ImConnection(const ImAccount& who, int port, const std::string& device, Speech speech)
    : speech_(speech), uid_(who.uid), socket_(port, target_of(who, device, speech)) {
    if (socket_.status() == 101) introduce(who, device);
    ended_ = !connected_;
}

void ImConnection::introduce(const ImAccount& who, const std::string& device) {
    if (speech_ == Speech::openim) {
        connected_ = socket_.live();
        return;
    }
    if (speech_ == Speech::openim_sdk) {
        connected_ = take(kPatienceMs).int_or("errCode", -1) == 0;
        return;
    }
    json::Writer w;
    w.begin_object().field("jsonrpc", "2.0").field("id", "c").field("method", "connect").key("params").begin_object();
    w.field("uid", who.uid).field("token", who.user.access).field("deviceId", device).field("deviceFlag", 1);
    w.end_object().end_object();
    socket_.text(std::string(w.text()));
    const json::Value answer = take(kPatienceMs);
    const json::Value* result = answer.find("result");
    connected_ = result && result->int_or("reasonCode") == 1;
}

json::Value ImConnection::take(int ms) {
    const std::string text = socket_.next(ms);
    if (text == "nothing came") return {};
    auto value = json::parse(text);
    if (!value) ended_ = true;  // "closed …"
    return value.value_or(json::Value());
}

namespace {
// A message of OpenIM's own clients; a recall and other news are none.
std::vector<ImMessage> messages_of(const pb::PushMessages& push) {
    std::vector<ImMessage> found;
    for (const auto& [conversation, list] : push.msgs())
        for (const auto& m : list.msgs())
            found.push_back(
                {m.groupid().empty() ? m.sendid() : m.groupid(), m.servermsgid(), m.clientmsgid(), m.seq(), false});
    return found;
}

std::optional<ImMessage> message_of(const json::Value& frame) {
    // An acknowledgement has an errCode, a push never has.
    if (const json::Value* data = frame.find("data"); data && frame.find("reqIdentifier") && !frame.find("errCode"))
        return ImMessage{data->text_or("groupID").empty() ? data->text_or("sendID") : data->text_or("groupID"),
                         data->text_or("serverMsgID"), data->text_or("clientMsgID"), data->int_or("seq"), false};
    const json::Value* p = frame.text_or("method") == "recv" ? frame.find("params") : nullptr;
    if (!p) return std::nullopt;
    const json::Value* header = p->find("header");
    return ImMessage{p->text_or("channelId"), p->text_or("messageId"), p->text_or("clientMsgNo"),
                     p->int_or("messageSeq"), header && header->bool_or("dup")};
}
}  // namespace

std::optional<ImMessage> ImConnection::next(int ms) {
    if (!early_.empty()) {
        ImMessage first = early_.front();
        early_.erase(early_.begin());
        return first;
    }
    return ended_ ? std::nullopt : take_message(take(ms));
}

std::optional<ImMessage> ImConnection::take_message(const json::Value& frame) {
    if (speech_ != Speech::openim_sdk) return message_of(frame);
    pb::PushMessages push;
    if (frame.int_or("reqIdentifier") != sdk::kPush ||
        !push.ParseFromString(from_base64(frame.text_or("data")).value_or("")))
        return std::nullopt;
    auto all = messages_of(push);
    if (all.empty()) return std::nullopt;
    early_.insert(early_.end(), all.begin() + 1, all.end());
    return all.front();
}

void ImConnection::acknowledge(const ImMessage& message) {
    if (speech_ != Speech::wukongim) return;
    socket_.text(R"({"jsonrpc":"2.0","method":"recvack","params":{"header":{},"messageId":")" + message.id +
                 R"(","messageSeq":)" + std::to_string(message.seq) + "}}");
}

std::string ImConnection::sending(const std::string& group, const std::string& number, const std::string& text) const {
    json::Writer w;
    if (speech_ == Speech::openim_sdk) {
        pb::MsgData m;
        m.set_sendid(uid_);
        m.set_groupid(group);
        m.set_sessiontype(3);
        m.set_contenttype(101);
        m.set_content(R"({"content":)" + json::quoted(text) + "}");
        m.set_clientmsgid(number);
        w.begin_object().field("reqIdentifier", sdk::kSend).field("msgIncr", number).field("operationID", number);
        w.field("sendID", uid_).field("data", base64(m.SerializeAsString())).end_object();
        return std::string(w.text());
    }
    if (speech_ == Speech::openim) {
        w.begin_object().field("reqIdentifier", 1001).field("msgIncr", number).field("operationID", number);
        w.key("data").begin_object().field("groupID", group).field("sessionType", 3).field("contentType", 101);
        w.field("clientMsgID", number).field("content", text).end_object().end_object();
        return std::string(w.text());
    }
    w.begin_object().field("jsonrpc", "2.0").field("id", number).field("method", "send").key("params").begin_object();
    w.field("channelId", group).field("channelType", 2).field("clientMsgNo", number);
    w.field("payload", base64(R"({"type":1,"content":)" + json::quoted(text) + "}")).end_object().end_object();
    return std::string(w.text());
}

std::optional<int64_t> ImConnection::send(const std::string& group, const std::string& number,
                                          const std::string& text) {
    socket_.frame(speech_ == Speech::openim_sdk ? 2 : 1, sending(group, number, text));
    for (const int64_t until = monotonic_us() + int64_t{1000} * kPatienceMs; !ended_ && monotonic_us() < until;) {
        const json::Value frame = take(1000);
        if (frame.int_or("reqIdentifier") == sdk::kPush) {
            const size_t before = early_.size();
            if (auto message = take_message(frame)) early_.insert(early_.begin() + static_cast<long>(before), *message);
        } else if (auto message = message_of(frame)) early_.push_back(*message);
        if (frame.text_or("msgIncr") == number && frame.find("errCode")) {
            if (speech_ == Speech::openim_sdk) return frame.int_or("errCode") ? -frame.int_or("errCode") : 1;
            const json::Value* data = frame.find("data");
            return frame.int_or("errCode") ? -frame.int_or("errCode") : data ? data->int_or("seq") : 0;
        }
        const json::Value* result = frame.text_or("id") == number ? frame.find("result") : nullptr;
        if (!result) continue;
        const int64_t reason = result->int_or("reasonCode");
        return reason == 1 ? result->int_or("messageSeq") : -reason;
    }
    return std::nullopt;
}

std::vector<ImMessage> im_sync(const ImAccount& who, const std::string& group, int64_t after) {
    std::vector<ImMessage> found;
    for (;;) {
        const auto page = data_of(stack().call(who.user, "GET",
                                               "/api/v1/im/message/sync?channelType=2&limit=500&channelId=" + group +
                                                   "&lastMessageSeq=" + std::to_string(after)));
        if (!page.array() || page.array()->empty()) return found;
        for (const auto& item : *page.array()) {
            found.push_back({item.text_or("channelId"), item.text_or("messageId"), item.text_or("clientMsgNo"),
                             item.int_or("messageSeq"), false});
            after = found.back().seq;
        }
    }
}

}  // namespace hy::test
