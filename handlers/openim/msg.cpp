// Messages: said, read again, taken back, marked as read.
#include <algorithm>
#include <iterator>
#include <set>

#include "base/text.h"
#include "calls.h"
#include "conversation_ids.h"
#include "core/chat_settings.h"
#include "core/inbox.h"
#include "core/operators.h"
#include "core/search.h"
#include "sdk_door.h"

namespace hy::openim {

namespace {

constexpr int64_t kMostMessages = 100;
constexpr json::Rules kConversation = {.required = true, .min_chars = 1, .max_chars = 160};

struct History {
    std::string conversation, start;
    int64_t count = 20;
};
const auto kHistory =
    json::Schema<History>()
        .field("conversationID", &History::conversation, kConversation)
        .field("startClientMsgID", &History::start, {.max_bytes = 128, .note = "those before it; empty: the newest"})
        .field("count", &History::count, {.min = 1, .max = kMostMessages});

struct Search {
    std::string conversation, sender, text, cursor;
    int64_t since = 0, until = INT64_MAX, count = 20;
};
const auto kSearch =
    json::Schema<Search>()
        .field("keyword", &Search::text,
               {.max_chars = 100, .note = "anywhere in a text; Latin words are found whole; empty: anything"})
        .field("conversationID", &Search::conversation, {.max_chars = 160, .note = "without it the newest 200"})
        .field("sendID", &Search::sender, {.max_chars = 64, .note = "of this one only"})
        .field("startTime", &Search::since, {.min = 0, .note = "ms"})
        .field("endTime", &Search::until, {.min = 0, .note = "ms"})
        .field("count", &Search::count, {.min = 1, .max = kMostMessages})
        .field("cursor", &Search::cursor, {.max_chars = 20, .note = "of the last answer; with conversationID"});

struct Recall {
    std::string user, conversation, client_no;
    int64_t seq = 0;
};
const auto kRecall = json::Schema<Recall>()
                         .field("userID", &Recall::user, {.max_chars = 64, .note = "the caller's own"})
                         .field("conversationID", &Recall::conversation, kConversation)
                         .field("seq", &Recall::seq, {.min = 1})
                         .field("clientMsgID", &Recall::client_no, {.max_bytes = 128, .note = "in place of seq"});

struct Read {
    std::string user, conversation;
    std::optional<int64_t> seq;
};
const auto kRead = json::Schema<Read>()
                       .field("userID", &Read::user, {.max_chars = 64, .note = "the caller's own"})
                       .field("conversationID", &Read::conversation, kConversation)
                       .field("hasReadSeq", &Read::seq, {.min = 0, .note = "up to this number; without it all"});

struct Marks {
    std::string user;
    std::vector<std::string> conversations;
};
const auto kMarks =
    json::Schema<Marks>()
        .field("userID", &Marks::user, {.max_chars = 64, .note = "the caller's own"})
        .field("conversationIDs", &Marks::conversations,
               {.min_chars = 1, .max_chars = 160, .max_items = kMostMessages, .note = "without it the newest 1000"});

#define HY_MESSAGE                                                                                                    \
    R"({"clientMsgID":"client_msg_123","serverMsgID":"7162034234523648","createTime":1640995200000,)"                 \
    R"("sendTime":1640995200000,"sendID":"user456","recvID":"user123","groupID":"","msgFrom":100,"contentType":101,)" \
    R"("platformID":1,"senderNickname":"李四","senderFaceURL":"https://example.com/avatar.jpg","sessionType":1,)"   \
    R"("msgType":1,"content":"收到，谢谢！","seq":1,"isRead":false,"status":2})"
constexpr const char* kDone = R"({"errCode":0,"errMsg":"success","data":{}})";
constexpr const char* kSendExample =
    R"({"errCode":0,"errMsg":"success","data":{"serverMsgID":"7162034234523648","clientMsgID":"client_msg_123","sendTime":1640995200000}})";
constexpr const char* kHistoryExample =
    R"({"errCode":0,"errMsg":"success","data":{"messages":[)" HY_MESSAGE R"(],"isEnd":true}})";
constexpr const char* kMarksExample =
    R"({"errCode":0,"errMsg":"success","data":{"seqs":{"single_user123_user456":{"maxSeq":12,"hasReadSeq":11,)"
    R"("maxSeqTime":1640995200000,"unreadCount":1}}}})";
constexpr const char* kSearchExample =
    R"({"errCode":0,"errMsg":"success","data":{"messages":[{"conversationID":"single_user123_user456",)"
    R"("message":)" HY_MESSAGE R"(}],"cursor":""}})";
#undef HY_MESSAGE

api::Reply say(const api::Call& call, const chat::Speaker& speaker, const NewMessage& wanted) {
    const auto saying = saying_of(wanted, call.identity->platform);
    const auto outcome = api::say_all(call.services, speaker, {saying}, false).front();
    if (outcome.fault) throw said_fault(*outcome.fault);
    json::Writer w;
    w.begin_object().field("serverMsgID", std::to_string(outcome.message.id));
    w.field("clientMsgID", client_id_of(outcome.message)).field("sendTime", outcome.message.created_at).end_object();
    return reply(call, w.text());
}

api::Reply send_msg(api::Call& call) {
    const auto wanted = call.read(kNewMessage);
    require_self(call, wanted.sender);
    return say(call, speaker_of(call), wanted);
}

// Nothing where two have not spoken yet.
std::optional<chat::View> view_of(db::Session& s, const api::Call& call, const std::string& conversation) {
    return chat::view(s, speaker_of(call), address_of(s, call.identity->public_id, conversation));
}

struct Pages {
    std::optional<chat::View> view;
    std::vector<messages::Message> messages;  // oldest first
    std::map<Principal, profiles::Profile> senders;
    bool end = true;
};

Pages read_history(db::Session& s, const api::Call& call, const History& wanted) {
    Pages page{view_of(s, call, wanted.conversation), {}, {}, true};
    if (!page.view) return page;
    const int64_t channel = page.view->channel.id;
    int64_t below = INT64_MAX;
    if (!wanted.start.empty()) {
        const auto seq = messages::seq_of_number(s, channel, wanted.start, call.identity->principal);
        if (!seq || *seq < page.view->from) throw Error(Fault::not_found, "message.not_found");
        below = *seq;
    }
    const auto most = static_cast<size_t>(wanted.count);
    for (bool more = true; more;) {
        // One more tells whether there are others. What the caller deleted for himself is not there.
        auto some = messages::newest(s, channel, page.view->from, below, wanted.count + 1, false);
        if (some.empty()) break;
        more = some.size() > most;
        below = some.back().seq;
        chat_settings::drop_hidden(s, call.account(), some);
        std::move(some.begin(), some.end(), std::back_inserter(page.messages));
        more = more && page.messages.size() <= most;
    }
    page.end = page.messages.size() <= most;
    if (!page.end) page.messages.resize(most);
    std::reverse(page.messages.begin(), page.messages.end());
    std::vector<Principal> senders;
    for (const auto& message : page.messages) senders.push_back(message.sender);
    page.senders = profiles::of(s, senders);
    return page;
}

api::Reply get_conversation_msg(api::Call& call) {
    const auto wanted = call.read(kHistory);
    auto page = call.services.db.read([&](db::Session& s) { return read_history(s, call, wanted); });
    json::Writer w;
    w.begin_object().key("messages").begin_array();
    for (const auto& message : page.messages)
        write_message(w, call.services.house, page.view->channel, message, page.senders[message.sender]);
    w.end_array().field("isEnd", page.end).end_object();
    return reply(call, w.text());
}

}  // namespace

api::Reply sdk_send_msg(api::Call& call) {
    const auto wanted = call.read(kNewMessage);
    if (wanted.sender.empty()) throw Error(Fault::bad_request, "body", "/sendID: must be there");
    const auto from = call.services.db.read([&](db::Session& s) { return operators::speaks_for(s, wanted.sender); });
    if (from.status != accounts::Status::active) throw Error(Fault::forbidden, "account.disabled");
    return say(call, {account_principal(from.id), from.uid, from.nickname, {}, from.muted, from.avatar}, wanted);
}

api::Reply revoke_msg(api::Call& call) {
    const auto wanted = call.read(kRecall);
    require_self(call, wanted.user);
    if (!wanted.seq && wanted.client_no.empty()) throw Error(Fault::bad_request, "body", "/seq: required");
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto view = view_of(s, call, wanted.conversation);
        if (!view) throw Error(Fault::not_found, "message.not_found");
        const auto seq = wanted.seq
                             ? std::optional(wanted.seq)
                             : messages::seq_of_number(s, view->channel.id, wanted.client_no, call.identity->principal);
        if (!seq || *seq < view->from) throw Error(Fault::not_found, "message.not_found");
        messages::recall(s, call.services.house, view->channel, *seq, call.identity->principal, pushes);
    });
    return reply(call);
}

