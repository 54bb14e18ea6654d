#include "core/robot_views.h"

namespace hy::robot_views {

namespace {

constexpr int64_t kOnlineMs = 60'000;

// A connection counts while its relay lives, a poll for a minute.
#define HY_ONLINE                                                                                             \
    "(COALESCE(d.polled_at, 0) > ? OR EXISTS (SELECT 1 FROM connections k JOIN relays l ON l.id = k.relay_id" \
    " WHERE k.principal_type = 1 AND k.principal_id = r.id AND l.seen_at > ?))"
#define HY_FROM \
    " FROM robots r LEFT JOIN robot_devices d ON d.robot_id = r.id LEFT JOIN robot_brains b ON b.robot_id = r.id"
#define HY_COLUMNS                                                                                              \
    "SELECT r.id, r.public_id, r.name, r.brain, COALESCE(b.provider, ''), r.deleted_at IS NOT NULL, " HY_ONLINE \
    ", d.device_id IS NOT NULL, COALESCE(d.info, ''), COALESCE(GREATEST(d.polled_at, d.bound_at), 0), "         \
    "r.created_at" HY_FROM
constexpr const char* kOne = HY_COLUMNS " WHERE r.id = ?";
// An owner's robots are few: their number is what bounds the offset.
constexpr const char* kCount = "SELECT COUNT(*) FROM robots r WHERE r.owner_id = ? AND r.deleted_at IS NULL";
constexpr const char* kCountDeleted = "SELECT COUNT(*) FROM robots r WHERE r.owner_id = ? AND r.deleted_at IS NOT NULL";
constexpr const char* kCountThere =
    "SELECT COUNT(*)" HY_FROM " WHERE r.owner_id = ? AND r.deleted_at IS NULL AND " HY_ONLINE " = ?";
constexpr const char* kList =
    HY_COLUMNS " WHERE r.owner_id = ? AND r.deleted_at IS NULL ORDER BY r.id DESC LIMIT ? OFFSET ?";
constexpr const char* kListDeleted =
    HY_COLUMNS " WHERE r.owner_id = ? AND r.deleted_at IS NOT NULL ORDER BY r.id DESC LIMIT ? OFFSET ?";
constexpr const char* kListThere = HY_COLUMNS " WHERE r.owner_id = ? AND r.deleted_at IS NULL AND " HY_ONLINE
                                              " = ? ORDER BY r.id DESC LIMIT ? OFFSET ?";
#undef HY_COLUMNS
#undef HY_FROM
#undef HY_ONLINE

View read(const db::Rows& rows) {
    View view;
    view.id = rows.integer(1);
    view.robot_id = rows.text(2);
    view.name = rows.text(3);
    view.mode = rows.text(4);
    view.provider = rows.text(5);
    if (view.provider.empty()) view.provider = brains::Settings{}.provider;
    view.deleted = rows.integer(6) != 0;
    view.online = !view.deleted && rows.integer(7) != 0;
    view.has_device = rows.integer(8) != 0;
    view.device_info = rows.text(9);
    view.last_active_at = view.has_device ? rows.integer(10) : 0;
    view.created_at = rows.integer(11);
    return view;
}

struct Since {
    int64_t poll, relay;
};
Since since(const House& house) {
    const int64_t now = house.clock.now_ms();
    return {now - kOnlineMs, now - house.config.relay.lease_seconds * 1000};
}

}  // namespace

Page list(db::Session& s, const House& house, int64_t owner, Wanted wanted, int64_t page, int64_t page_size) {
    const auto [poll, relay] = since(house);
    const int64_t skip = (page - 1) * page_size;
    const bool by_presence = wanted == Wanted::online || wanted == Wanted::offline;
    const bool deleted = wanted == Wanted::deleted;
    const int64_t there = wanted == Wanted::online ? 1 : 0;
    Page found;
    db::Rows count = by_presence ? s.query(kCountThere, {owner, poll, relay, there})
                                 : s.query(deleted ? kCountDeleted : kCount, {owner});
    if (count.next()) found.total = count.integer(1);
    db::Rows rows = by_presence ? s.query(kListThere, {poll, relay, owner, poll, relay, there, page_size, skip})
                                : s.query(deleted ? kListDeleted : kList, {poll, relay, owner, page_size, skip});
    while (rows.next()) found.robots.push_back(read(rows));
    return found;
}

std::optional<View> find(db::Session& s, const House& house, int64_t robot) {
    const auto [poll, relay] = since(house);
    db::Rows rows = s.query(kOne, {poll, relay, robot});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

}  // namespace hy::robot_views
