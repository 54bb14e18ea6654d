// The files of the stream's handler share this.
#pragma once
#include "../uplink/session.h"
#include "door.h"

namespace hy::ocms {

// ask.ocms.frames
std::string frames(api::Ask& ask);

// ask.ocms.confirm and ask.ocms.close
std::string confirm(api::Ask& ask);
std::string close(api::Ask& ask);

}  // namespace hy::ocms
