// What waits for one socket: shared frames, bounded in bytes, written with one call.
#pragma once
#include <sys/types.h>

#include <vector>

#include "push.h"

namespace hy::relay {

// Owner: its connection, on the loop's thread. Holds no memory while empty.
class SendQueue {
public:
    enum class Result { done, blocked, broken };

    void push(Bytes bytes);
    Result write(int fd);
    // Forgets what waits, but for a frame that is partly out: its rest must follow.
    void clear();
    size_t bytes() const { return bytes_; }
    // What it takes in memory, about: many small ones weigh more than their bytes.
    size_t weight() const { return bytes_ + kPiece * (more_.size() - first_); }
    bool empty() const { return bytes_ == 0; }

private:
    static constexpr size_t kPiece = 64;
    ssize_t write_some(int fd) const;
    void sent(size_t size);

    Bytes next_;         // most often the only one
    size_t offset_ = 0;  // bytes of it that are out
    size_t bytes_ = 0;
    std::vector<Bytes> more_;
    size_t first_ = 0;  // index of the one that follows next_
};

}  // namespace hy::relay
