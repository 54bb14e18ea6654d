// Publishes what nobody published after its commit.
#include "core/outbox.h"

#include "chores.h"

namespace hy::jobs {

namespace {

size_t sweep(api::Services& services) {
    return outbox::sweep(services.db, services.bus, services.config, services.clock);
}

const app::Chore kChores[] = {{"outbox", 500, sweep}};

}  // namespace

std::span<const app::Chore> outbox_chores() { return kChores; }

}  // namespace hy::jobs
