// Asking the handlers: one request with its repeats, as infra/docs/uplink.md has them.
// What is asked, and what an answer means, is the caller's.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

#include "alarms.h"
#include "bus/bus.h"
#include "gauges.h"
#include "json/value.h"

namespace hy::relay {

struct Answer {
    std::optional<json::Value> value;  // nothing: not JSON, or nobody listens
    bool no_responders = false;
};

// Owner: one loop, its thread only; lives as long as the loop. Answers reach it through
// the loop's mailbox.
class Uplink {
public:
    // Nothing: given up.
    using Done = std::function<void(std::optional<json::Value>)>;

    Uplink(bus::Bus& bus, Gauges& gauges, Alarms& alarms, std::string reply_prefix, int64_t timeout_ms)
        : bus_(bus),
          gauges_(gauges),
          alarms_(alarms),
          reply_prefix_(std::move(reply_prefix)),
          timeout_ms_(timeout_ms) {}

    void ask(std::string subject, std::string body, Done done);
    void answered(uint64_t token, Answer answer);
    // Whatever was under way may be lost: asked once more, without counting.
    void nats_back();
    // Somebody serves these subjects anew. What died before him took asks along: those that are out are
    // asked once more, without counting, as soon as they have been out for longer than is usual.
    void served_anew(const std::set<std::string, std::less<>>& subjects);
    bool idle() const { return asks_.empty(); }

private:
    struct Ask {
        std::string subject, body;
        Done done;
        int64_t first_us = 0;  // when it was tried first
        int repeats = 0;
        bool waiting = false;  // for its time to be sent again
        Alarms::Id alarm = 0;
    };
    void send(uint64_t token);
    template <class Which>
    std::vector<uint64_t> under_way(const Which& which) const;
    void again(uint64_t token);
    void finish(uint64_t token, std::optional<json::Value> value);

    bus::Bus& bus_;
    Gauges& gauges_;
    Alarms& alarms_;
    const std::string reply_prefix_;
    const int64_t timeout_ms_;
    std::map<uint64_t, Ask> asks_;
    uint64_t next_ = 1;
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace hy::relay
