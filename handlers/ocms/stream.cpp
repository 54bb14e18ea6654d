// /ocms/v1/stream: admits users and agents, and says what a new connection has waiting.
// What they say then is in stream_frames.cpp, what they have and that they go in stream_ends.cpp.
#include <map>

#include "api/pipeline.h"
#include "base/text.h"
#include "core/agents.h"
#include "core/conversations.h"
#include "core/messages.h"
#include "core/presence.h"
#include "core/talk_order.h"
#include "stream.h"

namespace hy::ocms {

namespace {

constexpr int64_t kMostPending = 200;
// NATS carries 1 MB in a message.
constexpr size_t kMostPendingBytes = 256 << 10;
constexpr int kPolicy = 1008;

std::string named(const json::Value* values, std::initializer_list<const char*> names) {
    for (const char* name : names)
        if (values)
            if (auto text = values->text_or(name); !text.empty()) return text;
    return {};
}

struct Wanted {
    std::string api_key, token, robot_id, conversation;
};

Wanted read_wanted(const json::Value& ask) {
    const json::Value* query = ask.find("query");
    const json::Value* headers = ask.find("headers");
    Wanted wanted{named(query, {"apiKey", "api_key"}), named(query, {"token"}), named(query, {"robotId", "robot_id"}),
                  named(query, {"conversationId", "conversation_id"})};
    if (wanted.api_key.empty()) wanted.api_key = named(headers, {"x-api-key"});
    const std::string authorization = named(headers, {"authorization"});
    if (wanted.token.empty() && lower(authorization.substr(0, 7)) == "bearer ")
        wanted.token = trim(std::string_view(authorization).substr(7));
    return wanted;
}

std::string refuse(api::Ask& ask, const char* reason) {
    ask.services.refusals.count(ask.services.db, ask.services.house, ask.body.text_or("address"));
    return uplink::close_answer(kPolicy, reason);
}

std::string admit(api::Ask& ask, const uplink::Session& session) {
    const bool agent = session.identity.principal.type == PrincipalType::robot;
    const std::string who = session.identity.principal.name();
    const auto& limits = ask.services.config.limits;
    const presence::Connection mine{ask.body.text_or("conn"),
                                    ask.body.text_or("relay"),
                                    "ocms",
                                    session.identity.principal,
                                    "",
                                    agent ? limits.connections_per_robot : limits.connections_per_account};
    // One row and nobody to push out: no transaction is needed, and a repeat changes nothing.
    outbox::Pushes none;
    const bool room = ask.services.db.read(
        [&](db::Session& s) { return presence::opened(s, ask.services.house, mine, 0, "", none); });
    if (!room) return uplink::close_answer(kPolicy, "连接数过多");
    json::Writer w;
    w.begin_object().field("v", 1).field("session", uplink::seal(ask.services, session));
    w.key("topics").begin_array().string("live." + who).end_array();
    w.key("view").begin_object().field("door", "ocms").field("role", agent ? "agent" : "user");
    w.field("robot", session.robot_id).field("principal", who).field("family", session.identity.family);
    // Who waits behind whom: all robots of an account are one tenant, and so is the account.
    w.field("tenant", session.identity.owner ? account_principal(session.identity.owner).name() : who);
    w.key("kicks").begin_array().string(who);
    // A robot's agents are no guests of it: they go when the robot goes.
    if (!agent) w.string("talk." + std::to_string(session.robot));
    w.end_array().end_object();
    if (session.identity.expires_ms) w.field("expires", session.identity.expires_ms);
    w.end_object();
    return std::move(w).take();
}

std::string open_agent(api::Ask& ask, const std::string& api_key) {
    const auto identity = api::identify_agent(ask.services, api_key);
    if (!identity) return refuse(ask, "无效的 API Key");
    return admit(ask, {"ocms", *identity, identity->principal.id, identity->public_id});
}

std::string open_user(api::Ask& ask, const Wanted& wanted) {
    if (wanted.robot_id.empty()) return uplink::close_answer(kPolicy, "缺少 robotId 参数");
    const auto identity = ask.services.standing.check(ask.services.db, ask.services.house, wanted.token);
    if (!identity) return refuse(ask, "无效的 Token");
    const auto robot = ask.services.db.read([&](db::Session& s) { return robots::find(s, wanted.robot_id); });
    if (!robot || !robots::may_talk(*robot, identity->principal.id))
        return uplink::close_answer(kPolicy, "机器人不存在");
    // The session is carried about: one too long to be right stays wrong, and no longer than that.
    const std::string conversation(utf8_prefix(wanted.conversation, conversations::kLongestId + 1));
    return admit(ask, {"ocms", *identity, robot->id, robot->public_id, conversation});
}

std::string open(api::Ask& ask) {
    const std::string address = ask.body.text_or("address");
    if (ask.services.refusals.blocked_seconds(ask.services.db, ask.services.house, address) > 0)
        return uplink::close_answer(kPolicy, "请求过于频繁，请稍后再试");
    const Wanted wanted = read_wanted(ask.body);
    if (!wanted.api_key.empty()) return open_agent(ask, wanted.api_key);
    if (!wanted.token.empty()) return open_user(ask, wanted);
    return uplink::close_answer(kPolicy, "缺少身份信息");
}

using Heads = std::vector<std::pair<int64_t, int64_t>>;

struct Pending {
    std::vector<std::string> pushes;
    Heads heads;
    Heads cut;  // true heads of channels whose head above is lower
};

// What the robot said and no device of the user has confirmed, oldest first, as far as one
// answer carries it. A channel of which something is left out gets the number before that as
// its head, so that the relay fetches the rest as it fills any gap.
Pending pending_of_user(db::Session& s, const House& house, const uplink::Session& session) {
    std::map<int64_t, int64_t> heads, true_heads;
    // Read first: what comes after it, the relay has as a push.
    const auto talks = channels::talk_marks(s, session.identity.principal.id, session.robot);
    for (const auto& talk : talks) heads[talk.channel] = true_heads[talk.channel] = talk.last;
    std::vector<messages::Message> found;
    for (const auto& [channel, last, after] : talks) {
        if (last <= after) continue;
        const bool enough = found.size() >= 5 * static_cast<size_t>(kMostPending);
        const auto some = enough
                              ? std::vector<messages::Message>()
                              : messages::from_sender(s, channel, robot_principal(session.robot), after, kMostPending);
        if (enough) heads[channel] = std::min(heads[channel], after);
        else if (some.size() == static_cast<size_t>(kMostPending))
            heads[channel] = std::min(heads[channel], some.back().seq);
        for (const auto& message : some)
            if (message.seq <= heads[channel]) found.push_back(message);
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    keep_talk_order(
        found, [](const auto& message) { return message.channel; }, [](const auto& message) { return message.seq; });
    Pending pending;
    size_t bytes = 0;
    for (const auto& message : found) {
        if (pending.pushes.size() == static_cast<size_t>(kMostPending) || bytes > kMostPendingBytes) {
            heads[message.channel] = std::min(heads[message.channel], message.seq - 1);
            continue;
        }
        pending.pushes.push_back(messages::render_push(s, house, *channels::find(s, message.channel), message));
        bytes += pending.pushes.back().size();
    }
    pending.heads.assign(heads.begin(), heads.end());
    for (const auto& [channel, head] : true_heads)
        if (heads[channel] < head) pending.cut.emplace_back(channel, head);
    return pending;
}

// The relay listens to kicks by now: what ended before is seen here, what ends later it hears.
const char* no_longer_welcome(api::Ask& ask, const uplink::Session& session) {
    const bool agent = session.identity.principal.type == PrincipalType::robot;
    if (!ask.services.standing.stands_now(ask.services.db, ask.services.house, session.identity))
        return agent ? "无效的 API Key" : "无效的 Token";
    if (agent) return nullptr;
    const auto robot = ask.services.db.read([&](db::Session& s) { return robots::find_by_id(s, session.robot); });
    return robot && robots::may_talk(*robot, session.identity.principal.id) ? nullptr : "机器人不存在";
}

std::string ready(api::Ask& ask) {
    const auto session = uplink::open(ask.services, ask.body.text_or("session"));
    if (!session || session->door != "ocms") return uplink::close_answer(kPolicy, "无效的 Token");
    if (const char* reason = no_longer_welcome(ask, *session)) return uplink::close_answer(kPolicy, reason);
    Pending pending;
    if (session->identity.principal.type == PrincipalType::robot) {
        pending.pushes = ask.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            return agents::ready(s, ask.services.house, session->robot, ask.body.text_or("conn"), pushes);
        });
    } else {
        pending =
            ask.services.db.read([&](db::Session& s) { return pending_of_user(s, ask.services.house, *session); });
    }
    json::Writer w;
    w.begin_object().field("v", 1);
    uplink::write_pairs(w.key("heads"), pending.heads);
    if (!pending.cut.empty()) uplink::write_pairs(w.key("cut"), pending.cut);
    w.key("pending").begin_array();
    for (const auto& push : pending.pushes) w.raw(push);
    w.end_array().end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.ocms.open", "ocms", open},
    {"ask.ocms.ready", "ocms", ready},
    {"ask.ocms.frames", "ocms", frames},
    {"ask.ocms.confirm", "ocms", confirm},
    {"ask.ocms.close", "ocms", close},
};
// clang-format on

}  // namespace

const api::EventGroup kStream = {"ocms-stream", kRoutes};

}  // namespace hy::ocms
