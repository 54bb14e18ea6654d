#include "core/contacts.h"

namespace hy::contacts {

namespace {
constexpr const char* kBlock =
    "INSERT IGNORE INTO blocks (account_id, blocked_type, blocked_id, created_at) VALUES (?, ?, ?, ?)";
constexpr const char* kUnblock = "DELETE FROM blocks WHERE account_id = ? AND blocked_type = ? AND blocked_id = ?";
constexpr const char* kBlocks = "SELECT 1 FROM blocks WHERE account_id = ? AND blocked_type = ? AND blocked_id = ?";
}  // namespace

void block(db::Session& s, const House& house, int64_t account, const Principal& whom) {
    s.execute(kBlock, {account, whom.type_number(), whom.id, house.clock.now_ms()});
}

void unblock(db::Session& s, int64_t account, const Principal& whom) {
    s.execute(kUnblock, {account, whom.type_number(), whom.id});
}

bool blocks(db::Session& s, int64_t account, const Principal& whom) {
    return s.query(kBlocks, {account, whom.type_number(), whom.id}).next();
}

}  // namespace hy::contacts
