// What the sandbox's WebSocket says: {"action","param"} texts. Clients say nothing there; what they do is HTTP.
// Source: specs sandbox, "ws push事件"; decisions, "sandbox".
#pragma once
#include <optional>
#include <string>

#include "json/value.h"

namespace hy::wire::sandbox {

// A push as the bench's clients see it: sendMsg of what the robot said, webhook of what was reported, recallMsg, init; nothing
// when there is no such form.
std::optional<std::string> encode_push(const json::Value& push);

}  // namespace hy::wire::sandbox
