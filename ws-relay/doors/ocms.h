// The ocms door of the relay: users and agents at /ocms/v1/stream.
#pragma once
#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_ocms_door();

}  // namespace hy::relay
