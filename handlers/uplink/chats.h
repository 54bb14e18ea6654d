// Connections whose clients hear all that an account's people, robots and groups say: what they listen to, and where they
// stand when they are let in. The same for every door of that kind (infra/docs/uplink.md).
#pragma once
#include <string>

#include "../uplink/session.h"
#include "api/event.h"

namespace hy::uplink {

// "topics":[…] of an answer; `groups` as channels::groups_of tells them.
void write_topics(json::Writer& w, const Principal& who, const std::vector<std::pair<int64_t, int64_t>>& groups);

// The whole `ready` answer: last numbers of groups, and of talks in which something was said just now.
// `missed`: events that are told again first, as they are pushed.
std::string chats_ready(api::Ask& ask, const Session& session, const std::vector<std::string>& missed = {});

}  // namespace hy::uplink
