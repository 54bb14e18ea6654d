#include "support/web_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace hy::test {

namespace {

std::string masked(int opcode, const std::string& payload) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    const size_t size = payload.size();
    const int extra = size < 126 ? 0 : size < 65536 ? 2 : 8;
    out += static_cast<char>(0x80 | (extra == 0 ? size : extra == 2 ? 126 : 127));
    for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
    const char mask[] = {0x21, 0x43, 0x65, 0x17};
    out.append(mask, 4);
    for (size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ mask[i & 3]);
    return out;
}

int connect_to(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{kPatienceMs / 1000, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

bool send_all(int fd, const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
        const ssize_t size = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return false;
        sent += static_cast<size_t>(size);
    }
    return true;
}

}  // namespace

WebSocket::WebSocket(int port, const std::string& target, const std::string& headers, bool pongs)
    : fd_(connect_to(port)), answers_pings_(pongs) {
    ended_ = fd_ < 0;
    if (ended_) return;
    send_all(fd_, "GET " + target +
                      " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                      headers + "\r\n");
    char buffer[4096];
    size_t end;
    while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
        const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
        if (size <= 0) break;
        in_.append(buffer, static_cast<size_t>(size));
    }
    ended_ = end == std::string::npos;
    if (ended_) return;
    status_ = std::stoi(in_.substr(9, 3));
    in_.erase(0, end + 4);
    ended_ = status_ != 101;
    if (ended_) return;
    const timeval forever{};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &forever, sizeof forever);
    reader_ = std::thread([this] { read(); });
}

WebSocket::~WebSocket() {
    drop();
    if (fd_ >= 0) ::close(fd_);
}

void WebSocket::drop() {
    if (fd_ >= 0) ::shutdown(fd_, SHUT_RDWR);
    if (reader_.joinable()) reader_.join();
}

void WebSocket::frame(int opcode, const std::string& payload) {
    std::lock_guard lock(send_mutex_);
    if (fd_ >= 0) send_all(fd_, masked(opcode, payload));
}

void WebSocket::read() {
    char buffer[65536];
    for (;;) {
        while (take_frame()) continue;
        const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
        if (size <= 0) break;
        in_.append(buffer, static_cast<size_t>(size));
    }
    std::lock_guard lock(mutex_);
    ended_ = true;
    came_.notify_all();
}

bool WebSocket::take_frame() {
    if (in_.size() < 2) return false;
    const auto byte = [&](size_t i) { return static_cast<uint64_t>(static_cast<uint8_t>(in_[i])); };
    uint64_t size = byte(1) & 0x7f;
    const size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0, head = 2 + extra;
    if (in_.size() < head) return false;
    if (extra) size = 0;
    for (size_t i = 0; i < extra; ++i) size = size << 8 | byte(2 + i);
    if (in_.size() < head + size) return false;
    const bool fin = in_[0] & 0x80;
    const int opcode = in_[0] & 0x0f;
    std::string payload = in_.substr(head, size);
    in_.erase(0, head + size);
    if (opcode > 2) {
        take(opcode, std::move(payload));
    } else {
        message_ += payload;
        if (fin) take(1, std::exchange(message_, {}));
    }
    return true;
}

void WebSocket::take(int opcode, std::string payload) {
    if (opcode == 9 && answers_pings_) frame(10, payload);
    if (opcode == 8) frame(8, payload.substr(0, 2));
    std::lock_guard lock(mutex_);
    if (opcode == 9 && answers_pings_) ++pongs_sent_;
    if (opcode == 8 && payload.size() >= 2) {
        const int code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
        close_ = std::to_string(code) + " " + payload.substr(2);
    }
    if (opcode == 1 && payload.starts_with(R"({"type":"pong")")) ++pongs_;
    else if (opcode == 1 || opcode == 2) texts_.push_back(std::move(payload));
    came_.notify_all();
}

bool WebSocket::live(int ms) {
    std::unique_lock lock(mutex_);
    const size_t before = pongs_;
    lock.unlock();
    text(R"({"type":"ping"})");
    lock.lock();
    came_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return pongs_ > before || ended_; });
    return pongs_ > before;
}

std::string WebSocket::next(int ms) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return !texts_.empty() || ended_; });
    if (texts_.empty()) return ended_ ? "closed " + close_ : "nothing came";
    std::string text = std::move(texts_.front());
    texts_.pop_front();
    return text;
}

json::Value WebSocket::next_json(int ms) { return json::parse(next(ms)).value_or(json::Value{}); }

size_t WebSocket::waiting() const {
    std::lock_guard lock(mutex_);
    return texts_.size();
}

size_t WebSocket::pongs_sent() const {
    std::lock_guard lock(mutex_);
    return pongs_sent_;
}

std::string WebSocket::closed(int ms) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::milliseconds(ms), [&] { return !close_.empty() || ended_; });
    return close_;
}

}  // namespace hy::test
