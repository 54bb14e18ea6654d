#include "core/accounts.h"

#include "core/kicks.h"
#include "core/principal.h"

namespace hy::accounts {

namespace {

#define HY_ACCOUNT_COLUMNS "SELECT id, uid, nickname, avatar, COALESCE(phone, ''), role, status, ver FROM accounts "
constexpr const char* kFind = HY_ACCOUNT_COLUMNS "WHERE id = ?";
constexpr const char* kFindByPhone = HY_ACCOUNT_COLUMNS "WHERE phone = ?";
constexpr const char* kFindByUid = HY_ACCOUNT_COLUMNS "WHERE uid = ?";
#undef HY_ACCOUNT_COLUMNS
constexpr const char* kInsert = "INSERT INTO accounts (uid, nickname, created_at, updated_at) VALUES (?, ?, ?, ?)";
constexpr const char* kSetPhone = "UPDATE accounts SET phone = ?, updated_at = ? WHERE id = ?";
constexpr const char* kSetRole = "UPDATE accounts SET role = ?, updated_at = ? WHERE id = ?";
constexpr const char* kSetStatus = "UPDATE accounts SET status = ?, ver = ver + 1, updated_at = ? WHERE id = ?";
constexpr const char* kBump = "UPDATE accounts SET ver = ver + 1, updated_at = ? WHERE id = ?";

std::optional<Account> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    return Account{rows.integer(1),
                   rows.text(2),
                   rows.text(3),
                   rows.text(4),
                   rows.text(5),
                   static_cast<Role>(rows.integer(6)),
                   static_cast<Status>(rows.integer(7)),
                   rows.integer(8)};
}

}  // namespace

Account create(db::Session& s, const House& house, const std::string& nickname) {
    Account account;
    account.uid = "hy_" + random_text(12, kLowerDigits);
    account.nickname = nickname;
    const int64_t now = house.clock.now_ms();
    s.execute(kInsert, {account.uid, nickname, now, now});
    account.id = static_cast<int64_t>(s.last_insert_id());
    return account;
}

std::optional<Account> find(db::Session& s, int64_t id) { return one(s.query(kFind, {id})); }
std::optional<Account> find_by_phone(db::Session& s, const std::string& phone) {
    return one(s.query(kFindByPhone, {phone}));
}
std::optional<Account> find_by_uid(db::Session& s, const std::string& uid) { return one(s.query(kFindByUid, {uid})); }

void set_phone(db::Session& s, const House& house, int64_t id, const std::string& phone) {
    s.execute(kSetPhone, {phone, house.clock.now_ms(), id});
}

void set_role(db::Session& s, const House& house, int64_t id, Role role) {
    s.execute(kSetRole, {static_cast<int64_t>(role), house.clock.now_ms(), id});
}

void set_status(db::Session& s, const House& house, int64_t id, Status status, outbox::Pushes& pushes) {
    s.execute(kSetStatus, {static_cast<int64_t>(status), house.clock.now_ms(), id});
    kicks::add(pushes, account_principal(id).name(), {.reason = "账号已停用"});
}

void bump_version(db::Session& s, const House& house, int64_t id, outbox::Pushes& pushes) {
    s.execute(kBump, {house.clock.now_ms(), id});
    kicks::add(pushes, account_principal(id).name(), {.reason = "登录已失效"});
}

}  // namespace hy::accounts
