#include "core.h"

#include "chats.h"

#include <algorithm>
#include <set>

#include "base/clock.h"
#include "base/log.h"
#include "core/agents.h"
#include "core/channels.h"
#include "core/commands.h"
#include "core/devices.h"
#include "core/messages.h"
#include "core/presence.h"
#include "session.h"

namespace hy::uplink {

namespace {

constexpr int64_t kMostRange = 256, kShortStep = 4;
constexpr size_t kShort = 4096;
// One message is below 400 KiB however it is escaped: an answer stays below NATS' 1 MB.
constexpr size_t kAnswerBytes = 256 << 10;
constexpr size_t kMostNewTalks = 100;
constexpr size_t kMostChannels = 1000, kMostSessions = 200;
// A conversation made while the relay's last answer was on its way must not be missed.
constexpr int64_t kOverlapMs = 10'000;
// Each of them costs a look at its last messages.
constexpr int64_t kMostLively = 200;
// Clocks of hosts differ by less.
constexpr int64_t kSkewMs = 30'000;
// An ask is answered within 5 s, and waits for nobody's backlog.
constexpr int64_t kHandOutUs = 200'000;

// {v, relay, name, started, connections, list?, after?, until?}
std::string relay(api::Ask& ask) {
    const std::string id = ask.body.text_or("relay");
    const json::Value* list = ask.body.find("list");
    const std::vector<std::string> conns = json::texts(list);
    std::vector<std::string> unknown;
    const House& house = ask.services.house;
    // By itself: whatever becomes of the list, the relay lives.
    const bool lapsed = ask.services.transaction([&](db::Session& s, outbox::Pushes&) {
        return presence::heartbeat(s, house, id, ask.body.text_or("name"), ask.body.int_or("started"),
                                   ask.body.int_or("connections"));
    });
    std::vector<int64_t> ended;
    if (list)
        unknown = ask.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            return presence::reconcile(s, house, id, {conns, ask.body.text_or("after"), ask.body.text_or("until")},
                                       ended, pushes);
        });
    tell_presence(ask.services, ended);
    json::Writer w;
    w.begin_object().field("v", 1);
    if (lapsed && !list) w.field("list", true);
    if (!unknown.empty()) {
        w.key("unknown").begin_array();
        for (const auto& conn : unknown) w.string(conn);
        w.end_array();
    }
    w.end_object();
    return std::move(w).take();
}

struct Listener {
    const json::Value* item;
    std::optional<Session> session;
    bool stands;
};

// Who a relay asks about. Whether they still stand is found before a connection is taken.
std::vector<Listener> read_listeners(api::Ask& ask) {
    std::vector<Listener> listeners;
    const auto* list = ask.body.find("sessions");
    if (!list || !list->array()) return listeners;
    for (const auto& item : *list->array()) {
        if (listeners.size() == kMostSessions) break;
        auto session = open(ask.services, item.text_or("session"));
        // A device is no login: what it stands on is looked at with what it is owed.
        const bool device = session && session->door == "workbot";
        const bool stands =
            session && !device && ask.services.standing.stands(ask.services.db, ask.services.house, session->identity);
        listeners.push_back({&item, std::move(session), stands});
    }
    return listeners;
}

// Somebody of many channels: the groups that it is in, and where something was said since.
void write_chats(json::Writer& w, db::Session& s, const Principal& who, int64_t since) {
    write_topics(w, who, channels::groups_of(s, who));
    // What is said in a group from the join on; with history, what was said since it was last looked at.
    auto begins = channels::joined_since(s, who, since - kSkewMs);
    for (auto& [group, before] : begins)
        if (const auto channel = channels::find(s, group))
            before = std::max(
                before,
                messages::number_before(s, group, channel->last_seq, since - kSkewMs).value_or(channel->last_seq));
    for (const auto& [channel, last] : channels::lively_persons(s, who, since - kSkewMs, kMostLively))
        begins.emplace_back(channel, messages::number_before(s, channel, last, since - kSkewMs).value_or(last));
    write_pairs(w.key("heads"), begins);
}

// What one session should know by now.
void write_session(json::Writer& w, const House& house, db::Session& s, const Listener& l, std::set<int64_t>& wake) {
    const std::string conn = l.item->text_or("conn");
    w.begin_object().field("conn", conn);
    if (l.session && l.session->door == "workbot") {
        const int64_t robot = l.session->robot;
        if (l.session->identity.expires_ms <= house.clock.now_ms())
            w.key("close").begin_object().field("code", 4007).field("reason", "激活码已过期").end_object();
        else if (!devices::stands(s, house, robot, l.session->identity.version))
            w.key("close").begin_object().field("code", 4001).field("reason", "Token 已失效").end_object();
        else if (commands::owed(s, house, robot)) w.field("ready", true);
    } else if (!l.stands) {
        w.key("close").begin_object().field("code", 1008).field("reason", "无效的 Token").end_object();
    } else if (l.session->door == "wukongim" || l.session->door == "openim" || l.session->door == "openim-sdk") {
        write_chats(w, s, l.session->identity.principal, l.item->int_or("since"));
    } else if (l.session->identity.principal.type == PrincipalType::robot) {
        if (agents::stalled(s, house, conn)) w.field("ready", true);
        if (agents::waiting(s, house, l.session->identity.principal.id)) wake.insert(l.session->identity.principal.id);
    } else if (l.session->robot) {
        const auto since = l.item->int_or("since") - kOverlapMs;
        auto talks = channels::talk_heads(s, l.session->identity.principal.id, l.session->robot, since);
        // A talk that is new to the relay is heard from its beginning.
        for (auto& talk : talks) talk.second = 0;
        if (talks.size() > kMostNewTalks) w.field("ready", true);
        else write_pairs(w.key("heads"), talks);
    }
    w.end_object();
}

