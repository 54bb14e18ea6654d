#include "core/robots.h"

#include <algorithm>

#include "base/encode.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/channels.h"
#include "core/kicks.h"
#include "core/principal.h"

namespace hy::robots {

namespace {

#define HY_CARD_COLUMNS                                                                      \
    "r.public_id, COALESCE(r.owner_id, 0), COALESCE(a.nickname, ''), r.name, r.description," \
    " r.icon, r.is_private, r.created_at, r.updated_at"
#define HY_ROBOT_COLUMNS "SELECT " HY_CARD_COLUMNS ", r.id, r.brain, r.reply_all, r.ver" HY_FROM_ROBOTS
#define HY_FROM_ROBOTS " FROM robots r LEFT JOIN accounts a ON a.id = r.owner_id "
constexpr const char* kFind = HY_ROBOT_COLUMNS "WHERE r.public_id = ? AND r.deleted_at IS NULL";
constexpr const char* kFindById = HY_ROBOT_COLUMNS "WHERE r.id = ? AND r.deleted_at IS NULL";
constexpr const char* kFindByKey =
    HY_ROBOT_COLUMNS "WHERE r.api_key_hash = ? AND r.deleted_at IS NULL AND COALESCE(a.status, 0) = 0";
// Robots of one owner are few (robots.per_user), so that an offset is bounded by them.
constexpr const char* kList = "SELECT " HY_CARD_COLUMNS HY_FROM_ROBOTS
                              "WHERE r.owner_id = ? AND r.deleted_at IS NULL ORDER BY r.id DESC LIMIT ? OFFSET ?";
#undef HY_ROBOT_COLUMNS
#undef HY_CARD_COLUMNS
#undef HY_FROM_ROBOTS
constexpr const char* kPartner =
    "SELECT r.id, r.public_id, COALESCE(r.owner_id, 0), r.name, r.is_private, r.brain, r.reply_all, r.ver,"
    " COALESCE((SELECT nickname FROM accounts WHERE id = ?), '') FROM robots r"
    " WHERE r.id = ? AND r.deleted_at IS NULL LOCK IN SHARE MODE";
constexpr const char* kLockOwner = "SELECT id FROM accounts WHERE id = ? AND status = 0 FOR UPDATE";
constexpr const char* kCount = "SELECT COUNT(*) FROM robots WHERE owner_id = ? AND deleted_at IS NULL AND by_code = 0";
constexpr const char* kCountAll = "SELECT COUNT(*) FROM robots WHERE owner_id = ? AND deleted_at IS NULL";
constexpr const char* kInsert =
    "INSERT INTO robots (public_id, owner_id, name, description, icon, brain, api_key_hash, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kInsertByCode =
    "INSERT INTO robots (public_id, owner_id, name, icon, brain, by_code, created_at, updated_at)"
    " VALUES (?, ?, ?, '', 'builtin', 1, ?, ?)";
constexpr const char* kLock = "SELECT id FROM robots WHERE id = ? AND deleted_at IS NULL FOR UPDATE";
constexpr const char* kSetOwner = "UPDATE robots SET owner_id = ?, updated_at = ? WHERE id = ? AND owner_id IS NULL";
constexpr const char* kChange =
    "UPDATE robots SET name = COALESCE(?, name), description = COALESCE(?, description), icon = COALESCE(?, icon),"
    " is_private = COALESCE(?, is_private), updated_at = ? WHERE id = ?";
constexpr const char* kDelete =
    "UPDATE robots SET deleted_at = ?, api_key_hash = NULL, ver = ver + 1 WHERE id = ? AND deleted_at IS NULL";
constexpr const char* kClearMember =
    "UPDATE channel_members m JOIN channels c ON c.id = m.channel_id SET m.cleared_seq = c.last_seq"
    " WHERE m.member_type = 1 AND m.member_id = ?";
constexpr const char* kLeaveGroup =
    "DELETE FROM channel_members WHERE channel_id = ? AND member_type = 1 AND member_id = ?";
constexpr const char* kUnbind = "UPDATE sandboxes SET robot_id = NULL WHERE robot_id = ?";
constexpr const char* kForgetQueue = "DELETE FROM agent_queue WHERE robot_id = ?";
constexpr const char* kForgetTalks = "DELETE FROM agent_talks WHERE robot_id = ?";
constexpr const char* kSetKey = "UPDATE robots SET api_key_hash = ?, ver = ver + 1, updated_at = ? WHERE id = ?";
constexpr const char* kWake =
    "INSERT INTO robot_wakes (robot_id, account_id, minute, wakes) VALUES (?, ?, ?, 1)"
    " ON DUPLICATE KEY UPDATE wakes = IF(minute = VALUES(minute), wakes + 1, 1), minute = VALUES(minute)";
constexpr const char* kWakes = "SELECT wakes FROM robot_wakes WHERE robot_id = ? AND account_id = ?";

void read(const db::Rows& rows, Card& card) {
    card.public_id = rows.text(1);
    card.owner = rows.integer(2);
    card.owner_name = rows.text(3);
    card.name = rows.text(4);
    card.description = rows.text(5);
    card.icon = rows.text(6);
    card.is_private = rows.integer(7) != 0;
    card.created_at = rows.integer(8);
    card.updated_at = rows.integer(9);
}

std::optional<Robot> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    Robot robot;
    read(rows, robot);
    robot.id = rows.integer(10);
    robot.brain = rows.text(11);
    robot.reply_all = rows.integer(12) != 0;
    robot.version = rows.integer(13);
    return robot;
}

std::string new_public_id(int64_t now) { return "robot_" + std::to_string(now) + "_" + random_text(8, kLowerDigits); }
std::string new_api_key() { return "sk-api-" + random_text(48); }
std::string key_hash(const std::string& key) { return to_hex(auth::sha256(key)); }

}  // namespace

