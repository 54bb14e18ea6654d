#include "house_health.h"

#include <algorithm>
#include <filesystem>
#include <map>

#include "app/metrics_server.h"
#include "base/text.h"
#include "core/jobs.h"
#include "core/outbox.h"
#include "core/presence.h"

namespace hy::workbot {

const char* const kHealthExample =
    R"({"code":0,"message":"success","data":{"status":"ok","version":"0.1.0","at":"2024-12-01T10:30:00Z",)"
    R"("database":{"status":"ok","tookMs":0.4},"nats":{"status":"ok"},"outbox":0,"jobs":2,"connections":15,)"
    R"("relays":[{"name":"relay-1.1703123456789","alive":true,"connections":15,"startedAt":"2024-12-01T10:00:00Z",)"
    R"("seenAt":"2024-12-01T10:29:59Z"}],"processes":[{"name":"workbot-robots","running":2,"natsConnected":2,)"
    R"("databaseConnections":1}]}})";

namespace {

struct Process {
    int64_t running = 0, nats = 0, connections = 0;
    bool may_rest = false;  // a handler that a request starts
};
using Processes = std::map<std::string, Process>;

// hongyan_nats_connected{process="workbot-robots.4711"} 1
void take_line(Processes& found, std::string_view line) {
    constexpr std::string_view kProcess = "{process=\"";
    const size_t at = line.find(kProcess), space = line.rfind(' ');
    if (at == std::string_view::npos || space == std::string_view::npos) return;
    const std::string_view family = line.substr(0, at);
    std::string_view name = line.substr(at + kProcess.size());
    name = name.substr(0, name.find('"'));
    Process& process = found[std::string(name.substr(0, name.rfind('.')))];
    const int64_t value = to_int(line.substr(space + 1)).value_or(0);
    // Each process has exactly one of these.
    if (family == "hongyan_nats_connected") {
        ++process.running;
        process.nats += value;
    } else if (family == "hongyan_database_connections" && line.find("state=\"open\"") != std::string_view::npos) {
        process.connections += value;
    }
}

// Those of this host: whoever has a socket that nginx calls is wanted, whether it runs or not, and so are those that
// work behind and stand beside this program: a host may have some of the packages only.
Processes processes_of(const Config& config) {
    Processes found;
    std::error_code ignored;
    const auto programs = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
    for (const char* name : kBackground)
        if (std::filesystem::exists(programs / name, ignored)) found[name];
    for (const auto& entry : std::filesystem::directory_iterator(config.run_dir, ignored))
        if (entry.path().extension() == ".sock" && entry.path().stem().string().find('-') != std::string::npos)
            found[entry.path().stem().string()].may_rest = config.http.idle_exit_seconds > 0;
    for (const auto& line : split(app::collect_metrics(config.run_dir), '\n'))
        if (!line.starts_with('#')) take_line(found, line);
    return found;
}

struct House {
    int64_t outbox = 0, jobs = 0, connections = 0, took_us = 0;
    std::vector<presence::Relay> relays;
};

std::optional<House> look(api::Services& services) try {
    const int64_t began = monotonic_us();
    return services.db.read([&](db::Session& s) {
        House house{outbox::depth(s), jobs::depth(s), presence::connection_count(s, services.house), 0,
                    presence::relays(s, services.house)};
        house.took_us = monotonic_us() - began;
        return house;
    });
} catch (const Error&) {
    return std::nullopt;
}

void write_processes(json::Writer& w, const Processes& processes) {
    w.key("processes").begin_array();
    for (const auto& [name, process] : processes) {
        w.begin_object().field("name", name).field("running", process.running).field("natsConnected", process.nats);
        w.field("databaseConnections", process.connections).end_object();
    }
    w.end_array();
}

}  // namespace

api::Reply house_health(api::Call& call) {
    auto& services = call.services;
    const auto house = look(services);
    const auto processes = processes_of(services.config);
    const bool nats = services.bus.connected();
    bool fine = house.has_value() && nats;
    for (const auto& [name, process] : processes)
        fine = fine && (process.running > 0 || process.may_rest) && process.nats == process.running;
    fine = fine && std::any_of(house->relays.begin(), house->relays.end(), [](const auto& r) { return r.lives; });
    json::Writer w;
    w.begin_object().field("status", fine ? "ok" : "degraded").field("version", HONGYAN_VERSION);
    w.field("at", iso8601(services.clock.now_ms())).key("database").begin_object();
    w.field("status", house ? "ok" : "away");
    w.field("tookMs", house ? rounded(static_cast<double>(house->took_us) / 1000) : 0).end_object();
    w.key("nats").begin_object().field("status", nats ? "ok" : "away").end_object();
    w.field("outbox", house ? house->outbox : 0).field("jobs", house ? house->jobs : 0);
    w.field("connections", house ? house->connections : 0).key("relays").begin_array();
    for (const auto& relay : house ? house->relays : std::vector<presence::Relay>{}) {
        w.begin_object().field("name", relay.id).field("alive", relay.lives).field("connections", relay.connections);
        write_time(w, "startedAt", relay.started_at);
        write_time(w, "seenAt", relay.seen_at);
        w.end_object();
    }
    w.end_array();
    write_processes(w, processes);
    w.end_object();
    return reply("success", w.text());
}

}  // namespace hy::workbot
