// Who joins and leaves a group: rows, events and the topics of connections, many at once. Who may is groups' business.
#pragma once
#include <map>
#include <vector>

#include "core/channels.h"

namespace hy::memberships {

// How somebody came into a group; numbers as at OpenIM (wire, joinSource).
enum class Source : int { none = 0, invited = 2, searched = 3 };
// From which number on a newcomer sees: this one, or with 0 the next.
struct View {
    int64_t from = 0;
    channels::Role role = channels::Role::member;
    int64_t inviter = 0;  // the account that brought them; 0: nobody
    Source source = Source::none;
};
// Those of `who` that are members, with their roles.
std::map<Principal, channels::Role> roles(db::Session& s, int64_t channel, const std::vector<Principal>& who);
// Returns how many were not members before. Throws conflict "group.limit" where one is in too many groups already, or
// the group has too many members; then nobody was added.
size_t add(db::Session& s, const House& house, const channels::Channel& channel, const std::vector<Principal>& who,
           const View& view, outbox::Pushes& pushes);
// Returns how many were members.
size_t remove(db::Session& s, const House& house, const channels::Channel& channel, const std::vector<Principal>& who,
              outbox::Pushes& pushes);
// Everybody, in a few statements and one push, however many they are.
void remove_all(db::Session& s, const House& house, const channels::Channel& channel, std::string_view told,
                outbox::Pushes& pushes);

}  // namespace hy::memberships
