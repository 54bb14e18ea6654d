#include "crowd.h"

#include <stdexcept>

#include "figures.h"

namespace hy::bench {

namespace {
constexpr size_t kAtOnce = 500;
}

void bring_up(Swarm& swarm, const std::function<size_t()>& live, int seconds) {
    const int64_t until = now_ns() + seconds * int64_t{1'000'000'000};
    for (size_t next = 0; live() < swarm.size();) {
        while (next < swarm.size() && next - live() < kAtOnce) swarm.connect(next++);
        swarm.turn(10);
        if (swarm.ended()) throw std::runtime_error("a connection ended while all were brought up");
        if (now_ns() > until) throw std::runtime_error("only " + std::to_string(live()) + " connections came up");
    }
}

}  // namespace hy::bench
