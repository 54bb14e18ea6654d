// The ocms door: plain HTTP status and {"detail": "…"}.
#pragma once
#include "api/event.h"
#include "api/route.h"
#include "core/robots.h"

namespace hy::ocms {

extern const api::Door kDoor;

extern const api::Group kAuth, kRobots, kConversations, kUpload, kChat;
extern const api::EventGroup kStream;

// What this door says for a fault, also inside frames.
std::string public_text(const Error& error);

// user_id in a path must be the caller's, unless the caller is an admin.
int64_t account_in_path(const api::Call& call);

}  // namespace hy::ocms
