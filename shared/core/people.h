// Who stands behind a public id: an account's uid or a robot's id, one namespace for both.
// Source: decisions, "One identity".
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/principal.h"
#include "db/db.h"

namespace hy::people {

struct Person {
    Principal who;
    std::string id, name;
};

// [A-Za-z0-9][A-Za-z0-9._-]{0,63}
bool valid_id(std::string_view id);
// Begins as ids of the house's own making do.
bool house_made(std::string_view id);
// That, or it means something already, or is a number: nobody may create it.
bool reserved(std::string_view id);

// Accounts that are not closed, robots that are not deleted. Ids that nobody can have are nobody's.
std::optional<Person> find(db::Session& s, const std::string& id);
// Also of those who are gone.
std::optional<Person> find_ever(db::Session& s, const std::string& id);
// Of many at once, by id; who is not there is left out.
std::map<std::string, Person> find(db::Session& s, const std::vector<std::string>& ids);

// Public ids, of those too who are gone.
std::map<Principal, std::string> ids_of(db::Session& s, const std::vector<Principal>& who);

// The partner that `id` means where `me` writes in private: a public id; or one made of two of which one is mine: a@b in
// any order, a_b sorted. It is never taken apart: what remains when my id and a separator go from either end is the
// partner, and of two that could be, the one that exists. Throws bad_request "channel.id" (no id, or two that exist),
// not_found "user.not_found".
enum class Gone { refused, taken };  // who is no more: what was said with them can still be read
Person partner(db::Session& s, const std::string& me, const std::string& id, Gone gone = Gone::refused);

}  // namespace hy::people