// {v, relay, channels:[…], sessions:[{conn, session, since}…]}
std::string heads(api::Ask& ask) {
    std::vector<int64_t> ids;
    if (const auto* list = ask.body.find("channels"); list && list->array())
        for (const auto& item : *list->array())
            if (item.integer() && ids.size() < kMostChannels) ids.push_back(*item.integer());
    const std::vector<Listener> listeners = read_listeners(ask);
    std::set<int64_t> wake;  // robots for whose agents something waits that nobody handed out
    const std::string answer = ask.services.db.read([&](db::Session& s) {
        json::Writer w;
        w.begin_object().field("v", 1).field("now", ask.services.clock.now_ms());
        write_pairs(w.key("heads"), channels::heads(s, ids));
        w.key("sessions").begin_array();
        for (const auto& listener : listeners) {
            // Who is left out keeps its `since` and is asked about again.
            if (w.text().size() > kAnswerBytes) break;
            write_session(w, ask.services.house, s, listener, wake);
        }
        w.end_array().end_object();
        return std::move(w).take();
    });
    hand_out(ask.services, {wake.begin(), wake.end()});
    return answer;
}

// {v, relay, channel, from, to}
std::string range(api::Ask& ask) {
    const int64_t id = ask.body.int_or("channel"), from = ask.body.int_or("from");
    const int64_t to = std::min(ask.body.int_or("to"), from + kMostRange - 1);
    return ask.services.db.read([&](db::Session& s) {
        json::Writer w;
        w.begin_object().field("v", 1).key("pushes").begin_array();
        int64_t covered = to;
        if (const auto channel = channels::find(s, id)) {
            // In steps, since 256 messages may be 100 MB, and NATS carries 1: one message
            // at a time where they are long.
            int64_t step = 1;
            for (int64_t at = from; at <= to; at += step) {
                const size_t before = w.text().size();
                if (before > kAnswerBytes) break;
                step = at > from && before / static_cast<size_t>(at - from) < kShort ? kShortStep : 1;
                covered = std::min(to, at + step - 1);
                for (const auto& message : messages::range(s, id, at, covered))
                    w.raw(messages::render_push(s, ask.services.house, *channel, message));
            }
        }
        w.end_array().field("to", covered).end_object();
        return std::move(w).take();
    });
}

// {v, relay, channel, to, since}: where somebody begins who has heard since then, of the numbers below `to`.
std::string base(api::Ask& ask) {
    const int64_t to = ask.body.int_or("to"), since = ask.body.int_or("since");
    const auto seen = ask.services.db.read(
        [&](db::Session& s) { return messages::number_before(s, ask.body.int_or("channel"), to, since - kSkewMs); });
    json::Writer w;
    w.begin_object().field("v", 1).field("seen", std::min(seen.value_or(to - 1), to - 1)).end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.core.relay", "core", relay},
    {"ask.core.heads", "core", heads},
    {"ask.core.range", "core", range},
    {"ask.core.base", "core", base},
};
// clang-format on

}  // namespace

const api::EventGroup kCore = {"core", kRoutes};

std::string close(api::Ask& ask) {
    const auto* list = ask.body.find("conns");
    std::vector<std::string> conns;
    if (list && list->array())
        for (const auto& entry : *list->array()) conns.push_back(entry.text_or("conn"));
    const auto accounts = ask.services.transaction(
        [&](db::Session& s, outbox::Pushes& pushes) { return presence::closed(s, ask.services.house, conns, pushes); });
    tell_presence(ask.services, accounts);
    return R"({"v":1})";
}

void tell_presence(api::Services& services, const std::vector<int64_t>& accounts) {
    try {
        presence::tell(services.db, services.house, services.bus, accounts);
    } catch (const Error& error) {
        log::warn("who is there was not told", {{"why", error.what()}});
    }
}

void hand_out(api::Services& services, std::vector<int64_t> robots) {
    const int64_t from_us = monotonic_us();
    // From anywhere on: it is not always the same ones for whom no time is left.
    if (!robots.empty())
        std::rotate(robots.begin(), robots.begin() + from_us % static_cast<int64_t>(robots.size()), robots.end());
    for (const int64_t robot : robots) {
        if (monotonic_us() - from_us > kHandOutUs) return;
        try {
            services.transaction(
                [&](db::Session& s, outbox::Pushes& pushes) { agents::hand_out(s, services.house, robot, pushes); });
        } catch (const std::exception& e) {
            log::error("a robot's agents were not given what waits", {{"robot", robot}, {"why", e.what()}});
        }
    }
}

}  // namespace hy::uplink
