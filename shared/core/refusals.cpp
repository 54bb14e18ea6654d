#include "core/refusals.h"

#include "base/network.h"

namespace hy::refusals {

namespace {
constexpr const char* kCount =
    "INSERT INTO refused_addresses (address, minute, refusals) VALUES (?, ?, 1)"
    " ON DUPLICATE KEY UPDATE refusals = IF(minute = VALUES(minute), refusals + 1, 1), minute = VALUES(minute)";
constexpr const char* kBlock =
    "UPDATE refused_addresses SET blocked_until = ? WHERE address = ? AND minute = ? AND refusals >= ?";
constexpr const char* kBlocked =
    "SELECT address, blocked_until FROM refused_addresses WHERE blocked_until > ? LIMIT 10000";
constexpr int64_t kReadEveryMs = 1000;
}  // namespace

int64_t Watch::blocked_seconds(db::Database& db, const House& house, const std::string& who) {
    if (!house.config.rate_limit) return 0;
    const std::string address = neighbour(who);
    const int64_t now = house.clock.now_ms();
    bool read = false;
    {
        std::lock_guard lock(mutex_);
        if (now - read_at_ >= kReadEveryMs || now < read_at_) {
            read = true;
            read_at_ = now;  // one thread reads, the others use what is known
        }
    }
    if (read) {
        std::unordered_map<std::string, int64_t> found;
        db.read([&](db::Session& s) {
            // One that would last longer than any was made by a clock that went back since.
            const int64_t longest = now + (house.config.limits.refused_block_seconds + 60) * 1000;
            db::Rows rows = s.query(kBlocked, {now});
            while (rows.next())
                if (rows.integer(2) <= longest) found[rows.text(1)] = rows.integer(2);
        });
        std::lock_guard lock(mutex_);
        blocked_ = std::move(found);
    }
    std::lock_guard lock(mutex_);
    const auto found = blocked_.find(address);
    return found == blocked_.end() || found->second <= now ? 0 : (found->second - now + 999) / 1000;
}

void Watch::count(db::Database& db, const House& house, const std::string& who) {
    if (!house.config.rate_limit || who.empty() || who.size() > 64) return;
    const std::string address = neighbour(who);
    const int64_t now = house.clock.now_ms(), minute = now / 60000;
    const int64_t until = now + house.config.limits.refused_block_seconds * 1000;
    db.read([&](db::Session& s) {
        s.execute(kCount, {address, minute});
        if (s.execute(kBlock, {until, address, minute, house.config.limits.refused_per_minute}) == 0) return;
        std::lock_guard lock(mutex_);
        blocked_[address] = until;
    });
}

}  // namespace hy::refusals
