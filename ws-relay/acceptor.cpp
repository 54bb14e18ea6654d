#include "acceptor.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>

#include "base/errors.h"

namespace hy::relay {

namespace {
// A whole house may come back at once after a restart of nginx.
constexpr int kBacklog = 4096;

[[noreturn]] void fail(const std::string& where, const std::string& why) {
    throw Error(Fault::internal, "relay.listen", where, why);
}

std::string text_of(const sockaddr_storage& address, socklen_t size) {
    char host[NI_MAXHOST] = "";
    getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, nullptr, 0, NI_NUMERICHOST);
    return host;
}
}  // namespace

Fd listen_at(const std::string& address_port) {
    const size_t colon = address_port.rfind(':');
    if (colon == std::string::npos) fail(address_port, "no port");
    std::string host = address_port.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int fault = getaddrinfo(host.c_str(), address_port.c_str() + colon + 1, &hints, &found);
    if (fault) fail(address_port, gai_strerror(fault));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> address(found, freeaddrinfo);
    Fd listener(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const int on = 1;
    setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(listener.get(), found->ai_addr, found->ai_addrlen) < 0 || ::listen(listener.get(), kBacklog) < 0)
        fail(address_port, "cannot listen, errno " + std::to_string(errno));
    return listener;
}

int port_of(int listener) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    // The port lies at the same place in both families.
    return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

Fd accept_one(int listener, std::string& peer) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    Fd socket(::accept4(listener, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) return socket;
    const int on = 1;
    setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    peer = text_of(address, size);
    return socket;
}

}  // namespace hy::relay
