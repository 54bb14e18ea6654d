// The end of an account, at all doors. At once: its tokens, phone and name. Then, step by step: its robots and their
// settings, its talks with robots, its test bench, friends, logins, uploads. What it said to other people stays with them,
// under a name of nobody. Source: infra/docs/privacy.md.
#pragma once
#include <string_view>

#include "core/accounts.h"
#include "core/files.h"

namespace hy::erasure {

// Its connections are closed. Throws forbidden "account.admin" for an administrator, who has to give that up first;
// unauthorized "token" for who is closed already.
void begin(db::Session& s, const House& house, int64_t account, std::string_view actor, outbox::Pushes& pushes);

// The next steps for accounts that were closed; rows in batches, one transaction each. Returns how much was done; 0: all
// are through, or the store of files is away.
size_t go_on(db::Database& db, const House& house, files::Store& store, outbox::Publisher& publisher, int64_t batch);

}  // namespace hy::erasure
