#include "core/group_views.h"

#include "core/profiles.h"

namespace hy::group_views {

namespace {

#define HY_SUMMARY                                                                                               \
    "SELECT g.channel_id, g.public_id, g.name, g.avatar, g.introduction, g.notification, g.ex,"                  \
    " COALESCE((SELECT o.uid FROM channel_members x JOIN accounts o ON o.id = x.member_id"                       \
    " WHERE x.channel_id = g.channel_id AND x.member_type = 0 AND x.role = 2 LIMIT 1), ''),"                     \
    " COALESCE((SELECT uid FROM accounts WHERE id = g.creator_id), ''),"                                         \
    " COALESCE((SELECT uid FROM accounts WHERE id = g.notification_by), ''), g.created_at, g.notification_at,"   \
    " (SELECT COUNT(*) FROM channel_members x WHERE x.channel_id = g.channel_id), g.need_verification, g.muted," \
    " g.look_member_info, g.apply_member_friend"                                                                 \
    " FROM channel_groups g "
constexpr const char* kNamed = HY_SUMMARY "WHERE g.deleted_at IS NULL AND g.public_id IN (";
constexpr const char* kOf = HY_SUMMARY
    "JOIN channel_members m ON g.channel_id = m.channel_id WHERE m.member_type = ? AND m.member_id = ?"
    " AND g.deleted_at IS NULL ORDER BY m.channel_id LIMIT ? OFFSET ?";
#undef HY_SUMMARY
constexpr const char* kIds =
    "SELECT g.public_id FROM channel_members m JOIN channel_groups g ON g.channel_id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND g.deleted_at IS NULL ORDER BY m.channel_id LIMIT ?";
constexpr const char* kChanges =
    "SELECT g.public_id, g.changed_at FROM channel_members m JOIN channel_groups g ON g.channel_id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND g.deleted_at IS NULL ORDER BY m.channel_id LIMIT ?";
constexpr const char* kCount =
    "SELECT COUNT(*) FROM channel_members m JOIN channel_groups g ON g.channel_id = m.channel_id"
    " WHERE m.member_type = ? AND m.member_id = ? AND g.deleted_at IS NULL";
#define HY_SEAT                                                                                    \
    "SELECT m.member_type, m.member_id, m.nickname, m.role, m.joined_at, m.muted_until, m.source," \
    " COALESCE((SELECT uid FROM accounts WHERE id = m.inviter_id), '') FROM channel_members m"     \
    " WHERE m.channel_id = ?"
constexpr const char* kMembers = HY_SEAT " ORDER BY m.member_type, m.member_id LIMIT ? OFFSET ?";
constexpr const char* kWithRole = HY_SEAT " AND m.role = ? ORDER BY m.member_type, m.member_id LIMIT ? OFFSET ?";
constexpr const char* kSome = HY_SEAT " AND m.member_type = ? AND m.member_id IN (";
#undef HY_SEAT
constexpr const char* kCountMembers = "SELECT COUNT(*) FROM channel_members WHERE channel_id = ?";
constexpr const char* kCountRole = "SELECT COUNT(*) FROM channel_members WHERE channel_id = ? AND role = ?";

std::vector<Summary> summaries(db::Rows rows) {
    std::vector<Summary> found;
    while (rows.next())
        found.push_back({rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.text(6),
                         rows.text(7), rows.text(8), rows.text(9), rows.text(10), rows.integer(11), rows.integer(12),
                         rows.integer(13), static_cast<groups::Entry>(rows.integer(14)), rows.integer(15) != 0,
                         rows.integer(16) != 0, rows.integer(17) != 0});
    return found;
}

void read_seats(std::vector<Seat>& seats, db::Rows rows) {
    while (rows.next())
        seats.push_back({{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)},
                         {},
                         rows.text(3),
                         {},
                         static_cast<channels::Role>(rows.integer(4)),
                         rows.integer(5),
                         rows.integer(6),
                         rows.integer(7),
                         rows.text(8)});
}

// With what they are called, and their pictures.
std::vector<Seat> with_faces(db::Session& s, std::vector<Seat> seats) {
    std::vector<Principal> who;
    for (const auto& seat : seats) who.push_back(seat.who);
    const auto faces = profiles::of(s, who);
    for (auto& seat : seats) {
        const auto face = faces.find(seat.who);
        if (face == faces.end()) continue;
        seat.id = face->second.id;
        seat.avatar = face->second.avatar;
        if (seat.name.empty()) seat.name = face->second.name;
    }
    return seats;
}

}  // namespace

