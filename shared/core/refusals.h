// Addresses that keep coming with bad tokens: limits.refused_per_minute answers of 401 in a
// minute earn them 429 for limits.refused_block_seconds, at all doors.
#pragma once
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/house.h"
#include "db/db.h"

namespace hy::refusals {

class Watch {
public:
    // Seconds for which the address stays blocked; 0: it is not. What other processes found
    // is known here within a second.
    int64_t blocked_seconds(db::Database& db, const House& house, const std::string& address);
    // An answer of 401 went there.
    void count(db::Database& db, const House& house, const std::string& address);

private:
    std::mutex mutex_;
    std::unordered_map<std::string, int64_t> blocked_;
    int64_t read_at_ = 0;
};

}  // namespace hy::refusals
