#include "core/groups.h"

#include "core/memberships.h"
#include "core/people.h"

namespace hy::groups {

namespace {

constexpr const char* kInsert =
    "INSERT INTO channel_groups (channel_id, public_id, name, avatar, created_at) VALUES (?, ?, ?, ?, ?)";
#define HY_GROUP_COLUMNS                                                                            \
    "SELECT channel_id, public_id, name, avatar, need_verification, history_for_new, history_from," \
    " deleted_at IS NOT NULL, COALESCE(last_owner_id, 0) FROM channel_groups WHERE public_id = ?"
constexpr const char* kFind = HY_GROUP_COLUMNS;
constexpr const char* kLock = HY_GROUP_COLUMNS " FOR UPDATE";
#undef HY_GROUP_COLUMNS
constexpr const char* kRevive =
    "UPDATE channel_groups SET deleted_at = NULL, last_owner_id = NULL, name = ?, avatar = ?, history_from = ?,"
    " need_verification = 0, history_for_new = 0 WHERE channel_id = ?";
constexpr const char* kLockChannel = "SELECT last_seq FROM channels WHERE id = ? FOR UPDATE";
constexpr const char* kGone = "SELECT 1 FROM channel_groups WHERE channel_id = ? AND deleted_at IS NOT NULL";
constexpr const char* kChange =
    "UPDATE channel_groups SET name = COALESCE(?, name), avatar = COALESCE(?, avatar) WHERE channel_id = ?";
constexpr const char* kSetRole =
    "UPDATE channel_members SET role = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kOwner =
    "SELECT COALESCE(MAX(member_id), 0) FROM channel_members WHERE channel_id = ? AND member_type = 0 AND role = 2";
constexpr const char* kDissolve =
    "UPDATE channel_groups SET deleted_at = ?, last_owner_id = ? WHERE channel_id = ? AND deleted_at IS NULL";
constexpr const char* kSetRules =
    "UPDATE channel_groups SET need_verification = ?, history_for_new = ? WHERE channel_id = ?";

channels::Role role_of(db::Session& s, const Group& group, const Principal& who) {
    const auto member = channels::member(s, group.channel.id, who);
    if (!member) throw Error(Fault::forbidden, "group.member");
    return member->role;
}

// Who is in it, and with which role, stays as it is until the transaction ends. Everybody locks the channel first.
void hold(db::Session& s, const Group& group) {
    s.query(kLockChannel, {group.channel.id});
    if (s.query(kGone, {group.channel.id}).next()) throw Error(Fault::not_found, "group.gone");
}

void require_owner(db::Session& s, const Group& group, const Principal& by) {
    if (role_of(s, group, by) != channels::Role::owner) throw Error(Fault::forbidden, "group.role");
}

void write_role(db::Session& s, const Group& group, const Principal& whom, channels::Role role) {
    s.execute(kSetRole, {static_cast<int64_t>(role), group.channel.id, whom.type_number(), whom.id});
}

std::optional<Group> one(db::Session& s, const char* sql, const std::string& public_id) {
    db::Rows rows = s.query(sql, {public_id});
    if (!rows.next()) return std::nullopt;
    return Group{*channels::find(s, rows.integer(1)),
                 rows.text(2),
                 rows.text(3),
                 rows.text(4),
                 rows.integer(5) != 0,
                 rows.integer(6) != 0,
                 rows.integer(7),
                 rows.integer(8) != 0,
                 rows.integer(9)};
}

// A group of one, the owner.
Group with_owner(db::Session& s, const House& house, const Group& group, const Principal& owner,
                 outbox::Pushes& pushes) {
    memberships::add(s, house, group.channel, {owner}, {.from = group.history_from, .role = channels::Role::owner},
                     pushes);
    return group;
}

}  // namespace

Group create(db::Session& s, const House& house, const std::string& public_id, const Face& face, const Principal& owner,
             outbox::Pushes& pushes) {
    if (auto former = one(s, kLock, public_id)) {
        if (!former->gone || former->last_owner != owner.id) throw Error(Fault::conflict, "group.exists");
        former->history_from = former->channel.last_seq + 1;
        s.execute(kRevive, {face.name, face.avatar, former->history_from, former->channel.id});
        former->name = face.name;
        former->avatar = face.avatar;
        former->gone = former->need_verification = former->history_for_new = false;
        return with_owner(s, house, *former, owner, pushes);
    }
    const auto channel = channels::create_for_group(s, house, public_id);
    s.execute(kInsert, {channel.id, public_id, face.name, face.avatar, house.clock.now_ms()});
    return with_owner(s, house, {channel, public_id, face.name, face.avatar}, owner, pushes);
}

std::optional<Group> find_any(db::Session& s, const std::string& public_id) { return one(s, kFind, public_id); }

std::optional<Group> find(db::Session& s, const std::string& public_id) {
    auto group = find_any(s, public_id);
    if (group && group->gone) group.reset();
    return group;
}

Group living(db::Session& s, const std::string& public_id) {
    if (!people::valid_id(public_id)) throw Error(Fault::bad_request, "channel.id");
    auto group = find_any(s, public_id);
    if (!group) throw Error(Fault::not_found, "group.not_found");
    if (group->gone) throw Error(Fault::not_found, "group.gone");
    return *group;
}

void change(db::Session& s, const Group& group, const Principal& by, const Changes& changes) {
    require_owner(s, group, by);
    s.execute(kChange, {db::nullable(changes.name), db::nullable(changes.avatar), group.channel.id});
}

size_t invite(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    hold(s, group);
    if (role_of(s, group, by) == channels::Role::member && group.need_verification)
        throw Error(Fault::forbidden, "group.verification");
    const int64_t from = group.history_for_new ? group.history_from : 0;
    return memberships::add(s, house, group.channel, who, {.from = from}, pushes);
}

size_t remove(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    hold(s, group);
    const channels::Role mine = role_of(s, group, by);
    for (const auto& [whom, role] : memberships::roles(s, group.channel.id, who)) {
        const bool leaves = whom == by && mine != channels::Role::owner;
        if (!leaves && role >= mine) throw Error(Fault::forbidden, "group.role");
    }
    return memberships::remove(s, house, group.channel, who, pushes);
}

void set_role(db::Session& s, const Group& group, const Principal& by, const Principal& whom, channels::Role role) {
    hold(s, group);
    require_owner(s, group, by);
    if (!channels::member(s, group.channel.id, whom)) throw Error(Fault::not_found, "group.member");
    // A group has one owner, who cannot lower himself: nobody would be left to rule it.
    if (whom == by) throw Error(Fault::forbidden, "group.role");
    if (role == channels::Role::owner) write_role(s, group, by, channels::Role::admin);
    write_role(s, group, whom, role);
}

void dissolve(db::Session& s, const House& house, const Group& group, const Principal& by, outbox::Pushes& pushes,
              bool admins) {
    hold(s, group);
    const auto needed = admins ? channels::Role::admin : channels::Role::owner;
    if (role_of(s, group, by) < needed) throw Error(Fault::forbidden, "group.role");
    db::Rows owner = s.query(kOwner, {group.channel.id});
    const int64_t last_owner = owner.next() ? owner.integer(1) : 0;
    s.execute(kDissolve, {house.clock.now_ms(), last_owner, group.channel.id});
    memberships::remove_all(s, house, group.channel, pushes);
}

void set_rules(db::Session& s, const Group& group, bool need_verification, bool history_for_new) {
    s.execute(kSetRules, {int64_t{need_verification}, int64_t{history_for_new}, group.channel.id});
}

}  // namespace hy::groups
