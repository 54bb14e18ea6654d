#include "core.h"

#include <set>

#include "core/agents.h"
#include "core/channels.h"
#include "core/messages.h"
#include "core/presence.h"
#include "session.h"

namespace hy::uplink {

namespace {

constexpr int64_t kMostRange = 256, kRangeStep = 4;
constexpr size_t kRangeBytes = 256 << 10;
constexpr size_t kMostChannels = 1000, kMostSessions = 200;
// A conversation made while the relay's last answer was on its way must not be missed.
constexpr int64_t kOverlapMs = 10'000;

// {v, relay, name, started, connections, list?}
std::string relay(api::Ask& ask) {
    const std::string id = ask.body.text_or("relay");
    const json::Value* list = ask.body.find("list");
    const std::vector<std::string> conns = json::texts(list);
    std::vector<std::string> unknown;
    ask.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const House& house = ask.services.house;
        presence::heartbeat(s, house, id, ask.body.text_or("name"), ask.body.int_or("started"), ask.body.int_or("connections"));
        if (list) unknown = presence::reconcile(s, house, id, conns, pushes);
    });
    json::Writer w;
    w.begin_object().field("v", 1);
    if (!unknown.empty()) {
        w.key("unknown").begin_array();
        for (const auto& conn : unknown) w.string(conn);
        w.end_array();
    }
    w.end_object();
    return std::move(w).take();
}

// What one session should know by now.
void write_session(json::Writer& w, api::Ask& ask, db::Session& s, const json::Value& item, std::set<int64_t>& wake) {
    const House& house = ask.services.house;
    const std::string conn = item.text_or("conn");
    const auto session = open(ask.services, item.text_or("session"));
    w.begin_object().field("conn", conn);
    if (!session || !ask.services.standing.stands(ask.services.db, house, session->identity)) {
        w.key("close").begin_object().field("code", 1008).field("reason", "无效的 Token").end_object();
    } else if (session->identity.principal.type == PrincipalType::robot) {
        if (agents::stalled(s, house, conn)) w.field("ready", true);
        if (agents::waiting(s, house, session->identity.principal.id)) wake.insert(session->identity.principal.id);
    } else if (session->robot) {
        const auto since = item.int_or("since") - kOverlapMs;
        auto talks = channels::talk_heads(s, session->identity.principal.id, session->robot, since);
        for (auto& talk : talks) talk.second = 0;  // a talk that is new to the relay is heard from its beginning
        write_pairs(w.key("heads"), talks);
    }
    w.end_object();
}

// {v, relay, channels:[…], sessions:[{conn, session, since}…]}
std::string heads(api::Ask& ask) {
    std::vector<int64_t> ids;
    if (const auto* list = ask.body.find("channels"); list && list->array())
        for (const auto& item : *list->array())
            if (item.integer() && ids.size() < kMostChannels) ids.push_back(*item.integer());
    const int64_t now = ask.services.clock.now_ms();
    std::set<int64_t> wake;  // robots for whose agents something waits that nobody handed out
    json::Writer w;
    w.begin_object().field("v", 1).field("now", now);
    ask.services.db.read([&](db::Session& s) {
        write_pairs(w.key("heads"), channels::heads(s, ids));
        w.key("sessions").begin_array();
        const auto* list = ask.body.find("sessions");
        if (list && list->array())
            for (size_t i = 0; i < std::min(kMostSessions, list->array()->size()); ++i)
                write_session(w, ask, s, (*list->array())[i], wake);
        w.end_array();
    });
    w.end_object();
    for (const int64_t robot : wake)
        ask.services.transaction([&](db::Session& s, outbox::Pushes& pushes) { agents::hand_out(s, ask.services.house, robot, pushes); });
    return std::move(w).take();
}

// {v, relay, channel, from, to}
std::string range(api::Ask& ask) {
    const int64_t id = ask.body.int_or("channel"), from = ask.body.int_or("from");
    const int64_t to = std::min(ask.body.int_or("to"), from + kMostRange - 1);
    int64_t covered = to;
    json::Writer w;
    w.begin_object().field("v", 1).key("pushes").begin_array();
    ask.services.db.read([&](db::Session& s) {
        const auto channel = channels::find(s, id);
        if (!channel) return;
        // In steps, since 256 messages may be 16 MB, and NATS carries 1.
        for (int64_t at = from; at <= to; at += kRangeStep) {
            for (const auto& message : messages::range(s, id, at, std::min(to, at + kRangeStep - 1)))
                w.raw(messages::render_push(s, ask.services.house, *channel, message));
            covered = std::min(to, at + kRangeStep - 1);
            if (w.text().size() > kRangeBytes) return;
        }
    });
    w.end_array().field("to", covered).end_object();
    return std::move(w).take();
}

const api::EventRoute kRoutes[] = {
    {"ask.core.relay", "core", relay},
    {"ask.core.heads", "core", heads},
    {"ask.core.range", "core", range},
};

}  // namespace

const api::EventGroup kCore = {"core", kRoutes};

}  // namespace hy::uplink
