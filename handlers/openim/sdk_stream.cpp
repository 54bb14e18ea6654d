// /openim/gateway: what OpenIM's own clients ask over their connection, in protobuf.
#include <algorithm>
#include <set>

#include "base/encode.h"
#include "base/text.h"
#include "conversation_ids.h"
#include "core/chat_settings.h"
#include "core/inbox.h"
#include "core/presence.h"
#include "gateway.h"
#include "../uplink/core.h"
#include "sdk_door.h"
#include "wire/openim_sdk/frames.h"

namespace hy::openim {

namespace {

// As the relay tells them: OpenIM's numbers and 3000.
constexpr int kBadToken = 4502, kExpiredToken = 4501;
constexpr Form kForm = {"openim-sdk", "sendID", kBadToken, kExpiredToken, true};
constexpr int64_t kMostRanges = 500, kMostSeqs = 200, kMostFollowed = 500, kUsualRange = 10, kMostRange = 100;

std::string open(api::Ask& ask) { return open_client(ask, kForm); }
std::string ready(api::Ask& ask) { return ready_client(ask, kForm); }

Error bad(const char* what) { return Error(Fault::bad_request, "body", what); }

template <typename Message>
Message read(const json::Value& op) {
    Message message;
    const auto bytes = from_base64(op.text_or("data"));
    if (!bytes || !message.ParseFromString(*bytes)) throw bad("data: not the protobuf of this reqIdentifier");
    return message;
}

struct Answer {
    const json::Value* op;
    std::optional<Error> fault;
    std::string data;  // protobuf
    std::optional<api::Saying> saying;
};

// What frames of one connection share while they are answered.
struct Talk {
    api::Ask& ask;
    const uplink::Session& session;
    chat::Speaker me;
    Room room;
    std::vector<std::string> join, leave;
};

// A client's own options say of a message what the document's form says in words.
bool refuses(const pb::MsgData& message, const char* option) {
    const auto found = message.options().find(option);
    return found != message.options().end() && !found->second;
}

api::Saying read_message(const Talk& talk, const pb::MsgData& m) {
    if (m.clientmsgid().empty()) throw bad("clientMsgID: required");
    if (!valid_utf8(m.content())) throw bad("content: no UTF-8");
    const bool fleeting = refuses(m, "history") || refuses(m, "persistent");
    json::Writer w;
    w.begin_object().field("sendID", m.sendid()).field("recvID", m.recvid()).field("groupID", m.groupid());
    w.field("content", m.content()).field("contentType", m.contenttype()).field("sessionType", m.sessiontype());
    w.field("clientMsgID", m.clientmsgid()).field("isOnlineOnly", fleeting).field("ex", m.ex());
    w.key("atUserIDList").begin_array();
    for (const auto& id : m.atuseridlist()) w.string(id);
    w.end_array().key("offlinePushInfo").begin_object();
    if (m.has_offlinepushinfo())
        w.field("title", m.offlinepushinfo().title()).field("desc", m.offlinepushinfo().desc());
    w.end_object().end_object();
    const auto body = json::parse(w.text());
    if (!body) throw bad("content");
    const NewMessage message = kNewMessage.read(*body, "");
    if (!message.sender.empty() && message.sender != talk.me.id) throw Error(Fault::forbidden, "foreign");
    auto saying = saying_of(message, talk.session.identity.platform);
    if (saying.said.stored && refuses(m, "unreadCount")) saying.said.draft.flags |= messages::kNoDot;
    return saying;
}

std::string sent(const messages::Message& message) {
    pb::UserSendMsgResp answer;
    answer.set_servermsgid(std::to_string(message.id));
    answer.set_clientmsgid(client_id_of(message));
    answer.set_sendtime(message.created_at);
    return answer.SerializeAsString();
}

// ---- what is read --------------------------------------------------------------------------

std::vector<inbox::Chat> chats_of(db::Session& s, const Talk& talk, const std::set<std::string>& named) {
    const int64_t account = talk.me.who.id;
    if (named.empty()) return inbox::list(s, account, 0, false, 0, inbox::kMostChats);
    std::vector<inbox::Chat> found;
    for (const auto& id : named)
        if (const auto view = view_named(s, talk.me, id))
            if (auto chat = inbox::find(s, account, view->channel)) found.push_back(std::move(*chat));
    return found;
}

std::string marks(Talk& talk, const json::Value& op) {
    const auto wanted = read<pb::GetConversationsHasReadAndMaxSeqReq>(op);
    const std::set<std::string> named(wanted.conversationids().begin(), wanted.conversationids().end());
    if (named.size() > static_cast<size_t>(inbox::kMostChats)) throw bad("conversationIDs: at most 1000");
    return talk.ask.services.db.read([&](db::Session& s) {
        pb::GetConversationsHasReadAndMaxSeqResp answer;
        for (const auto& chat : chats_of(s, talk, named)) {
            auto& one = (*answer.mutable_seqs())[sdk_conversation_of(chat.channel)];
            one.set_maxseq(chat.channel.last_seq);
            one.set_hasreadseq(chat.read_seq);
            one.set_maxseqtime(chat.channel.last_at);
        }
        return answer.SerializeAsString();
    });
}

std::string newest(Talk& talk) {
    return talk.ask.services.db.read([&](db::Session& s) {
        pb::GetMaxSeqResp answer;
        for (const auto& chat : chats_of(s, talk, {})) {
            const std::string id = sdk_conversation_of(chat.channel);
            (*answer.mutable_maxseqs())[id] = chat.channel.last_seq;
            (*answer.mutable_minseqs())[id] = chat.from;
        }
        return answer.SerializeAsString();
    });
}

std::vector<int64_t> numbers(int64_t from, int64_t to) {
    std::vector<int64_t> all;
    for (int64_t seq = from; seq <= to; ++seq) all.push_back(seq);
    return all;
}

// The last `num` of each range.
std::string ranges(Talk& talk, const json::Value& op) {
    const auto wanted = read<pb::PullMessageBySeqsReq>(op);
    if (wanted.seqranges_size() > kMostRanges) throw bad("seqRanges: at most 500");
    Room room = talk.room;
    auto data = talk.ask.services.db.read([&](db::Session& s) {
        room = talk.room;
        pb::PushMessages answer;
        std::set<std::string> named;
        for (const auto& range : wanted.seqranges()) {
            if (!named.insert(range.conversationid()).second) throw bad("seqRanges: a conversation twice");
            auto& to = (*answer.mutable_msgs())[range.conversationid()];
            to.set_isend(true);
            const auto view = range.end() < 1 ? std::nullopt : view_named(s, talk.me, range.conversationid());
            if (!view) continue;
            const int64_t most = std::clamp<int64_t>(range.num() ? range.num() : kUsualRange, 1, kMostRange);
            const int64_t end = std::min(range.end(), view->channel.last_seq);
            const int64_t begin = std::max({range.begin(), view->from, end - most + 1});
            // What is left out here the client asks for by its numbers when it shows it.
            fill_messages(to, s, talk.ask.services.house, *view, talk.me, numbers(begin, end), room);
            to.set_endseq(end);
        }
        return answer.SerializeAsString();
    });
    talk.room = room;
    return data;
}

std::string by_seqs(Talk& talk, const json::Value& op) {
    const auto wanted = read<pb::GetSeqMessageReq>(op);
    if (wanted.conversations_size() > kMostRanges) throw bad("conversations: at most 500");
    Room room = talk.room;
    auto data = talk.ask.services.db.read([&](db::Session& s) {
        room = talk.room;
        pb::PushMessages answer;
        std::set<std::string> named;
        for (const auto& one : wanted.conversations()) {
            if (one.seqs_size() > kMostSeqs) throw bad("seqs: at most 200");
            if (!named.insert(one.conversationid()).second) throw bad("conversations: one twice");
            auto& to = (*answer.mutable_msgs())[one.conversationid()];
            const auto view = view_named(s, talk.me, one.conversationid());
            // A number that did not come would be the end of the history to the client.
            if (view && !fill_messages(to, s, talk.ask.services.house, *view, talk.me,
                                       std::vector<int64_t>(one.seqs().begin(), one.seqs().end()), room))
                throw bad("seqs: too much for one answer, ask for fewer");
            to.set_isend(true);
        }
        return answer.SerializeAsString();
    });
    talk.room = room;
    return data;
}

// ---- who is there --------------------------------------------------------------------------

std::string watch(Talk& talk, const json::Value& op) {
    const auto wanted = read<pb::SubUserOnlineStatus>(op);
    if (wanted.subscribeuserid_size() > kMostFollowed || wanted.unsubscribeuserid_size() > kMostFollowed)
        throw bad("subscribeUserID: at most 500");
    auto& services = talk.ask.services;
    const std::vector<std::string> ids(wanted.subscribeuserid().begin(), wanted.subscribeuserid().end()),
        former(wanted.unsubscribeuserid().begin(), wanted.unsubscribeuserid().end());
    std::vector<std::string> join, leave;
    auto data = services.db.read([&](db::Session& s) {
        join.clear();
        leave.clear();
        const auto topic = [](const people::Person& one) { return "live.status." + one.who.name(); };
        const auto found = people::find(s, ids);
        std::vector<Principal> who;
        for (const auto& [id, one] : found) {
            who.push_back(one.who);
            join.push_back(topic(one));
        }
        for (const auto& [id, one] : people::find(s, former)) leave.push_back(topic(one));
        const auto there = presence::platforms(s, services.house, who);
        pb::SubUserOnlineStatusTips answer;
        for (const auto& id : ids) {
            auto& status = *answer.add_subscribers();
            status.set_userid(id);
            const auto known = found.find(id);
            const auto at = known == found.end() ? there.end() : there.find(known->second.who);
            if (at == there.end()) continue;
            for (const int64_t platform : at->second) status.add_onlineplatformids(static_cast<int32_t>(platform));
        }
        return answer.SerializeAsString();
    });
    // The later word counts.
    for (const auto& topic : join) {
        std::erase(talk.leave, topic);
        talk.join.push_back(topic);
    }
    for (const auto& topic : leave) {
        std::erase(talk.join, topic);
        talk.leave.push_back(topic);
    }
    return data;
}

// ---- a batch of frames ---------------------------------------------------------------------

Answer answer_one(Talk& talk, const json::Value& op) {
    Answer answer{&op, {}, {}, {}};
    try {
        require_own(talk.ask, talk.session, op);
        switch (op.int_or("id")) {
            case sdk::kSend: answer.saying = read_message(talk, read<pb::MsgData>(op)); break;
            case sdk::kMarks: answer.data = marks(talk, op); break;
            case sdk::kNewestSeq: answer.data = newest(talk); break;
            case sdk::kPullRanges: answer.data = ranges(talk, op); break;
            case sdk::kPullSeqs: answer.data = by_seqs(talk, op); break;
            case sdk::kWatch: answer.data = watch(talk, op); break;
            default: throw bad("reqIdentifier");
        }
    } catch (const Error& error) {
        if (of_the_house(error)) throw;
        answer.fault = error;
    }
    return answer;
}

// Says together what has been collected.
void say(Talk& talk, std::vector<Answer>& all) {
    std::vector<api::Saying> sayings;
    for (const auto& answer : all)
        if (answer.saying) sayings.push_back(*answer.saying);
    if (sayings.empty()) return;
    const auto outcomes = api::say_all(talk.ask.services, talk.me, sayings, false);
    size_t next = 0;
    for (auto& answer : all) {
        if (!std::exchange(answer.saying, std::nullopt)) continue;
        const auto& outcome = outcomes[next++];
        if (outcome.fault) answer.fault = said_fault(*outcome.fault);
        else answer.data = sent(outcome.message);
    }
}

void write(json::Writer& w, const Answer& answer) {
    w.begin_object().field("op", "answer").field("id", answer.op->int_or("id"));
    w.field("incr", answer.op->text_or("incr")).field("operation", answer.op->text_or("operation"));
    w.field("code", answer.fault ? sdk_code_of(*answer.fault) : 0);
    w.field("text", answer.fault ? public_text(*answer.fault) : std::string());
    w.field("data", base64(answer.data)).end_object();
}

void write_topics(json::Writer& w, const char* name, const std::vector<std::string>& topics) {
    w.key(name).begin_array();
    for (const auto& topic : topics) w.string(topic);
    w.end_array();
}

std::string frames(api::Ask& ask) {
    auto& services = ask.services;
    auto session = uplink::open(services, ask.body.text_or("session"));
    if (!session || session->door != kForm.door ||
        !services.standing.stands(services.db, services.house, session->identity))
        return uplink::close_answer(kBadToken, "Token 无效");
    // It hears what it says itself: only so its client learns the number. So no connection is named as who speaks.
    Talk talk{ask, *session, session->speaker({})};
    std::vector<Answer> all;
    const json::Value* list = ask.body.find("frames");
    if (list && list->array())
        for (const auto& op : *list->array()) {
            // Who asks after he spoke finds what he said.
            if (op.int_or("id") != sdk::kSend) say(talk, all);
            all.push_back(answer_one(talk, op));
        }
    say(talk, all);
    json::Writer w;
    w.begin_object().field("v", 1).key("out").begin_array();
    for (const auto& answer : all) write(w, answer);
    w.end_array();
    if (!talk.join.empty() || !talk.leave.empty()) {
        w.key("follow").begin_object();
        write_topics(w, "join", talk.join);
        write_topics(w, "leave", talk.leave);
        w.end_object();
    }
    w.end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.openim-sdk.open", "openim-sdk", open},
    {"ask.openim-sdk.ready", "openim-sdk", ready},
    {"ask.openim-sdk.frames", "openim-sdk", frames},
    {"ask.openim-sdk.close", "openim-sdk", uplink::close},
};
// clang-format on

}  // namespace

const api::EventGroup kSdkStream = {"openim-sdk-stream", kRoutes};

}  // namespace hy::openim
