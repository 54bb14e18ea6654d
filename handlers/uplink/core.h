// What relays ask of the house whatever the door: heartbeats, last numbers, missing messages.
#pragma once
#include "api/event.h"

namespace hy::uplink {

extern const api::EventGroup kCore;

// Gives a robot's agents what waits for them. A fault is logged and no matter of the ask, which
// may be for many others: the relay's next look finds what was left.
void hand_out(api::Services& services, int64_t robot);

}  // namespace hy::uplink
