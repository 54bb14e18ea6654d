#include "core/channels.h"

#include <algorithm>

#include "core/events.h"
#include "json/writer.h"

namespace hy::channels {

namespace {

#define HY_CHANNEL_COLUMNS                                                                            \
    "SELECT c.id, c.kind, c.channel_key, COALESCE(c.account_id, 0), COALESCE(c.robot_id, 0),"         \
    " COALESCE(r.public_id, ''), COALESCE(v.public_id, ''), c.last_seq, c.created_at FROM channels c" \
    " LEFT JOIN robots r ON r.id = c.robot_id LEFT JOIN conversations v ON v.channel_id = c.id "
constexpr const char* kFind = HY_CHANNEL_COLUMNS "WHERE c.id = ?";
constexpr const char* kFindByKey = HY_CHANNEL_COLUMNS "WHERE c.kind = ? AND c.channel_key = ?";
#undef HY_CHANNEL_COLUMNS
constexpr const char* kInsert =
    "INSERT INTO channels (kind, channel_key, account_id, robot_id, created_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kInsertGroup =
    "INSERT INTO channel_groups (channel_id, public_id, name, created_at) VALUES (?, ?, ?, ?)";
constexpr const char* kFindGroup =
    "SELECT channel_id, public_id, name, need_verification, history_for_new FROM channel_groups"
    " WHERE public_id = ? AND deleted_at IS NULL";
constexpr const char* kLock = "SELECT last_seq FROM channels WHERE id = ? FOR UPDATE";
constexpr const char* kAddMember =
    "INSERT INTO channel_members (channel_id, member_type, member_id, role, visible_from, read_seq, delivered_seq, "
    "joined_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kRemoveMember =
    "DELETE FROM channel_members WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kMember =
    "SELECT member_type, member_id, role, visible_from, read_seq, delivered_seq, cleared_seq FROM channel_members"
    " WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kMembers =
    "SELECT member_type, member_id, role, visible_from, read_seq, delivered_seq, cleared_seq FROM channel_members"
    " WHERE channel_id = ?";
constexpr const char* kGroupsOf =
    "SELECT m.channel_id FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND c.kind = 2";
constexpr const char* kRead =
    "UPDATE channel_members m JOIN channels c ON c.id = m.channel_id SET m.read_seq = GREATEST(m.read_seq, LEAST(?, "
    "c.last_seq))"
    " WHERE m.channel_id = ? AND m.member_type = ? AND m.member_id = ?";
// Of one table: a join would lock the channel, for which senders wait.
constexpr const char* kDelivered =
    "UPDATE channel_members SET delivered_seq ="
    " GREATEST(delivered_seq, LEAST(?, (SELECT last_seq FROM channels WHERE id = ?)))"
    " WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kTalkHeads =
    "SELECT id, last_seq FROM channels WHERE account_id = ? AND robot_id = ? AND created_at >= ?"
    " ORDER BY created_at DESC LIMIT 10000";

constexpr const char* kTalkMarks =
    "SELECT c.id, c.last_seq, GREATEST(m.delivered_seq, m.cleared_seq) FROM channels c JOIN channel_members m"
    " ON m.channel_id = c.id AND m.member_type = 0 AND m.member_id = c.account_id"
    " WHERE c.account_id = ? AND c.robot_id = ? ORDER BY c.created_at DESC LIMIT 10000";

std::optional<Channel> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    Channel c;
    c.id = rows.integer(1);
    c.kind = static_cast<Kind>(rows.integer(2));
    c.key = rows.text(3);
    c.account = rows.integer(4);
    c.robot = rows.integer(5);
    c.robot_id = rows.text(6);
    c.label = rows.text(7);
    c.last_seq = rows.integer(8);
    c.created_at = rows.integer(9);
    const std::string number = std::to_string(c.id);
    if (c.kind == Kind::person) c.label = c.robot ? "default" : "person_" + number;
    else if (c.kind == Kind::group) c.label = "group_" + number;
    else if (c.kind == Kind::wecom) c.label = "wecom_" + number;
    else if (c.kind == Kind::sandbox) c.label = "sandbox_" + number;
    return c;
}

Member read_member(const db::Rows& rows) {
    return {{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)},
            static_cast<Role>(rows.integer(3)),
            rows.integer(4),
            rows.integer(5),
            rows.integer(6),
            rows.integer(7)};
}

