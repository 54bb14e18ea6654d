// What every process does first and last: settings, signals, log, NATS, services, metrics.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "api/services.h"
#include "app/metrics_server.h"

namespace hy::app {

// Reads the settings, answers --check-config and --version, blocks signals, sets up the log.
// Returns nothing when the process is done; `exit_code` says how.
std::optional<Config> start(int argc, char** argv, const std::string& name, int& exit_code);

// What keeps a process from starting at all (a secret that it may not read), on stderr; the status it ends with.
int say_why(const std::string& name, const std::exception& fault);

// The services of a running process and their metrics.
class Running {
public:
    Running(const Config& config, const std::string& name, int db_connections);
    api::Services& services() { return *services_; }
    // False, and a line in the log, when the schema is known to be older than this binary.
    bool schema_fits();

private:
    SystemClock clock_;
    std::unique_ptr<bus::Bus> bus_;
    std::unique_ptr<api::Services> services_;
    std::unique_ptr<MetricsServer> metrics_;
};

}  // namespace hy::app
