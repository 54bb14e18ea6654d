#include "core/jobs.h"

#include <algorithm>

namespace hy::jobs {

namespace {

constexpr const char* kInsert =
    "INSERT INTO jobs (kind, job_key, tenant, run_at, payload, created_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE id = id";
// One step in the index for each tenant, however much waits for it.
constexpr const char* kTenants = "SELECT tenant, MIN(run_at) FROM jobs WHERE kind = ? GROUP BY tenant";
constexpr const char* kDue =
    "SELECT id, job_key, run_at, attempts, payload, created_at FROM jobs WHERE kind = ? AND tenant = ? AND run_at <= ?"
    " ORDER BY run_at LIMIT ?";
// Only if nobody else took it since: works without SKIP LOCKED too.
constexpr const char* kLease =
    "UPDATE jobs SET run_at = ?, attempts = attempts + 1 WHERE id = ? AND attempts = ? AND run_at = ?";
constexpr const char* kHold = "SELECT id FROM jobs WHERE id = ? AND attempts = ? FOR UPDATE";
constexpr const char* kNote = "UPDATE jobs SET payload = ? WHERE id = ? AND attempts = ?";
constexpr const char* kFinish = "DELETE FROM jobs WHERE id = ? AND attempts = ?";
constexpr const char* kPostpone = "UPDATE jobs SET run_at = ? WHERE id = ? AND attempts = ?";
constexpr const char* kDepth = "SELECT COUNT(*) FROM jobs";
// One step in the index for each kind and tenant.
constexpr const char* kOldest = "SELECT MIN(run_at) FROM jobs GROUP BY kind, tenant";

std::vector<Job> due_of(db::Session& s, const std::string& kind, const std::string& tenant, int64_t now, size_t most) {
    std::vector<Job> found;
    db::Rows rows = s.query(kDue, {kind, tenant, now, static_cast<int64_t>(most)});
    while (rows.next())
        found.push_back({rows.integer(1), kind, rows.text(2), tenant, rows.integer(3), rows.integer(4), rows.text(5),
                         rows.integer(6)});
    return found;
}

size_t held_of(const Held& held, const std::string& tenant) {
    const auto at = held.find(tenant);
    return at == held.end() ? 0 : at->second;
}

// Tenants for whom something is due, the one that waits longest first.
std::vector<std::string> due_tenants(db::Session& s, const std::string& kind, int64_t now, const Held& held,
                                     size_t of_one) {
    std::vector<std::pair<int64_t, std::string>> found;
    db::Rows rows = s.query(kTenants, {kind});
    while (rows.next())
        if (rows.integer(2) <= now && held_of(held, rows.text(1)) < of_one)
            found.emplace_back(rows.integer(2), rows.text(1));
    std::sort(found.begin(), found.end());
    std::vector<std::string> tenants;
    for (auto& [at, tenant] : found) tenants.push_back(std::move(tenant));
    return tenants;
}

}  // namespace

void add(db::Session& s, const House& house, const Job& job, outbox::Pushes& pushes) {
    const int64_t now = house.clock.now_ms();
    s.execute(kInsert, {job.kind, job.key, job.tenant, job.run_at, job.payload, now});
    if (job.run_at <= now) pushes.add("bell.jobs." + job.kind, "{\"v\":1}");
}

std::string tenant_of(int64_t owner, int64_t robot) {
    return owner ? "a" + std::to_string(owner) : "r" + std::to_string(robot);
}

std::vector<Job> claim(db::Database& db, const House& house, const std::string& kind, size_t most, size_t of_one,
                       const Held& held, int64_t lease_ms) {
    // What was leased before a connection broke stays ours when the rest is looked for again.
    std::vector<Job> taken;
    db.read([&](db::Session& s) {
        const int64_t now = house.clock.now_ms();
        const auto tenants = due_tenants(s, kind, now, held, of_one);
        for (size_t i = 0; i < tenants.size() && taken.size() < most; ++i) {
            // What is left for this one when all behind it get one too.
            const size_t others = tenants.size() - i - 1, room = most - taken.size();
            const size_t share =
                std::min(of_one - held_of(held, tenants[i]), std::max<size_t>(1, room > others ? room - others : 1));
            for (auto& job : due_of(s, kind, tenants[i], now, share)) {
                if (s.execute(kLease, {now + lease_ms, job.id, job.attempts, job.run_at}) == 0) continue;
                job.run_at = now + lease_ms;
                ++job.attempts;
                taken.push_back(std::move(job));
            }
        }
    });
    return taken;
}

bool hold(db::Session& s, const Job& job) { return s.query(kHold, {job.id, job.attempts}).next(); }
void note(db::Session& s, const Job& job, const std::string& payload) {
    s.execute(kNote, {payload, job.id, job.attempts});
}
void finish(db::Session& s, const Job& job) { s.execute(kFinish, {job.id, job.attempts}); }
void postpone(db::Session& s, const Job& job, int64_t run_at) { s.execute(kPostpone, {run_at, job.id, job.attempts}); }

std::optional<int64_t> oldest_due_at(db::Session& s) {
    std::optional<int64_t> oldest;
    db::Rows rows = s.query(kOldest);
    while (rows.next()) oldest = std::min(oldest.value_or(rows.integer(1)), rows.integer(1));
    return oldest;
}

int64_t depth(db::Session& s) {
    db::Rows rows = s.query(kDepth);
    return rows.next() ? rows.integer(1) : 0;
}

}  // namespace hy::jobs
