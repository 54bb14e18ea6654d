// Time for a loop: alarms to the millisecond for what is under way, and a wheel of seconds
// for what every connection has (idle, ping, expiry), where one entry must cost nearly nothing.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

namespace hy::relay {

// Monotonic milliseconds.
int64_t now_ms();

// Owner: one loop, its thread only; lives as long as the loop.
class Alarms {
public:
    using Id = uint64_t;  // 0 is never an alarm
    Id after(int64_t ms, std::function<void()> what);
    void cancel(Id id);
    void run(int64_t now);
    // Milliseconds until the next one, at most `most`.
    int64_t wait(int64_t now, int64_t most) const;

private:
    std::map<std::pair<int64_t, Id>, std::function<void()>> queue_;
    std::map<Id, int64_t> due_;
    Id next_ = 1;
};

// Owner: one loop, its thread only. Entries are never removed: who is called asks itself
// whether the call is still meant.
class Wheel {
public:
    struct Entry {
        uint64_t number;
        int64_t due;
    };
    explicit Wheel(int64_t now) : second_(now / 1000) {}
    void put(uint64_t number, int64_t due_ms);
    // Those whose second has passed.
    std::vector<Entry> turn(int64_t now);

private:
    static constexpr size_t kSlots = 128;
    std::array<std::vector<Entry>, kSlots> slots_;
    int64_t second_;
};

}  // namespace hy::relay
