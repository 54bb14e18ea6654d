// What members see of a group and of each other.
#pragma once
#include <string>
#include <vector>

#include "core/groups.h"
#include "json/writer.h"

namespace hy::group_views {

struct Summary {
    int64_t channel = 0;
    std::string id, name, avatar, introduction, notification, ex;
    std::string owner, creator, announcer;  // public ids; empty: nobody
    int64_t created_at = 0, notification_at = 0, members = 0;
    groups::Entry entry = groups::Entry::asking;
    bool muted = false, look_member_info = false, apply_member_friend = false;
};
// Those of `ids` that live, in the order of their internal numbers. Who may see them is the caller's business.
std::vector<Summary> find(db::Session& s, const std::vector<std::string>& ids);
// All that `reader` is in, in the order of
// their internal numbers; there are at most groups.per_account.
std::vector<Summary> of(db::Session& s, const Principal& reader, int64_t skip, int64_t limit);
std::vector<std::string> ids_of(db::Session& s, const Principal& reader, int64_t limit);
// When each was last renamed, ruled otherwise, or came by members or lost some, by id; 0: never.
std::map<std::string, int64_t> changes_of(db::Session& s, const Principal& reader, int64_t limit);
int64_t count(db::Session& s, const Principal& reader);

struct Seat {
    Principal who;
    std::string id, name, avatar;  // name: the group's for it, else its own
    channels::Role role = channels::Role::member;
    int64_t joined_at = 0, muted_until = 0;
    int64_t source = 0;
    std::string inviter;  // public id; empty: nobody
};
// In the order of their internal numbers. `role`: only those; nothing: all.
std::vector<Seat> members(db::Session& s, int64_t channel, const std::optional<channels::Role>& role, int64_t skip,
                          int64_t limit);
int64_t count_members(db::Session& s, int64_t channel, const std::optional<channels::Role>& role);
std::vector<Seat> members(db::Session& s, int64_t channel, const std::vector<Principal>& who);

// As events carry them (infra/docs/uplink.md).
void write(json::Writer& w, const Summary& group);
void write(json::Writer& w, const Seat& seat);

}  // namespace hy::group_views
