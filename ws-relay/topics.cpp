#include "topics.h"

#include <utility>

#include "base/log.h"

namespace hy::relay {

namespace {
constexpr int kFlushMs = 2000;
constexpr int kAwayMs = 100;
constexpr std::chrono::milliseconds kAgain(500);
}  // namespace

Topics::Topics(bus::Bus& bus, Sink sink) : bus_(bus), sink_(std::move(sink)), thread_([this] { run(); }) {}

Topics::~Topics() {
    stop_.stop();
    {
        std::lock_guard lock(mutex_);
        wake_.notify_all();
    }
    thread_.join();
}

void Topics::change(size_t loop, std::vector<std::string> join, std::vector<std::string> leave,
                    std::function<void()> done) {
    std::lock_guard lock(mutex_);
    queue_.push_back({loop, std::move(join), std::move(leave), std::move(done)});
    wake_.notify_one();
}

void Topics::run() {
    for (;;) {
        std::deque<Change> changes;
        {
            std::unique_lock lock(mutex_);
            const auto something = [&] { return stop_.stopped() || !queue_.empty(); };
            if (failed_.empty()) wake_.wait(lock, something);
            else wake_.wait_for(lock, kAgain, something);
            if (stop_.stopped()) return;
            changes.swap(queue_);
        }
        subscribe_again();
        bool joined = false;
        for (const Change& change : changes) {
            apply(change);
            joined = joined || change.done;
        }
        // One flush for all that came together.
        if (joined) flush();
        for (const Change& change : changes)
            if (change.done) change.done();
    }
}

void Topics::apply(const Change& change) {
    for (const auto& topic : change.join) join(change.loop, topic);
    for (const auto& topic : change.leave) leave(change.loop, topic);
}

void Topics::flush() {
    // While NATS is away the library keeps the subscriptions and makes them when it is back.
    while (!stop_.stopped() && !bus_.flush(kFlushMs)) stop_.wait_ms(kAwayMs);
}

void Topics::join(size_t loop, const std::string& topic) {
    bool fresh;
    {
        std::lock_guard lock(mutex_);
        auto& listeners = topics_[topic].listeners;
        fresh = listeners.empty();
        ++listeners[loop];
    }
    if (fresh) subscribe(topic);
}

void Topics::subscribe(const std::string& topic) {
    try {
        // Made outside the mutex: a delivery holds its subscription's lock and wants ours.
        auto subscription = bus_.subscribe(topic, [this](const bus::Message& message) { deliver(message); });
        std::lock_guard lock(mutex_);
        topics_[topic].subscription = std::move(subscription);
    } catch (const std::exception& fault) {
        log::error("a topic could not be subscribed", {{"topic", topic}, {"fault", fault.what()}});
        failed_.push_back(topic);
    }
}

// What was published meanwhile, the comparison of heads finds.
void Topics::subscribe_again() {
    for (const auto& topic : std::exchange(failed_, {})) {
        bool wanted;
        {
            std::lock_guard lock(mutex_);
            const auto at = topics_.find(topic);
            wanted = at != topics_.end() && !at->second.subscription;
        }
        if (wanted) subscribe(topic);
    }
}

void Topics::leave(size_t loop, const std::string& topic) {
    std::unique_ptr<bus::Subscription> ended;  // destroyed outside the mutex
    std::lock_guard lock(mutex_);
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    const auto count = at->second.listeners.find(loop);
    if (count != at->second.listeners.end() && --count->second <= 0) at->second.listeners.erase(count);
    if (!at->second.listeners.empty()) return;
    ended = std::move(at->second.subscription);
    topics_.erase(at);
}

void Topics::deliver(const bus::Message& message) {
    uint64_t loops = 0;
    {
        std::lock_guard lock(mutex_);
        const auto at = topics_.find(message.subject);
        if (at == topics_.end()) return;
        for (const auto& [loop, count] : at->second.listeners) loops |= uint64_t{1} << loop;
    }
    sink_(loops, message);
}

}  // namespace hy::relay
