// main() of a FastCGI handler: N threads accept on fd 0, which a parent holds; SIGTERM lets
// each finish its request.
#pragma once
#include "api/route.h"

namespace hy::app {

int serve_fastcgi(const api::Group& group, int argc, char** argv);

}  // namespace hy::app
