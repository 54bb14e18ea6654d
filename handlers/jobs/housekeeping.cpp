// Ends what has run out, in small steps that lock nothing for long.
#include <algorithm>

#include "core/activation.h"
#include "core/agents.h"
#include "core/commands.h"
#include "core/erasure.h"
#include "core/housekeeping.h"
#include "core/presence.h"
#include "core/search.h"
#include "core/statistics.h"

#include "chores.h"

namespace hy::jobs {

namespace {

constexpr int64_t kBatch = 500;

// A relay says through NATS that it lives, and it is written to the database: while one of them was away, none could.
size_t end_dead_relays(api::Services& services) {
    const auto heard_since_us = [&] {
        const int64_t nats = services.bus.connected_since_us(), database = services.db.reached_since_us();
        return nats && database ? std::max(nats, database) : 0;
    };
    presence::sweep(services.db, services.house, services.bus, heard_since_us, services.publisher);
    return 0;
}

size_t expire_agent_queue(api::Services& services) {
    return services.db.read([&](db::Session& s) { return agents::expire(s, services.house, kBatch); });
}

size_t expire_codes(api::Services& services) {
    return services.transaction(
        [&](db::Session& s, outbox::Pushes& pushes) { return activation::expire(s, services.house, kBatch, pushes); });
}

size_t expire_commands(api::Services& services) {
    return services.db.transaction([&](db::Session& s) { return commands::expire(s, services.house, kBatch); });
}

size_t write_words_down(api::Services& services) { return search::write_down(services.db, services.house, kBatch); }

size_t count_days(api::Services& services) { return statistics::roll_up(services.db, kBatch); }

size_t purge_robots(api::Services& services) { return housekeeping::purge_robots(services.db, services.house, kBatch); }

size_t erase_accounts(api::Services& services) {
    return erasure::go_on(services.db, services.house, *services.store, services.publisher, kBatch);
}

size_t forget_hidden(api::Services& services) { return housekeeping::forget_hidden(services.db); }

size_t delete_old(api::Services& services) {
    return housekeeping::delete_old(services.db, services.house, *services.store, kBatch);
}

// clang-format off
const app::Chore kChores[] = {
    {"relays", 2000, end_dead_relays},
    {"agent_queue", 60'000, expire_agent_queue},
    {"codes", 1000, expire_codes},
    {"commands", 10'000, expire_commands},
    {"statistics", 1000, count_days},
    {"words", 2000, write_words_down},
    {"robots", 60'000, purge_robots},
    {"accounts", 1000, erase_accounts},
    {"history", 30'000, forget_hidden},
    {"old", 60'000, delete_old},
};
// clang-format on

}  // namespace

std::span<const app::Chore> housekeeping_chores() { return kChores; }

}  // namespace hy::jobs
