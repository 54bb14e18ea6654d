#include "status.h"

#include <cstdio>
#include <set>
#include <thread>

#include "app/metrics_server.h"
#include "base/text.h"
#include "core/outbox.h"
#include "core/presence.h"

namespace hy::tools {

namespace {

constexpr const char* kQueue = "SELECT COUNT(*) FROM agent_queue";
constexpr const char* kMost = "SELECT @@max_connections";

// Processes are those whose metrics sockets answer.
std::set<std::string> processes(const std::string& metrics) {
    constexpr std::string_view mark = "process=\"";
    std::set<std::string> names;
    for (size_t at = 0; (at = metrics.find(mark, at)) != std::string::npos; at += mark.size()) {
        const size_t from = at + mark.size();
        names.insert(metrics.substr(from, metrics.find('"', from) - from));
    }
    return names;
}

}  // namespace

bool nats_answers(const Config& config) {
    const auto bus = bus::connect(config, "hongyanctl");
    for (int i = 0; i < 40 && !bus->connected(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return bus->flush(1000);
}

int print_status(const Config& config, const House& house, db::Database& db) {
    bool fine = true;
    const auto names = processes(app::collect_metrics(config.run_dir));
    printf("processes   %zu\n", names.size());
    for (const auto& name : names) printf("            %s\n", name.c_str());
    const bool nats = nats_answers(config);
    printf("nats        %s\n", nats ? "ok" : "away");
    fine = fine && nats && !names.empty();
    try {
        db.read([&](db::Session& s) {
            printf("database    ok\noutbox      %lld rows\n", static_cast<long long>(outbox::depth(s)));
            db::Rows queue = s.query(kQueue);
            if (queue.next()) printf("agents      %lld messages wait\n", static_cast<long long>(queue.integer(1)));
            printf("connections %lld\n", static_cast<long long>(presence::connection_count(s, house)));
            for (const auto& relay : presence::relays(s, house))
                printf("relay       %s: %lld connections, heard of %llds ago\n", relay.id.c_str(),
                       static_cast<long long>(relay.connections),
                       static_cast<long long>((house.clock.now_ms() - relay.seen_at) / 1000));
        });
    } catch (const Error&) {
        printf("database    away\n");
        fine = false;
    }
    return fine ? 0 : 1;
}

int64_t wanted_connections(const Config& config, const std::vector<Program>& programs) {
    // Each FastCGI process opens at most one connection a thread and one for its outbox.
    int64_t most = 0;
    for (const auto& program : programs) {
        const std::string_view kind = program.kind;
        if (kind == "fastcgi") most += config.processes * (config.http.threads + 1);
        else if (kind == "event") most += config.events.workers + 1;
        else if (std::string_view(program.name) == "jobs-replies") most += config.jobs.reply_workers + 5;
        else if (std::string_view(program.name) == "jobs-callbacks") most += 3 * config.jobs.callback_workers + 4;
        else most += 2;
    }
    return most;
}

std::vector<std::string> database_faults(const Config& config, const std::vector<Program>& programs) {
    const int64_t most = wanted_connections(config, programs);
    try {
        db::Database db(config, 1);
        const int64_t given = db.read([](db::Session& s) {
            db::Rows rows = s.query(kMost);
            return rows.next() ? rows.integer(1) : int64_t{0};
        });
        if (most <= given - 5) return {};
        return {"database: up to " + std::to_string(most) + " connections are wanted, the server gives " +
                std::to_string(given) + "; lower processes, http.threads or events.workers, or raise max_connections"};
    } catch (const Error&) {
        fprintf(stderr, "note: the database does not answer; its limit was not checked\n");
        return {};
    }
}

}  // namespace hy::tools
