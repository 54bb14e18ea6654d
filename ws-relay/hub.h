// Who on this loop hears what, and in which order: topics, and the numbers of the channels
// that have listeners here. It delivers each channel's pushes in order, without doubles,
// and has what is missing filled. It stores nothing that the next heads check could not rebuild.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "alarms.h"
#include "gauges.h"
#include "push.h"
#include "uplink.h"

namespace hy::relay {

// Owner: the loop (a connection). Neither call may lead back into the hub.
class Listener {
public:
    virtual ~Listener() = default;
    enum class Ready : uint8_t {
        deaf,     // pushes like this one are not for it at all; what is not, is no gap of its
        holding,  // its `ready` is not answered: what comes is kept, not delivered
        open,
    };
    virtual Ready ready_for(const PushPtr& push) const = 0;
    virtual void hold(const std::string& topic, const PushPtr& push) = 0;
    virtual void deliver(const PushPtr& push) = 0;
    // It hears a channel now that it had not named.
    virtual void joined(int64_t channel) = 0;
    // Since when (house's ms) it hears all of its channels, where it names hardly any of them; nothing: what it has not
    // named begins with what comes.
    virtual std::optional<int64_t> heard_since() const { return std::nullopt; }
};

// Owner: one loop, its thread only; lives as long as the loop.
class Hub {
public:
    Hub(Uplink& uplink, Alarms& alarms, Gauges& gauges, std::string relay, int64_t gap_wait_ms)
        : uplink_(uplink), alarms_(alarms), gauges_(gauges), relay_(std::move(relay)), gap_wait_ms_(gap_wait_ms) {}

    void listen(Listener& listener, const std::string& topic);
    void unlisten(Listener& listener, const std::string& topic);
    std::vector<Listener*> audience(const std::string& topic) const;

    // From now on `listener` hears the channel's numbers above `seen`. Told twice, the first counts.
    void join(Listener& listener, int64_t channel, int64_t seen);
    void leave(Listener& listener, int64_t channel);

    void arrive(const std::string& topic, const PushPtr& push);
    // A push that this one listener kept while it was holding.
    void arrive_late(Listener& listener, const std::string& topic, const PushPtr& push);
    // The channel has reached this number, as the house says.
    void head(int64_t channel, int64_t seq);
    std::vector<int64_t> channels() const;

private:
    struct Topic {
        std::vector<Listener*> listeners;
        uint64_t version = 0;  // of no other topic, and another one whenever a listener comes or goes
    };
    struct Ear {
        Listener* listener;
        int64_t seen;  // the last number it has, or need not have; kUnknown: it is being asked
        uint64_t asked = 0;
    };
    struct Gap {
        std::map<int64_t, PushPtr> held;
        int64_t target = 0;  // the highest number that is known to exist
        bool asking = false;
        bool queued = false;  // for its turn to be asked for
        int stalls = 0;
        Alarms::Id alarm = 0;
    };
    struct Channel {
        int64_t last = 0;
        bool group = false;     // its pushes came on the topic of a group
        std::vector<Ear> ears;  // sorted by listener
        // The version of a topic whose listeners all have their ear here; 0: of none.
        uint64_t complete = 0;
        std::unique_ptr<Gap> gap;
    };

    static constexpr int64_t kUnknown = -1;
    // Where a listener begins in a channel that it had not named.
    struct Base {
        int64_t channel, to, since;
        uint64_t number;
    };

    static std::vector<Ear>::iterator ear_of(Channel& channel, Listener* listener);
    Channel& channel_for(const std::string& topic, const PushPtr& push, std::span<Listener* const> listeners);
    void add_ear(Channel& channel, const std::string& topic, Listener& listener, const PushPtr& push);
    void place(int64_t number, Channel& channel, const PushPtr& push);
    void repeat(Channel& channel, const PushPtr& push);
    // True when every ear has the number now.
    bool advance(Channel& channel, const PushPtr& push);
    void deliver(Ear& ear, const PushPtr& push);
    void drain(Channel& channel);
    int64_t first_missing(const Channel& channel) const;
    int64_t known_last(const Channel& channel) const;
    // Sees to it that what is missing gets asked for; ends the gap when nothing is.
    void settle(int64_t number, Channel& channel, int64_t wait_ms);
    void ask_base(const Base& base);
    void based(const Base& base, const std::optional<json::Value>& answer);
    void ask_range(int64_t number);
    void ask_next();
    void filled(int64_t number, int64_t from, const std::optional<json::Value>& answer);
    bool apply_range(Channel& channel, int64_t from, const json::Value& answer);
    void skip_to_held(Channel& channel);

    Uplink& uplink_;
    Alarms& alarms_;
    Gauges& gauges_;
    const std::string relay_;
    const int64_t gap_wait_ms_;
    std::unordered_map<std::string, Topic> topics_;
    uint64_t versions_ = 0;
    std::unordered_map<int64_t, Channel> channels_;
    size_t ranges_ = 0;            // asked for and not answered yet
    std::deque<int64_t> unasked_;  // channels whose gaps wait until fewer are
    std::deque<Base> unbased_;     // likewise; bounded by the listeners' channels
    uint64_t bases_ = 0;
};

}  // namespace hy::relay
