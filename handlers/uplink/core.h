// What relays ask of the house whatever the door: heartbeats, last numbers, missing messages.
#pragma once
#include "api/event.h"

namespace hy::uplink {

extern const api::EventGroup kCore;

}  // namespace hy::uplink
