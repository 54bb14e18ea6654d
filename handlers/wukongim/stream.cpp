// /im/stream and its TCP address: admits WuKongIM's clients, sends rivals of a master away, and takes what they say.
#include <algorithm>

#include "../uplink/chats.h"
#include "../uplink/core.h"
#include "../uplink/session.h"
#include "api/saying.h"
#include "base/encode.h"
#include "core/presence.h"
#include "door.h"

namespace hy::wukongim {

namespace {

using wire::wukongim::Reason;

// Closings that the relay tells in the protocol: 4000 and the reason. The others are told by the transport alone: clients
// that are refused stay away for good, and for these they shall come again.
constexpr int code_of(Reason reason) { return 4000 + static_cast<int>(reason); }
constexpr int kSameDevice = 4100, kLater = 1013;

struct Client {
    std::string uid, token, device;  // device: its flag and a hash of its id
    std::string flag;
};
Client client_of(const json::Value* query) {
    const auto named = [&](const char* name) { return query ? query->text_or(name) : std::string(); };
    Client client{named("uid"), named("token"), {}, named("deviceFlag")};
    if (client.flag.empty() || client.flag.size() > 3) client.flag = "0";
    client.device = client.flag + ":";
    // Who names no device is like nobody else.
    if (const std::string id = named("deviceId"); !id.empty()) client.device += to_hex(auth::sha256(id).substr(0, 16));
    return client;
}

std::string refuse(api::Ask& ask) {
    ask.services.refusals.count(ask.services.db, ask.services.house, ask.body.text_or("address"));
    return uplink::close_answer(code_of(Reason::auth_fail), "auth fail");
}

// An access token, or one that was made for connecting; of this uid.
std::optional<sessions::Identity> identify(api::Ask& ask, const Client& client) {
    auto& services = ask.services;
    auto identity = services.standing.check(services.db, services.house, client.token);
    if (!identity) identity = services.standing.check(services.db, services.house, client.token, "im");
    if (identity && identity->public_id != client.uid) identity.reset();
    return identity;
}

// The account's other connections that cannot stay beside this one: the same device's, and a master's all of its flag.
void send_rivals_away(db::Session& s, const House& house, const presence::Connection& mine, const Client& client,
                      bool master, outbox::Pushes& pushes) {
    for (const auto& other : presence::of(s, mine.who, mine.door)) {
        if (other.conn == mine.conn) continue;
        const bool same = other.device == mine.device && !mine.device.ends_with(':');
        if (!same && !(master && other.device.starts_with(client.flag + ":"))) continue;
        presence::end(s, house, other, same ? kSameDevice : code_of(Reason::kicked), "login in other device", pushes);
    }
}

std::string admit(api::Ask& ask, const Client& client, const sessions::Identity& identity) {
    auto& services = ask.services;
    const std::string who = identity.principal.name();
    const bool master = identity.scope == sessions::kMaster;
    presence::Connection mine{ask.body.text_or("conn"), ask.body.text_or("relay"), "wukongim", identity.principal};
    // Of two masters that come at once one stays.
    if (master) mine.exclusive = "wukongim:" + identity.principal.key() + ":" + client.flag;
    mine.most = services.config.limits.connections_per_account;
    mine.device = client.device;
    std::vector<std::pair<int64_t, int64_t>> groups;
    const bool room = services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        send_rivals_away(s, services.house, mine, client, master, pushes);
        groups = channels::groups_of(s, identity.principal);
        return presence::opened(s, services.house, mine, code_of(Reason::kicked), "login in other device", pushes);
    });
    if (!room) return uplink::close_answer(kLater, "too many connections");
    uplink::tell_presence(services, {identity.principal.id});
    json::Writer w;
    w.begin_object().field("v", 1).field("session", uplink::seal(services, {"wukongim", identity}));
    uplink::write_topics(w, identity.principal, groups);
    w.key("view").begin_object().field("door", "wukongim").field("uid", identity.public_id);
    w.field("principal", who).field("family", identity.family).field("tenant", who);
    w.key("kicks").begin_array().string(who).end_array().end_object();
    if (identity.expires_ms) w.field("expires", identity.expires_ms).field("expired_code", code_of(Reason::auth_fail));
    w.end_object();
    return std::move(w).take();
}

