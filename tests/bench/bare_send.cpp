// The floor under every fan-out: the same frame to each of N sockets with one send(2) each,
// and nothing else. Waits for N connections, then for its orders on the first of them.
//   bare_send --port P --connections N
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstring>
#include <iostream>
#include <vector>

#include "figures.h"
#include "frame.h"
#include "http_publisher.h"

namespace {

using namespace hy::bench;

int listener_at(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(port));
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) < 0 || ::listen(fd, 4096) < 0)
        throw std::runtime_error("the port is taken");
    return fd;
}

void read_all(int fd, void* to, size_t size) {
    if (::recv(fd, to, size, MSG_WAITALL) != static_cast<ssize_t>(size)) throw std::runtime_error("no orders came");
}

void run(const Options& options) {
    const int listener = listener_at(static_cast<int>(options.number("port")));
    std::vector<int> sockets;
    for (int64_t i = 0; i < options.number("connections"); ++i) {
        sockets.push_back(::accept(listener, nullptr, nullptr));
        const int on = 1;
        setsockopt(sockets.back(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    // On loopback sockets are accepted in the order in which they connected.
    int64_t order[4];
    read_all(sockets[0], order, sizeof order);
    std::string text(static_cast<size_t>(order[3]), '\0');
    read_all(sockets[0], text.data(), text.size());
    std::string frame = hy::relay::encode_frame(hy::relay::Opcode::text, text);
    const size_t stamp = frame.find('@') + 1;
    for (int64_t i = 0; i < order[2]; ++i) {
        const int64_t due = order[0] + i * 1'000'000'000 / order[1];
        sleep_until_ns(due);
        char digits[32];
        std::snprintf(digits, sizeof digits, "%019lld", static_cast<long long>(due));
        frame.replace(stamp, 19, digits);
        for (const int fd : sockets)
            if (::send(fd, frame.data(), frame.size(), MSG_NOSIGNAL) < 0) throw std::runtime_error("a send failed");
    }
    char end;
    while (::recv(sockets[0], &end, 1, 0) > 0) continue;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run(Options(argc, argv));
        return 0;
    } catch (const std::exception& fault) {
        std::cerr << "bare_send: " << fault.what() << "\n";
        return 1;
    }
}
