#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace hy {

namespace {

constexpr const char* kInside4[] = {"0.0.0.0/8",      "10.0.0.0/8",     "100.64.0.0/10", "127.0.0.0/8",
                                    "169.254.0.0/16", "172.16.0.0/12",  "192.0.0.0/24",  "192.0.2.0/24",
                                    "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
                                    "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4"};
// Of what is handed out at all (2000::/3): protocol assignments with Teredo, examples, 6to4.
constexpr const char* kInside6[] = {"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"};

// The IPv4 address that an IPv6 one is only a form of (mapped, or by NAT64); empty: none.
std::string inner4(const std::string& address) {
    in6_addr bytes{};
    if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return {};
    if (!in_network(address, "::ffff:0:0/96") && !in_network(address, "64:ff9b::/96")) return {};
    char text[INET_ADDRSTRLEN];
    return inet_ntop(AF_INET, bytes.s6_addr + 12, text, sizeof text) ? text : std::string();
}

}  // namespace

std::string neighbour(const std::string& address) {
    in6_addr bytes{};
    if (inet_pton(AF_INET6, address.c_str(), &bytes) != 1) return address;
    std::memset(bytes.s6_addr + 8, 0, 8);
    char text[INET6_ADDRSTRLEN];
    return inet_ntop(AF_INET6, &bytes, text, sizeof text) ? text : address;
}

bool is_outside(const std::string& address, const std::vector<std::string>& allowed) {
    const auto holds = [&](const auto& network) { return in_network(address, network); };
    if (std::any_of(allowed.begin(), allowed.end(), holds)) return true;
    if (const std::string inner = inner4(address); !inner.empty()) return is_outside(inner, allowed);
    in6_addr bytes{};
    if (inet_pton(AF_INET6, address.c_str(), &bytes) == 1)
        return in_network(address, "2000::/3") && std::none_of(std::begin(kInside6), std::end(kInside6), holds);
    in_addr four{};
    if (inet_pton(AF_INET, address.c_str(), &four) != 1) return false;
    return std::none_of(std::begin(kInside4), std::end(kInside4), holds);
}

}  // namespace hy
