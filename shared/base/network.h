// Addresses of the network, as limits count them.
#pragma once
#include <string>

namespace hy {

// Whose limits an address shares: its own for IPv4, its network of 64 bits for IPv6, of which everybody
// has 2^64 addresses.
std::string neighbour(const std::string& address);

}  // namespace hy
