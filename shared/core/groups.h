// Groups: what they are called, and their rules, one set for all doors: who may bring people in, send them away, give
// out roles, and end a group. Its channel has the same public id.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/channels.h"

namespace hy::groups {

struct Group {
    channels::Channel channel;
    std::string public_id, name, avatar;
    bool need_verification = false, history_for_new = false;
    int64_t history_from = 1;  // nobody sees what was before
    bool gone = false;
    int64_t last_owner = 0;  // of a group that is gone
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
// By the owner; only what is set. Throws forbidden "group.member", "group.role".
struct Changes {
    std::optional<std::string> name, avatar;
};
void change(db::Session& s, const Group& group, const Principal& by, const Changes& changes);

// Any member may, unless the group's need_verification forbids: then owner and admins.
// Newcomers see from the join on, or all with history_for_new. Returns how many were new.
// Throws forbidden "group.member" (no member), "group.verification"; conflict "group.limit".
size_t invite(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// Oneself always, but not the owner; others by the owner, members by admins too. All or
// nothing. Throws forbidden "group.member", "group.role".
size_t remove(db::Session& s, const House& house, const Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// By the owner. Giving away ownership makes the former owner an admin. Throws forbidden
// "group.role", not_found "group.member" when `whom` is no member.
void set_role(db::Session& s, const Group& group, const Principal& by, const Principal& whom, channels::Role role);

// By owner and, with `admins`, admins: everybody leaves, numbers and rows stay. Throws forbidden "group.role".
void dissolve(db::Session& s, const House& house, const Group& group, const Principal& by, outbox::Pushes& pushes,
              bool admins = false);

void set_rules(db::Session& s, const Group& group, bool need_verification, bool history_for_new);

}  // namespace hy::groups
