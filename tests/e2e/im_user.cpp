#include "e2e/im_user.h"

#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "base/ids.h"

namespace hy::test {

namespace {
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
    return "/msg_gateway?userID=" + who.uid + "&platformID=" + std::to_string(platform) + "&token=" + who.user.access;
}
}  // namespace

ImConnection::ImConnection(const ImAccount& who, int port, const std::string& device, Speech speech)
    : speech_(speech), socket_(port, target_of(who, device, speech)) {
    if (socket_.status() == 101) introduce(who, device);
    ended_ = !connected_;
}

void ImConnection::introduce(const ImAccount& who, const std::string& device) {
    if (speech_ == Speech::openim) {
        connected_ = socket_.live();
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
    return ended_ ? std::nullopt : message_of(take(ms));
}

void ImConnection::acknowledge(const ImMessage& message) {
    if (speech_ == Speech::openim) return;
    socket_.text(R"({"jsonrpc":"2.0","method":"recvack","params":{"header":{},"messageId":")" + message.id +
                 R"(","messageSeq":)" + std::to_string(message.seq) + "}}");
}

std::string ImConnection::sending(const std::string& group, const std::string& number, const std::string& text) const {
    json::Writer w;
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
    socket_.text(sending(group, number, text));
    for (const int64_t until = monotonic_us() + int64_t{1000} * kPatienceMs; !ended_ && monotonic_us() < until;) {
        const json::Value frame = take(1000);
        if (auto message = message_of(frame)) early_.push_back(*message);
        if (frame.text_or("msgIncr") == number && frame.find("errCode")) {
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