Robot create(db::Session& s, const House& house, int64_t owner, const NewRobot& wanted, std::string* api_key) {
    // The owner's row is locked, so that two at once do not pass the limit together.
    if (!s.query(kLockOwner, {owner}).next()) throw Error(Fault::forbidden, "account.disabled");
    db::Rows count = s.query(kCount, {owner});
    if (count.next() && count.integer(1) >= house.config.robots.per_user) throw Error(Fault::forbidden, "robot.limit");
    const int64_t now = house.clock.now_ms();
    const std::string public_id = new_public_id(now);
    *api_key = new_api_key();
    s.execute(kInsert, {public_id, owner, wanted.name, wanted.description, wanted.icon, wanted.brain,
                        key_hash(*api_key), now, now});
    return *find(s, public_id);
}

Robot create_by_code(db::Session& s, const House& house, int64_t owner) {
    const int64_t now = house.clock.now_ms();
    const std::string public_id = new_public_id(now);
    const auto whose = owner ? std::optional<int64_t>(owner) : std::nullopt;
    s.execute(kInsertByCode,
              {public_id, db::nullable(whose), "机器人" + public_id.substr(public_id.size() - 4), now, now});
    return *find(s, public_id);
}

bool lock(db::Session& s, int64_t id) { return s.query(kLock, {id}).next(); }

void set_owner(db::Session& s, const House& house, const Robot& robot, int64_t owner) {
    if (!s.query(kLockOwner, {owner}).next()) throw Error(Fault::forbidden, "account.disabled");
    if (s.execute(kSetOwner, {owner, house.clock.now_ms(), robot.id}) == 0) throw db::Retry{};
    audit::write(s, house.clock.now_ms(), account_principal(owner).name(), "robot.claim", robot.public_id);
}

std::string uuid_of(const Robot& robot) {
    std::string bytes = auth::sha256("robot uuid " + robot.public_id).substr(0, 16);
    // RFC 9562, version 8: made by a rule of our own.
    bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x80);
    bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
    std::string text = to_hex(bytes);
    for (const size_t dash : {20u, 16u, 12u, 8u}) text.insert(dash, "-");
    return text;
}

std::optional<Robot> find(db::Session& s, const std::string& public_id) {
    if (public_id.size() > 64 || !is_ascii(public_id)) return std::nullopt;
    return one(s.query(kFind, {public_id}));
}
std::optional<Robot> find_by_id(db::Session& s, int64_t id) { return one(s.query(kFindById, {id})); }

std::optional<Partner> find_partner(db::Session& s, int64_t robot, int64_t account) {
    db::Rows rows = s.query(kPartner, {account, robot});
    if (!rows.next()) return std::nullopt;
    Partner partner;
    partner.robot.id = rows.integer(1);
    partner.robot.public_id = rows.text(2);
    partner.robot.owner = rows.integer(3);
    partner.robot.name = rows.text(4);
    partner.robot.is_private = rows.integer(5) != 0;
    partner.robot.brain = rows.text(6);
    partner.robot.reply_all = rows.integer(7) != 0;
    partner.robot.version = rows.integer(8);
    partner.account_name = rows.text(9);
    return partner;
}

