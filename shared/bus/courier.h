// The thread that hands publishes to NATS, so that nobody else waits when NATS stops reading:
// the library writes to its socket while it holds the connection's lock.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace hy::bus {

struct Letter {
    std::string subject, reply, data;
    size_t bytes() const { return subject.size() + reply.size() + data.size() + sizeof(Letter); }
};

// Owner: a Bus. post() may be called by any thread; `deliver` is called on the courier's own,
// one letter after the other in the order they were posted. Stopped, it delivers what waits
// up to the first failure and joins.
class Courier {
public:
    Courier(std::function<bool(const Letter&)> deliver, size_t most_bytes);
    ~Courier() { stop(); }
    Courier(const Courier&) = delete;

    void stop();
    // False, and nothing kept, when most_bytes wait already, or it is being stopped.
    bool post(Letter letter);
    // Waits until all that was posted before has been delivered or has failed; false when
    // that took longer.
    bool drained(int timeout_ms);
    // How many letters failed so far.
    uint64_t failures() const;

private:
    void run();

    const std::function<bool(const Letter&)> deliver_;
    const size_t most_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable posted_cv_, done_cv_;
    std::deque<Letter> queue_;
    size_t bytes_ = 0;
    uint64_t posted_ = 0, done_ = 0, failures_ = 0;  // counts of letters
    bool idle_ = false, stop_ = false;
    std::thread thread_;
};

}  // namespace hy::bus
