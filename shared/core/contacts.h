// Whom an account does not want to hear.
#pragma once
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::contacts {

// Throws conflict "block.limit" at kMostBlocked.
void block(db::Session& s, const House& house, int64_t account, const Principal& whom);
void unblock(db::Session& s, int64_t account, const Principal& whom);
// So that the account's other devices hear of it: block.added, block.removed.
void tell(db::Session& s, const House& house, int64_t account, const Principal& whom, bool blocked,
          outbox::Pushes& pushes);
bool blocks(db::Session& s, int64_t account, const Principal& whom);
// Whether an account among `who` does not want to hear `whom`.
bool any_blocks(db::Session& s, const std::vector<Principal>& who, const Principal& whom);

struct Blocked {
    Principal who;
    int64_t created_at = 0;
};
inline constexpr int64_t kMostBlocked = 10000;
int64_t count(db::Session& s, int64_t account);
// Those of `who` who are among them.
std::vector<Blocked> find(db::Session& s, int64_t account, const std::vector<Principal>& who);
// In the order of their internal numbers.
std::vector<Blocked> list(db::Session& s, int64_t account, int64_t skip, int64_t limit);

}  // namespace hy::contacts
