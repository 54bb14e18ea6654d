#include "core/accounts.h"

#include "core/devices.h"
#include "core/kicks.h"
#include "core/principal.h"

namespace hy::accounts {

namespace {

#define HY_ACCOUNT_COLUMNS                                                                  \
    "SELECT id, uid, nickname, avatar, COALESCE(phone, ''), role, status, ver, created_at," \
    " COALESCE(last_login_at, 0), registered, muted FROM accounts "
constexpr const char* kFind = HY_ACCOUNT_COLUMNS "WHERE id = ?";
constexpr const char* kFindByPhone = HY_ACCOUNT_COLUMNS "WHERE phone = ?";
constexpr const char* kFindByUid = HY_ACCOUNT_COLUMNS "WHERE uid = ?";
constexpr const char* kLock = HY_ACCOUNT_COLUMNS "WHERE id = ? FOR UPDATE";
#undef HY_ACCOUNT_COLUMNS
constexpr const char* kInsert = "INSERT INTO accounts (uid, nickname, created_at, updated_at) VALUES (?, ?, ?, ?)";
constexpr const char* kSetPhone = "UPDATE accounts SET phone = ?, updated_at = ? WHERE id = ?";
constexpr const char* kSetRole = "UPDATE accounts SET role = ?, updated_at = ? WHERE id = ?";
constexpr const char* kSetStatus =
    "UPDATE accounts SET status = ?, ver = ver + 1, updated_at = ? WHERE id = ? AND status <> 2";
constexpr const char* kForget = "UPDATE accounts SET phone = NULL, nickname = '已注销用户', avatar = '' WHERE id = ?";
constexpr const char* kRobotsOf = "SELECT id FROM robots WHERE owner_id = ? AND deleted_at IS NULL";
constexpr const char* kMoveIdentities = "UPDATE weapp_identities SET account_id = ? WHERE account_id = ?";
constexpr const char* kHasRobots = "SELECT 1 FROM robots WHERE owner_id = ? AND deleted_at IS NULL LIMIT 1";
constexpr const char* kHasCodes = "SELECT 1 FROM activation_codes WHERE account_id = ? LIMIT 1";
constexpr const char* kHasBench = "SELECT 1 FROM sandboxes WHERE account_id = ?";
constexpr const char* kIsMember = "SELECT 1 FROM channel_members WHERE member_type = 0 AND member_id = ? LIMIT 1";
constexpr const char* kHasFriends = "SELECT 1 FROM friends WHERE account_id = ? LIMIT 1";
constexpr const char* kSameApp =
    "SELECT 1 FROM weapp_identities mine JOIN weapp_identities theirs ON theirs.appid = mine.appid"
    " WHERE mine.account_id = ? AND theirs.account_id = ? LIMIT 1";
constexpr const char* kSetMuted = "UPDATE accounts SET muted = ?, updated_at = ? WHERE id = ?";
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
                   rows.integer(8),
                   rows.integer(9),
                   rows.integer(10),
                   rows.integer(11) != 0,
                   rows.integer(12) != 0};
}

}  // namespace

Account create(db::Session& s, const House& house, const std::string& nickname) {
    Account account;
    account.uid = "hy_" + random_text(12, kLowerDigits);
    account.nickname = nickname;
    const int64_t now = account.created_at = house.clock.now_ms();
    s.execute(kInsert, {account.uid, nickname, now, now});
    account.id = static_cast<int64_t>(s.last_insert_id());
    return account;
}

std::optional<Account> find(db::Session& s, int64_t id) { return one(s.query(kFind, {id})); }
std::optional<Account> find_by_phone(db::Session& s, const std::string& phone) {
    return one(s.query(kFindByPhone, {phone}));
}
std::optional<Account> find_by_uid(db::Session& s, const std::string& uid) { return one(s.query(kFindByUid, {uid})); }

Account of_phone(db::Session& s, const House& house, const std::string& phone) {
    if (auto found = find_by_phone(s, phone)) return *found;
    Account account = create(s, house, "未命名");
    try {
        set_phone(s, house, account.id, phone);
    } catch (const db::Duplicate&) {
        throw db::Retry{};  // two first logins at once: the other's account is found now
    }
    account.phone = phone;
    return account;
}

namespace {

// What keeps an account from going up in another one.
std::string in_the_way(db::Session& s, int64_t id, int64_t other) {
    std::string words;
    const auto note = [&](bool there, const char* word) {
        if (there) words += (words.empty() ? "" : ", ") + std::string(word);
    };
    note(s.query(kHasRobots, {id}).next(), "robots");
    note(s.query(kHasCodes, {id}).next(), "activation codes");
    note(s.query(kIsMember, {id}).next(), "messages or groups");
    note(s.query(kHasFriends, {id}).next(), "friends");
    note(s.query(kHasBench, {id}).next(), "a sandbox");
    note(s.query(kSameApp, {id, other}).next(), "the phone's account has a WeChat identity of that app");
    return words;
}

}  // namespace

Account bind_phone(db::Session& s, const House& house, int64_t id, const std::string& phone, outbox::Pushes& pushes) {
    auto mine = one(s.query(kLock, {id}));
    if (!mine || mine->status != Status::active) throw Error(Fault::unauthorized, "token");
    if (!mine->phone.empty()) throw Error(Fault::conflict, "account.phone");
    const auto other = find_by_phone(s, phone);
    if (!other) {
        try {
            set_phone(s, house, id, phone);
        } catch (const db::Duplicate&) {
            throw db::Retry{};
        }
        mine->phone = phone;
        return *mine;
    }
    if (other->status != Status::active) throw Error(Fault::forbidden, "account.disabled");
    if (const auto words = in_the_way(s, id, other->id); !words.empty())
        throw Error(Fault::conflict, "account.merge", words);
    s.execute(kMoveIdentities, {other->id, id});
    close(s, house, id, pushes);
    return *other;
}

void set_phone(db::Session& s, const House& house, int64_t id, const std::string& phone) {
    s.execute(kSetPhone, {phone, house.clock.now_ms(), id});
}

void set_role(db::Session& s, const House& house, int64_t id, Role role) {
    s.execute(kSetRole, {static_cast<int64_t>(role), house.clock.now_ms(), id});
}

void set_status(db::Session& s, const House& house, int64_t id, Status status, outbox::Pushes& pushes) {
    s.execute(kSetStatus, {static_cast<int64_t>(status), house.clock.now_ms(), id});
    kicks::add(pushes, account_principal(id).name(), {.reason = "账号已停用"});
    if (status == Status::active) return;
    db::Rows robots = s.query(kRobotsOf, {id});
    while (robots.next()) {
        kicks::add(pushes, robot_principal(robots.integer(1)).name(), {.reason = "账号已停用"});
        devices::revoke(s, robots.integer(1), 4001, "账号已停用", pushes);
    }
}

void close(db::Session& s, const House& house, int64_t id, outbox::Pushes& pushes) {
    set_status(s, house, id, Status::closed, pushes);
    s.execute(kForget, {id});
}

void set_muted(db::Session& s, const House& house, int64_t id, bool muted) {
    s.execute(kSetMuted, {int64_t{muted}, house.clock.now_ms(), id});
}

void bump_version(db::Session& s, const House& house, int64_t id, outbox::Pushes& pushes) {
    s.execute(kBump, {house.clock.now_ms(), id});
    kicks::add(pushes, account_principal(id).name(), {.reason = "登录已失效"});
}

}  // namespace hy::accounts
