// What a loop tells the handlers of many connections at once (infra/docs/uplink.md): what their
// clients have confirmed, and who has ended.
#pragma once
#include <deque>
#include <map>
#include <string>

#include "alarms.h"
#include "house.h"
#include "uplink.h"

namespace hy::relay {

// In the order it was said, one ask in flight for each door, said again until it is answered: each
// time with half as much, until one entry alone that is not answered is dropped. Bounded; what does
// not fit or was dropped, the house finds by the relay's list, which is owed then, and by what stays
// unconfirmed.
// Owner: its loop, and its thread only.
class Tellings {
public:
    enum class Kind { confirm, close };

    Tellings(Uplink& uplink, Alarms& alarms, House& house) : uplink_(uplink), alarms_(alarms), house_(house) {}

    // `entry` is one element of the ask's `conns`. It goes out soon, together with others.
    void add(const Door& door, Kind kind, std::string entry);
    // What waits goes out now.
    void send();
    bool idle() const;

    static constexpr size_t kAtOnce = 100;

private:
    struct Entry {
        Kind kind;
        std::string text;
    };
    struct Line {
        std::deque<Entry> waiting;
        bool asking = false;
        size_t bytes = 0;       // of what waits
        size_t most = kAtOnce;  // entries in an ask
    };
    void send_line(const Door& door, Line& line);
    void answered(const Door& door, size_t count, bool well);
    void send_in(int64_t ms);

    Uplink& uplink_;
    Alarms& alarms_;
    House& house_;
    std::map<const Door*, Line> lines_;
    bool set_ = false;
};

}  // namespace hy::relay
