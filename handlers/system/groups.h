// What belongs to no door.
#pragma once
#include "api/route.h"

namespace hy::system {

extern const api::Group kHealth;

}  // namespace hy::system
