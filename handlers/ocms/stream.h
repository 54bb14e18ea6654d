// The two files of the stream's handler share this.
#pragma once
#include "../uplink/session.h"
#include "door.h"

namespace hy::ocms {

// ask.ocms.frames
std::string frames(api::Ask& ask);

// The client has these: (channel, number).
void confirm(api::Services& services, const uplink::Session& session, const std::string& conn,
             const std::vector<std::pair<int64_t, int64_t>>& items);

}  // namespace hy::ocms
