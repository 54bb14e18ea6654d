// How the house is: one line for machines, and the metrics of every process on this host.
#include "app/metrics_server.h"
#include "core/outbox.h"
#include "core/presence.h"
#include "groups.h"

namespace hy::system {

namespace {

api::Reply say_fault(const Error& error, const api::Refused& what) {
    constexpr int statuses[] = {400, 401, 403, 404, 409, 413, 429, 502, 503, 500};
    json::Writer w;
    w.begin_object().field("error", error.code).field("request_id", what.request_id).end_object();
    return api::reply_json(std::move(w), statuses[static_cast<int>(error.fault)]);
}
int status_of(Fault) { return 500; }

const api::Door kDoor = {"system", "Hongyan: system", "/", say_fault, status_of};

// Says what is wrong, not only that something is.
api::Reply healthz(api::Call& call) {
    auto& services = call.services;
    int64_t outbox_depth = -1, connections = -1;
    std::string database = "ok";
    try {
        services.db.read([&](db::Session& s) {
            outbox_depth = outbox::depth(s);
            connections = presence::connection_count(s, services.house);
        });
    } catch (const Error&) {
        database = "away";
    }
    const bool nats = services.bus.connected(), fine = nats && database == "ok";
    json::Writer w;
    w.begin_object().field("status", fine ? "ok" : "degraded").field("version", HONGYAN_VERSION);
    w.field("database", database).field("nats", nats ? "ok" : "away");
    if (database == "ok") w.field("outbox", outbox_depth).field("connections", connections);
    w.end_object();
    return api::reply_json(std::move(w), fine ? 200 : 503);
}

api::Reply metrics(api::Call& call) {
    auto& services = call.services;
    api::Reply reply;
    reply.headers.emplace_back("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    reply.body = app::collect_metrics(services.config.run_dir);
    try {
        const int64_t depth = services.db.read([](db::Session& s) { return outbox::depth(s); });
        reply.body +=
            "# HELP hongyan_outbox_rows Rows waiting in the outbox\n# TYPE hongyan_outbox_rows "
            "gauge\nhongyan_outbox_rows " +
            std::to_string(depth) + "\n";
    } catch (const Error&) {
        // The other figures are wanted all the more.
    }
    return reply;
}

// clang-format off
const api::Route kRoutes[] = {
    {"GET", "/healthz", api::Auth::none, api::Rate::none, healthz, "How the house is",
     {.answer = R"({"status":"ok","version":"0.1.0","database":"ok","nats":"ok","outbox":0,"connections":0})", .errors = {503}}},
    {"GET", "/metrics", api::Auth::none, api::Rate::none, metrics, "Prometheus metrics of every process; from loopback only", {}},
};
// clang-format on

}  // namespace

const api::Group kHealth = {kDoor, "system-health", kRoutes};

}  // namespace hy::system
