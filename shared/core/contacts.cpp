#include "core/contacts.h"

#include "core/events.h"
#include "core/people.h"
#include "json/writer.h"

namespace hy::contacts {

namespace {
constexpr const char* kBlock =
    "INSERT IGNORE INTO blocks (account_id, blocked_type, blocked_id, created_at) VALUES (?, ?, ?, ?)";
constexpr const char* kUnblock = "DELETE FROM blocks WHERE account_id = ? AND blocked_type = ? AND blocked_id = ?";
constexpr const char* kBlocks = "SELECT 1 FROM blocks WHERE account_id = ? AND blocked_type = ? AND blocked_id = ?";
constexpr const char* kAnyBlocks = "SELECT 1 FROM blocks WHERE blocked_type = ? AND blocked_id = ? AND account_id IN (";
constexpr const char* kOne =
    "SELECT created_at FROM blocks WHERE account_id = ? AND blocked_type = ? AND blocked_id = ?";
constexpr const char* kCount = "SELECT COUNT(*) FROM blocks WHERE account_id = ?";
constexpr const char* kList =
    "SELECT blocked_type, blocked_id, created_at FROM blocks WHERE account_id = ?"
    " ORDER BY blocked_type, blocked_id LIMIT ? OFFSET ?";
}  // namespace

void block(db::Session& s, const House& house, int64_t account, const Principal& whom) {
    if (count(s, account) >= kMostBlocked) throw Error(Fault::conflict, "block.limit");
    s.execute(kBlock, {account, whom.type_number(), whom.id, house.clock.now_ms()});
}

void unblock(db::Session& s, int64_t account, const Principal& whom) {
    s.execute(kUnblock, {account, whom.type_number(), whom.id});
}

bool blocks(db::Session& s, int64_t account, const Principal& whom) {
    return s.query(kBlocks, {account, whom.type_number(), whom.id}).next();
}

bool any_blocks(db::Session& s, const std::vector<Principal>& who, const Principal& whom) {
    std::vector<db::Param> ids;
    for (const auto& one : who)
        if (one.type == PrincipalType::account) ids.emplace_back(one.id);
    if (ids.empty()) return false;
    const std::string sql = kAnyBlocks + db::placeholders(ids) + ") LIMIT 1";
    ids.insert(ids.begin(), {whom.type_number(), whom.id});
    return s.query(sql, ids).next();
}

int64_t count(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kCount, {account});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Blocked> find(db::Session& s, int64_t account, const std::vector<Principal>& who) {
    std::vector<Blocked> found;
    for (const auto& one : who) {
        db::Rows rows = s.query(kOne, {account, one.type_number(), one.id});
        if (rows.next()) found.push_back({one, rows.integer(1)});
    }
    return found;
}

std::vector<Blocked> list(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    std::vector<Blocked> found;
    db::Rows rows = s.query(kList, {account, limit, skip});
    while (rows.next())
        found.push_back({{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)}, rows.integer(3)});
    return found;
}

void tell(db::Session& s, const House& house, int64_t account, const Principal& whom, bool blocked,
          outbox::Pushes& pushes) {
    auto ids = people::ids_of(s, {account_principal(account), whom});
    json::Writer w;
    w.begin_object().field("from_id", ids[account_principal(account)]).field("to_id", ids[whom]);
    w.field("at", house.clock.now_ms()).end_object();
    events::append(s, house, account, blocked ? "block.added" : "block.removed", w.text(), pushes);
}

}  // namespace hy::contacts
