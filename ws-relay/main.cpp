// ws-relay: holds the WebSocket connections of every door. It has no database, no rules,
// and nothing worth saving.
#include <unistd.h>

#include <csignal>
#include <iostream>

#include "app/metrics_server.h"
#include "base/errors.h"
#include "base/log.h"
#include "doors/ocms.h"
#include "relay.h"

namespace {

int check(const hy::Config& config) {
    const auto faults = hy::config_faults(config);
    for (const auto& fault : faults) std::cerr << fault << "\n";
    return faults.empty() ? 0 : 1;
}

int serve(const hy::Config& config) {
    hy::log::configure("ws-relay", hy::log::level_from(config.log_level));
    hy::block_signals();
    const hy::SystemClock clock;
    hy::metrics::Registry registry;
    const auto bus = hy::bus::connect(config, "ws-relay " + config.relay.name);
    hy::relay::Doors doors;
    doors.push_back(hy::relay::make_ocms_door());
    hy::relay::Relay relay(config, clock, *bus, registry, std::move(doors));
    const hy::app::MetricsServer metrics(registry, "ws-relay", config.run_dir);
    hy::log::info("the relay is there", {{"relay", relay.id()}, {"port", relay.port()}});
    // Connections outlive what a terminal's hang-up means to others.
    while (hy::wait_for_signal() == SIGHUP) continue;
    hy::log::info("the relay ends", {{"relay", relay.id()}});
    relay.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        std::vector<std::string> rest;
        const hy::Config config = hy::load_config(argc, argv, environ, &rest);
        if (rest == std::vector<std::string>{"--check-config"}) return check(config);
        if (!rest.empty()) throw hy::Error(hy::Fault::bad_request, "argument", rest.front());
        return serve(config);
    } catch (const std::exception& fault) {
        std::cerr << "ws-relay: " << fault.what() << "\n";
        return 1;
    }
}
