// Tells the house at intervals that this relay lives and how many connections it has, and
// names them all after NATS was away. Closing what the house no longer knows is the loops'.
#pragma once
#include <functional>

#include "house.h"
#include "uplink.h"

namespace hy::relay {

// Owner: the relay. Works on the thread of the loop whose uplink and alarms it was given.
class Heartbeat {
public:
    using Unknown = std::function<void(const std::string& conn, int64_t asked_at)>;
    Heartbeat(House& house, Uplink& uplink, Alarms& alarms, Unknown unknown)
        : house_(house), uplink_(uplink), alarms_(alarms), unknown_(std::move(unknown)) {}

    void start();
    // The next beat is now, and carries the list.
    void with_list();

private:
    void beat();

    House& house_;
    Uplink& uplink_;
    Alarms& alarms_;
    const Unknown unknown_;
    bool asking_ = false;
    bool list_ = false;
    int64_t beats_ = 0;
};

}  // namespace hy::relay
