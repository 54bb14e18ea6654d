// /ws: admits robots' devices, one connection each, and says what they are to do.
#include "../uplink/core.h"
#include "../uplink/session.h"
#include "core/commands.h"
#include "core/devices.h"
#include "core/kicks.h"
#include "core/logs.h"
#include "core/presence.h"
#include "core/quotas.h"
#include "door.h"

namespace hy::workbot {

namespace {

constexpr int kBadToken = 4001, kExpired = 4007, kTooMany = 4029, kReplaced = 4000;
constexpr quotas::Quota kConnects = {"device.connects", 5, 10};

void tell(db::Session& s, const House& house, logs::Level level, const char* message, const std::string& robot_id,
          const std::string& address) {
    json::Writer w;
    w.begin_object().field("robotId", robot_id).end_object();
    logs::write(s, house,
                {.type = logs::Type::websocket,
                 .level = level,
                 .message = message,
                 .details = std::string(w.text()),
                 .address = address});
}

// How a device that may not come in is told so.
std::string refuse(api::Ask& ask, const Error& error) {
    if (error.code == "token.expired") return uplink::close_answer(kExpired, "Token 已过期");
    if (error.code == "code.expired") return uplink::close_answer(kExpired, "激活码已过期");
    if (error.fault == Fault::too_many) return uplink::close_answer(kTooMany, "连接过于频繁");
    if (error.fault != Fault::unauthorized) throw error;
    ask.services.refusals.count(ask.services.db, ask.services.house, ask.body.text_or("address"));
    return uplink::close_answer(kBadToken, "Token 无效");
}

uplink::Session session_of(const devices::Held& held) {
    uplink::Session session{"workbot", {}, held.robot, held.robot_id};
    session.identity.principal = robot_principal(held.robot);
    session.identity.public_id = held.robot_id;
    session.identity.version = held.device.version;
    session.identity.owner = held.owner;
    session.identity.expires_ms = held.device.expires_at;
    return session;
}

void take_place(api::Ask& ask, const devices::Held& held) {
    const House& house = ask.services.house;
    const presence::Connection mine{ask.body.text_or("conn"), ask.body.text_or("relay"), "workbot",
                                    robot_principal(held.robot), "device:r" + std::to_string(held.robot)};
    ask.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        // The same connection asked for once more, as after a lost answer, is no new one.
        if (house.config.rate_limit && !presence::known(s, mine.conn))
            quotas::use(s, house, kConnects, std::to_string(held.robot));
        devices::seen(s, house, held.robot);
        presence::opened(s, house, mine, kReplaced, "连接已被替换", pushes);
        tell(s, house, logs::Level::info, "设备已连接", held.robot_id, ask.body.text_or("address"));
    });
}

devices::Held judge(api::Ask& ask) {
    const House& house = ask.services.house;
    const std::string address = ask.body.text_or("address");
    if (ask.services.refusals.blocked_seconds(ask.services.db, house, address) > 0)
        throw Error(Fault::too_many, "address.blocked");
    const auto* query = ask.body.find("query");
    const std::string token = query ? query->text_or("token") : "", robot = query ? query->text_or("robotId") : "";
    const auto held = ask.services.db.read([&](db::Session& s) { return devices::identify(s, house, token, "robot"); });
    if (held.robot_id != robot) throw Error(Fault::unauthorized, "token");
    return held;
}

std::string open(api::Ask& ask) {
    try {
        const auto held = judge(ask);
        take_place(ask, held);
        const std::string number = std::to_string(held.robot);
        json::Writer w;
        w.begin_object().field("v", 1).field("session", uplink::seal(ask.services, session_of(held)));
        w.key("topics").begin_array().string("live.device." + number).end_array();
        w.key("view").begin_object().field("door", "workbot").field("robot", held.robot_id);
        w.field("tenant", held.owner ? account_principal(held.owner).name() : robot_principal(held.robot).name());
        w.key("kicks").begin_array().string("device." + number).end_array().end_object();
        w.field("expires", held.device.expires_at).field("expired", "激活码已过期").field("expired_code", kExpired);
        w.end_object();
        return std::move(w).take();
    } catch (const Error& error) {
        return refuse(ask, error);
    }
}

std::string ready(api::Ask& ask) {
    const auto session = uplink::open(ask.services, ask.body.text_or("session"));
    if (!session || session->door != "workbot") return uplink::close_answer(kBadToken, "Token 无效");
    const std::string conn = ask.body.text_or("conn");
    const bool first = ask.body.bool_or("first", true);
    const House& house = ask.services.house;
    std::optional<std::vector<commands::Command>> pending;
    ask.services.transaction([&](db::Session& s, outbox::Pushes&) {
        // The relay listens to kicks by now: what ended before is seen here.
        pending.reset();
        if (session->identity.expires_ms <= house.clock.now_ms()) return;
        if (!devices::stands(s, house, session->robot, session->identity.version)) return;
        pending = commands::hand_out(s, house, session->robot, conn, first);
    });
    if (session->identity.expires_ms <= house.clock.now_ms()) return uplink::close_answer(kExpired, "激活码已过期");
    if (!pending) return uplink::close_answer(kBadToken, "Token 已失效");
    json::Writer w;
    w.begin_object().field("v", 1).key("pending").begin_array();
    for (const auto& command : *pending) w.raw(commands::render_push(command, conn));
    w.end_array().end_object();
    return std::move(w).take();
}

// clang-format off
// Devices say nothing here that a handler hears: their heartbeats are the relay's.
const api::EventRoute kRoutes[] = {
    {"ask.workbot.open", "workbot", open},
    {"ask.workbot.ready", "workbot", ready},
    {"ask.workbot.close", "workbot", uplink::close},
};
// clang-format on

}  // namespace

const api::EventGroup kStream = {"workbot-stream", kRoutes};

}  // namespace hy::workbot