int64_t insert(db::Session& s, const House& house, Kind kind, const std::string& key, int64_t account, int64_t robot) {
    const auto or_null = [](int64_t id) { return id ? std::optional<int64_t>(id) : std::nullopt; };
    try {
        s.execute(kInsert, {static_cast<int64_t>(kind), key, db::nullable(or_null(account)),
                            db::nullable(or_null(robot)), house.clock.now_ms()});
    } catch (const db::Duplicate&) {
        if (kind == Kind::group) throw Error(Fault::conflict, "group.exists");
        throw db::Retry{};  // somebody made it at the same moment
    }
    return static_cast<int64_t>(s.last_insert_id());
}

void add_row(db::Session& s, const House& house, int64_t channel, const Principal& who, Role role, int64_t from) {
    s.execute(kAddMember, {channel, who.type_number(), who.id, static_cast<int64_t>(role), from, from - 1, from - 1,
                           house.clock.now_ms()});
}

std::string topic(int64_t channel) { return "live.channel." + std::to_string(channel); }

// Joining or leaving, told to the connections of `who` and kept as an event of an account.
void tell(db::Session& s, const House& house, const Principal& who, const char* word, int64_t channel, int64_t head,
          outbox::Pushes& pushes) {
    json::Writer w;
    w.begin_object().field("v", 1).key(word).begin_array().string(topic(channel)).end_array();
    w.key("heads").begin_array().begin_array().number(channel).number(head).end_array().end_array().end_object();
    pushes.add("ctl." + who.name(), std::move(w).take());
    if (who.type == PrincipalType::account) {
        json::Writer payload;
        payload.begin_object().field("channel", channel).end_object();
        events::append(s, house, who.id, std::string("group.") + word, payload.text(), pushes);
    }
}

}  // namespace

std::optional<Channel> find(db::Session& s, int64_t id) { return one(s.query(kFind, {id})); }

std::optional<Channel> find_by_key(db::Session& s, Kind kind, const std::string& key) {
    return one(s.query(kFindByKey, {static_cast<int64_t>(kind), key}));
}

std::string person_key(const Principal& a, const Principal& b) {
    const auto order = [](const Principal& p) { return std::pair(p.type, p.id); };
    return order(a) <= order(b) ? a.key() + ":" + b.key() : b.key() + ":" + a.key();
}

Channel person(db::Session& s, const House& house, const Principal& a, const Principal& b) {
    const std::string key = person_key(a, b);
    if (auto found = find_by_key(s, Kind::person, key)) return *found;
    const Principal* robot = a.type == PrincipalType::robot ? &a : b.type == PrincipalType::robot ? &b : nullptr;
    const Principal* account = a.type == PrincipalType::account ? &a : &b;
    const int64_t id = insert(s, house, Kind::person, key, robot ? account->id : 0, robot ? robot->id : 0);
    add_row(s, house, id, a, Role::member, 1);
    if (!(a == b)) add_row(s, house, id, b, Role::member, 1);
    return *find(s, id);
}

Channel create_talk(db::Session& s, const House& house, Kind kind, const std::string& key, int64_t account,
                    int64_t robot) {
    const int64_t id = insert(s, house, kind, key, account, robot);
    add_row(s, house, id, account_principal(account), Role::member, 1);
    add_row(s, house, id, robot_principal(robot), Role::member, 1);
    return *find(s, id);
}

Channel create_wecom(db::Session& s, const House& house, const std::string& key, int64_t robot) {
    const int64_t id = insert(s, house, Kind::wecom, key, 0, robot);
    add_row(s, house, id, robot_principal(robot), Role::member, 1);
    return *find(s, id);
}

Group create_group(db::Session& s, const House& house, const std::string& public_id, const std::string& name,
                   const Principal& owner) {
    const int64_t id = insert(s, house, Kind::group, public_id, 0, 0);
    s.execute(kInsertGroup, {id, public_id, name, house.clock.now_ms()});
    add_row(s, house, id, owner, Role::owner, 1);
    return {*find(s, id), public_id, name};
}

