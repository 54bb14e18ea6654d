#include "app/process.h"

#include <unistd.h>

#include <cstdio>

#include "base/log.h"
#include "base/zone.h"
#include "core/schema.h"

namespace hy::app {

namespace {

int print_check(const std::string& name, const std::vector<std::string>& faults) {
    for (const auto& fault : faults) fprintf(stderr, "%s: %s\n", name.c_str(), fault.c_str());
    if (faults.empty()) printf("%s: the configuration is fine\n", name.c_str());
    return faults.empty() ? 0 : 1;
}

}  // namespace

std::optional<Config> start(int argc, char** argv, const std::string& name, int& exit_code) {
    std::vector<std::string> words;
    try {
        Config config = load_config(argc, argv, environ, &words);
        const auto faults = config_faults(config);
        for (const auto& word : words) {
            if (word == "--check-config") return exit_code = print_check(name, faults), std::nullopt;
            if (word == "--version")
                return printf("%s %s\n", name.c_str(), HONGYAN_VERSION), exit_code = 0, std::nullopt;
            fprintf(stderr, "%s: what is %s? Flags are --key=value, --check-config, --version\n", name.c_str(),
                    word.c_str());
            return exit_code = 2, std::nullopt;
        }
        if (!faults.empty()) return exit_code = print_check(name, faults), std::nullopt;
        use_zone(config.timezone);
        log::configure(name, log::level_from(config.log_level));
        block_signals();
        return config;
    } catch (const Error& error) {
        fprintf(stderr, "%s: %s\n", name.c_str(), error.detail.empty() ? error.what() : error.detail.c_str());
        return exit_code = 2, std::nullopt;
    }
}

int say_why(const std::string& name, const std::exception& fault) {
    fprintf(stderr, "%s: %s\n", name.c_str(), fault.what());
    return 1;
}

Running::Running(const Config& config, const std::string& name, int db_connections)
    : bus_(bus::connect(config, name)),
      services_(std::make_unique<api::Services>(config, clock_, *bus_, db_connections)) {
    auto& gauges = services_->metrics;
    auto& open = gauges.gauge("hongyan_database_connections", "Connections of the pool", "state=\"open\"");
    auto& busy = gauges.gauge("hongyan_database_connections", "Connections of the pool", "state=\"busy\"");
    auto& nats = gauges.gauge("hongyan_nats_connected", "1 when NATS can be reached");
    metrics_ = std::make_unique<MetricsServer>(gauges, name, config.run_dir, [this, &open, &busy, &nats] {
        const auto stats = services_->db.stats();
        open.set(stats.open);
        busy.set(stats.busy);
        nats.set(services_->bus.connected() ? 1 : 0);
    });
}

bool Running::schema_fits() {
    try {
        const int64_t have = schema::version(services_->db);
        if (have >= schema::kSchemaVersion) return true;
        log::error("the schema is older than this binary; run hongyanctl migrate",
                   {{"schema", have}, {"needed", schema::kSchemaVersion}});
        return false;
    } catch (const Error&) {
        return true;  // a database that is away is no reason to end
    }
}

}  // namespace hy::app
