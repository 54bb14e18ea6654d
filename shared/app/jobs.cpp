#include "app/jobs.h"

#include <thread>

#include "app/process.h"
#include "base/log.h"

namespace hy::app {

namespace {

// Does each chore when its time has come, until told to stop.
void do_chores(std::span<const Chore> chores, api::Services& services, const StopSignal& stop) {
    std::vector<int64_t> due(chores.size(), 0);
    while (!stop.stopped()) {
        int64_t next = monotonic_us() + 60'000'000;
        for (size_t i = 0; i < chores.size(); ++i) {
            if (monotonic_us() >= due[i]) {
                size_t done = 0;
                try {
                    done = chores[i].work(services);
                } catch (const std::exception& e) {
                    log::warn("chore failed", {{"chore", chores[i].name}, {"why", e.what()}});
                }
                services.metrics
                    .counter("hongyan_chores_total", "What chores did", std::string("chore=\"") + chores[i].name + "\"")
                    .add(done);
                due[i] = monotonic_us() + (done > 0 ? 0 : chores[i].every_ms * 1000);
            }
            next = std::min(next, due[i]);
        }
        stop.wait_ms(static_cast<int>(std::max<int64_t>(0, (next - monotonic_us()) / 1000 + 1)));
    }
}

}  // namespace

int serve_chores(std::span<const Chore> chores, const char* name, int argc, char** argv) try {
    int exit_code = 0;
    const auto config = start(argc, argv, name, exit_code);
    if (!config) return exit_code;
    Running running(*config, name, 2);
    if (!running.schema_fits()) return 1;
    running.services().store = files::open_store(*config, running.services().clock);
    StopSignal stop;
    std::thread worker([&] { do_chores(chores, running.services(), stop); });
    log::info("serving", {{"version", HONGYAN_VERSION}});
    wait_for_signal();
    stop.stop();
    worker.join();
    log::info("stopped");
    return 0;
} catch (const std::exception& fault) {
    return say_why(name, fault);
}

}  // namespace hy::app
