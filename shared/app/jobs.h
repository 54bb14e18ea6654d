// main() of a process that works through something again and again.
#pragma once
#include "api/services.h"

namespace hy::app {

struct Chore {
    const char* name;
    int64_t every_ms;
    // Returns how much it did; more than nothing has it called again at once.
    size_t (*work)(api::Services& services);
};

int serve_chores(std::span<const Chore> chores, const char* name, int argc, char** argv);

}  // namespace hy::app