std::optional<Group> find_group(db::Session& s, const std::string& public_id) {
    db::Rows rows = s.query(kFindGroup, {public_id});
    if (!rows.next()) return std::nullopt;
    return Group{*find(s, rows.integer(1)), rows.text(2), rows.text(3), rows.integer(4) != 0, rows.integer(5) != 0};
}

size_t add_members(db::Session& s, const House& house, const Channel& channel, const std::vector<Principal>& who,
                   bool with_history, outbox::Pushes& pushes) {
    db::Rows locked = s.query(kLock, {channel.id});
    const int64_t last = locked.next() ? locked.integer(1) : 0;
    size_t added = 0;
    for (const auto& newcomer : who) {
        if (member(s, channel.id, newcomer)) continue;
        add_row(s, house, channel.id, newcomer, Role::member, with_history ? 1 : last + 1);
        tell(s, house, newcomer, "join", channel.id, last, pushes);
        ++added;
    }
    return added;
}

size_t remove_members(db::Session& s, const House& house, const Channel& channel, const std::vector<Principal>& who,
                      outbox::Pushes& pushes) {
    size_t removed = 0;
    for (const auto& leaver : who) {
        if (s.execute(kRemoveMember, {channel.id, leaver.type_number(), leaver.id}) == 0) continue;
        tell(s, house, leaver, "leave", channel.id, 0, pushes);
        ++removed;
    }
    return removed;
}

std::optional<Member> member(db::Session& s, int64_t channel, const Principal& who) {
    db::Rows rows = s.query(kMember, {channel, who.type_number(), who.id});
    if (!rows.next()) return std::nullopt;
    return read_member(rows);
}

std::vector<Member> members(db::Session& s, int64_t channel) {
    std::vector<Member> found;
    db::Rows rows = s.query(kMembers, {channel});
    while (rows.next()) found.push_back(read_member(rows));
    return found;
}

std::vector<int64_t> groups_of(db::Session& s, const Principal& who) {
    std::vector<int64_t> ids;
    db::Rows rows = s.query(kGroupsOf, {who.type_number(), who.id});
    while (rows.next()) ids.push_back(rows.integer(1));
    return ids;
}

void mark_read(db::Session& s, const House& house, int64_t channel, const Principal& who, int64_t seq,
               outbox::Pushes& pushes) {
    const auto before = member(s, channel, who);
    s.execute(kRead, {seq, channel, who.type_number(), who.id});
    const auto after = member(s, channel, who);
    if (!before || !after || after->read_seq == before->read_seq || who.type != PrincipalType::account) return;
    json::Writer payload;
    payload.begin_object().field("channel", channel).field("read_seq", after->read_seq).end_object();
    events::append(s, house, who.id, "read", payload.text(), pushes);
}

void mark_delivered(db::Session& s, int64_t channel, const Principal& who, int64_t seq) {
    s.execute(kDelivered, {seq, channel, channel, who.type_number(), who.id});
}

std::vector<std::pair<int64_t, int64_t>> heads(db::Session& s, const std::vector<int64_t>& ids) {
    std::vector<std::pair<int64_t, int64_t>> found;
    if (ids.empty()) return found;
    std::vector<db::Param> params(ids.begin(), ids.end());
    const std::string marks = db::placeholders(params);
    db::Rows rows = s.query("SELECT id, last_seq FROM channels WHERE id IN (" + marks + ")", params);
    while (rows.next()) found.emplace_back(rows.integer(1), rows.integer(2));
    return found;
}

std::vector<std::pair<int64_t, int64_t>> talk_heads(db::Session& s, int64_t account, int64_t robot, int64_t since) {
    std::vector<std::pair<int64_t, int64_t>> found;
    db::Rows rows = s.query(kTalkHeads, {account, robot, since});
    while (rows.next()) found.emplace_back(rows.integer(1), rows.integer(2));
    return found;
}

std::vector<TalkMark> talk_marks(db::Session& s, int64_t account, int64_t robot) {
    std::vector<TalkMark> found;
    db::Rows rows = s.query(kTalkMarks, {account, robot});
    while (rows.next()) found.push_back({rows.integer(1), rows.integer(2), rows.integer(3)});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.channel < b.channel; });
    return found;
}

}  // namespace hy::channels
