// Where WuKongIM's clients connect, with which token, and how the house is.
#include <Poco/URI.h>

#include "base/text.h"
#include "core/presence.h"
#include "door.h"

namespace hy::wukongim {

namespace {

struct TokenWanted {
    int64_t level = 0;
};
const auto kTokenWanted = json::Schema<TokenWanted>().field(
    "deviceLevel", &TokenWanted::level,
    {.min = 0, .max = 1, .note = "1 master: connecting sends the account's other devices of the same flag away"});

constexpr const char* kConfigExample =
    R"({"success":true,"data":{"uid":"hy_a1b2c3d4e5f6","wsUrl":"ws://your-server:8811/im/stream","tcpAddr":"your-server:5100",)"
    R"("apiUrl":"http://your-server:8811/api/v1/im","managerUrl":"http://your-server:8811/console/"}})";

// "ws://host:port/im/stream" of "http://host:port"
std::string stream_url(const Config& config) {
    const std::string& url = config.public_url;
    const size_t colon = url.find(':');
    return (url.starts_with("https:") ? "wss" : "ws") + url.substr(colon) + "/im/stream";
}

std::string tcp_address(const Config& config) {
    const auto& own = config.wukongim;
    if (!own.tcp_address.empty() || own.tcp_listen.empty()) return own.tcp_address;
    return Poco::URI(config.public_url).getHost() + own.tcp_listen.substr(own.tcp_listen.rfind(':'));
}

api::Reply config(api::Call& call) {
    const Config& c = call.services.config;
    json::Writer w;
    w.begin_object().field("uid", call.identity->public_id).field("wsUrl", stream_url(c));
    w.field("tcpAddr", tcp_address(c)).field("apiUrl", c.public_url + "/api/v1/im");
    w.field("managerUrl", c.public_url + "/console/").end_object();
    return reply(w.text());
}

api::Reply token(api::Call& call) {
    const TokenWanted wanted = trim(call.body).empty() ? TokenWanted{} : call.read(kTokenWanted);
    json::Writer w;
    w.begin_object();
    w.field("token", sessions::connection_token(call.services.house, *call.identity, wanted.level == 1)).end_object();
    return reply(w.text());
}

api::Reply health(api::Call& call) {
    auto& services = call.services;
    std::string away;
    if (!services.bus.connected()) away = "NATS";
    if (!services.db.alive()) away = "database";
    json::Writer w;
    if (!away.empty()) {
        w.begin_object().field("success", false).field("message", "服务不可用: " + away).end_object();
        return api::reply_json(std::move(w), 503);
    }
    w.begin_object().field("status", "healthy").field("timestamp", iso8601(services.clock.now_ms())).end_object();
    return reply(w.text());
}

api::Reply info(api::Call& call) {
    auto& services = call.services;
    int64_t since = 0, connections = 0;
    services.db.read([&](db::Session& s) {
        since = presence::up_since(s, services.house);
        connections = presence::connection_count(s, services.house);
    });
    json::Writer w;
    w.begin_object().field("version", HONGYAN_VERSION);
    w.field("uptime", since ? (services.clock.now_ms() - since) / 1000 : 0);
    w.field("connections", connections).end_object();
    return reply(w.text());
}

// clang-format off
const api::Route kRoutes[] = {
    {"GET", "/api/v1/im/config", api::Auth::talker, api::Rate::normal, config, "Where clients connect",
     {.answer = kConfigExample, .errors = {401, 429}, .failure = "获取配置失败"}},
    {"POST", "/api/v1/im/token", api::Auth::talker, api::Rate::normal, token, "A token for connecting",
     {.body = &kTokenWanted, .answer = R"({"success":true,"data":{"token":"wukongim-token"}})", .errors = {400, 401, 429}, .failure = "获取Token失败"}},
    {"GET", "/api/v1/im/health", api::Auth::none, api::Rate::none, health, "Whether it works",
     {.answer = R"({"success":true,"data":{"status":"healthy","timestamp":"2024-01-15T10:30:00Z"}})", .errors = {503}}},
    {"GET", "/api/v1/im/system/info", api::Auth::talker, api::Rate::normal, info, "Version, uptime, connections of all relays",
     {.answer = R"({"success":true,"data":{"version":"1.0.0","uptime":86400,"connections":1000}})", .errors = {401, 429, 503}, .failure = "获取系统信息失败"}},
};
// clang-format on

}  // namespace

const api::Group kSystem = {kDoor, "wukongim-system", kRoutes};

}  // namespace hy::wukongim
