// The key to a bench's WebSocket: of one account, good until another is asked for.
#pragma once
#include <optional>
#include <string>

#include "core/house.h"
#include "core/outbox.h"
#include "db/db.h"

namespace hy::sandbox {

// ws(s)://<public address>/sandbox
std::string address_of(const House& house);
std::string key_of(const House& house, int64_t account, int64_t version);
// What a key that we made says; whether it still is the account's stands in `version`.
struct Claimed {
    int64_t account = 0, version = 0;
};
std::optional<Claimed> read_key(const House& house, const std::string& key);
// Ends the connections that came in with a key.
void close_all(int64_t account, outbox::Pushes& pushes);

}  // namespace hy::sandbox
