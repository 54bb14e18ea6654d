// Whom an account does not want to hear.
#pragma once
#include "core/house.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::contacts {

void block(db::Session& s, const House& house, int64_t account, const Principal& whom);
void unblock(db::Session& s, int64_t account, const Principal& whom);
bool blocks(db::Session& s, int64_t account, const Principal& whom);

}  // namespace hy::contacts