api::Reply mark_conversation_as_read(api::Call& call) {
    const auto wanted = call.read(kRead);
    require_self(call, wanted.user);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto view = view_of(s, call, wanted.conversation);
        if (!view) return;
        channels::mark_read(s, call.services.house, view->channel.id, call.identity->principal,
                            wanted.seq.value_or(view->channel.last_seq), pushes);
    });
    return reply(call);
}

namespace {

constexpr int64_t kMostSearched = 200;

// Those of a conversation, as far as the caller reads it; what he deleted for himself is not there.
search::Found search_in(db::Session& s, const api::Call& call, const channels::Channel& channel, int64_t from,
                        const search::Wanted& wanted) {
    auto found = search::find(s, call.services.house, channel, from, wanted);
    chat_settings::drop_hidden(s, call.account(), found.messages);
    return found;
}

void write_found(json::Writer& w, db::Session& s, const api::Call& call, const channels::Channel& channel,
                 const std::vector<messages::Message>& list) {
    std::vector<Principal> senders;
    for (const auto& message : list) senders.push_back(message.sender);
    auto faces = profiles::of(s, senders);
    for (const auto& message : list) {
        w.begin_object().field("conversationID", conversation_of(channel)).key("message");
        write_message(w, call.services.house, channel, message, faces[message.sender]);
        w.end_object();
    }
}

search::Wanted wanted_of(db::Session& s, const Search& asked) {
    search::Wanted wanted{asked.text, {}, asked.since, asked.until, INT64_MAX, static_cast<size_t>(asked.count)};
    if (!asked.sender.empty()) wanted.sender = person_ever(s, asked.sender).who;
    if (asked.cursor.empty()) return wanted;
    const auto below = to_int(asked.cursor);
    if (!below || asked.conversation.empty()) throw Error(Fault::bad_request, "body", "/cursor: of an answer");
    wanted.below = *below;
    return wanted;
}

api::Reply search_msg(api::Call& call) {
    const auto asked = call.read(kSearch);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        auto wanted = wanted_of(s, asked);
        int64_t below = 0;
        w.begin_object().key("messages").begin_array();
        if (!asked.conversation.empty()) {
            if (const auto view = view_of(s, call, asked.conversation)) {
                const auto found = search_in(s, call, view->channel, view->from, wanted);
                write_found(w, s, call, view->channel, found.messages);
                below = found.below;
            }
        } else {
            for (const auto& chat : inbox::list(s, call.account(), 0, false, 0, kMostSearched)) {
                if (wanted.most == 0) break;
                const auto found = search_in(s, call, chat.channel, chat.from, wanted);
                write_found(w, s, call, chat.channel, found.messages);
                wanted.most -= std::min(wanted.most, found.messages.size());
            }
        }
        w.end_array().field("cursor", below ? std::to_string(below) : std::string()).end_object();
    });
}

