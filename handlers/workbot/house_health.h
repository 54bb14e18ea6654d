// How the house is, for administrators; a route of the group workbot-logs.
#pragma once
#include "door.h"

namespace hy::workbot {

api::Reply house_health(api::Call& call);
extern const char* const kHealthExample;

// Programs that no socket tells of; tests compare it with the programs of the house.
inline constexpr const char* kBackground[] = {
    "ws-relay",       "ocms-stream", "workbot-stream", "wukongim-stream", "openim-stream",    "openim-sdk-stream",
    "sandbox-stream", "jobs-outbox", "jobs-replies",   "jobs-callbacks",  "jobs-housekeeping"};

}  // namespace hy::workbot
