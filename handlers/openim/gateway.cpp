#include "gateway.h"

#include <algorithm>
#include <iterator>

#include "../uplink/chats.h"
#include "../uplink/core.h"
#include "base/text.h"
#include "conversation_ids.h"
#include "core/events.h"
#include "core/presence.h"
#include "door.h"

namespace hy::openim {

namespace {

struct Client {
    std::string token, user;
    int64_t platform = 0;
};
Client client_of(const json::Value* query, const Form& form) {
    const auto named = [&](const char* name) { return query ? query->text_or(name) : std::string(); };
    return {named("token"), named(form.user), to_int(named("platformID")).value_or(0)};
}

std::string refuse(api::Ask& ask, const Form& form) {
    ask.services.refusals.count(ask.services.db, ask.services.house, ask.body.text_or("address"));
    return uplink::close_answer(form.bad_token, "Token 无效");
}

std::string admit(api::Ask& ask, const Form& form, const Client& client, const sessions::Identity& identity) {
    auto& services = ask.services;
    const std::string who = identity.principal.name();
    // Whichever form it speaks, it is at the same door.
    presence::Connection mine{ask.body.text_or("conn"), ask.body.text_or("relay"), "openim", identity.principal};
    mine.exclusive = "openim:" + identity.principal.key() + ":" + std::to_string(client.platform);
    mine.most = services.config.limits.connections_per_account;
    mine.device = std::to_string(client.platform);
    std::vector<std::pair<int64_t, int64_t>> groups;
    const bool room = services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        groups = channels::groups_of(s, identity.principal);
        return presence::opened(s, services.house, mine, kReplaced, "已在其他设备登录", pushes);
    });
    if (!room) return uplink::close_answer(kLater, "连接数过多");
    uplink::tell_presence(services, {identity.principal.id});
    json::Writer w;
    w.begin_object().field("v", 1).field("session", uplink::seal(services, {form.door, identity}));
    uplink::write_topics(w, identity.principal, groups);
    w.key("view").begin_object().field("door", form.door).field("uid", identity.public_id);
    w.field("principal", who).field("family", identity.family).field("tenant", who);
    w.key("kicks").begin_array().string(who).end_array().end_object();
    if (identity.expires_ms) w.field("expires", identity.expires_ms).field("expired_code", form.expired_token);
    w.end_object();
    return std::move(w).take();
}

// What no sync of a client brings: recalls, and what became of who asked whom. Of a group that is no more nothing is told.
bool to_be_told(db::Session& s, const events::Event& event) {
    constexpr std::string_view kKinds[] = {"recall",       "chat.hidden",   "friend.request", "friend.refused",
                                           "friend.added", "group.request", "group.accepted", "group.refused"};
    if (std::find(std::begin(kKinds), std::end(kKinds), event.kind) == std::end(kKinds)) return false;
    const auto about = json::parse(event.payload);
    const json::Value* group = about ? about->find("group") : nullptr;
    if (!group) return true;
    return groups::find(s, group->string() ? *group->string() : group->text_or("id")).has_value();
}

// Since the device was last there, and so much before, for which nobody knew yet that it had gone.
std::vector<std::string> missed(api::Ask& ask, const uplink::Session& session) {
    constexpr int64_t kUnnoticedMs = 120'000, kMostEvents = 200;
    return ask.services.db.read([&](db::Session& s) {
        std::vector<std::string> found;
        const int64_t account = session.identity.principal.id;
        const int64_t end = presence::last_end(s, account, "openim", std::to_string(session.identity.platform));
        if (end == 0) return found;
        for (const auto& event : events::newest(s, account, kMostEvents))
            if (event.created_at >= end - kUnnoticedMs && to_be_told(s, event)) found.push_back(events::render(event));
        return found;
    });
}

}  // namespace

std::string open_client(api::Ask& ask, const Form& form) {
    auto& services = ask.services;
    if (services.refusals.blocked_seconds(services.db, services.house, ask.body.text_or("address")) > 0)
        return uplink::close_answer(kLater, "请求过于频繁，请稍后重试");
    const Client client = client_of(ask.body.find("query"), form);
    if (client.platform < 1 || client.platform > kMostPlatform)
        return uplink::close_answer(kRefused, "参数错误: platformID");
    auto identity = services.standing.check(services.db, services.house, client.token);
    // A token says whose it is, and one that names a platform is good for that one.
    if (!identity || identity->public_id != client.user) return refuse(ask, form);
    if (identity->platform && identity->platform != client.platform) return refuse(ask, form);
    // What is said here is said from this platform.
    identity->platform = client.platform;
    return admit(ask, form, client, *identity);
}

std::string ready_client(api::Ask& ask, const Form& form) {
    const auto session = uplink::open(ask.services, ask.body.text_or("session"));
    // The relay listens to kicks by now: what ended before is seen here, what ends later it hears.
    if (!session || session->door != form.door ||
        !ask.services.standing.stands_now(ask.services.db, ask.services.house, session->identity))
        return uplink::close_answer(form.bad_token, "Token 无效");
    return uplink::chats_ready(ask, *session, form.tells_missed ? missed(ask, *session) : std::vector<std::string>());
}

void require_own(api::Ask& ask, const uplink::Session& session, const json::Value& op) {
    const std::string token = op.text_or("token"), from = op.text_or("from");
    if (!from.empty() && from != session.identity.public_id) throw Error(Fault::forbidden, "foreign");
    if (token.empty()) return;
    const auto identity = ask.services.standing.check(ask.services.db, ask.services.house, token);
    if (!identity || identity->principal != session.identity.principal) throw Error(Fault::unauthorized, "token");
}

}  // namespace hy::openim
