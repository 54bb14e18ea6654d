#include "support/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace hy::test {

RawPeer::RawPeer(int port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ended_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
}

RawPeer::RawPeer(const std::string& unix_path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
    ended_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
}

RawPeer::~RawPeer() { drop(); }

void RawPeer::drop() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    ended_ = true;
}

void RawPeer::finish() { ::shutdown(fd_, SHUT_WR); }

bool RawPeer::say(std::string_view bytes) {
    const int64_t until = monotonic_us() + int64_t{1000} * kPatienceMs;
    while (!bytes.empty() && fd_ >= 0 && monotonic_us() < until) {
        const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) {
            bytes.remove_prefix(static_cast<size_t>(size));
            continue;
        }
        if (errno != EAGAIN) return false;
        pollfd polled{fd_, POLLOUT | POLLIN, 0};
        ::poll(&polled, 1, 100);
        // Whoever answers before the end may have stopped reading.
        if ((polled.revents & POLLIN) && !hear_some(monotonic_us())) return false;
    }
    return bytes.empty();
}

bool RawPeer::hear_some(int64_t until_us) {
    if (fd_ < 0 || ended_) return false;
    const int64_t left = until_us - monotonic_us();
    pollfd polled{fd_, POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(std::max<int64_t>(0, left / 1000))) <= 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) heard_.append(buffer, static_cast<size_t>(size));
    else if (size == 0 || errno != EAGAIN) ended_ = true;
    return !ended_;
}

const std::string& RawPeer::hear(int ms) {
    const int64_t until = monotonic_us() + int64_t{1000} * ms;
    while (hear_some(until)) continue;
    return heard_;
}

bool RawPeer::hear_until(std::string_view mark, int ms) {
    const int64_t until = monotonic_us() + int64_t{1000} * ms;
    while (heard_.find(mark) == std::string::npos)
        if (!hear_some(until)) return heard_.find(mark) != std::string::npos;
    return true;
}

int RawPeer::status() const {
    return heard_.starts_with("HTTP/1.") && heard_.size() > 12 ? atoi(heard_.c_str() + 9) : 0;
}

}  // namespace hy::test
