// /msg_gateway: admits the clients of the document's form, one for each platform of an account, and takes what they say.
#include <set>

#include "../uplink/chats.h"
#include "../uplink/core.h"
#include "api/saying.h"
#include "base/text.h"
#include "conversation_ids.h"
#include "core/chat_settings.h"
#include "gateway.h"
#include "message_shapes.h"

namespace hy::openim {

namespace {

// Of messages in one answer, which has to go through NATS (1 MB).
constexpr int64_t kMostPulled = 100, kStep = 20;
constexpr size_t kMostRanges = 20, kMostBytes = 400 << 10;

constexpr Form kForm = {"openim", "userID", kRefused, kRefused};

std::string open(api::Ask& ask) { return open_client(ask, kForm); }
std::string ready(api::Ask& ask) { return ready_client(ask, kForm); }

void begin(json::Writer& w, const char* answer, const json::Value& op, const Error* fault) {
    w.begin_object().field("op", answer).field("incr", op.text_or("incr")).field("operation", op.text_or("operation"));
    w.field("code", static_cast<int>(fault ? code_of(*fault) : Code::success));
    w.field("text", fault ? public_text(*fault) : "success");
}

// ---- what is said ------------------------------------------------------------------------

struct Sent {
    const json::Value* op;
    std::optional<Error> fault;
    std::optional<api::Saying> saying;
};

Sent read_send(api::Ask& ask, const uplink::Session& session, const json::Value& op) {
    Sent sent{&op, {}, {}};
    try {
        require_own(ask, session, op);
        const json::Value* data = op.find("data");
        NewMessage message = kNewMessage.read(data ? *data : json::Value(), "/data");
        if (!message.sender.empty() && message.sender != session.identity.public_id)
            throw Error(Fault::forbidden, "foreign");
        message.client_no = op.text_or("client_no");
        sent.saying = saying_of(message, session.identity.platform);
        if (!op.bool_or("own_no")) sent.saying->said.draft.flags |= messages::kHouseNumber;
    } catch (const Error& error) {
        if (error.fault == Fault::unavailable || error.fault == Fault::internal) throw;
        sent.fault = error;
    }
    return sent;
}

void write_sent(json::Writer& w, const Sent& sent, const chat::Outcome* outcome) {
    std::optional<Error> fault = sent.fault;
    if (outcome && outcome->fault) fault = said_fault(*outcome->fault);
    begin(w, "sent", *sent.op, fault ? &*fault : nullptr);
    if (!fault) {
        const auto& message = outcome->message;
        w.key("data").begin_object().field("serverMsgID", std::to_string(message.id));
        w.field("clientMsgID", client_id_of(message)).field("sendTime", message.created_at);
        w.field("seq", message.seq).end_object();
    }
    w.end_object();
}

// ---- what is read again ------------------------------------------------------------------

struct Range {
    std::string conversation;
    int64_t begin = 1, end = INT64_MAX, most = kMostPulled;
};
const auto kRange =
    json::Schema<Range>()
        .field("conversationID", &Range::conversation, {.required = true, .min_chars = 1, .max_chars = 160})
        .field("begin", &Range::begin, {.min = 0})
        .field("end", &Range::end, {.min = 0})
        .field("num", &Range::most, {.min = 0, .max = kMostPulled});

// What is left of an answer for all its pulls together.
struct Room {
    size_t bytes;
    int64_t messages = kMostPulled;
    bool any = false;  // one message always goes, or nobody would get past it
};

// The messages of a range, oldest first, as many as there is room for; the client asks for what is left.
void write_range(json::Writer& w, db::Session& s, const House& house, int64_t me, const chat::View& view,
                 const Range& range, Room& room) {
    const int64_t begin = std::max(range.begin, view.from), end = std::min(range.end, view.channel.last_seq);
    int64_t left = std::min(range.most ? range.most : kMostPulled, room.messages), last = begin - 1;
    bool full = false;
    w.key(range.conversation).begin_object().key("Msgs").begin_array();
    while (last < end && !full) {
        const int64_t to = std::min(end, last + kStep);
        auto step = messages::range(s, view.channel.id, last + 1, to);
        chat_settings::drop_hidden(s, me, step);
        std::vector<Principal> senders;
        for (const auto& message : step) senders.push_back(message.sender);
        auto faces = profiles::of(s, senders);
        for (const auto& message : step) {
            json::Writer one;
            write_message(one, house, view.channel, message, faces[message.sender]);
            full = left == 0 || (one.text().size() > room.bytes && room.any);
            if (full) break;
            w.raw(one.text());
            room.bytes -= std::min(room.bytes, one.text().size());
            room.any = true;
            --room.messages;
            --left;
            last = message.seq;
        }
        if (!full) last = to;
    }
    w.end_array().field("isEnd", !full).field("endSeq", last).end_object();
}

void write_pulled(api::Ask& ask, const uplink::Session& session, const json::Value& op, json::Writer& out) {
    try {
        require_own(ask, session, op);
        const json::Value* data = op.find("data");
        const json::Value* list = data ? data->find("seqRanges") : nullptr;
        const auto ranges = read_list(kRange, list ? *list : json::Value(), "/data/seqRanges", kMostRanges);
        std::set<std::string> named;
        for (const Range& range : ranges)
            if (!named.insert(range.conversation).second)
                throw Error(Fault::bad_request, "body", "/data/seqRanges: a conversation twice");
        const size_t used = out.text().size();
        const std::string pulled = ask.services.db.read([&](db::Session& s) {
            json::Writer w;
            w.begin_object().key("msgs").begin_object();
            Room room{kMostBytes - std::min(kMostBytes, used)};
            room.any = used > kMostBytes / 2;
            const auto speaker = session.speaker({});
            for (const Range& range : ranges)
                if (const auto view = view_named(s, speaker, range.conversation))
                    write_range(w, s, ask.services.house, session.identity.principal.id, *view, range, room);
            w.end_object().end_object();
            return std::move(w).take();
        });
        begin(out, "pulled", op, nullptr);
        out.key("data").raw(pulled).end_object();
    } catch (const Error& error) {
        if (error.fault == Fault::unavailable || error.fault == Fault::internal) throw;
        begin(out, "pulled", op, &error);
        out.end_object();
    }
}

std::string frames(api::Ask& ask) {
    auto& services = ask.services;
    auto session = uplink::open(services, ask.body.text_or("session"));
    if (!session || session->door != "openim" ||
        !services.standing.stands(services.db, services.house, session->identity))
        return uplink::close_answer(kRefused, "Token 无效");
    std::vector<Sent> all;
    std::vector<api::Saying> sayings;
    const json::Value* list = ask.body.find("frames");
    const json::Array none;
    const json::Array& ops = list && list->array() ? *list->array() : none;
    for (const auto& op : ops)
        if (op.text_or("op") == "send") all.push_back(read_send(ask, *session, op));
    for (const auto& sent : all)
        if (sent.saying) sayings.push_back(*sent.saying);
    // The house's trouble is not the client's: it is thrown, and the relay asks again.
    const auto outcomes = api::say_all(services, session->speaker(ask.body.text_or("conn")), sayings, false);
    json::Writer w;
    w.begin_object().field("v", 1).key("out").begin_array();
    size_t next = 0;
    for (const auto& sent : all) write_sent(w, sent, sent.saying ? &outcomes[next++] : nullptr);
    for (const auto& op : ops)
        if (op.text_or("op") == "pull") write_pulled(ask, *session, op, w);
    w.end_array().end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.openim.open", "openim", open},
    {"ask.openim.ready", "openim", ready},
    {"ask.openim.frames", "openim", frames},
    {"ask.openim.close", "openim", uplink::close},
};
// clang-format on

}  // namespace

const api::EventGroup kStream = {"openim-stream", kRoutes};

}  // namespace hy::openim
