#include "core/inbox.h"

namespace hy::inbox {

namespace {

// What was deleted by age is not unread any more.
#define HY_FROM                                                                                                      \
    "GREATEST(m.visible_from, m.cleared_seq + 1, COALESCE(g.history_from, 1),"                                       \
    " COALESCE((SELECT MIN(x.seq) FROM messages x WHERE x.channel_id = c.id), c.last_seq + 1))"
#define HY_CHAT_COLUMNS                                                                                              \
    "SELECT c.id, m.read_seq, " HY_FROM ", GREATEST(c.last_at, m.changed_at), c.last_seq,"                           \
    " (SELECT COUNT(*) FROM quiet_messages q WHERE q.channel_id = c.id"                                              \
    " AND q.seq >= GREATEST(m.read_seq + 1, " HY_FROM "))"                                                           \
    " FROM channel_members m JOIN channels c ON c.id = m.channel_id"                                                 \
    " LEFT JOIN channel_groups g ON g.channel_id = c.id WHERE m.member_type = 0 AND m.member_id = ?"
constexpr const char* kList = HY_CHAT_COLUMNS
    " AND c.kind IN (1, 2) AND g.deleted_at IS NULL AND c.last_seq > m.cleared_seq AND c.last_seq >= m.visible_from"
    " AND GREATEST(c.last_at, m.changed_at) > ? ORDER BY GREATEST(c.last_at, m.changed_at) DESC, c.id LIMIT ?";
constexpr const char* kOne = HY_CHAT_COLUMNS " AND m.channel_id = ?";
#undef HY_CHAT_COLUMNS
#undef HY_FROM
constexpr const char* kClear =
    "UPDATE channel_members SET cleared_seq = (SELECT last_seq FROM channels WHERE id = ?),"
    " read_seq = (SELECT last_seq FROM channels WHERE id = ?), changed_at = ?"
    " WHERE channel_id = ? AND member_type = 0 AND member_id = ?";

Chat read(const db::Rows& rows) {
    Chat chat;
    chat.channel.id = rows.integer(1);
    chat.read_seq = rows.integer(2);
    chat.from = rows.integer(3);
    chat.version = rows.integer(4);
    const int64_t first_unread = std::max(chat.read_seq + 1, chat.from);
    chat.unread = std::max<int64_t>(0, rows.integer(5) - first_unread + 1 - rows.integer(6));
    return chat;
}

}  // namespace

std::vector<Chat> list(db::Session& s, int64_t account, int64_t after, bool only_unread, int64_t skip, int64_t limit) {
    std::vector<Chat> found;
    db::Rows rows = s.query(kList, {account, after, kMostChats});
    while (rows.next() && static_cast<int64_t>(found.size()) < limit) {
        Chat chat = read(rows);
        if (only_unread && chat.unread == 0) continue;
        if (skip-- > 0) continue;
        found.push_back(std::move(chat));
    }
    for (auto& chat : found) chat.channel = *channels::find(s, chat.channel.id);
    return found;
}

std::optional<Chat> find(db::Session& s, int64_t account, const channels::Channel& channel) {
    db::Rows rows = s.query(kOne, {account, channel.id});
    if (!rows.next()) return std::nullopt;
    Chat chat = read(rows);
    chat.channel = channel;
    return chat;
}

void clear(db::Session& s, const House& house, int64_t account, const channels::Channel& channel) {
    s.execute(kClear, {channel.id, channel.id, house.clock.now_ms(), channel.id, account});
}

}  // namespace hy::inbox
