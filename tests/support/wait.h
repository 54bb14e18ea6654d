// Waiting for what is to come: until it is there, or until the deadline.
#pragma once
#include <chrono>
#include <thread>

#include "base/clock.h"

namespace hy::test {

inline constexpr int kPatienceMs = 10000;

template <typename F>
bool eventually(F&& is, int ms = kPatienceMs) {
    for (const int64_t until = monotonic_us() + int64_t{1000} * ms; monotonic_us() < until;) {
        if (is()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return is();
}

}  // namespace hy::test
