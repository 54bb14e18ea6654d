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
    int64_t now_ms() const override { return now_.load(); }
    void advance(int64_t ms) { now_ += ms; }

private:
    std::atomic<int64_t> now_;
};

// For durations: never goes back, whatever happens to the wall clock.
int64_t monotonic_us();

}  // namespace hy
