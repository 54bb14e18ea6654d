// The rules of groups, one set for all doors: who may bring people in, send them away, give
// out roles, and end a group. Numbers and topics are the channels' business.
#pragma once
#include <vector>

#include "core/channels.h"

namespace hy::groups {

// Any member may, unless the group's need_verification forbids: then owner and admins.
// Newcomers see from the join on, or all with history_for_new. Returns how many were new.
// Throws forbidden "group.member" (no member), "group.verification".
size_t invite(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// Oneself always, but not the owner; others by the owner, members by admins too. All or
// nothing. Throws forbidden "group.member", "group.role".
size_t remove(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              const std::vector<Principal>& who, outbox::Pushes& pushes);

// By the owner. Giving away ownership makes the former owner an admin. Throws forbidden
// "group.role", not_found "group.member" when `whom` is no member.
void set_role(db::Session& s, const channels::Group& group, const Principal& by, const Principal& whom,
              channels::Role role);

// By the owner: everybody leaves, numbers and rows stay. Throws forbidden "group.role".
void dissolve(db::Session& s, const House& house, const channels::Group& group, const Principal& by,
              outbox::Pushes& pushes);

void set_rules(db::Session& s, const channels::Group& group, bool need_verification, bool history_for_new);

}  // namespace hy::groups
