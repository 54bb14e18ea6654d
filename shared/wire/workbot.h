// The live form of the workbot door as pure functions: a device's heartbeat, and commands on their way to it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"

namespace hy::wire::workbot {

// What a device gets at once for its frame; nothing for frames that mean nothing here. `now_ms` stands in the pong.
std::optional<std::string> answer(std::string_view frame, int64_t now_ms);

// A push of a command as the device sees it; nothing for other pushes.
std::optional<std::string> encode_push(const json::Value& push);

}  // namespace hy::wire::workbot
