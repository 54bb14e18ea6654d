#include "core/profiles.h"

#include <set>

#include "base/errors.h"
#include "core/events.h"
#include "core/people.h"

namespace hy::profiles {

namespace {

constexpr const char* kRegister =
    "INSERT INTO accounts (uid, nickname, avatar, ex, registered, created_at, updated_at) VALUES (?, ?, ?, ?, 1, ?, ?)";
// One namespace for all: nobody is called as a group is.
constexpr const char* kGroupNamed = "SELECT public_id FROM channel_groups WHERE public_id IN (";
constexpr const char* kTaken = "SELECT uid FROM accounts WHERE uid IN (";
constexpr const char* kChange =
    "UPDATE accounts SET nickname = COALESCE(?, nickname), avatar = COALESCE(?, avatar), ex = COALESCE(?, ex),"
    " updated_at = ? WHERE id = ?";
#define HY_ACCOUNT "SELECT 0, id, uid, nickname, avatar, ex, created_at FROM accounts WHERE "
#define HY_ROBOT "SELECT 1, id, public_id, name, icon, '', created_at FROM robots WHERE "
constexpr const char* kAccountsNamed = HY_ACCOUNT "status <> 2 AND uid IN (";
constexpr const char* kRobotsNamed =
    HY_ROBOT "deleted_at IS NULL AND (is_private = 0 OR owner_id = ?) AND public_id IN (";
constexpr const char* kAccounts = HY_ACCOUNT "id IN (";
constexpr const char* kRobots = HY_ROBOT "id IN (";
#undef HY_ACCOUNT
#undef HY_ROBOT
// A robot's icon may be a whole picture: only addresses are passed on.
constexpr size_t kMostAvatar = 1000;

Profile read(const db::Rows& rows) {
    Profile profile{{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)},
                    rows.text(3),
                    rows.text(4),
                    rows.text(5),
                    rows.text(6),
                    rows.integer(7)};
    if (profile.avatar.size() > kMostAvatar) profile.avatar.clear();
    return profile;
}

std::string joined(const std::set<std::string>& words) {
    constexpr size_t kMostNamed = 10;
    std::string text;
    size_t named = 0;
    for (const auto& word : words)
        if (++named <= kMostNamed) text += (text.empty() ? "" : ", ") + word;
    return words.size() > kMostNamed ? text + ", …" : text;
}

}  // namespace

void register_all(db::Session& s, const House& house, const std::vector<NewUser>& users) {
    std::vector<std::string> ids;
    std::set<std::string> again, seen;
    for (const auto& user : users) {
        if (!people::valid_id(user.id)) throw Error(Fault::bad_request, "user.id", user.id);
        if (people::reserved(user.id)) throw Error(Fault::bad_request, "user.reserved", user.id);
        if (!seen.insert(user.id).second) again.insert(user.id);
        ids.push_back(user.id);
    }
    // Of a closed account too: nobody becomes somebody who was.
    std::vector<db::Param> wanted(ids.begin(), ids.end());
    const std::string marks = db::placeholders(wanted) + ")";
    for (const char* sql : {kTaken, kGroupNamed}) {
        db::Rows rows = s.query(sql + marks, wanted);
        while (rows.next()) again.insert(rows.text(1));
    }
    if (!again.empty()) throw Error(Fault::conflict, "user.registered", joined(again));
    const int64_t now = house.clock.now_ms();
    for (const auto& user : users)
        s.later(kRegister, {user.id, user.name.empty() ? user.id : user.name, user.avatar, user.ex, now, now});
}

std::map<std::string, Profile> find(db::Session& s, const std::vector<std::string>& ids, int64_t reader) {
    std::vector<db::Param> wanted;
    for (const auto& id : ids)
        if (people::valid_id(id)) wanted.emplace_back(std::string_view(id));
    std::map<std::string, Profile> found;
    if (wanted.empty()) return found;
    const std::string marks = db::placeholders(wanted) + ")";
    for (const char* sql : {kAccountsNamed, kRobotsNamed}) {
        if (sql == kRobotsNamed) wanted.insert(wanted.begin(), reader);
        db::Rows rows = s.query(sql + marks, wanted);
        while (rows.next()) {
            Profile profile = read(rows);
            found.emplace(profile.id, std::move(profile));
        }
    }
    return found;
}

std::map<Principal, Profile> of(db::Session& s, const std::vector<Principal>& who) {
    std::map<Principal, Profile> found;
    const std::set<Principal> each(who.begin(), who.end());
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        std::vector<db::Param> wanted;
        for (const auto& one : each)
            if (one.type == type) wanted.emplace_back(one.id);
        if (wanted.empty()) continue;
        const std::string marks = db::placeholders(wanted) + ")";
        db::Rows rows = s.query((type == PrincipalType::account ? kAccounts : kRobots) + marks, wanted);
        while (rows.next()) {
            Profile profile = read(rows);
            found.emplace(profile.who, std::move(profile));
        }
    }
    return found;
}

void change(db::Session& s, const House& house, int64_t account, const Changes& changes, outbox::Pushes& pushes) {
    s.execute(kChange, {db::nullable(changes.name), db::nullable(changes.avatar), db::nullable(changes.ex),
                        house.clock.now_ms(), account});
    events::append(s, house, account, "profile", "{}", pushes);
}

}  // namespace hy::profiles
