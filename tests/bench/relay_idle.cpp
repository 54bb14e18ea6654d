// What an idle connection costs in memory: brings N clients up, each an account of its own,
// lets all be quiet, and compares the resident memory of the processes before and after.
//   relay_idle --pids RELAY[,NGINX...] --port P --connections N --nats URL
#include <cstdio>
#include <iostream>

#include "base/text.h"
#include "crowd.h"
#include "figures.h"
#include "stand_in.h"

namespace {

using namespace hy::bench;

constexpr int kUpSeconds = 120;
constexpr int64_t kQuietNs = 3'000'000'000;

int64_t resident_of(const std::vector<std::string>& pids) {
    int64_t all = 0;
    for (const auto& pid : pids) all += resident(static_cast<pid_t>(std::stol(pid)));
    return all;
}

void settle(Swarm& swarm) {
    for (const int64_t until = now_ns() + kQuietNs; now_ns() < until;) swarm.turn(100);
}

size_t bring_up_pinged(Swarm& swarm) {
    size_t live = 0;
    swarm.on_open = [&](size_t index) { swarm.text(index, kAreYouThere); };
    swarm.on_frame = [&](size_t, uint8_t, std::string_view payload) { live += payload == kHereIAm; };
    bring_up(
        swarm, [&] { return live; }, kUpSeconds);
    settle(swarm);
    return live;
}

void run(const Options& options) {
    const auto pids = hy::split(options.text("pids"), ',');
    StandIn stand_in(options.text("nats"), "");
    const int port = static_cast<int>(options.number("port"));
    const auto place = [&](int64_t account) {
        return Swarm::Place{port, "/ocms/v1/stream?token=" + std::to_string(account) + "&robotId=robot_1"};
    };
    // What the first connections make once and for all is no connection's.
    Swarm few, many;
    for (int64_t i = 0; i < 16; ++i) few.add(place(1'000'000 + i));
    bring_up_pinged(few);
    const int64_t before = resident_of(pids);
    for (int64_t i = 0; i < options.number("connections"); ++i) many.add(place(i));
    const int64_t from = now_ns();
    const size_t live = bring_up_pinged(many);
    const int64_t after = resident_of(pids);
    std::printf("connections=%zu before_mb=%.1f after_mb=%.1f each_bytes=%.0f up_s=%.1f closed=%zu\n", live,
                static_cast<double>(before) / 1e6, static_cast<double>(after) / 1e6,
                static_cast<double>(after - before) / static_cast<double>(live),
                static_cast<double>(now_ns() - from - kQuietNs) / 1e9, many.ended());
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(Options(argc, argv));
        return 0;
    } catch (const std::exception& fault) {
        std::cerr << "relay_idle: " << fault.what() << "\n";
        return 1;
    }
}
