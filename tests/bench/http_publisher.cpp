#include "http_publisher.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <time.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "base/lifecycle.h"
#include "figures.h"

namespace hy::bench {

namespace {

constexpr int kConnections = 16;

// Owner: one publishing thread.
class Kept {
public:
    explicit Kept(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<uint16_t>(port));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const int on = 1;
        setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) < 0)
            throw std::runtime_error("the publisher cannot connect");
    }

    bool post(const std::string& path, const std::string& body) {
        const std::string request = "POST " + path +
                                    " HTTP/1.1\r\nHost: bench\r\nContent-Length: " + std::to_string(body.size()) +
                                    "\r\n\r\n" + body;
        if (::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
            return false;
        return answered();
    }

private:
    bool answered() {
        std::string in;
        for (size_t whole = 0; whole == 0 || in.size() < whole;) {
            char buffer[4096];
            const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
            if (size <= 0) return false;
            in.append(buffer, static_cast<size_t>(size));
            const size_t head = in.find("\r\n\r\n");
            const size_t length = in.find("Content-Length: ");
            if (head == std::string::npos) continue;
            whole = head + 4 + (length < head ? std::stoul(in.substr(length + 16)) : 0);
        }
        return in.starts_with("HTTP/1.1 20");
    }
    Fd socket_;
};

}  // namespace

void sleep_until_ns(int64_t when) {
    const timespec at{when / 1'000'000'000, when % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
}

void publish_http(int port, const std::string& path, int64_t count, const std::function<int64_t(int64_t)>& due_ns,
                  const std::function<std::string(int64_t)>& text, const std::atomic<bool>& stop) {
    std::atomic<int64_t> next{0};
    std::atomic<bool> failed{false};
    std::vector<std::jthread> threads;
    for (int i = 0; i < kConnections; ++i)
        threads.emplace_back([&] {
            try {
                Kept connection(port);
                for (int64_t mine = next++; mine < count && !stop && !failed; mine = next++) {
                    sleep_until_ns(due_ns(mine));
                    if (!stop && !connection.post(path, text(mine))) failed = true;
                }
            } catch (const std::exception&) {
                failed = true;
            }
        });
    threads.clear();
    if (failed) throw std::runtime_error("a message could not be published over HTTP");
}

}  // namespace hy::bench
