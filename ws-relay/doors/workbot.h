// The workbot door of the relay: robots' devices at /ws.
#pragma once
#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_workbot_door(const Clock& clock);

}  // namespace hy::relay
