#include "support/raw_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "base/clock.h"

namespace hy::test {

RawSocket::RawSocket(int port, int receive_bytes) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_bytes) setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) socket_.reset();
}

size_t RawSocket::send(const std::string& bytes, int ms) {
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
        pollfd wait{socket_.get(), POLLOUT, 0};
        ::poll(&wait, 1, 20);
    }
    return sent;
}

size_t RawSocket::pour(const std::string& more) {
    if (kept_.empty()) kept_ = more;
    const ssize_t size = ::send(socket_.get(), kept_.data(), kept_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (size <= 0) return 0;
    kept_.erase(0, static_cast<size_t>(size));
    return static_cast<size_t>(size);
}

void RawSocket::drain() {
    char buffer[65536];
    while (::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT) > 0) continue;
}

std::string RawSocket::read(const std::string& until, int ms) {
    const int64_t deadline = monotonic_us() + int64_t{1000} * ms;
    std::string text;
    char byte;
    while (text.find(until) == std::string::npos && monotonic_us() < deadline) {
        pollfd wait{socket_.get(), POLLIN, 0};
        if (::poll(&wait, 1, 20) <= 0) continue;
        // Byte by byte: what comes after is left for the next.
        if (::recv(socket_.get(), &byte, 1, 0) <= 0) break;
        text += byte;
    }
    return text;
}

bool RawSocket::ended(int ms) {
    const int64_t deadline = monotonic_us() + int64_t{1000} * ms;
    char buffer[65536];
    do {
        pollfd wait{socket_.get(), POLLIN, 0};
        if (::poll(&wait, 1, 20) <= 0) continue;
        const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR)) return true;
    } while (monotonic_us() < deadline);
    return false;
}

int RawSocket::upgrade(const std::string& target) {
    send("GET " + target +
         " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    const std::string answer = read("\r\n\r\n");
    return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
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
