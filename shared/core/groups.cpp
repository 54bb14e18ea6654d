#include "core/groups.h"

namespace hy::groups {

namespace {

constexpr const char* kSetRole =
    "UPDATE channel_members SET role = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
constexpr const char* kDissolve =
    "UPDATE channel_groups SET deleted_at = ? WHERE channel_id = ? AND deleted_at IS NULL";
constexpr const char* kSetRules =
    "UPDATE channel_groups SET need_verification = ?, history_for_new = ? WHERE channel_id = ?";

channels::Role role_of(db::Session& s, const channels::Group& group, const Principal& who) {
    const auto member = channels::member(s, group.channel.id, who);
    if (!member) throw Error(Fault::forbidden, "group.member");
    return member->role;
}

void require_owner(db::Session& s, const channels::Group& group, const Principal& by) {
    if (role_of(s, group, by) != channels::Role::owner) throw Error(Fault::forbidden, "group.role");
}

void write_role(db::Session& s, const channels::Group& group, const Principal& whom, channels::Role role) {
    s.execute(kSetRole, {static_cast<int64_t>(role), group.channel.id, whom.type_number(), whom.id});
}

}  // namespace

size_t invite(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    if (role_of(s, group, by) == channels::Role::member && group.need_verification)
        throw Error(Fault::forbidden, "group.verification");
    return channels::add_members(s, house, group.channel, who, group.history_for_new, pushes);
}

size_t remove(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes) {
    const channels::Role mine = role_of(s, group, by);
    for (const auto& whom : who) {
        const auto member = channels::member(s, group.channel.id, whom);
        if (!member) continue;
        const bool leaves = whom == by && mine != channels::Role::owner;
        if (!leaves && member->role >= mine) throw Error(Fault::forbidden, "group.role");
    }
    return channels::remove_members(s, house, group.channel, who, pushes);
}

void set_role(db::Session& s, const channels::Group& group, const Principal& by, const Principal& whom,
              channels::Role role) {
    require_owner(s, group, by);
    if (!channels::member(s, group.channel.id, whom)) throw Error(Fault::not_found, "group.member");
    // A group has one owner, who cannot lower himself: nobody would be left to rule it.
    if (whom == by) throw Error(Fault::forbidden, "group.role");
    if (role == channels::Role::owner) write_role(s, group, by, channels::Role::admin);
    write_role(s, group, whom, role);
}

void dissolve(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              outbox::Pushes& pushes) {
    require_owner(s, group, by);
    std::vector<Principal> everybody;
    for (const auto& member : channels::members(s, group.channel.id)) everybody.push_back(member.who);
    channels::remove_members(s, house, group.channel, everybody, pushes);
    s.execute(kDissolve, {house.clock.now_ms(), group.channel.id});
}

void set_rules(db::Session& s, const channels::Group& group, bool need_verification, bool history_for_new) {
    s.execute(kSetRules, {int64_t{need_verification}, int64_t{history_for_new}, group.channel.id});
}

}  // namespace hy::groups
