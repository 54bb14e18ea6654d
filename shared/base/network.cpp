#include "base/network.h"

#include <arpa/inet.h>

#include <cstring>

namespace hy {

std::string neighbour(const std::string& address) {
    in6_addr bytes{};
    if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return address;
    std::memset(bytes.s6_addr + 8, 0, 8);
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, &bytes, text, sizeof text) ? text : address;
}

}  // namespace hy
