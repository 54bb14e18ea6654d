// Accounts: the people of all five doors, in one table.
#pragma once
#include <optional>
#include <string>

#include "core/house.h"
#include "core/outbox.h"
#include "db/db.h"

namespace hy::accounts {

enum class Role : int { user = 0, admin = 1 };
enum class Status : int { active = 0, disabled = 1, closed = 2 };

struct Account {
    int64_t id = 0;
    std::string uid, nickname, avatar, phone;
    Role role = Role::user;
    Status status = Status::active;
    int64_t version = 1;
    int64_t created_at = 0, last_login_at = 0;  // 0: never
    bool registered = false;                    // by the operator's own system, which may ask for its tokens
    bool muted = false;                         // it may read, and say nothing
};

// A new account with a uid of our making (hy_…).
Account create(db::Session& s, const House& house, const std::string& nickname);
std::optional<Account> find(db::Session& s, int64_t id);
std::optional<Account> find_by_phone(db::Session& s, const std::string& phone);
std::optional<Account> find_by_uid(db::Session& s, const std::string& uid);

// The account of a phone; made at the first login (nickname 未命名).
Account of_phone(db::Session& s, const House& house, const std::string& phone);
// Gives an account without a phone this one. Where the phone has an account and this one has no robots, messages or
// groups, its WeChat identities move there, it is closed, and the phone's account answers. Throws conflict
// "account.phone" (it has one), "account.merge" with what stands in the way in detail.
Account bind_phone(db::Session& s, const House& house, int64_t id, const std::string& phone, outbox::Pushes& pushes);

// Throws conflict "duplicate" when another account has it.
void set_phone(db::Session& s, const House& house, int64_t id, const std::string& phone);
void set_role(db::Session& s, const House& house, int64_t id, Role role);
// Disabling and enabling bump the version: every token so far is void. `pushes` gets the
// kicks that close connections, those of the account's robots too.
void set_status(db::Session& s, const House& house, int64_t id, Status status, outbox::Pushes& pushes);
// For ever: no tokens, no phone, no name. What else it has core/erasure takes away.
void close(db::Session& s, const House& house, int64_t id, outbox::Pushes& pushes);
void set_muted(db::Session& s, const House& house, int64_t id, bool muted);
// Ends all tokens of an account ("log out everywhere").
void bump_version(db::Session& s, const House& house, int64_t id, outbox::Pushes& pushes);

}  // namespace hy::accounts
