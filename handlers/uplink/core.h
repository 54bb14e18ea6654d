// What relays ask of the house whatever the door: heartbeats, last numbers, missing messages.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "api/event.h"

namespace hy::uplink {

extern const api::EventGroup kCore;

// ask.<door>.close where nothing was confirmed: connections that have gone.
std::string close(api::Ask& ask);

// As presence::tell; a fault is logged, since what it is about has been done.
void tell_presence(api::Services& services, const std::vector<int64_t>& accounts);

// Gives robots' agents what waits for them, for a fifth of a second at most. A fault is logged and
// no matter of the ask, which may be for many others: the relay's next look finds what was left.
void hand_out(api::Services& services, std::vector<int64_t> robots);

}  // namespace hy::uplink
