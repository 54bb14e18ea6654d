#include "core/channels.h"

#include <algorithm>

#include "base/text.h"
#include "core/contacts.h"
#include "core/events.h"
#include "json/writer.h"

namespace hy::channels {

namespace {

#define HY_CHANNEL_COLUMNS                                                                                \
    "SELECT c.id, c.kind, c.channel_key, COALESCE(c.account_id, 0), COALESCE(c.robot_id, 0),"             \
    " COALESCE(r.public_id, ''), COALESCE(v.public_id, ''), c.last_seq, c.created_at, c.peers, c.last_at" \
    " FROM channels c"                                                                                    \
    " LEFT JOIN robots r ON r.id = c.robot_id LEFT JOIN conversations v ON v.channel_id = c.id "
constexpr const char* kFind = HY_CHANNEL_COLUMNS "WHERE c.id = ?";
constexpr const char* kFindByKey = HY_CHANNEL_COLUMNS "WHERE c.kind = ? AND c.channel_key = ?";
#undef HY_CHANNEL_COLUMNS
constexpr const char* kMet =
    "SELECT c.id, c.kind, c.channel_key, 0, 0, '', '', c.last_seq, c.created_at, c.peers, c.last_at,"
    " b.account_id IS NOT NULL, a.id FROM accounts a JOIN channels c ON c.peers IN (?, ?) AND c.kind = 1"
    " AND c.robot_id IS NULL LEFT JOIN blocks b ON b.account_id = a.id AND b.blocked_type = ? AND b.blocked_id = ?"
    " WHERE a.uid = ? AND a.status <> 2";
constexpr const char* kInsert =
    "INSERT INTO channels (kind, channel_key, account_id, robot_id, peers, created_at) VALUES (?, ?, ?, ?, ?, ?)";
constexpr const char* kUid = "SELECT uid FROM accounts WHERE id = ?";
constexpr const char* kRobotId = "SELECT public_id FROM robots WHERE id = ?";
constexpr const char* kAddMember =
    "INSERT INTO channel_members (channel_id, member_type, member_id, role, visible_from, read_seq, delivered_seq, "
    "joined_at)"
    " VALUES (?, ?, ?, 0, 1, 0, 0, ?)";
constexpr const char* kMember =
    "SELECT member_type, member_id, role, visible_from, read_seq, delivered_seq, cleared_seq, muted_until FROM"
    " channel_members"
    " WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kMembers =
    "SELECT member_type, member_id, role, visible_from, read_seq, delivered_seq, cleared_seq, muted_until FROM"
    " channel_members"
    " WHERE channel_id = ?";
constexpr const char* kGroupsOf =
    "SELECT c.id, c.last_seq FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND c.kind = 2";
constexpr const char* kJoinedSince =
    "SELECT c.id, m.visible_from - 1 FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND c.kind = 2 AND m.joined_at >= ?";
constexpr const char* kLivelyPersons =
    "SELECT c.id, c.last_seq FROM channel_members m JOIN channels c ON c.id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND c.kind = 1 AND c.last_at >= ?"
    " ORDER BY c.last_at DESC LIMIT ?";
// Of one table, as the next: a join would lock the channel, for which senders wait.
constexpr const char* kReadOfPeer =
    "SELECT seq FROM messages WHERE channel_id = ? AND seq > ? AND seq <= ? AND sender_type = ? AND sender_id = ?"
    " ORDER BY seq DESC LIMIT 100";
constexpr const char* kRead =
    "UPDATE channel_members SET"
    " changed_at = IF(LEAST(?, (SELECT last_seq FROM channels WHERE id = ?)) > read_seq, ?, changed_at),"
    " read_seq = GREATEST(read_seq, LEAST(?, (SELECT last_seq FROM channels WHERE id = ?)))"
    " WHERE channel_id = ? AND member_type = ? AND member_id = ?";
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

// "a3" of a key
Principal principal_of(std::string_view text) {
    const auto type = text.starts_with('r') ? PrincipalType::robot : PrincipalType::account;
    return {type, to_int(text.substr(text.empty() ? 0 : 1)).value_or(0)};
}

void read_two(Channel& c, const std::string& peers) {
    const auto keys = split(c.key, ':'), ids = split(peers, ' ');
    if (keys.size() != 2 || ids.size() != 2) return;
    c.first = principal_of(keys[0]);
    c.second = principal_of(keys[1]);
    c.first_id = ids[0];
    c.second_id = ids[1];
}

Channel read_channel(const db::Rows& rows) {
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
    c.last_at = rows.integer(11);
    if (c.kind == Kind::person) read_two(c, rows.text(10));
    const std::string number = std::to_string(c.id);
    if (c.kind == Kind::person) c.label = c.robot ? "default" : "person_" + number;
    else if (c.kind == Kind::group) c.label = "group_" + number;
    else if (c.kind == Kind::wecom) c.label = "wecom_" + number;
    else if (c.kind == Kind::sandbox) c.label = "sandbox_" + number;
    return c;
}

std::optional<Channel> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    return read_channel(rows);
}

Member read_member(const db::Rows& rows) {
    return {{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)},
            static_cast<Role>(rows.integer(3)),
            rows.integer(4),
            rows.integer(5),
            rows.integer(6),
            rows.integer(7),
            rows.integer(8)};
}

