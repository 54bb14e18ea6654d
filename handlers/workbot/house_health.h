// How the house is, for administrators; a route of the group workbot-logs.
#pragma once
#include "door.h"

namespace hy::workbot {

api::Reply house_health(api::Call& call);
extern const char* const kHealthExample;

}  // namespace hy::workbot
