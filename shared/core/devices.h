// The device that a robot runs on, and the tokens it holds. Which device a code belongs to is
// core/activation's business.
#pragma once
#include <optional>
#include <string>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::devices {

struct Device {
    int64_t robot = 0, code = 0;
    std::string id;    // empty: unbound
    std::string info;  // the deviceInfo it named itself with, JSON
    int64_t version = 1;
    int64_t bound_at = 0, polled_at = 0, expires_at = 0;
};

std::optional<Device> find(db::Session& s, int64_t robot);
// The same, locked until the transaction ends.
std::optional<Device> lock(db::Session& s, int64_t robot);
// Robots that run on a device of this id.
std::vector<int64_t> robots_on(db::Session& s, const std::string& device_id);

// The robot runs on this device from now on, under this code until `expires_at`; tokens issued before die and
// a connection is closed. Returns the device as it stands now.
Device bind(db::Session& s, const House& house, const Device& wanted, outbox::Pushes& pushes);
// The robot runs nowhere; kept in the history with `reason`.
void unbind(db::Session& s, const House& house, const Device& device, const std::string& reason,
            outbox::Pushes& pushes);
// Ends the connection of a robot's device.
void close(int64_t robot, int code, const std::string& reason, outbox::Pushes& pushes);
// The same, and its tokens.
void revoke(db::Session& s, int64_t robot, int code, const std::string& reason, outbox::Pushes& pushes);

// Its time is up at `when`, ms: the code it ran under was disabled.
void end_at(db::Session& s, int64_t robot, int64_t when);

struct Tokens {
    std::string access, refresh;
    int64_t expires_at = 0;  // of the access token, ms
};
// None outlives the device's code.
Tokens issue(const House& house, const std::string& robot_id, const Device& device);

// The device behind a robot token of `kind` (robot, robot_refresh).
struct Held {
    int64_t robot = 0, owner = 0;
    std::string robot_id;
    Device device;
    int64_t expires_ms = 0;
};
// Throws unauthorized "token", or "token.expired" for one that ran out, forbidden "code.expired" for a token that was good until its code's end.
Held identify(db::Session& s, const House& house, const std::string& token, const char* kind);

// Whether what was issued for this version of the robot's device is still good.
bool stands(db::Session& s, const House& house, int64_t robot, int64_t version);

// A poll or a report came from it.
void seen(db::Session& s, const House& house, int64_t robot);

// Public ids of robots whose device has a code that runs, and was not heard of since then and has no connection; at
// most so many.
std::vector<std::string> silent(db::Session& s, const House& house, int64_t since_ms, int64_t most);

}  // namespace hy::devices
