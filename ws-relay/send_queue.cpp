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
    if (next_) more_.push_back(std::move(bytes));
    else next_ = std::move(bytes);
}

void SendQueue::sent(size_t size) {
    bytes_ -= size;
    offset_ += size;
    while (next_ && offset_ >= next_->size()) {
        offset_ -= next_->size();
        next_ = first_ < more_.size() ? std::move(more_[first_++]) : nullptr;
    }
    if (first_ == more_.size()) {
        if (first_) std::vector<Bytes>().swap(more_);
        first_ = 0;
    } else if (first_ >= kPiecesAtOnce && first_ >= more_.size() / 2) {
        more_.erase(more_.begin(), more_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

ssize_t SendQueue::write_some(int fd) const {
    if (first_ == more_.size())
        return ::send(fd, next_->data() + offset_, next_->size() - offset_, MSG_NOSIGNAL | MSG_DONTWAIT);
    iovec parts[kPiecesAtOnce];
    parts[0] = {const_cast<char*>(next_->data() + offset_), next_->size() - offset_};
    const size_t count = std::min(kPiecesAtOnce, 1 + more_.size() - first_);
    for (size_t i = 1; i < count; ++i) {
        const std::string& piece = *more_[first_ + i - 1];
        parts[i] = {const_cast<char*>(piece.data()), piece.size()};
    }
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = count;
    return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

SendQueue::Result SendQueue::write(int fd) {
    while (bytes_) {
        const ssize_t size = write_some(fd);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? Result::blocked : Result::broken;
        sent(static_cast<size_t>(size));
    }
    return Result::done;
}

void SendQueue::clear() {
    std::vector<Bytes>().swap(more_);
    first_ = 0;
    if (offset_ == 0) next_.reset();
    bytes_ = next_ ? next_->size() - offset_ : 0;
}

}  // namespace hy::relay
