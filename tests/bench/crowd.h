// A swarm of relay clients that are brought up together: some hundred at a time, until all are live.
#pragma once
#include <functional>

#include "swarm.h"

namespace hy::bench {

// Connects every client of the swarm and returns when `live()` has reached their number.
// Throws when it has not after `seconds`. The swarm's on_open and on_frame are the caller's.
void bring_up(Swarm& swarm, const std::function<size_t()>& live, int seconds);

// The question every ocms connection answers itself, and only once it is live.
inline constexpr const char* kAreYouThere = R"({"type":"ping"})";
inline constexpr const char* kHereIAm = R"({"type":"pong"})";

}  // namespace hy::bench
