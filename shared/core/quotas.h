// How often something may happen to a subject within a window of time: codes sent to a phone,
// wrong activations from an address. Windows stand fixed on the clock, one row each.
#pragma once
#include <string_view>

#include "core/house.h"
#include "db/db.h"

namespace hy::quotas {

struct Quota {
    const char* name;  // "sms.phone": also the error's code
    int64_t most;
    int64_t seconds;
};

// Uses one. Throws too_many with the quota's name when none was left, and the seconds until the
// window ends in detail.
void use(db::Session& s, const House& house, const Quota& quota, std::string_view subject);
// Throws the same when nothing is left, and uses none.
void check(db::Session& s, const House& house, const Quota& quota, std::string_view subject);
// Uses one, whether any was left or not.
void count(db::Session& s, const House& house, const Quota& quota, std::string_view subject);

// Gives one back: what it was used for did not happen.
void undo(db::Session& s, const House& house, const Quota& quota, std::string_view subject);

}  // namespace hy::quotas
