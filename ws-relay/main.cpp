// ws-relay: holds the WebSocket connections of every door. It has no database, no rules,
// and nothing worth saving.
#include <csignal>
#include <iostream>

#include "app/process.h"
#include "base/log.h"
#include "doors/ocms.h"
#include "doors/workbot.h"
#include "doors/openim.h"
#include "doors/openim_sdk.h"
#include "doors/sandbox.h"
#include "doors/wukongim.h"
#include "relay.h"

namespace {

int serve(const hy::Config& config) {
    const hy::SystemClock clock;
    hy::metrics::Registry registry;
    const auto bus = hy::bus::connect(config, "ws-relay " + config.relay.name);
    hy::relay::Doors doors;
    doors.push_back(hy::relay::make_ocms_door());
    doors.push_back(hy::relay::make_workbot_door(clock));
    doors.push_back(hy::relay::make_wukongim_door(config, clock));
    doors.push_back(hy::relay::make_openim_door());
    doors.push_back(hy::relay::make_openim_sdk_door());
    doors.push_back(hy::relay::make_sandbox_door());
    hy::relay::Relay relay(config, clock, *bus, registry, std::move(doors));
    auto& nats = registry.gauge("hongyan_nats_connected", "1 when NATS can be reached");
    const hy::app::MetricsServer metrics(registry, "ws-relay", config.run_dir,
                                         [&] { nats.set(bus->connected() ? 1 : 0); });
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
        int exit_code = 0;
        const auto config = hy::app::start(argc, argv, "ws-relay", exit_code);
        return config ? serve(*config) : exit_code;
    } catch (const std::exception& fault) {
        std::cerr << "ws-relay: " << fault.what() << "\n";
        return 1;
    }
}
