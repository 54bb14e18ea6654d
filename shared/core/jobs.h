// Work for later or for somebody else, as rows: a kind, a key, a time. Whoever works on one has it on a lease,
// so that it survives the worker; a bell (bell.jobs.<kind>) wakes workers, who look every second all the same.
// Who works is app/workers; what is done, its caller.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "db/db.h"

namespace hy::jobs {

struct Job {
    int64_t id = 0;
    std::string kind, key;
    std::string tenant;  // who waits behind whom
    int64_t run_at = 0;  // ms; while it is worked on, the end of the lease
    int64_t attempts = 0;
    std::string payload;
    int64_t created_at = 0;
};

// One of a kind with this key exists once: adding it again changes nothing.
void add(db::Session& s, const House& house, const Job& job, outbox::Pushes& pushes);

// All robots of an account are one tenant, a robot of nobody is one by itself.
std::string tenant_of(int64_t owner, int64_t robot);

// Up to `most` due jobs, leased for `lease_ms`: each tenant's oldest first, and no more of one tenant than make
// `of_one` with those that are `held`. `attempts` counts this one.
using Held = std::map<std::string, size_t>;  // by tenant
std::vector<Job> claim(db::Database& db, const House& house, const std::string& kind, size_t most, size_t of_one,
                       const Held& held, int64_t lease_ms);

// Holds the job until the transaction ends; false when the lease was lost to another worker, who does it then.
bool hold(db::Session& s, const Job& job);
// Another payload from now on. Nothing when the lease was lost.
void note(db::Session& s, const Job& job, const std::string& payload);
// Done: for good, or again at `run_at`. Nothing when the lease was lost.
void finish(db::Session& s, const Job& job);
void postpone(db::Session& s, const Job& job, int64_t run_at);

int64_t depth(db::Session& s);
// When the one that waits longest was due, ms; nothing when none waits. Those that are being worked on are due later.
std::optional<int64_t> oldest_due_at(db::Session& s);

}  // namespace hy::jobs
