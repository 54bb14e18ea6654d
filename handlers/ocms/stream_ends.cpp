// What the clients of /ocms/v1/stream have confirmed, and who of them has gone: told by a relay for
// many connections at once.
#include <algorithm>
#include <map>
#include <set>

#include "../uplink/core.h"
#include "core/agents.h"
#include "core/presence.h"
#include "stream.h"

namespace hy::ocms {

namespace {

using Pairs = std::vector<std::pair<int64_t, int64_t>>;

struct OfAgent {
    int64_t robot;
    std::string conn;
    Pairs items;
};

struct Confirmed {
    std::vector<OfAgent> agents;
    std::map<std::pair<int64_t, int64_t>, int64_t> users;  // (channel, account): the highest number
};

Confirmed read_confirmed(const api::Services& services, const json::Array& list) {
    Confirmed all;
    for (const auto& entry : list) {
        const auto session = uplink::open(services, entry.text_or("session"));
        Pairs items = uplink::read_pairs(entry.find("confirmed"));
        if (!session || session->door != "ocms" || items.empty()) continue;
        if (session->identity.principal.type == PrincipalType::robot) {
            all.agents.push_back({session->robot, entry.text_or("conn"), std::move(items)});
            continue;
        }
        for (const auto& [channel, seq] : items) {
            int64_t& last = all.users[{channel, session->identity.principal.id}];
            last = std::max(last, seq);
        }
    }
    // Rows are locked in one order, whoever else does the same at this moment.
    std::sort(all.agents.begin(), all.agents.end(),
              [](const OfAgent& a, const OfAgent& b) { return std::tie(a.robot, a.conn) < std::tie(b.robot, b.conn); });
    return all;
}

// One commit for all of them; then what their agents have room for.
void take_confirmed(api::Services& services, const json::Array& list) {
    const Confirmed all = read_confirmed(services, list);
    if (all.agents.empty() && all.users.empty()) return;
    std::set<int64_t> robots;
    for (const auto& one : all.agents) robots.insert(one.robot);
    const auto waiting = services.transaction([&](db::Session& s, outbox::Pushes&) {
        for (const auto& one : all.agents) agents::confirm(s, one.robot, one.conn, one.items);
        for (const auto& [whose, seq] : all.users)
            channels::mark_delivered(s, whose.first, account_principal(whose.second), seq);
        return agents::waiting(s, services.house, {robots.begin(), robots.end()});
    });
    uplink::hand_out(services, waiting);
}

const json::Array* connections_in(const api::Ask& ask) {
    const json::Value* list = ask.body.find("conns");
    return list ? list->array() : nullptr;
}

}  // namespace

std::string confirm(api::Ask& ask) {
    if (const auto* list = connections_in(ask)) take_confirmed(ask.services, *list);
    return "{\"v\":1}";
}

std::string close(api::Ask& ask) {
    const auto* list = connections_in(ask);
    if (!list) return "{\"v\":1}";
    take_confirmed(ask.services, *list);
    std::vector<std::string> conns;
    for (const auto& entry : *list) conns.push_back(entry.text_or("conn"));
    const auto accounts = ask.services.transaction(
        [&](db::Session& s, outbox::Pushes& pushes) { return presence::closed(s, ask.services.house, conns, pushes); });
    uplink::tell_presence(ask.services, accounts);
    return "{\"v\":1}";
}

}  // namespace hy::ocms
