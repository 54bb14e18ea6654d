// NATS as the house sees it: publish, request, queue subscribe. The only folder that
// knows nats.h. NATS is the bell, never the truth: nothing here is a promise of delivery.
//
// Callbacks run on NATS' own delivery threads (two a process): they hand over and return.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/config.h"

namespace hy::bus {

struct Message {
    std::string_view subject;
    std::string_view data;
    std::string_view reply;      // where an answer is awaited; empty when none is
    bool no_responders = false;  // NATS' own answer to a request that nobody listens to
};
using Handler = std::function<void(const Message&)>;

// Ends its subscription when destroyed; after that its handler is not called again
// (a call that is under way is waited for).
class Subscription {
public:
    virtual ~Subscription() = default;
};

class Bus {
public:
    virtual ~Bus() = default;
    // Whether NATS can be reached now. Publishing while it is away does nothing.
    virtual bool connected() const = 0;
    // Since when without a break, on the clock of monotonic_us(); 0 while it is away.
    virtual int64_t connected_since_us() const = 0;
    // Never waits for the network: a thread of the bus' own writes. False when NATS is away,
    // or too much waits to be written (it stopped reading).
    virtual bool publish(std::string_view subject, std::string_view data) = 0;
    virtual bool publish_request(std::string_view subject, std::string_view reply, std::string_view data) = 0;
    // True when NATS has read all that was published before and written to this connection.
    virtual bool flush(int timeout_ms) = 0;
    // Changes whenever something that was taken may have been lost on its way. What was
    // published after epoch() was asked, and flushed, has arrived if epoch() is still the same.
    virtual uint64_t epoch() const = 0;
    virtual std::unique_ptr<Subscription> subscribe(const std::string& subject, Handler handler) = 0;
    virtual std::unique_ptr<Subscription> subscribe_queue(const std::string& subject, const std::string& queue,
                                                          Handler handler) = 0;
    // Called, on a thread of NATS', after every reconnect and whenever messages were dropped
    // because a subscription was too slow. Set before traffic starts.
    virtual void on_loss(std::function<void()> handler) = 0;
    // A subject nobody else uses, for answers.
    virtual std::string new_inbox() = 0;
};

// Connects in the background and for ever; returns at once.
std::unique_ptr<Bus> connect(const Config& config, const std::string& process_name);

}  // namespace hy::bus
