// Stands in for the event handlers, so that a relay can be loaded without a database:
// admits everybody, gives all of them one channel, publishes to it as handlers do, and
// answers what a relay asks about it (heads, ranges) truthfully.
#pragma once
#include <atomic>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/config.h"
#include "bus/bus.h"
#include "json/value.h"

namespace hy::bench {

inline constexpr int64_t kChannel = 1;

// Owner: a load program. Answers on the threads of NATS; publish() belongs to one thread.
class StandIn {
public:
    // `topic`: the subject all connections hear, beside one of their own.
    StandIn(const std::string& nats_url, std::string topic);
    ~StandIn();

    // The push of the channel's next number, with this text.
    void publish(const std::string& text);
    int64_t confirmed() const { return confirmed_; }
    // How the push with this text reads in a user's client: what others are given to send.
    static std::string as_seen(const std::string& text);

private:
    void on(const std::string& subject, std::string (StandIn::*answer)(const json::Value&));
    std::string open(const json::Value& ask);
    std::string ready(const json::Value& ask);
    std::string frames(const json::Value& ask);
    std::string nothing(const json::Value& ask);
    std::string heads(const json::Value& ask);
    std::string range(const json::Value& ask);

    Config config_;
    const std::string topic_;
    std::unique_ptr<bus::Bus> bus_;
    std::mutex mutex_;
    int64_t last_ = 0;
    std::deque<std::string> kept_;  // the newest pushes, the last of them numbered last_
    std::atomic<int64_t> confirmed_{0};
    std::vector<std::unique_ptr<bus::Subscription>> subscriptions_;
};

}  // namespace hy::bench
