// Groups: what they are called, and their rules, one set for all doors: who may bring people in, send them away, give
// out roles, and end a group. Its channel has the same public id.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/channels.h"

namespace hy::groups {

// Who comes in how; numbers as at OpenIM (wire, needVerification).
enum class Entry : int {
    asking = 0,    // members bring people in; who comes alone asks
    approved = 1,  // owner and admins bring people in; all others ask
    open = 2,      // everybody comes in
};

struct Group {
    channels::Channel channel;
    std::string public_id, name, avatar;
    Entry entry = Entry::asking;
    bool history_for_new = false;
    int64_t history_from = 1;  // nobody sees what was before
    bool gone = false;
    int64_t last_owner = 0;  // of a group that is gone
    bool muted = false;      // only owner and admins speak
};

struct Face {
    std::string name, avatar;
};
// By its owner. A group that is gone is made again by who owned it last: its numbers go on, its history stays hidden.
// Throws conflict "group.exists".
Group create(db::Session& s, const House& house, const std::string& public_id, const Face& face, const Principal& owner,
             outbox::Pushes& pushes);
// Only groups that live, but for `any`.
std::optional<Group> find(db::Session& s, const std::string& public_id);
std::optional<Group> find_any(db::Session& s, const std::string& public_id);
// Throws bad_request "channel.id", not_found "group.not_found", "group.gone".
Group living(db::Session& s, const std::string& public_id);
// By owner and admins; only what is set. Throws forbidden "group.member", "group.role".
struct Changes {
    std::optional<std::string> name, avatar, introduction, notification, ex;
    std::optional<Entry> entry;
    std::optional<bool> look_member_info, apply_member_friend;  // what clients may show; kept for them
};
void change(db::Session& s, const House& house, const Group& group, const Principal& by, const Changes& changes,
            outbox::Pushes& pushes);

// Whom `account` may bring along, by their public ids: all of them, or nobody. Throws not_found "user.not_found" (detail:
// who is unknown), forbidden "robot.private", "peer.blocked" where one does not want to hear `account`.
std::vector<Principal> guests(db::Session& s, int64_t account, const std::vector<std::string>& ids);
// Any member may, unless the group's entry forbids: then owner and admins.
// Newcomers see from the join on, or all with history_for_new. Returns how many were new.
// Throws forbidden "group.member" (no member), "group.verification"; conflict "group.limit".
size_t invite(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// Oneself always, but not the owner; others by the owner, members by admins too. All or
// nothing. Throws forbidden "group.member", "group.role".
size_t remove(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// By the owner. Giving away ownership makes the former owner an admin. Throws forbidden
// "group.role", not_found "group.member" when `whom` is no member, bad_request "group.robot" for a robot.
void set_role(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
              channels::Role role, outbox::Pushes& pushes);

// Holds who is in it, and with which role. Throws forbidden "group.member", "group.role" for who is neither owner nor admin.
void require_admin(db::Session& s, const Group& group, const Principal& by);
// By owner and admins: only they speak from now on, or everybody again.
void set_muted(db::Session& s, const House& house, const Group& group, const Principal& by, bool muted,
               outbox::Pushes& pushes);
// By those of a higher role, until a time in ms; 0: now. Throws not_found "group.member".
void mute_member(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
                 int64_t until, outbox::Pushes& pushes);
// What a member is called there, by itself or those of a higher role.
void set_nickname(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& whom,
                  const std::string& nickname, outbox::Pushes& pushes);
// By whoever likes, where the entry is open. Throws forbidden "group.asking" where it is not; conflict
// "group.member_already".
void join(db::Session& s, const House& house, const Group& group, const Principal& who, outbox::Pushes& pushes);
// Who asked, and was let in by owner or admins. Throws as remove; conflict "group.limit".
void let_in(db::Session& s, const House& house, const Group& group, const Principal& by, const Principal& who,
            int64_t inviter, outbox::Pushes& pushes);

// By owner and, with `admins`, admins: everybody leaves, numbers and rows stay. Throws forbidden "group.role".
void dissolve(db::Session& s, const House& house, const Group& group, const Principal& by, outbox::Pushes& pushes,
              bool admins = false);

void set_rules(db::Session& s, const Group& group, Entry entry, bool history_for_new);

}  // namespace hy::groups
