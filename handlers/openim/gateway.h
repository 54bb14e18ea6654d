// What both live forms of the door have alike: who is let in, as one connection of an account for each platform.
#pragma once
#include "../uplink/session.h"
#include "api/event.h"
#include "conversation_ids.h"

namespace hy::openim {

// Closings that the relay tells in a form's own words (ws-relay/doors/openim.cpp, openim_sdk.cpp).
inline constexpr int kReplaced = 4006, kRefused = 1008, kLater = 1013;

struct Form {
    const char* door;   // of its sessions
    const char* user;   // the query's name for who comes
    int bad_token;      // closings: what is no token, or not of who comes
    int expired_token;  // and one whose time is over while it is used
    // Whether its clients know what happened beside messages only from being told: what happened while a device was away is
    // told when it comes back.
    bool tells_missed = false;
};
// The answers to `open` and `ready`.
std::string open_client(api::Ask& ask, const Form& form);
std::string ready_client(api::Ask& ask, const Form& form);

// A frame may carry a token and a sender of its own: they must be the connection's. Throws forbidden "foreign",
// unauthorized "token".
void require_own(api::Ask& ask, const uplink::Session& session, const json::Value& op);

}  // namespace hy::openim
