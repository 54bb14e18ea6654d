// The time, as everything in the house asks for it: milliseconds since 1970 UTC,
// behind an interface so that tests can turn the hands.
#pragma once
#include <atomic>
#include <cstdint>

namespace hy {

class Clock {
public:
    virtual ~Clock() = default;
    virtual int64_t now_ms() const = 0;
};

class SystemClock final : public Clock {
public:
    int64_t now_ms() const override;
};

class ManualClock final : public Clock {
public:
    explicit ManualClock(int64_t now) : now_(now) {}
    int64_t now_ms() const override { return now_.fetch_add(step_.load()); }
    void advance(int64_t ms) { now_ += ms; }
    // Each reading moves the hands on, as they do on a busy machine.
    void step(int64_t ms) { step_ = ms; }

private:
    mutable std::atomic<int64_t> now_;
    std::atomic<int64_t> step_{0};
};

// For durations: never goes back, whatever happens to the wall clock.
int64_t monotonic_us();

}  // namespace hy
