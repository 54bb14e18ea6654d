// /sandbox: lets in whoever has the key of a bench, and says to whom it belongs. What is said there is HTTP.
#include "../uplink/core.h"
#include "../uplink/session.h"
#include "core/accounts.h"
#include "core/presence.h"
#include "core/sandbox_talks.h"
#include "door.h"
#include "keys.h"

namespace hy::sandbox {

namespace {

constexpr int kPolicy = 1008;

std::string given_key(const json::Value& ask) {
    const json::Value* query = ask.find("query");
    if (query)
        if (auto key = query->text_or("authorization"); !key.empty()) return key;
    const json::Value* headers = ask.find("headers");
    return headers ? headers->text_or("authorization") : std::string();
}

// Whose bench a key opens; nothing when there is another by now, or its account may not come in.
std::optional<accounts::Account> owner_of(api::Ask& ask, const std::string& key) {
    const House& house = ask.services.house;
    const auto claimed = read_key(house, key);
    if (!claimed) return std::nullopt;
    return ask.services.db.read([&](db::Session& s) -> std::optional<accounts::Account> {
        auto account = accounts::find(s, claimed->account);
        if (!account || account->status != accounts::Status::active) return std::nullopt;
        if (find(s, account->id).key_version != claimed->version) return std::nullopt;
        return account;
    });
}

std::string refuse(api::Ask& ask) {
    ask.services.refusals.count(ask.services.db, ask.services.house, ask.body.text_or("address"));
    return uplink::close_answer(kPolicy, "鉴权失败");
}

std::string open(api::Ask& ask) {
    const House& house = ask.services.house;
    if (ask.services.refusals.blocked_seconds(ask.services.db, house, ask.body.text_or("address")) > 0)
        return uplink::close_answer(kPolicy, "请求过于频繁，请稍后再试");
    const std::string key = given_key(ask.body);
    const auto owner = owner_of(ask, key);
    if (!owner) return refuse(ask);
    const Principal who = account_principal(owner->id);
    const presence::Connection mine{ask.body.text_or("conn"),
                                    ask.body.text_or("relay"),
                                    "sandbox",
                                    who,
                                    "",
                                    house.config.limits.connections_per_account};
    outbox::Pushes none;
    const bool room =
        ask.services.db.read([&](db::Session& s) { return presence::opened(s, house, mine, 0, "", none); });
    if (!room) return uplink::close_answer(kPolicy, "连接数过多");
    uplink::Session session{"sandbox", {}, 0, {}, key};
    // What ends its logins everywhere ends this connection too: the relay asks every few seconds whether it stands.
    session.identity.principal = who;
    session.identity.version = owner->version;
    json::Writer w;
    w.begin_object().field("v", 1).field("session", uplink::seal(ask.services, session));
    w.key("topics").begin_array().string("live." + who.name()).end_array();
    w.key("view").begin_object().field("door", "sandbox").field("principal", who.name()).field("tenant", who.name());
    w.key("kicks").begin_array().string(who.name()).string("sandbox." + std::to_string(owner->id)).end_array();
    w.end_object().end_object();
    return std::move(w).take();
}

void write_init(json::Writer& w, const Self& self, const std::string& conn) {
    w.begin_object().field("v", 1).field("kind", "bench").field("conn", conn).key("payload").begin_object();
    w.field("userId", kSelf).field("nick", self.nick).field("sex", self.sex).field("avatar", self.avatar);
    w.field("sign", self.sign).field("status", self.status).field("id", kSelf).field("name", self.nick);
    w.field("robotId", self.robot_id);
    w.end_object().end_object();
}

std::string ready(api::Ask& ask) {
    const auto session = uplink::open(ask.services, ask.body.text_or("session"));
    if (!session || session->door != "sandbox") return uplink::close_answer(kPolicy, "鉴权失败");
    // The relay listens to kicks by now: what ended before is seen here.
    const auto owner = owner_of(ask, session->conversation);
    if (!owner) return uplink::close_answer(kPolicy, "鉴权失败");
    Self self;
    std::vector<std::pair<int64_t, int64_t>> heads;
    ask.services.db.read([&](db::Session& s) {
        heads = talk_heads(s, owner->id);
        self = find(s, owner->id);
    });
    json::Writer w;
    w.begin_object().field("v", 1);
    uplink::write_pairs(w.key("heads"), heads);
    w.key("pending").begin_array();
    if (ask.body.bool_or("first", true)) write_init(w, self, ask.body.text_or("conn"));
    w.end_array().end_object();
    return std::move(w).take();
}

// clang-format off
const api::EventRoute kRoutes[] = {
    {"ask.sandbox.open", "sandbox", open},
    {"ask.sandbox.ready", "sandbox", ready},
    {"ask.sandbox.close", "sandbox", uplink::close},
};
// clang-format on

}  // namespace

const api::EventGroup kStream = {"sandbox-stream", kRoutes};

}  // namespace hy::sandbox
