// The wukongim door of the relay: WuKongIM's own clients at /im/stream and, in binary, on a TCP address.
#pragma once
#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_wukongim_door(const Config& config, const Clock& clock);

}  // namespace hy::relay