void write_marks(json::Writer& w, const std::string& id, const inbox::Chat& chat) {
    w.key(id).begin_object().field("maxSeq", chat.channel.last_seq).field("hasReadSeq", chat.read_seq);
    w.field("maxSeqTime", chat.channel.last_at).field("unreadCount", chat.unread).end_object();
}

// Nothing for what is no conversation of the caller's (any more).
std::optional<inbox::Chat> chat_named(db::Session& s, const api::Call& call, const std::string& id) {
    try {
        const auto view = view_of(s, call, id);
        return view ? inbox::find(s, call.account(), view->channel) : std::nullopt;
    } catch (const Error& error) {
        if (error.fault == Fault::unavailable || error.fault == Fault::internal) throw;
        return std::nullopt;
    }
}

}  // namespace

api::Reply get_marks(api::Call& call) {
    const auto wanted = call.read(kMarks);
    require_self(call, wanted.user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        w.begin_object().key("seqs").begin_object();
        if (wanted.conversations.empty())
            for (const auto& chat : inbox::list(s, call.account(), 0, false, 0, inbox::kMostChats))
                write_marks(w, conversation_of(chat.channel), chat);
        std::set<std::string> told;
        for (const auto& id : wanted.conversations) {
            if (!told.insert(id).second) continue;
            const auto chat = chat_named(s, call, id);
            if (chat) write_marks(w, id, *chat);
        }
        w.end_object().end_object();
    });
}

namespace {

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/msg/send_msg", api::Auth::talker, api::Rate::normal, send_msg, "Send a message",
     {.body = &kNewMessage, .answer = kSendExample, .errors = {413, 429}}},
    {"POST", "/api/v3/msg/get_conversation_msg", api::Auth::talker, api::Rate::normal, get_conversation_msg, "Messages of a conversation, a page back at a time, oldest first",
     {.body = &kHistory, .answer = kHistoryExample, .errors = {413, 429}}},
    {"POST", "/api/v3/msg/search_msg", api::Auth::talker, api::Rate::normal, search_msg, "Messages by what they say, who said it, when and where",
     {.body = &kSearch, .answer = kSearchExample, .errors = {413, 429}}},
    {"POST", "/api/v3/msg/revoke_msg", api::Auth::talker, api::Rate::normal, revoke_msg, "Take a message back",
     {.body = &kRecall, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/msg/mark_conversation_as_read", api::Auth::talker, api::Rate::normal, mark_conversation_as_read, "Say what was read",
     {.body = &kRead, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/msg/get_conversations_has_read_and_max_seq", api::Auth::talker, api::Rate::normal, get_marks, "Last numbers and what is unread",
     {.body = &kMarks, .answer = kMarksExample, .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const json::SchemaBase &kRecallBody = kRecall, &kReadBody = kRead, &kMarksBody = kMarks;
const api::Group kMessages = {kDoor, "openim-msg", kRoutes};

}  // namespace hy::openim
