// What a client said and no handler has heard yet: operations in order, one request in
// flight, bounded. It does not send; the connection does.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace hy::relay {

// Owner: its connection, on the loop's thread. Holds no memory while empty.
class FramesOut {
public:
    static constexpr size_t kFrames = 64;  // that may wait
    // Each may be a transaction: a batch is short, so that a worker is soon free for others.
    static constexpr size_t kAtOnce = 8;
    static constexpr size_t kBytes = 256 << 10;

    void add(std::string operation, bool needs_number) {
        bytes_ += operation.size();
        waiting_.push_back({std::move(operation), needs_number});
    }
    bool full() const { return waiting_.size() >= kFrames || bytes_ >= kBytes; }
    bool idle() const { return waiting_.empty() && !in_flight_; }
    bool ready() const { return !waiting_.empty() && !in_flight_; }
    // The next batch as a JSON array; it is in flight until landed(). `number` is its n.
    std::string take(const std::string& conn, int64_t& number);
    void landed() { in_flight_ = false; }
    void clear() {
        std::vector<Waiting>().swap(waiting_);
        bytes_ = 0;
    }

private:
    struct Waiting {
        std::string operation;
        bool needs_number;
    };
    std::vector<Waiting> waiting_;
    size_t bytes_ = 0;
    int64_t n_ = 0;
    bool in_flight_ = false;
};

}  // namespace hy::relay
