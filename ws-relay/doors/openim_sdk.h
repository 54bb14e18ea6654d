// /openim/gateway: OpenIM's own clients.
#pragma once
#include <memory>

#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_openim_sdk_door();

}  // namespace hy::relay
