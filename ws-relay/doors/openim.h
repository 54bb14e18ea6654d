// The openim door of the relay, in the form of its document.
#pragma once
#include <memory>

#include "door.h"

namespace hy::relay {

std::unique_ptr<Door> make_openim_door();

}  // namespace hy::relay
