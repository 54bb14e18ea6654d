// What every loop of one relay shares: who it is, its doors, its ways out.
#pragma once
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "bus/bus.h"
#include "door.h"
#include "gauges.h"
#include "topics.h"

namespace hy::relay {

// The connections that handlers know of, for the list that a heartbeat carries.
// Owner: the relay; used by every loop.
class Register {
public:
    void add(uint64_t number) {
        std::lock_guard lock(mutex_);
        numbers_.insert(number);
    }
    void remove(uint64_t number) {
        std::lock_guard lock(mutex_);
        numbers_.erase(number);
    }
    std::vector<uint64_t> all() const {
        std::lock_guard lock(mutex_);
        return {numbers_.begin(), numbers_.end()};
    }
    size_t size() const {
        std::lock_guard lock(mutex_);
        return numbers_.size();
    }

private:
    mutable std::mutex mutex_;
    std::set<uint64_t> numbers_;
};

// Owner: the relay; outlives its loops.
struct House {
    const Config& config;
    const Clock& clock;
    bus::Bus& bus;
    Gauges& gauges;
    const Doors& doors;
    Topics* topics = nullptr;
    std::string relay{};  // "<name>.<start ms>"
    int64_t started = 0;
    std::string inbox{};
    std::atomic<int64_t> sockets{0};
    Register known{};
    Encodings encodings{};

    std::string conn(uint64_t number) const { return relay + ":" + std::to_string(number); }
};

}  // namespace hy::relay
