// Accounts, for the operator at the console: admins, tokens for a test, what somebody has here, and ends.
#pragma once
#include <string>
#include <vector>

#include "core/house.h"
#include "db/db.h"

namespace hy::tools {

// For what changes accounts: the settings' keys, the clock of this host.
struct OwnHouse {
    explicit OwnHouse(const Config& config)
        : ids(clock),
          keys(auth::read_keyring(config.auth.token_keys_file)),
          box(auth::read_box_key(config.auth.box_key_file)),
          house{config, clock, ids, keys, box} {}
    SystemClock clock;
    MessageIds ids;
    auth::Keyring keys;
    auth::SecretBox box;
    House house;
};

// Makes an account of that phone an admin's, if there is none.
int create_admin(db::Database& db, const House& house, const std::string& phone);

// Each takes the words of the command line, prints, and returns the status to end with.
int admin(db::Database& db, const House& house, const std::vector<std::string>& words);
int token(db::Database& db, const House& house, const std::vector<std::string>& words);
int account(db::Database& db, const House& house, const std::vector<std::string>& words);

}  // namespace hy::tools
