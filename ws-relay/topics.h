// The process's NATS subscriptions, one for each topic however many connections and loops
// listen to it. It knows who listens by loop only; which connection, the loop's hub knows.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/lifecycle.h"
#include "bus/bus.h"

namespace hy::relay {

// Owner: the relay. change() may be called by any loop; subscribing and flushing, which may
// block, are done by its own thread, joined when it is destroyed. What waits is bounded by
// the connections: each has one change under way at a time, but for rare corrections.
class Topics {
public:
    // Which loops (a bit each), and the message; called on NATS' threads.
    using Sink = std::function<void(uint64_t loops, const bus::Message& message)>;

    Topics(bus::Bus& bus, Sink sink);
    ~Topics();

    // `done` is called on the thread of Topics once NATS knows what was joined.
    void change(size_t loop, std::vector<std::string> join, std::vector<std::string> leave,
                std::function<void()> done = {});

private:
    struct Change {
        size_t loop;
        std::vector<std::string> join, leave;
        std::function<void()> done;
    };
    struct Topic {
        std::unique_ptr<bus::Subscription> subscription;
        std::map<size_t, int> listeners;  // by loop
    };
    void run();
    void apply(const Change& change);
    void join(size_t loop, const std::string& topic);
    void subscribe(const std::string& topic);
    void subscribe_again();
    void leave(size_t loop, const std::string& topic);
    void flush();
    void deliver(const bus::Message& message);

    bus::Bus& bus_;
    const Sink sink_;
    StopSignal stop_;
    std::mutex mutex_;  // of queue_ and of the counts in topics_
    std::condition_variable wake_;
    std::deque<Change> queue_;
    std::map<std::string, Topic, std::less<>> topics_;
    std::vector<std::string> failed_;  // the thread's alone: what NATS did not take, tried again
    std::thread thread_;
};

}  // namespace hy::relay
