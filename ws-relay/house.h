// What every loop of one relay shares: who it is, its doors, its ways out.
#pragma once
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
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
    // The first `most` beyond `number`, in order.
    std::vector<uint64_t> after(uint64_t number, size_t most) const {
        std::vector<uint64_t> found;
        std::lock_guard lock(mutex_);
        for (auto at = numbers_.upper_bound(number); at != numbers_.end() && found.size() < most; ++at)
            found.push_back(*at);
        return found;
    }
    size_t size() const {
        std::lock_guard lock(mutex_);
        return numbers_.size();
    }

private:
    mutable std::mutex mutex_;
    std::set<uint64_t> numbers_;
};

// How many connections each address has, of doors that count them here. Owner: the relay; used by every loop.
class Crowds {
public:
    // False, and not counted, where the address has `most` already.
    bool enter(const std::string& address, int64_t most) {
        std::lock_guard lock(mutex_);
        int64_t& count = counts_[address];
        if (count >= most) return false;
        ++count;
        return true;
    }
    void leave(const std::string& address) {
        std::lock_guard lock(mutex_);
        const auto at = counts_.find(address);
        if (at != counts_.end() && --at->second == 0) counts_.erase(at);
    }

private:
    std::mutex mutex_;
    std::unordered_map<std::string, int64_t> counts_;
};

// Owner: the relay; outlives its loops.
struct House {
    const Config& config;
    const Clock& clock;
    bus::Bus& bus;
    Gauges& gauges;
    const Doors& doors;
    Topics* topics = nullptr;
    const Door* stream = nullptr;  // which is spoken with over plain TCP too
    std::string relay{};           // "<name>.<start ms>"
    int64_t started = 0;
    std::string inbox{};
    std::atomic<int64_t> sockets{0};
    std::atomic<bool> names_owed{false};  // somebody's end could not be told
    Register known{};
    Encodings encodings{};
    Crowds crowds{};

    // Of one width, so that the house's order of names is the order of the numbers.
    std::string conn(uint64_t number) const {
        const std::string digits = std::to_string(number);
        return relay + ":" + std::string(12 - std::min<size_t>(12, digits.size()), '0') + digits;
    }
};

}  // namespace hy::relay
