// main() of a FastCGI handler: N threads accept on fd 0, which a parent holds; SIGTERM lets
// each finish its request.
#pragma once
#include "api/route.h"

namespace hy::app {

// Its status when it ended since nobody asked (http.idle_exit_seconds): no fault, and nothing to restart.
constexpr int kIdleExit = 82;

int serve_fastcgi(const api::Group& group, int argc, char** argv);

}  // namespace hy::app
