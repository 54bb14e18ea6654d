#include "core/memberships.h"

#include <algorithm>

#include "core/events.h"
#include "json/writer.h"

namespace hy::memberships {

namespace {

constexpr const char* kLock = "SELECT last_seq FROM channels WHERE id = ? FOR UPDATE";
constexpr const char* kCount = "SELECT COUNT(*) FROM channel_members WHERE channel_id = ?";
constexpr const char* kWho =
    "SELECT member_id, role FROM channel_members WHERE channel_id = ? AND member_type = ? AND member_id IN (";
// From where they live, so that the list of ids may name one twice (db::placeholders).
constexpr const char* kAdd[] = {
    "INSERT INTO channel_members (channel_id, member_type, member_id, role, visible_from, read_seq, delivered_seq, "
    "joined_at, inviter_id, source) SELECT ?, 0, id, ?, ?, ?, ?, ?, ?, ? FROM accounts WHERE id IN (",
    "INSERT INTO channel_members (channel_id, member_type, member_id, role, visible_from, read_seq, delivered_seq, "
    "joined_at, inviter_id, source) SELECT ?, 1, id, ?, ?, ?, ?, ?, ?, ? FROM robots WHERE deleted_at IS NULL AND id "
    "IN ("};
constexpr const char* kRemove =
    "DELETE FROM channel_members WHERE channel_id = ? AND member_type = ? AND member_id IN (";
constexpr const char* kInTooMany =
    "SELECT m.member_id FROM channel_members m JOIN channels c ON c.id = m.channel_id AND c.kind = 2"
    " WHERE m.member_type = 0 AND m.member_id IN (";
constexpr const char* kRemoveAll = "DELETE FROM channel_members WHERE channel_id = ?";

std::string topic(int64_t channel) { return "live.channel." + std::to_string(channel); }

std::vector<int64_t> ids_of(const std::vector<Principal>& who, PrincipalType type) {
    std::vector<int64_t> ids;
    for (const auto& one : who)
        if (one.type == type) ids.push_back(one.id);
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

// A statement that ends in a list of ids, which come after the other parameters.
struct Listed {
    std::string sql;
    std::vector<db::Param> params;
};
Listed listed(const char* begin, std::vector<db::Param> first, const std::vector<int64_t>& ids, const char* end = ")") {
    std::vector<db::Param> marked(ids.begin(), ids.end());
    const std::string marks = db::placeholders(marked);
    first.insert(first.end(), marked.begin(), marked.end());
    return {begin + marks + end, std::move(first)};
}

std::vector<std::pair<int64_t, channels::Role>> rows_among(db::Session& s, int64_t channel, PrincipalType type,
                                                           const std::vector<int64_t>& ids) {
    std::vector<std::pair<int64_t, channels::Role>> found;
    if (ids.empty()) return found;
    const Listed ask = listed(kWho, {channel, static_cast<int64_t>(type)}, ids, ") ORDER BY member_id");
    db::Rows rows = s.query(ask.sql, ask.params);
    while (rows.next()) found.emplace_back(rows.integer(1), static_cast<channels::Role>(rows.integer(2)));
    return found;
}

std::vector<int64_t> members_among(db::Session& s, int64_t channel, PrincipalType type,
                                   const std::vector<int64_t>& ids) {
    std::vector<int64_t> found;
    for (const auto& [id, role] : rows_among(s, channel, type, ids)) found.push_back(id);
    return found;
}

void require_room(db::Session& s, const House& house, int64_t channel, const std::vector<int64_t>& accounts,
                  size_t added) {
    db::Rows count = s.query(kCount, {channel});
    if (count.next() && count.integer(1) + static_cast<int64_t>(added) > house.config.groups.members)
        throw Error(Fault::conflict, "group.limit");
    if (accounts.empty()) return;
    const std::string most =
        ") GROUP BY m.member_id HAVING COUNT(*) >= " + std::to_string(house.config.groups.per_account);
    const Listed ask = listed(kInTooMany, {}, accounts, most.c_str());
    if (s.query(ask.sql, ask.params).next()) throw Error(Fault::conflict, "group.limit");
}

// Told to their connections, and kept as an event of each. `head`: the number before the first that they hear; -1: none. What a group says reaches robots by their brains.
void tell(db::Session& s, const House& house, const std::vector<int64_t>& accounts, const char* word,
          const channels::Channel& channel, int64_t head, outbox::Pushes& pushes) {
    json::Writer w;
    w.begin_object().field("v", 1).key(word).begin_array().string(topic(channel.id)).end_array();
    if (head >= 0) w.key("heads").begin_array().begin_array().number(channel.id).number(head).end_array().end_array();
    w.end_object();
    for (const int64_t account : accounts)
        pushes.add("ctl." + account_principal(account).name(), std::string(w.text()));
    json::Writer payload;
    payload.begin_object().field("channel", channel.id).field("at", house.clock.now_ms());
    payload.key("group").begin_object().field("id", channel.key).end_object().end_object();
    events::append(s, house, accounts, std::string("group.") + word, payload.text(), pushes);
}

}  // namespace

std::map<Principal, channels::Role> roles(db::Session& s, int64_t channel, const std::vector<Principal>& who) {
    std::map<Principal, channels::Role> found;
    for (const auto type : {PrincipalType::account, PrincipalType::robot})
        for (const auto& [id, role] : rows_among(s, channel, type, ids_of(who, type)))
            found.emplace(Principal{type, id}, role);
    return found;
}

size_t add(db::Session& s, const House& house, const channels::Channel& channel, const std::vector<Principal>& who,
           const View& view, outbox::Pushes& pushes) {
    db::Rows locked = s.query(kLock, {channel.id});
    const int64_t last = locked.next() ? locked.integer(1) : 0;
    const int64_t from = view.from ? view.from : last + 1;
    size_t added = 0;
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        std::vector<int64_t> ids = ids_of(who, type);
        const auto there = members_among(s, channel.id, type, ids);
        std::erase_if(ids, [&](int64_t id) { return std::binary_search(there.begin(), there.end(), id); });
        if (ids.empty()) continue;
        const bool accounts = type == PrincipalType::account;
        require_room(s, house, channel.id, accounts ? ids : std::vector<int64_t>(), ids.size());
        const Listed insert = listed(kAdd[accounts ? 0 : 1],
                                     {channel.id, static_cast<int64_t>(view.role), from, from - 1, from - 1,
                                      house.clock.now_ms(), view.inviter, static_cast<int64_t>(view.source)},
                                     ids);
        added += s.execute(insert.sql, insert.params);
        if (accounts) tell(s, house, ids, "join", channel, last, pushes);
    }
    return added;
}

size_t remove(db::Session& s, const House& house, const channels::Channel& channel, const std::vector<Principal>& who,
              outbox::Pushes& pushes) {
    size_t removed = 0;
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        const auto there = members_among(s, channel.id, type, ids_of(who, type));
        if (there.empty()) continue;
        const Listed leave = listed(kRemove, {channel.id, static_cast<int64_t>(type)}, there);
        removed += s.execute(leave.sql, leave.params);
        if (type == PrincipalType::account) tell(s, house, there, "leave", channel, -1, pushes);
    }
    return removed;
}

void remove_all(db::Session& s, const House& house, const channels::Channel& channel, std::string_view told,
                outbox::Pushes& pushes) {
    json::Writer payload;
    payload.begin_object().field("channel", channel.id).key("group").begin_object().field("id", channel.key);
    payload.end_object().end_object();
    events::append_to_group(s, house, channel.id, "group.leave", payload.text(), pushes, told);
    s.execute(kRemoveAll, {channel.id});
    json::Writer gone;
    gone.begin_object().field("v", 1).field("kind", "gone").field("channel", channel.id).field("seq", 0).end_object();
    pushes.add(topic(channel.id), std::move(gone).take());
}

}  // namespace hy::memberships
