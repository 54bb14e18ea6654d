// What the group workbot-robots has beside a robot's settings; its table of routes is at the foot of robots.cpp.
#pragma once
#include "core/robots.h"
#include "door.h"

namespace hy::workbot {

// The robot that the path names, if the caller owns it or is an administrator.
robots::Robot own_robot(db::Session& s, const api::Call& call);

// robot_figures.cpp
api::Reply get_statistics(api::Call& call);
api::Reply get_daily_statistics(api::Call& call);
extern const char* const kStatisticsExample;
extern const char* const kDailyExample;

// robot_work.cpp: what it was told to do, and what its webhooks were told
api::Reply list_robot_commands(api::Call& call);
api::Reply retry_command(api::Call& call);
api::Reply list_deliveries(api::Call& call);
api::Reply retry_delivery(api::Call& call);
extern const char* const kWorkCommandsExample;
extern const char* const kDeliveriesExample;
extern const char* const kRetriedCommandExample;
extern const char* const kRetriedDeliveryExample;

// robot_brain.cpp
api::Reply test_brain(api::Call& call);
extern const json::SchemaBase& kTestBrain;
extern const char* const kTestedExample;

}  // namespace hy::workbot