std::vector<Summary> find(db::Session& s, const std::vector<std::string>& ids) {
    std::vector<db::Param> wanted;
    for (const auto& id : ids) wanted.emplace_back(std::string_view(id));
    if (wanted.empty()) return {};
    const std::string sql = kNamed + db::placeholders(wanted) + ") ORDER BY g.channel_id";
    return summaries(s.query(sql, wanted));
}

std::vector<Summary> of(db::Session& s, const Principal& reader, int64_t skip, int64_t limit) {
    return summaries(s.query(kOf, {reader.type_number(), reader.id, limit, skip}));
}

std::vector<std::string> ids_of(db::Session& s, const Principal& reader, int64_t limit) {
    std::vector<std::string> found;
    db::Rows rows = s.query(kIds, {reader.type_number(), reader.id, limit});
    while (rows.next()) found.push_back(rows.text(1));
    return found;
}

std::map<std::string, int64_t> changes_of(db::Session& s, const Principal& reader, int64_t limit) {
    std::map<std::string, int64_t> found;
    db::Rows rows = s.query(kChanges, {reader.type_number(), reader.id, limit});
    while (rows.next()) found.emplace(rows.text(1), rows.integer(2));
    return found;
}

int64_t count(db::Session& s, const Principal& reader) {
    db::Rows rows = s.query(kCount, {reader.type_number(), reader.id});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Seat> members(db::Session& s, int64_t channel, const std::optional<channels::Role>& role, int64_t skip,
                          int64_t limit) {
    std::vector<Seat> seats;
    if (role) read_seats(seats, s.query(kWithRole, {channel, static_cast<int64_t>(*role), limit, skip}));
    else read_seats(seats, s.query(kMembers, {channel, limit, skip}));
    return with_faces(s, std::move(seats));
}

int64_t count_members(db::Session& s, int64_t channel, const std::optional<channels::Role>& role) {
    db::Rows rows =
        role ? s.query(kCountRole, {channel, static_cast<int64_t>(*role)}) : s.query(kCountMembers, {channel});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Seat> members(db::Session& s, int64_t channel, const std::vector<Principal>& who) {
    std::vector<Seat> seats;
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        std::vector<db::Param> wanted;
        for (const auto& one : who)
            if (one.type == type) wanted.emplace_back(one.id);
        if (wanted.empty()) continue;
        const std::string sql = kSome + db::placeholders(wanted) + ")";
        wanted.insert(wanted.begin(), {channel, static_cast<int64_t>(type)});
        read_seats(seats, s.query(sql, wanted));
    }
    return with_faces(s, std::move(seats));
}

void write(json::Writer& w, const Summary& g) {
    w.begin_object().field("id", g.id).field("name", g.name).field("avatar", g.avatar);
    w.field("introduction", g.introduction).field("notification", g.notification).field("ex", g.ex);
    w.field("owner", g.owner).field("creator", g.creator).field("announcer", g.announcer);
    w.field("created_at", g.created_at).field("notification_at", g.notification_at).field("members", g.members);
    w.field("entry", static_cast<int>(g.entry)).field("muted", g.muted).field("look", g.look_member_info);
    w.field("apply", g.apply_member_friend).end_object();
}

void write(json::Writer& w, const Seat& seat) {
    constexpr const char* kRoles[] = {"member", "admin", "owner"};
    w.begin_object().field("id", seat.id).field("name", seat.name).field("avatar", seat.avatar);
    w.field("role", kRoles[static_cast<int>(seat.role)]).field("joined_at", seat.joined_at);
    w.field("muted_until", seat.muted_until).field("source", seat.source).field("inviter", seat.inviter).end_object();
}

}  // namespace hy::group_views
