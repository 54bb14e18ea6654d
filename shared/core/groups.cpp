#include "core/groups.h"

#include "base/clock.h"
#include "base/ids.h"
#include "core/contacts.h"
#include "core/events.h"
#include "core/group_requests.h"
#include "core/group_views.h"
#include "core/memberships.h"
#include "core/people.h"
#include "core/robots.h"
#include "json/writer.h"

namespace hy::groups {

namespace {

constexpr const char* kInsert =
    "INSERT INTO channel_groups (channel_id, public_id, name, avatar, creator_id, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?)";
#define HY_GROUP_COLUMNS                                                                            \
    "SELECT channel_id, public_id, name, avatar, need_verification, history_for_new, history_from," \
    " deleted_at IS NOT NULL, COALESCE(last_owner_id, 0), muted FROM channel_groups WHERE public_id = ?"
constexpr const char* kFind = HY_GROUP_COLUMNS;
constexpr const char* kLock = HY_GROUP_COLUMNS " FOR UPDATE";
#undef HY_GROUP_COLUMNS
constexpr const char* kRevive =
    "UPDATE channel_groups SET deleted_at = NULL, last_owner_id = NULL, name = ?, avatar = ?, history_from = ?,"
    " need_verification = 0, history_for_new = 0, introduction = '', notification = '', notification_at = 0,"
    " notification_by = 0, ex = '', muted = 0, look_member_info = 0, apply_member_friend = 0 WHERE channel_id = ?";
constexpr const char* kLockChannel = "SELECT last_seq FROM channels WHERE id = ? FOR UPDATE";
constexpr const char* kGone = "SELECT 1 FROM channel_groups WHERE channel_id = ? AND deleted_at IS NOT NULL";
constexpr const char* kChange =
    "UPDATE channel_groups SET name = COALESCE(?, name), avatar = COALESCE(?, avatar),"
    " introduction = COALESCE(?, introduction), notification = COALESCE(?, notification), ex = COALESCE(?, ex),"
    " need_verification = COALESCE(?, need_verification), look_member_info = COALESCE(?, look_member_info),"
    " apply_member_friend = COALESCE(?, apply_member_friend) WHERE channel_id = ?";
constexpr const char* kAnnounced =
    "UPDATE channel_groups SET notification_at = ?, notification_by = ? WHERE channel_id = ?";
constexpr const char* kChanged =
    "UPDATE channel_groups SET changed_at = LAST_INSERT_ID(GREATEST(changed_at + 1, ?)) WHERE channel_id = ?";
constexpr const char* kSetMuted = "UPDATE channel_groups SET muted = ? WHERE channel_id = ?";
constexpr const char* kMuteMember =
    "UPDATE channel_members SET muted_until = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kSetNickname =
    "UPDATE channel_members SET nickname = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
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

// More than a push can carry clients find when they read the list.
constexpr size_t kMostSeats = 100;

void write_view(json::Writer& w, db::Session& s, const Group& group, const Principal& by) {
    const auto views = group_views::find(s, {group.public_id});
    if (!views.empty()) group_views::write(w.key("group"), views.front());
    const auto seat = group_views::members(s, group.channel.id, std::vector{by});
    if (!seat.empty()) group_views::write(w.key("by_seat"), seat.front());
}

// To those who are there: what a group is like others find when they read it. `how` people came or went.
void tell(db::Session& s, const House& house, const Group& group, const char* what, const Principal& by,
          const std::vector<group_views::Seat>& seats, outbox::Pushes& pushes, const char* how = nullptr) {
    // Later than the change before, whatever the clocks of hosts say: it is the group's version for clients.
    s.execute(kChanged, {house.clock.now_ms(), group.channel.id});
    const auto now = static_cast<int64_t>(s.last_insert_id());
    json::Writer w;
    w.begin_object().field("at", now).field("no", random_text(8)).field("by", by.name());
    if (how) w.field("how", how);
    if (seats.size() == 1) w.field("whom", seats.front().who.name());
    write_view(w, s, group, by);
    w.key("seats").begin_array();
    for (const auto& seat : seats) group_views::write(w, seat);
    w.end_array().end_object();
    events::tell_group(group.channel.id, std::string("group.") + what, w.text(), pushes);
}
void tell(db::Session& s, const House& house, const Group& group, const char* what, const Principal& by,
          outbox::Pushes& pushes) {
    tell(s, house, group, what, by, {}, pushes);
}

std::vector<group_views::Seat> seats_of(db::Session& s, const Group& group, std::vector<Principal> who) {
    if (who.size() > kMostSeats) who.resize(kMostSeats);
    return group_views::members(s, group.channel.id, who);
}
void tell(db::Session& s, const House& house, const Group& group, const char* what, const Principal& by,
          const Principal& whom, outbox::Pushes& pushes) {
    tell(s, house, group, what, by, seats_of(s, group, {whom}), pushes);
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
                 static_cast<Entry>(rows.integer(5)),
                 rows.integer(6) != 0,
                 rows.integer(7),
                 rows.integer(8) != 0,
                 rows.integer(9),
                 rows.integer(10) != 0};
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
        former->gone = former->history_for_new = former->muted = false;
        former->entry = Entry::asking;
        return with_owner(s, house, *former, owner, pushes);
    }
    const auto channel = channels::create_for_group(s, house, public_id);
    s.execute(kInsert, {channel.id, public_id, face.name, face.avatar, owner.id, house.clock.now_ms()});
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

void require_admin(db::Session& s, const Group& group, const Principal& by) {
    hold(s, group);
    if (role_of(s, group, by) == channels::Role::member) throw Error(Fault::forbidden, "group.role");
}

void change(db::Session& s, const House& house, const Group& group, const Principal& by, const Changes& changes,
            outbox::Pushes& pushes) {
    require_admin(s, group, by);
    const auto number = [](const auto& value) {
        return value ? std::optional<int64_t>(static_cast<int64_t>(*value)) : std::nullopt;
    };
    s.execute(kChange, {db::nullable(changes.name), db::nullable(changes.avatar), db::nullable(changes.introduction),
                        db::nullable(changes.notification), db::nullable(changes.ex),
                        db::nullable(number(changes.entry)), db::nullable(number(changes.look_member_info)),
                        db::nullable(number(changes.apply_member_friend)), group.channel.id});
    if (changes.notification) s.execute(kAnnounced, {house.clock.now_ms(), by.id, group.channel.id});
    tell(s, house, group, "info", by, pushes);
}

std::vector<Principal> guests(db::Session& s, int64_t account, const std::vector<std::string>& ids) {
    constexpr size_t kMostNamed = 10;
    const auto found = people::find(s, ids);
    std::string unknown;
    size_t named = 0;
    for (const auto& id : ids) {
        if (found.contains(id) || ++named > kMostNamed) continue;
        unknown += (unknown.empty() ? "" : ", ") + id;
    }
    if (named) throw Error(Fault::not_found, "user.not_found", unknown + (named > kMostNamed ? ", …" : ""));
    std::vector<Principal> who;
    for (const auto& [id, person] : found) {
        who.push_back(person.who);
        if (person.who.type != PrincipalType::robot) continue;
        const auto robot = robots::find_by_id(s, person.who.id);
        if (!robot || !robots::may_talk(*robot, account)) throw Error(Fault::forbidden, "robot.private");
    }
    // Who does not want to hear somebody is not brought where he speaks.
    if (contacts::any_blocks(s, who, account_principal(account))) throw Error(Fault::forbidden, "peer.blocked");
    return who;
}

namespace {

size_t add(db::Session& s, const House& house, const Group& group, const Principal& by,
           const std::vector<Principal>& who, memberships::View view, const char* how, outbox::Pushes& pushes) {
    view.from = group.history_for_new ? group.history_from : 0;
    const size_t added = memberships::add(s, house, group.channel, who, view, pushes);
    if (added) tell(s, house, group, "members", by, seats_of(s, group, who), pushes, how);
    if (added) group_requests::settle(s, house, group, who, view.inviter);
    return added;
}

}  // namespace

size_t invite(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    hold(s, group);
    if (role_of(s, group, by) == channels::Role::member && group.entry == Entry::approved)
        throw Error(Fault::forbidden, "group.verification");
    return add(s, house, group, by, who, {.inviter = by.id, .source = memberships::Source::invited}, "invited", pushes);
}

size_t remove(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    hold(s, group);
    const channels::Role mine = role_of(s, group, by);
    const bool alone = who.size() == 1 && who[0] == by;
    if (mine == channels::Role::member && !alone) throw Error(Fault::forbidden, "group.role");
    for (const auto& [whom, role] : memberships::roles(s, group.channel.id, who)) {
        const bool leaves = whom == by && mine != channels::Role::owner;
        if (!leaves && role >= mine) throw Error(Fault::forbidden, "group.role");
    }
    const auto seats = seats_of(s, group, who);
    const size_t removed = memberships::remove(s, house, group.channel, who, pushes);
    if (removed) tell(s, house, group, "members", by, seats, pushes, alone ? "quit" : "kicked");
    return removed;
}

void set_role(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
              channels::Role role, outbox::Pushes& pushes) {
    hold(s, group);
    require_owner(s, group, by);
    if (!channels::member(s, group.channel.id, whom)) throw Error(Fault::not_found, "group.member");
    // A group has one owner, who cannot lower himself: nobody would be left to rule it.
    if (whom == by) throw Error(Fault::forbidden, "group.role");
    // A robot rules nobody.
    if (whom.type != PrincipalType::account) throw Error(Fault::bad_request, "group.robot");
    if (role == channels::Role::owner) write_role(s, group, by, channels::Role::admin);
    write_role(s, group, whom, role);
    tell(s, house, group, "role", by, whom, pushes);
}

void set_muted(db::Session& s, const House& house, const Group& group, const Principal& by, bool muted,
               outbox::Pushes& pushes) {
    require_admin(s, group, by);
    s.execute(kSetMuted, {int64_t{muted}, group.channel.id});
    tell(s, house, group, muted ? "muted" : "unmuted", by, pushes);
}

namespace {

void require_above(db::Session& s, const Group& group, const Principal& by, const Principal& whom) {
    const auto mine = role_of(s, group, by);
    const auto theirs = channels::member(s, group.channel.id, whom);
    if (!theirs) throw Error(Fault::not_found, "group.member");
    if (theirs->role >= mine) throw Error(Fault::forbidden, "group.role");
}

}  // namespace

void mute_member(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
                 int64_t until, outbox::Pushes& pushes) {
    hold(s, group);
    require_above(s, group, by, whom);
    s.execute(kMuteMember, {until, group.channel.id, whom.type_number(), whom.id});
    tell(s, house, group, until ? "silenced" : "free", by, whom, pushes);
}

void set_nickname(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
                  const std::string& nickname, outbox::Pushes& pushes) {
    hold(s, group);
    if (by == whom) role_of(s, group, by);
    else require_above(s, group, by, whom);
    s.execute(kSetNickname, {nickname, group.channel.id, whom.type_number(), whom.id});
    tell(s, house, group, "member", by, whom, pushes);
}

void join(db::Session& s, const House& house, const Group& group, const Principal& who, outbox::Pushes& pushes) {
    hold(s, group);
    if (channels::member(s, group.channel.id, who)) throw Error(Fault::conflict, "group.member_already");
    if (group.entry != Entry::open) throw Error(Fault::forbidden, "group.asking");
    add(s, house, group, who, {who}, {.source = memberships::Source::searched}, "entered", pushes);
}

void let_in(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& who,
            int64_t inviter, outbox::Pushes& pushes) {
    require_admin(s, group, by);
    const auto source = inviter ? memberships::Source::invited : memberships::Source::searched;
    add(s, house, group, by, {who}, {.inviter = inviter, .source = source}, "entered", pushes);
}

void dissolve(db::Session& s, const House& house, const Group& group, const Principal& by, outbox::Pushes& pushes,
              bool admins) {
    hold(s, group);
    const auto needed = admins ? channels::Role::admin : channels::Role::owner;
    if (role_of(s, group, by) < needed) throw Error(Fault::forbidden, "group.role");
    db::Rows owner = s.query(kOwner, {group.channel.id});
    const int64_t last_owner = owner.next() ? owner.integer(1) : 0;
    json::Writer view;
    view.begin_object().field("channel", group.channel.id).field("by", by.name()).field("at", house.clock.now_ms());
    write_view(view, s, group, by);
    view.end_object();
    s.execute(kDissolve, {house.clock.now_ms(), last_owner, group.channel.id});
    memberships::remove_all(s, house, group.channel, view.text(), pushes);
}

void set_rules(db::Session& s, const Group& group, Entry entry, bool history_for_new) {
    s.execute(kSetRules, {static_cast<int64_t>(entry), int64_t{history_for_new}, group.channel.id});
}

}  // namespace hy::groups
