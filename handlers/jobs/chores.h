// Work that nobody waits for.
#pragma once
#include <span>
#include <vector>

#include "app/jobs.h"
#include "app/workers.h"

namespace hy::jobs {

std::span<const app::Chore> outbox_chores();
std::span<const app::Chore> housekeeping_chores();

std::vector<app::JobKind> reply_jobs(const Config& config);
std::vector<app::JobKind> callback_jobs(const Config& config);
std::vector<app::JobKind> hook_jobs(const Config& config);

}  // namespace hy::jobs
