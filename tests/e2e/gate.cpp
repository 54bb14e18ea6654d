#include "e2e/gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <vector>

namespace hy::test {

namespace {
constexpr int kLookMs = 20;

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}
}  // namespace

Gate::Gate(int to_port) : to_port_(to_port), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    ::listen(listener_.get(), 64);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { work(); });
}

Gate::~Gate() {
    going_ = false;
    thread_.join();
}

void Gate::accept_one() {
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client || state_ == State::shut) return;
    Fd server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(to_port_);
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        pairs_.push_back({std::move(client), std::move(server)});
}

// Blocking in send is fine: both ends read, or the whole gate has nothing to do.
bool Gate::pass(int from, int to) {
    char buffer[65536];
    const ssize_t size = ::recv(from, buffer, sizeof buffer, 0);
    for (ssize_t sent = 0; sent < size;) {
        const ssize_t now = ::send(to, buffer + sent, static_cast<size_t>(size - sent), MSG_NOSIGNAL);
        if (now <= 0) return false;
        sent += now;
    }
    return size > 0;
}

void Gate::work() {
    while (going_) {
        const State state = state_;
        if (state == State::shut) pairs_.clear();
        std::vector<pollfd> fds = {{listener_.get(), POLLIN, 0}};
        if (state == State::open)
            for (const Pair& pair : pairs_)
                for (const int fd : {pair.client.get(), pair.server.get()}) fds.push_back({fd, POLLIN, 0});
        if (::poll(fds.data(), fds.size(), kLookMs) <= 0) continue;
        size_t at = 1;
        if (state == State::open)
            for (Pair& pair : pairs_) {
                if (fds[at++].revents) pair.over = !pass(pair.client.get(), pair.server.get());
                if (fds[at++].revents && !pair.over) pair.over = !pass(pair.server.get(), pair.client.get());
            }
        pairs_.remove_if([](const Pair& pair) { return pair.over; });
        if (fds[0].revents) accept_one();
    }
}

}  // namespace hy::test
