#include "send_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace hy::relay {

namespace {
constexpr size_t kPiecesAtOnce = 64;
}

void SendQueue::push(Bytes bytes) {
    bytes_ += bytes->size();
    pieces_.push_back(std::move(bytes));
}

void SendQueue::sent(size_t size) {
    bytes_ -= size;
    offset_ += size;
    while (first_ < pieces_.size() && offset_ >= pieces_[first_]->size()) {
        offset_ -= pieces_[first_]->size();
        pieces_[first_++].reset();
    }
    if (bytes_ == 0) {
        std::vector<Bytes>().swap(pieces_);
        first_ = offset_ = 0;
    } else if (first_ >= kPiecesAtOnce) {
        pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

SendQueue::Result SendQueue::write(int fd) {
    while (bytes_) {
        iovec parts[kPiecesAtOnce];
        const size_t count = std::min(kPiecesAtOnce, pieces_.size() - first_);
        for (size_t i = 0; i < count; ++i) {
            const std::string& piece = *pieces_[first_ + i];
            const size_t skip = i == 0 ? offset_ : 0;
            parts[i] = {const_cast<char*>(piece.data() + skip), piece.size() - skip};
        }
        msghdr message{};
        message.msg_iov = parts;
        message.msg_iovlen = count;
        const ssize_t size = ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Result::blocked : Result::broken;
        sent(static_cast<size_t>(size));
    }
    return Result::done;
}

void SendQueue::clear() {
    if (offset_ == 0) {
        std::vector<Bytes>().swap(pieces_);
        first_ = bytes_ = 0;
        return;
    }
    const Bytes partial = pieces_[first_];
    pieces_.assign(1, partial);
    first_ = 0;
    bytes_ = partial->size() - offset_;
}

}  // namespace hy::relay
