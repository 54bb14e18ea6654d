#include "support/raw_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

namespace hy::test {

RawPeer::RawPeer(int port, int receive_bytes) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes) setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ended_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
}

RawPeer::RawPeer(const std::string& unix_path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
    ended_ = ::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0;
}

void RawPeer::drop() {
    socket_.reset();
    ended_ = true;
}

void RawPeer::finish() { ::shutdown(socket_.get(), SHUT_WR); }

bool RawPeer::say(std::string_view bytes) {
    const int64_t until = monotonic_us() + int64_t{1000} * kPatienceMs;
    while (!bytes.empty() && socket_ && monotonic_us() < until) {
        const ssize_t size = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) {
            bytes.remove_prefix(static_cast<size_t>(size));
            continue;
        }
        if (errno != EAGAIN) return false;
        pollfd polled{socket_.get(), POLLOUT | POLLIN, 0};
        ::poll(&polled, 1, 100);
        // Whoever answers before the end may have stopped reading.
        if ((polled.revents & POLLIN) && !hear_some(monotonic_us())) return false;
    }
    return bytes.empty();
}

size_t RawPeer::send(std::string_view bytes, int ms) {
    const int64_t until = monotonic_us() + int64_t{1000} * ms;
    size_t sent = 0;
    while (sent < bytes.size() && monotonic_us() < until) {
        const ssize_t size =
            ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) {
            sent += static_cast<size_t>(size);
            continue;
        }
        if (size == 0 || (errno != EAGAIN && errno != EINTR)) break;
        pollfd polled{socket_.get(), POLLOUT, 0};
        ::poll(&polled, 1, 20);
    }
    return sent;
}

size_t RawPeer::pour(const std::string& more) {
    if (kept_.empty()) kept_ = more;
    const ssize_t size = ::send(socket_.get(), kept_.data(), kept_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size <= 0) return 0;
    kept_.erase(0, static_cast<size_t>(size));
    return static_cast<size_t>(size);
}

bool RawPeer::hear_some(int64_t until_us) {
    if (!socket_ || ended_) return false;
    const int64_t left = until_us - monotonic_us();
    pollfd polled{socket_.get(), POLLIN, 0};
    if (::poll(&polled, 1, static_cast<int>(std::max<int64_t>(0, left / 1000))) <= 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (size > 0) heard_.append(buffer, static_cast<size_t>(size));
    else if (size == 0 || (errno != EAGAIN && errno != EINTR)) ended_ = true;
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

bool RawPeer::take_until(std::string_view mark, int ms) {
    if (!hear_until(mark, ms)) return false;
    heard_.erase(0, heard_.find(mark) + mark.size());
    return true;
}

void RawPeer::drain() {
    while (hear_some(monotonic_us())) heard_.clear();
    heard_.clear();
}

bool RawPeer::ends(int ms) {
    const int64_t until = monotonic_us() + int64_t{1000} * ms;
    while (hear_some(until)) heard_.clear();
    return ended_;
}

int RawPeer::upgrade(const std::string& target) {
    say("GET " + target +
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    hear_until("\r\n\r\n");
    const int answered = status();
    take_until("\r\n\r\n", 0);
    return answered;
}

int RawPeer::status() const {
    return heard_.starts_with("HTTP/1.") && heard_.size() > 12 ? atoi(heard_.c_str() + 9) : 0;
}

namespace {
std::string head(int first, uint64_t size) {
    std::string out(1, static_cast<char>(first));
    const int extra = size < 126 ? 0 : size < 65536 ? 2 : 8;
    out += static_cast<char>(0x80 | (extra == 0 ? size : extra == 2 ? 126 : 127));
    for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
    return out + std::string(4, '\0');  // a mask that changes nothing
}
}  // namespace

std::string client_frame(int opcode, const std::string& payload, bool fin) {
    return head((fin ? 0x80 : 0) | opcode, payload.size()) + payload;
}

std::string client_frame_claiming(uint64_t claimed, const std::string& payload) {
    return head(0x81, claimed) + payload;
}

}  // namespace hy::test
