// Tells the house at intervals that this relay lives and how many connections it has. Once a
// minute, after NATS was away and when the house asks for it, it names them all: in parts, each
// with a beat, so that neither a message nor a transaction grows with the relay. Closing what
// the house no longer knows is the loops'.
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
    // From the next beat on, which is now, all connections are named.
    void name_all();

private:
    void beat();
    void answered(const std::optional<json::Value>& answer, int64_t asked_at);

    House& house_;
    Uplink& uplink_;
    Alarms& alarms_;
    const Unknown unknown_;
    bool asking_ = false;
    bool owed_ = false;    // all are to be named, from the first one on
    bool naming_ = false;  // beats carry names
    uint64_t named_ = 0;   // up to this number
    uint64_t until_ = 0;   // where the part ends that is on its way; 0: it is the last
    int64_t beats_ = 0;
};

}  // namespace hy::relay
