// The sandbox door of the relay: an account's own bench at /sandbox.
#pragma once
#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_sandbox_door();

}  // namespace hy::relay
