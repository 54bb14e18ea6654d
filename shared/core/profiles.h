// What others see of an account or robot, and what an account says about itself. Accounts that the operator's own system
// registers are made here. Source: specs openim "用户管理", decisions "One identity".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::profiles {

struct Profile {
    Principal who;
    std::string id, name, avatar, ex;
    int64_t created_at = 0;
};

struct NewUser {
    std::string id, name, avatar, ex;
};
inline constexpr size_t kMostAtOnce = 1000;

// All of them, or nobody. Throws conflict "user.registered" (detail: the ids), bad_request "user.id", "user.reserved".
void register_all(db::Session& s, const House& house, const std::vector<NewUser>& users);

// Who is there, by id; others are left out, and robots that are private to somebody else than the account `reader`.
std::map<std::string, Profile> find(db::Session& s, const std::vector<std::string>& ids, int64_t reader);
// Also of those who are gone.
std::map<Principal, Profile> of(db::Session& s, const std::vector<Principal>& who);

// Only what is set.
struct Changes {
    std::optional<std::string> name, avatar, ex;
};
// Told to the account's devices as event "profile".
void change(db::Session& s, const House& house, int64_t account, const Changes& changes, outbox::Pushes& pushes);

}  // namespace hy::profiles
