// Addresses of the network: as limits count them, and whether they are anybody's but our own.
#pragma once
#include <string>
#include <vector>

namespace hy {

// Whose limits an address shares: its own for IPv4, its network of 64 bits for IPv6, of which everybody
// has 2^64 addresses.
std::string neighbour(const std::string& address);

// Whether an address lies in the public internet: not private, loopback, link-local, multicast, reserved or a
// tunnel to such (RFC 6890, IANA's special-purpose registries); or within one of `allowed`.
bool is_outside(const std::string& address, const std::vector<std::string>& allowed = {});

}  // namespace hy