int64_t insert(db::Session& s, const House& house, Kind kind, const std::string& key, int64_t account, int64_t robot,
               const std::string& peers = {}) {
    const auto or_null = [](int64_t id) { return id ? std::optional<int64_t>(id) : std::nullopt; };
    try {
        s.execute(kInsert, {static_cast<int64_t>(kind), key, db::nullable(or_null(account)),
                            db::nullable(or_null(robot)), peers, house.clock.now_ms()});
    } catch (const db::Duplicate&) {
        // Looked at again first: it may be the same one's, made a moment ago.
        if (kind == Kind::group && s.repeated) throw Error(Fault::conflict, "group.exists");
        throw db::Retry{};  // somebody made it at the same moment
    }
    return static_cast<int64_t>(s.last_insert_id());
}

void add_row(db::Session& s, const House& house, int64_t channel, const Principal& who) {
    s.execute(kAddMember, {channel, who.type_number(), who.id, house.clock.now_ms()});
}

std::string public_id_of(db::Session& s, const Principal& who) {
    db::Rows rows = s.query(who.type == PrincipalType::robot ? kRobotId : kUid, {who.id});
    return rows.next() ? rows.text(1) : std::string();
}

std::vector<std::pair<int64_t, int64_t>> pairs(db::Rows rows) {
    std::vector<std::pair<int64_t, int64_t>> found;
    while (rows.next()) found.emplace_back(rows.integer(1), rows.integer(2));
    return found;
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

std::optional<Channel> find_person(db::Session& s, const Principal& a, const Principal& b) {
    return find_by_key(s, Kind::person, person_key(a, b));
}

std::optional<Met> met(db::Session& s, const Principal& me, const std::string& my_id, const std::string& other) {
    const std::string one_way = my_id + " " + other, or_another = other + " " + my_id;
    db::Rows rows = s.query(kMet, {one_way, or_another, me.type_number(), me.id, other});
    if (!rows.next()) return std::nullopt;
    Met found{read_channel(rows), rows.integer(12) != 0};
    // Its key says whose it is; the names only find it.
    if (found.channel.key != person_key(me, account_principal(rows.integer(13)))) return std::nullopt;
    return found;
}

Channel person(db::Session& s, const House& house, const Principal& a, const Principal& b) {
    const std::string key = person_key(a, b);
    if (auto found = find_by_key(s, Kind::person, key)) return *found;
    const Principal* robot = a.type == PrincipalType::robot ? &a : b.type == PrincipalType::robot ? &b : nullptr;
    const Principal* account = a.type == PrincipalType::account ? &a : &b;
    const bool in_order = key.starts_with(a.key() + ":");
    const std::string peers = public_id_of(s, in_order ? a : b) + " " + public_id_of(s, in_order ? b : a);
    const int64_t id = insert(s, house, Kind::person, key, robot ? account->id : 0, robot ? robot->id : 0, peers);
    add_row(s, house, id, a);
    if (!(a == b)) add_row(s, house, id, b);
    return *find(s, id);
}

Channel create_talk(db::Session& s, const House& house, Kind kind, const std::string& key, int64_t account,
                    int64_t robot) {
    const int64_t id = insert(s, house, kind, key, account, robot);
    add_row(s, house, id, account_principal(account));
    add_row(s, house, id, robot_principal(robot));
    return *find(s, id);
}

Channel create_bench(db::Session& s, const House& house, const std::string& key, int64_t account) {
    return *find(s, insert(s, house, Kind::sandbox, key, account, 0));
}

Channel create_wecom(db::Session& s, const House& house, const std::string& key, int64_t robot) {
    const int64_t id = insert(s, house, Kind::wecom, key, 0, robot);
    add_row(s, house, id, robot_principal(robot));
    return *find(s, id);
}

Channel create_for_group(db::Session& s, const House& house, const std::string& public_id) {
    return *find(s, insert(s, house, Kind::group, public_id, 0, 0));
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

std::vector<std::pair<int64_t, int64_t>> groups_of(db::Session& s, const Principal& who) {
    return pairs(s.query(kGroupsOf, {who.type_number(), who.id}));
}

std::vector<std::pair<int64_t, int64_t>> joined_since(db::Session& s, const Principal& who, int64_t since) {
    return pairs(s.query(kJoinedSince, {who.type_number(), who.id, since}));
}

std::vector<std::pair<int64_t, int64_t>> lively_persons(db::Session& s, const Principal& who, int64_t since,
                                                        int64_t limit) {
    return pairs(s.query(kLivelyPersons, {who.type_number(), who.id, since, limit}));
}

namespace {

// Of two people, who wrote it is told which of it was read: the newest, if it is much.
void tell_peer(db::Session& s, const House& house, int64_t id, const Principal& who, int64_t after, int64_t to,
               outbox::Pushes& pushes) {
    const auto channel = find(s, id);
    if (!channel || channel->kind != Kind::person) return;
    const bool first = channel->first == who;
    const Principal& peer = first ? channel->second : channel->first;
    if (peer.type != PrincipalType::account || peer == who || contacts::blocks(s, who.id, peer)) return;
    json::Writer w;
    w.begin_object().field("channel", id).field("by_id", first ? channel->first_id : channel->second_id);
    w.key("peers").begin_array().string(channel->first_id).string(channel->second_id).end_array();
    w.field("at", house.clock.now_ms()).field("read_seq", to).key("seqs").begin_array();
    db::Rows rows = s.query(kReadOfPeer, {id, after, to, peer.type_number(), peer.id});
    bool any = false;
    while (rows.next()) {
        any = true;
        w.number(rows.integer(1));
    }
    w.end_array().end_object();
    if (any) events::tell_account(peer.id, "receipt", w.text(), pushes);
}

}  // namespace

void mark_read(db::Session& s, const House& house, int64_t channel, const Principal& who, int64_t seq,
               outbox::Pushes& pushes) {
    const auto before = member(s, channel, who);
    s.execute(kRead, {seq, channel, house.clock.now_ms(), seq, channel, channel, who.type_number(), who.id});
    const auto after = member(s, channel, who);
    if (!before || !after || after->read_seq == before->read_seq || who.type != PrincipalType::account) return;
    json::Writer payload;
    payload.begin_object().field("channel", channel).field("read_seq", after->read_seq).end_object();
    events::append(s, house, who.id, "read", payload.text(), pushes);
    tell_peer(s, house, channel, who, before->read_seq, after->read_seq, pushes);
}

void mark_delivered(db::Session& s, int64_t channel, const Principal& who, int64_t seq) {
    s.execute(kDelivered, {seq, channel, channel, who.type_number(), who.id});
}

std::vector<std::pair<int64_t, int64_t>> heads(db::Session& s, const std::vector<int64_t>& ids) {
    if (ids.empty()) return {};
    std::vector<db::Param> params(ids.begin(), ids.end());
    const std::string marks = db::placeholders(params);
    return pairs(s.query("SELECT id, last_seq FROM channels WHERE id IN (" + marks + ")", params));
}

std::vector<std::pair<int64_t, int64_t>> talk_heads(db::Session& s, int64_t account, int64_t robot, int64_t since) {
    return pairs(s.query(kTalkHeads, {account, robot, since}));
}

std::vector<TalkMark> talk_marks(db::Session& s, int64_t account, int64_t robot) {
    std::vector<TalkMark> found;
    db::Rows rows = s.query(kTalkMarks, {account, robot});
    while (rows.next()) found.push_back({rows.integer(1), rows.integer(2), rows.integer(3)});
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.channel < b.channel; });
    return found;
}

}  // namespace hy::channels
