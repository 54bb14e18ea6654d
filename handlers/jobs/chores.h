// Work that nobody waits for.
#pragma once
#include <span>

#include "app/jobs.h"

namespace hy::jobs {

std::span<const app::Chore> outbox_chores();
std::span<const app::Chore> housekeeping_chores();

}  // namespace hy::jobs
