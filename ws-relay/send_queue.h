// What waits for one socket: shared frames, bounded in bytes, written with one call.
#pragma once
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
    bool empty() const { return bytes_ == 0; }

private:
    void sent(size_t size);

    std::vector<Bytes> pieces_;
    size_t first_ = 0;   // index of the piece to go next
    size_t offset_ = 0;  // bytes of it that are out
    size_t bytes_ = 0;
};

}  // namespace hy::relay