std::optional<Robot> find_by_api_key(db::Session& s, const std::string& key) {
    // Looked up by hash: a guess tells nothing through the time it takes.
    if (!key.starts_with("sk-api-") || key.size() != 55) return std::nullopt;
    return one(s.query(kFindByKey, {key_hash(key)}));
}

Robot owned(db::Session& s, const std::string& public_id, int64_t account, bool admin) {
    const auto robot = find(s, public_id);
    if (!robot) throw Error(Fault::not_found, "robot.not_found");
    if (robot->owner != account && !admin) throw Error(Fault::forbidden, "robot.foreign");
    return *robot;
}

int64_t count(db::Session& s, int64_t owner) {
    db::Rows rows = s.query(kCountAll, {owner});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Card> list(db::Session& s, int64_t owner, int64_t skip, int64_t limit) {
    std::vector<Card> cards;
    cards.reserve(static_cast<size_t>(std::min<int64_t>(limit, 32)));
    db::Rows rows = s.query(kList, {owner, limit, skip});
    while (rows.next()) read(rows, cards.emplace_back());
    return cards;
}

void change(db::Session& s, const House& house, const Robot& robot, const Changes& changes, outbox::Pushes& pushes) {
    const auto is_private = changes.is_private ? std::optional<int64_t>(*changes.is_private) : std::nullopt;
    s.execute(kChange, {db::nullable(changes.name), db::nullable(changes.description), db::nullable(changes.icon),
                        db::nullable(is_private), house.clock.now_ms(), robot.id});
    if (changes.is_private.value_or(false) && !robot.is_private)
        kicks::add(pushes, "talk." + std::to_string(robot.id),
                   {.reason = "机器人不存在", .except = account_principal(robot.owner).name()});
}

void note_foreign(db::Session& s, const House& house, const Robot& robot, const Principal& by,
                  std::string_view action) {
    if (by == account_principal(robot.owner)) return;
    audit::write(s, house.clock.now_ms(), by.name(), action, robot.public_id);
}

void remove(db::Session& s, const House& house, const Robot& robot, outbox::Pushes& pushes,
            const std::optional<Principal>& by) {
    const int64_t now = house.clock.now_ms();
    if (s.execute(kDelete, {now, robot.id}) == 0) throw Error(Fault::not_found, "robot.not_found");
    s.execute(kClearMember, {robot.id});
    for (const auto& [group, last] : channels::groups_of(s, robot_principal(robot.id)))
        s.execute(kLeaveGroup, {group, robot.id});
    s.execute(kForgetQueue, {robot.id});
    s.execute(kForgetTalks, {robot.id});
    s.execute(kUnbind, {robot.id});
    audit::write(s, now, by.value_or(account_principal(robot.owner)).name(), "robot.delete", robot.public_id);
    kicks::add(pushes, robot_principal(robot.id).name(), {.reason = "机器人不存在"});
    kicks::add(pushes, "device." + std::to_string(robot.id), {.code = 4001, .reason = "机器人不存在"});
    kicks::add(pushes, "talk." + std::to_string(robot.id), {.reason = "机器人不存在"});
}

std::string renew_api_key(db::Session& s, const House& house, const Robot& robot, const Principal& actor,
                          outbox::Pushes& pushes) {
    const std::string key = new_api_key();
    const int64_t now = house.clock.now_ms();
    s.execute(kSetKey, {key_hash(key), now, robot.id});
    audit::write(s, now, actor.name(), "robot.api_key", robot.public_id);
    kicks::add(pushes, robot_principal(robot.id).name(), {.reason = "无效的 API Key"});
    return key;
}

void count_wake(db::Session& s, const House& house, const Robot& robot, int64_t account) {
    if (account == robot.owner || !house.config.rate_limit) return;
    s.execute(kWake, {robot.id, account, house.clock.now_ms() / 60000});
    db::Rows rows = s.query(kWakes, {robot.id, account});
    if (rows.next() && rows.integer(1) > house.config.robots.wakes_per_minute)
        throw Error(Fault::too_many, "robot.wakes");
}

}  // namespace hy::robots
