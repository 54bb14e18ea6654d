#include "core/inbox.h"

#include <algorithm>

#include "core/chat_settings.h"
#include "core/events.h"
#include "json/writer.h"

namespace hy::inbox {

namespace {

constexpr const char* kList =
    "SELECT c.id FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " LEFT JOIN channel_groups g ON g.channel_id = c.id WHERE m.member_type = 0 AND m.member_id = ?"
    " AND c.kind IN (1, 2) AND g.deleted_at IS NULL AND c.last_seq > m.cleared_seq AND c.last_seq >= m.visible_from"
    " AND GREATEST(c.last_at, m.changed_at) > ? ORDER BY GREATEST(c.last_at, m.changed_at) DESC, c.id LIMIT ?";
// The first number that is there: what was deleted by age is not.
#define HY_FROM                                                                \
    "GREATEST(m.visible_from, m.cleared_seq + 1, COALESCE(g.history_from, 1)," \
    " COALESCE((SELECT MIN(x.seq) FROM messages x WHERE x.channel_id = c.id), c.last_seq + 1))"
// How many quiet ones there are up to a number.
#define HY_QUIET(to)                                                                        \
    "COALESCE((SELECT q.n FROM quiet_messages q WHERE q.channel_id = c.id AND q.seq <= " to \
    " ORDER BY q.seq DESC LIMIT 1), 0)"
constexpr const char* kOne =
    "SELECT m.read_seq, " HY_FROM ", GREATEST(c.last_at, m.changed_at),"
    " " HY_QUIET("c.last_seq") " - " HY_QUIET("GREATEST(m.read_seq, " HY_FROM " - 1)")
    " FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " LEFT JOIN channel_groups g ON g.channel_id = c.id"
    " WHERE m.channel_id = ? AND m.member_type = 0 AND m.member_id = ?";
#undef HY_QUIET
#undef HY_FROM
constexpr const char* kClear =
    "UPDATE channel_members SET cleared_seq = GREATEST(cleared_seq, (SELECT last_seq FROM channels WHERE id = ?)),"
    " read_seq = GREATEST(read_seq, (SELECT last_seq FROM channels WHERE id = ?)), changed_at = ?"
    " WHERE channel_id = ? AND member_type = 0 AND member_id = ?";
// A change may be committed after a later one, by another clock: who asks again gets so much once more.
constexpr int64_t kOverlapMs = 30'000;

}  // namespace

std::vector<Chat> list(db::Session& s, int64_t account, int64_t after, bool only_unread, int64_t skip, int64_t limit) {
    std::vector<int64_t> ids;
    db::Rows rows = s.query(kList, {account, after ? after - kOverlapMs : 0, kMostChats});
    while (rows.next()) ids.push_back(rows.integer(1));
    std::vector<Chat> found;
    for (const int64_t id : ids) {
        if (static_cast<int64_t>(found.size()) == limit) break;
        if (!only_unread && skip-- > 0) continue;
        const auto channel = channels::find(s, id);
        auto chat = channel ? find(s, account, *channel) : std::nullopt;
        if (!chat || (only_unread && (chat->unread == 0 || skip-- > 0))) continue;
        found.push_back(std::move(*chat));
    }
    return found;
}

std::optional<Chat> find(db::Session& s, int64_t account, const channels::Channel& channel) {
    db::Rows rows = s.query(kOne, {channel.id, account});
    if (!rows.next()) return std::nullopt;
    Chat chat;
    chat.channel = channel;
    chat.read_seq = rows.integer(1);
    chat.from = rows.integer(2);
    chat.version = rows.integer(3);
    const int64_t first_unread = std::max(chat.read_seq + 1, chat.from);
    chat.unread = std::max<int64_t>(0, channel.last_seq - first_unread + 1 - rows.integer(4));
    return chat;
}

void clear(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
           outbox::Pushes& pushes) {
    s.execute(kClear, {channel.id, channel.id, house.clock.now_ms(), channel.id, account});
    chat_settings::show_again(s, account, channel.id);
    json::Writer payload;
    payload.begin_object().field("channel", channel.id).end_object();
    events::append(s, house, account, "cleared", payload.text(), pushes);
}

}  // namespace hy::inbox
