// Friends, who asks to be one, and who is not to be heard, as both forms show them.
#pragma once
#include "core/contacts.h"
#include "core/friends.h"
#include "core/profiles.h"
#include "door.h"

namespace hy::openim {

// Of everybody whom `key` names in a list.
using Faces = std::map<Principal, profiles::Profile>;
template <typename List, typename Key>
Faces faces_of(db::Session& s, const List& list, Key key) {
    std::vector<Principal> who;
    for (const auto& one : list)
        for (const auto& principal : key(one)) who.push_back(principal);
    return profiles::of(s, who);
}
Faces faces_of(db::Session& s, const std::vector<friends::Request>& list);
Faces faces_of(db::Session& s, const std::vector<friends::Friend>& list);
Faces faces_of(db::Session& s, const std::vector<contacts::Blocked>& list);

void write_request(json::Writer& w, Faces& faces, const friends::Request& request);
// What OpenIM's own clients keep with a friend is theirs alone to see.
void write_friend(json::Writer& w, Faces& faces, const api::Call& call, const friends::Friend& one);
void write_black(json::Writer& w, Faces& faces, const std::string& owner, const contacts::Blocked& one);

}  // namespace hy::openim
