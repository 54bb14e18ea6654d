// Messages over HTTP: sent alone or in a batch, and read again by their numbers.
#include <algorithm>

#include "api/saying.h"
#include "base/encode.h"
#include "conversations.h"
#include "core/chat_settings.h"
#include "core/people.h"
#include "door.h"

namespace hy::wukongim {

namespace {

constexpr int64_t kMostSync = 500, kStep = 50;
constexpr size_t kMostBatch = 100;
// Of payloads in one answer; what is left is told by "more".
constexpr size_t kMostBytes = 8 << 20;
// A batch of the longest messages, in Base64.
constexpr int64_t kBatchBytes = 10 << 20;

struct NewMessage {
    std::string channel_id, payload, client_no;
    int64_t channel_type = 0;
};
const auto kNewMessage =
    json::Schema<NewMessage>()
        .field("channelId", &NewMessage::channel_id, {.required = true, .min_chars = 1, .max_chars = 160})
        .field("channelType", &NewMessage::channel_type,
               {.required = true, .min = 1, .max = 2, .note = "1 person, 2 group"})
        .field("payload", &NewMessage::payload,
               {.required = true, .min_chars = 1, .max_chars = 131072, .note = "Base64"})
        .field("clientMsgNo", &NewMessage::client_no, {.max_bytes = 128});

constexpr const char* kSendExample = R"({"success":true,"data":{"messageId":"7162034234523648","messageSeq":12345}})";
constexpr const char* kBatchExample =
    R"({"success":true,"data":[{"messageId":"7162034234523648","messageSeq":12345}]})";
constexpr const char* kSyncExample =
    R"({"success":true,"data":[{"messageId":"7162034234523648","messageSeq":12345,"channelId":"user1","channelType":1,)"
    R"("fromUid":"user2","clientMsgNo":"","payload":"base64-encoded-payload","timestamp":1705312800000}]})";

api::Saying saying_of(const NewMessage& message) {
    auto payload = from_base64(message.payload);
    if (!payload) throw Error(Fault::bad_request, "message.payload");
    return {{message.channel_type, message.channel_id},
            said_of({.payload = std::move(*payload), .client_no = message.client_no})};
}

void write_sent(json::Writer& w, const messages::Message& message) {
    w.begin_object().field("messageId", std::to_string(message.id)).field("messageSeq", message.seq).end_object();
}

api::Reply send(api::Call& call) {
    const auto saying = saying_of(call.read(kNewMessage));
    const auto outcome = api::say_all(call.services, speaker_of(call), {saying}, false).front();
    if (outcome.fault) throw *outcome.fault;
    json::Writer w;
    write_sent(w, outcome.message);
    return reply(w.text());
}

// One element of a batch: what it says, or why it says nothing.
struct Element {
    std::optional<api::Saying> saying;
    std::string client_no, fault;
};
Element read_element(const json::Value& value) {
    Element element;
    element.client_no = value.text_or("clientMsgNo");
    try {
        element.saying = saying_of(kNewMessage.read(value));
    } catch (const Error& error) {
        element.fault = public_text(error);
    }
    return element;
}

std::vector<Element> read_batch(const std::string& body) {
    std::string why;
    const auto value = json::parse(body, &why);
    if (!value) throw Error(Fault::bad_request, "body", why);
    const auto* list = value->array();
    if (!list) throw Error(Fault::bad_request, "body", "an array is wanted");
    if (list->empty() || list->size() > kMostBatch)
        throw Error(Fault::bad_request, "body", "1 to " + std::to_string(kMostBatch) + " messages");
    std::vector<Element> elements;
    for (const auto& item : *list) elements.push_back(read_element(item));
    return elements;
}

api::Reply send_batch(api::Call& call) {
    auto elements = read_batch(call.body);
    std::vector<api::Saying> all;
    for (const auto& element : elements)
        if (element.saying) all.push_back(*element.saying);
    const auto outcomes = api::say_all(call.services, speaker_of(call), all, true);
    size_t next = 0, stored = 0;
    json::Writer data;
    data.begin_array();
    for (auto& element : elements) {
        const chat::Outcome* outcome = element.saying ? &outcomes[next++] : nullptr;
        if (outcome && outcome->fault) element.fault = public_text(*outcome->fault);
        if (element.fault.empty()) {
            ++stored;
            write_sent(data, outcome->message);
        } else {
            data.begin_object().field("clientMsgNo", element.client_no).field("error", element.fault).end_object();
        }
    }
    data.end_array();
    if (stored) return reply(data.text());
    // As one message of the first kind would be answered, but with what became of each.
    const auto any = [&](Fault fault) {
        return std::any_of(outcomes.begin(), outcomes.end(),
                           [&](const auto& o) { return o.fault && o.fault->fault == fault; });
    };
    json::Writer w;
    w.begin_object().field("success", false).field("message", "批量发送消息失败").key("data").raw(data.text());
    w.end_object();
    return api::reply_json(std::move(w), any(Fault::internal) ? 500 : any(Fault::unavailable) ? 503 : 400);
}

struct Page {
    std::vector<messages::Message> messages;  // oldest first
    bool more = false;
};

// In steps, so that an answer of long messages stops in time.
Page page_after(db::Session& s, int64_t me, const chat::View& view, int64_t after, int64_t limit) {
    Page page;
    size_t bytes = 0;
    after = std::max(after, view.from - 1);
    while (limit > 0 && !page.more) {
        auto step = messages::after(s, view.channel.id, after, std::min(limit, kStep));
        if (step.empty()) break;
        after = step.back().seq;
        chat_settings::drop_hidden(s, me, step);
        limit -= static_cast<int64_t>(step.size());
        for (const auto& message : step) bytes += size_of(message);
        page.messages.insert(page.messages.end(), step.begin(), step.end());
        page.more = bytes > kMostBytes && limit > 0;
    }
    return page;
}

Page newest_page(db::Session& s, int64_t me, const chat::View& view, int64_t limit) {
    Page page;
    size_t bytes = 0;
    int64_t below = INT64_MAX;
    while (limit > 0 && !page.more) {
        auto step = messages::newest(s, view.channel.id, view.from, below, std::min(limit, kStep), true);
        if (step.empty()) break;
        below = step.back().seq;
        chat_settings::drop_hidden(s, me, step);
        limit -= static_cast<int64_t>(step.size());
        for (const auto& message : step) bytes += size_of(message);
        page.messages.insert(page.messages.end(), step.begin(), step.end());
        page.more = bytes > kMostBytes && limit > 0;
    }
    std::reverse(page.messages.begin(), page.messages.end());
    return page;
}

api::Reply sync(api::Call& call) {
    const std::string id = call.query_text("channelId"), type = call.query_text("channelType");
    if (id.empty() || type.empty())
        throw Error(Fault::bad_request, "query.channel", "channelId and channelType are required");
    const chat::Address address{call.query_int("channelType", 0, 1, 2), id};
    const int64_t limit = call.query_int("limit", kStep, 1, kMostSync);
    const bool after = !call.query_text("lastMessageSeq").empty();
    const int64_t last = call.query_int("lastMessageSeq", 0, 0, INT64_MAX);
    std::map<Principal, std::string> ids;
    std::string where;
    const Page page = call.services.db.read([&](db::Session& s) {
        const auto view = chat::view(s, speaker_of(call), address);
        if (!view) return Page{};
        where = address_of(view->channel, call.identity->principal);
        Page found =
            after ? page_after(s, call.account(), *view, last, limit) : newest_page(s, call.account(), *view, limit);
        std::vector<Principal> senders;
        for (const auto& message : found.messages) senders.push_back(message.sender);
        ids = people::ids_of(s, senders);
        return found;
    });
    json::Writer w;
    w.begin_object().field("success", true).key("data").begin_array();
    for (const auto& m : page.messages) {
        w.begin_object().field("messageId", std::to_string(m.id)).field("messageSeq", m.seq).field("channelId", where);
        w.field("channelType", address.type).field("fromUid", ids[m.sender]).field("clientMsgNo", number_of(m));
        w.field("payload", base64(payload_of(call.services.house, m))).field("timestamp", m.created_at);
        if (m.flags & messages::kCommand) w.field("syncOnce", true);
        w.end_object();
    }
    w.end_array();
    if (page.more) w.field("more", true);
    w.end_object();
    return api::reply_json(std::move(w));
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v1/im/message/send", api::Auth::talker, api::Rate::normal, send, "Send a message",
     {.body = &kNewMessage, .answer = kSendExample, .errors = {400, 401, 403, 404, 409, 413, 429, 503}, .failure = "发送消息失败"}},
    {"POST", "/api/v1/im/message/sendbatch", api::Auth::talker, api::Rate::normal, send_batch, "Send up to 100 messages (an array of what /message/send takes)",
     {.answer = kBatchExample, .errors = {400, 401, 413, 429, 503}, .most_bytes = kBatchBytes, .failure = "批量发送消息失败"}},
    {"GET", "/api/v1/im/message/sync", api::Auth::talker, api::Rate::normal, sync, "Read messages by their numbers, oldest first",
     {.answer = kSyncExample,
      .query = {{"channelId", "string", "a uid, or a group's id"}, {"channelType", "integer", "1 person, 2 group"},
                {"lastMessageSeq", "integer", "those after it; without it the newest"}, {"limit", "integer", "1 to 500 (50)"}},
      .errors = {400, 401, 403, 404, 429, 503}, .failure = "同步消息失败"}},
    {"POST", "/api/v1/im/conversation/sync", api::Auth::talker, api::Rate::normal, sync_conversations, "The caller's chats, newest first, with what is unread",
     {.body = &kSyncConversations, .answer = kConversationsExample, .errors = {400, 401, 403, 429, 503}, .failure = "同步会话失败"}},
    {"POST", "/api/v1/im/conversations/clearUnread", api::Auth::talker, api::Rate::normal, clear_unread, "Everything there is read",
     {.body = &kOneConversation, .answer = R"({"success":true,"data":{"unread":0}})", .errors = {400, 401, 403, 404, 429, 503}, .failure = "清除未读失败"}},
    {"POST", "/api/v1/im/conversations/delete", api::Auth::talker, api::Rate::normal, delete_conversation, "Hide what was said so far from the caller",
     {.body = &kOneConversation, .answer = R"({"success":true,"data":{}})", .errors = {400, 401, 403, 404, 429, 503}, .failure = "删除会话失败"}},
};
// clang-format on

}  // namespace

const api::Group kMessages = {kDoor, "wukongim-messages", kRoutes};

}  // namespace hy::wukongim