std::string open(api::Ask& ask) {
    const std::string address = ask.body.text_or("address");
    if (ask.services.refusals.blocked_seconds(ask.services.db, ask.services.house, address) > 0)
        return uplink::close_answer(kLater, "too many requests");
    const Client client = client_of(ask.body.find("query"));
    const auto identity = identify(ask, client);
    return identity ? admit(ask, client, *identity) : refuse(ask);
}

std::string ready(api::Ask& ask) {
    auto& services = ask.services;
    const auto session = uplink::open(services, ask.body.text_or("session"));
    if (!session || session->door != "wukongim") return uplink::close_answer(code_of(Reason::auth_fail), "auth fail");
    // The relay listens to kicks by now: what ended before is seen here, what ends later it hears.
    if (!services.standing.stands_now(services.db, services.house, session->identity))
        return uplink::close_answer(code_of(Reason::auth_fail), "auth fail");
    return uplink::chats_ready(ask, *session);
}

// A `send`, or the reason why it is none.
struct Sent {
    std::string ref;
    Reason reason = Reason::success;
    std::optional<api::Saying> saying;
};

Sent read_send(const json::Value& op) {
    Sent sent{op.text_or("ref"), Reason::success, {}};
    try {
        auto payload = from_base64(op.text_or("payload"));
        if (!payload) throw Error(Fault::bad_request, "message.payload");
        sent.saying = {{op.int_or("type"), op.text_or("channel")},
                       said_of({.payload = std::move(*payload),
                                .client_no = op.text_or("client_no"),
                                .topic = op.text_or("topic"),
                                .no_persist = op.bool_or("no_persist"),
                                .red_dot = op.bool_or("red_dot", true),
                                .sync_once = op.bool_or("sync_once"),
                                .setting = op.int_or("setting"),
                                .expire = op.int_or("expire"),
                                .own_number = op.bool_or("own_no")})};
    } catch (const Error& error) {
        sent.reason = reason_of(error);
    }
    return sent;
}

void write_sent(json::Writer& w, const Sent& sent, const chat::Outcome* outcome) {
    w.begin_object().field("op", "sent").field("ref", sent.ref);
    if (outcome && !outcome->fault) {
        w.field("id", std::to_string(outcome->message.id)).field("seq", outcome->message.seq);
    } else {
        const Reason reason = outcome ? reason_of(*outcome->fault) : sent.reason;
        w.field("reason", static_cast<int>(reason));
    }
    w.end_object();
}

std::string frames(api::Ask& ask) {
    auto& services = ask.services;
    auto session = uplink::open(services, ask.body.text_or("session"));
    if (!session || session->door != "wukongim" ||
        !services.standing.stands(services.db, services.house, session->identity))
        return uplink::close_answer(code_of(Reason::auth_fail), "auth fail");
    std::vector<Sent> all;
    std::vector<api::Saying> sayings;
    if (const json::Value* list = ask.body.find("frames"); list && list->array())
        for (const auto& op : *list->array())
            if (op.text_or("op") == "send") all.push_back(read_send(op));
    for (const auto& sent : all)
        if (sent.saying) sayings.push_back(*sent.saying);
    // The house's trouble is not the client's: it is thrown, and the relay asks again.
    const auto outcomes = api::say_all(services, session->speaker(ask.body.text_or("conn")), sayings, false);
    json::Writer w;
    w.begin_object().field("v", 1).key("out").begin_array();
    size_t next = 0;
    for (const auto& sent : all) write_sent(w, sent, sent.saying ? &outcomes[next++] : nullptr);
    w.end_array().end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.wukongim.open", "wukongim", open},
    {"ask.wukongim.ready", "wukongim", ready},
    {"ask.wukongim.frames", "wukongim", frames},
    {"ask.wukongim.close", "wukongim", uplink::close},
};
// clang-format on

}  // namespace

const api::EventGroup kStream = {"wukongim-stream", kRoutes};

}  // namespace hy::wukongim
