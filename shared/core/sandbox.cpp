#include "core/sandbox.h"

#include "core/agents.h"

namespace hy::sandbox {

namespace {

constexpr const char* kDefaultNick = "机器人";

constexpr const char* kFind =
    "SELECT COALESCE(b.robot_id, 0), COALESCE(r.public_id, ''), COALESCE(NULLIF(b.nick, ''), r.name, ''),"
    " COALESCE(NULLIF(b.avatar, ''), r.icon, ''), b.sex, b.sign, b.status, b.key_ver"
    " FROM sandboxes b LEFT JOIN robots r ON r.id = b.robot_id AND r.deleted_at IS NULL WHERE b.account_id = ?";
constexpr const char* kMake = "INSERT IGNORE INTO sandboxes (account_id, created_at) VALUES (?, ?)";
constexpr const char* kChange =
    "UPDATE sandboxes SET nick = COALESCE(?, nick), avatar = COALESCE(?, avatar), sex = COALESCE(?, sex),"
    " sign = COALESCE(?, sign), status = COALESCE(?, status) WHERE account_id = ?";
constexpr const char* kBind = "UPDATE sandboxes SET robot_id = ? WHERE account_id = ?";
constexpr const char* kRenew = "UPDATE sandboxes SET key_ver = key_ver + 1 WHERE account_id = ?";

#define HY_PERSON "SELECT id, public_id, nick, avatar, sex, is_friend FROM sandbox_people "
constexpr const char* kPerson = HY_PERSON "WHERE account_id = ? AND public_id = ?";
constexpr const char* kPersonNumber = HY_PERSON "WHERE id = ?";
constexpr const char* kOwnerOfPerson = "SELECT account_id FROM sandbox_people WHERE id = ?";
constexpr const char* kFriends = HY_PERSON "WHERE account_id = ? AND is_friend = 1 ORDER BY public_id";
#undef HY_PERSON
constexpr const char* kCountPeople =
    "SELECT COUNT(*) FROM sandbox_people p WHERE p.account_id = ? AND"
    " (p.is_friend = 1 OR EXISTS (SELECT 1 FROM sandbox_members m WHERE m.person_id = p.id))";
constexpr const char* kCountEver = "SELECT COUNT(*) FROM sandbox_people WHERE account_id = ?";
constexpr const char* kPutPerson =
    "INSERT INTO sandbox_people (account_id, public_id, nick, avatar, sex, is_friend, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE nick = VALUES(nick), avatar = VALUES(avatar),"
    " sex = VALUES(sex), is_friend = GREATEST(is_friend, VALUES(is_friend))";
constexpr const char* kChangePerson =
    "UPDATE sandbox_people SET nick = COALESCE(?, nick), avatar = COALESCE(?, avatar), sex = COALESCE(?, sex)"
    " WHERE id = ?";
constexpr const char* kUnfriend = "UPDATE sandbox_people SET is_friend = 0 WHERE id = ?";

constexpr const char* kGroup =
    "SELECT id, public_id, name, avatar FROM sandbox_groups WHERE account_id = ? AND public_id = ?";
constexpr const char* kGroupNumber = "SELECT id, public_id, name, avatar FROM sandbox_groups WHERE id = ?";
constexpr const char* kGroups =
    "SELECT id, public_id, name, avatar FROM sandbox_groups WHERE account_id = ? ORDER BY public_id";
constexpr const char* kCountGroups = "SELECT COUNT(*) FROM sandbox_groups WHERE account_id = ?";
constexpr const char* kPutGroup =
    "INSERT INTO sandbox_groups (account_id, public_id, name, avatar, created_at) VALUES (?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE name = VALUES(name), avatar = VALUES(avatar)";
constexpr const char* kChangeGroup =
    "UPDATE sandbox_groups SET name = COALESCE(?, name), avatar = COALESCE(?, avatar) WHERE id = ?";
constexpr const char* kDropGroup = "DELETE FROM sandbox_groups WHERE id = ?";
constexpr const char* kDropMembers = "DELETE FROM sandbox_members WHERE group_id = ?";

#define HY_MEMBER                                                                                       \
    "SELECT m.person_id, COALESCE(p.public_id, ''), COALESCE(p.nick, ''), COALESCE(p.avatar, ''),"      \
    " COALESCE(p.sex, ''), COALESCE(p.is_friend, 0), m.role, m.card, m.title, m.joined_at, m.spoke_at," \
    " m.muted_until FROM sandbox_members m LEFT JOIN sandbox_people p ON p.id = m.person_id"            \
    " WHERE m.group_id = ?"
constexpr const char* kMembers = HY_MEMBER " ORDER BY m.joined_at, m.person_id";
constexpr const char* kMember = HY_MEMBER " AND m.person_id = ?";
#undef HY_MEMBER
constexpr const char* kCountMembers = "SELECT COUNT(*) FROM sandbox_members WHERE group_id = ?";
constexpr const char* kPutMember =
    "INSERT INTO sandbox_members (group_id, person_id, role, card, title, joined_at) VALUES (?, ?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE role = VALUES(role), card = VALUES(card), title = VALUES(title)";
constexpr const char* kChangeMember =
    "UPDATE sandbox_members SET role = COALESCE(?, role), card = COALESCE(?, card), title = COALESCE(?, title)"
    " WHERE group_id = ? AND person_id = ?";
constexpr const char* kDropMember = "DELETE FROM sandbox_members WHERE group_id = ? AND person_id = ?";
constexpr const char* kSpoke = "UPDATE sandbox_members SET spoke_at = ? WHERE group_id = ? AND person_id = ?";
constexpr const char* kLock = "SELECT account_id FROM sandboxes WHERE account_id = ? FOR UPDATE";

// The bench, held: what is counted stays so until the transaction ends.
void hold(db::Session& s, const House& house, int64_t account) {
    // Looked for first: two who insert would hold each other up.
    if (s.query(kLock, {account}).next()) return;
    s.execute(kMake, {account, house.clock.now_ms()});
    s.query(kLock, {account}).next();
}

void require_room(db::Session& s, const char* count, int64_t of, int64_t most) {
    db::Rows rows = s.query(count, {of});
    if (rows.next() && rows.integer(1) >= most) throw Error(Fault::conflict, "sandbox.full");
}

Person read_person(const db::Rows& rows) {
    return {rows.integer(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5), rows.integer(6) != 0};
}
Group read_group(const db::Rows& rows) { return {rows.integer(1), rows.text(2), rows.text(3), rows.text(4)}; }
Member read_member(const db::Rows& rows) {
    return {read_person(rows), rows.text(7),     rows.text(8),    rows.text(9),
            rows.integer(10),  rows.integer(11), rows.integer(12)};
}

// The robot has no row of its own among people.
void show_self(Member& member, const Self& self) {
    if (member.person.id) return;
    member.person = {0, kSelf, self.nick, self.avatar, self.sex, false};
}

int64_t put_person(db::Session& s, const House& house, int64_t account, const Person& person, bool is_friend) {
    const auto known = find_person(s, account, person.public_id);
    if (!known) require_room(s, kCountEver, account, kMostEver);
    if (!known || !known->is_friend) require_room(s, kCountPeople, account, kMostPeople);
    s.execute(kPutPerson, {account, std::string_view(person.public_id), std::string_view(person.nick),
                           std::string_view(person.avatar), std::string_view(person.sex), int64_t{is_friend},
                           house.clock.now_ms()});
    return find_person(s, account, person.public_id).value_or(Person{}).id;
}

Person friend_of(db::Session& s, int64_t account, const std::string& id) {
    const auto found = find_person(s, account, id);
    if (!found || !found->is_friend) throw Error(Fault::not_found, "sandbox.friend");
    return *found;
}

// Whom an id means in a group: the robot's number is 0.
int64_t number_of(db::Session& s, int64_t account, const std::string& id) {
    if (id == kSelf) return 0;
    const auto found = find_person(s, account, id);
    if (!found) throw Error(Fault::not_found, "sandbox.member");
    return found->id;
}

}  // namespace

Self find(db::Session& s, int64_t account) {
    Self self;
    db::Rows rows = s.query(kFind, {account});
    if (rows.next())
        self = {rows.text(2).empty() ? 0 : rows.integer(1),
                rows.text(2),
                rows.text(3),
                rows.text(4),
                rows.text(5),
                rows.text(6),
                rows.text(7),
                rows.integer(8)};
    if (self.nick.empty()) self.nick = kDefaultNick;
    return self;
}

Self change(db::Session& s, const House& house, int64_t account, const SelfChanges& changes) {
    hold(s, house, account);
    s.execute(kChange, {db::nullable(changes.nick), db::nullable(changes.avatar), db::nullable(changes.sex),
                        db::nullable(changes.sign), db::nullable(changes.status), account});
    return find(s, account);
}

void bind_robot(db::Session& s, const House& house, int64_t account, const std::string& robot_id) {
    std::optional<int64_t> robot;
    if (!robot_id.empty()) {
        robot = robots::owned(s, robot_id, account, false).id;
        // Held against its deletion, before the bench is, as everywhere.
        if (!robots::find_partner(s, *robot, account)) throw Error(Fault::not_found, "robot.not_found");
    }
    hold(s, house, account);
    const int64_t former = find(s, account).robot;
    if (former && former != robot.value_or(0)) agents::leave_bench(s, former, account);
    s.execute(kBind, {db::nullable(robot), account});
}

void renew_key(db::Session& s, const House& house, int64_t account) {
    hold(s, house, account);
    s.execute(kRenew, {account});
}

std::optional<robots::Robot> robot_of(db::Session& s, int64_t account) {
    const Self self = find(s, account);
    return self.robot ? robots::find_by_id(s, self.robot) : std::nullopt;
}

// ---- friends ---------------------------------------------------------------------------

std::optional<Person> find_person(db::Session& s, int64_t account, const std::string& id) {
    db::Rows rows = s.query(kPerson, {account, std::string_view(id)});
    return rows.next() ? std::optional(read_person(rows)) : std::nullopt;
}

std::optional<Person> find_person(db::Session& s, int64_t number) {
    db::Rows rows = s.query(kPersonNumber, {number});
    return rows.next() ? std::optional(read_person(rows)) : std::nullopt;
}

int64_t owner_of_person(db::Session& s, int64_t number) {
    db::Rows rows = s.query(kOwnerOfPerson, {number});
    return rows.next() ? rows.integer(1) : 0;
}

void make_friend(db::Session& s, const House& house, int64_t account, const Person& person) {
    hold(s, house, account);
    put_person(s, house, account, person, true);
}

void change_friend(db::Session& s, int64_t account, const std::string& id, const PersonChanges& changes) {
    s.execute(kChangePerson, {db::nullable(changes.nick), db::nullable(changes.avatar), db::nullable(changes.sex),
                              friend_of(s, account, id).id});
}

void delete_friend(db::Session& s, int64_t account, const std::string& id) {
    s.execute(kUnfriend, {friend_of(s, account, id).id});
}

std::vector<Person> friends(db::Session& s, int64_t account) {
    std::vector<Person> found;
    db::Rows rows = s.query(kFriends, {account});
    while (rows.next()) found.push_back(read_person(rows));
    return found;
}

// ---- groups ----------------------------------------------------------------------------

Group group(db::Session& s, int64_t account, const std::string& id) {
    db::Rows rows = s.query(kGroup, {account, std::string_view(id)});
    if (!rows.next()) throw Error(Fault::not_found, "sandbox.group");
    return read_group(rows);
}

std::optional<Group> find_group(db::Session& s, int64_t number) {
    db::Rows rows = s.query(kGroupNumber, {number});
    return rows.next() ? std::optional(read_group(rows)) : std::nullopt;
}

Group make_group(db::Session& s, const House& house, int64_t account, const Group& wanted) {
    hold(s, house, account);
    db::Rows known = s.query(kGroup, {account, std::string_view(wanted.public_id)});
    if (!known.next()) require_room(s, kCountGroups, account, kMostGroups);
    const int64_t now = house.clock.now_ms();
    s.execute(kPutGroup, {account, std::string_view(wanted.public_id), std::string_view(wanted.name),
                          std::string_view(wanted.avatar), now});
    const Group made = group(s, account, wanted.public_id);
    s.execute(kPutMember, {made.id, int64_t{0}, "owner", "", "", now});
    return made;
}

void change_group(db::Session& s, int64_t account, const std::string& id, const std::optional<std::string>& name,
                  const std::optional<std::string>& avatar) {
    s.execute(kChangeGroup, {db::nullable(name), db::nullable(avatar), group(s, account, id).id});
}

void delete_group(db::Session& s, const House& house, int64_t account, const std::string& id) {
    hold(s, house, account);
    const Group gone = group(s, account, id);
    s.execute(kDropGroup, {gone.id});
    s.execute(kDropMembers, {gone.id});
}

std::vector<Group> groups(db::Session& s, int64_t account) {
    std::vector<Group> found;
    db::Rows rows = s.query(kGroups, {account});
    while (rows.next()) found.push_back(read_group(rows));
    return found;
}

// ---- members ---------------------------------------------------------------------------

void add_member(db::Session& s, const House& house, int64_t account, const std::string& id, const Member& wanted) {
    hold(s, house, account);
    const Group group = sandbox::group(s, account, id);
    const int64_t person = wanted.person.public_id == kSelf ? 0 : put_person(s, house, account, wanted.person, false);
    if (!s.query(kMember, {group.id, person}).next()) require_room(s, kCountMembers, group.id, kMostMembers);
    s.execute(kPutMember, {group.id, person, std::string_view(wanted.role), std::string_view(wanted.card),
                           std::string_view(wanted.title), house.clock.now_ms()});
}

void change_member(db::Session& s, int64_t account, const Group& group, const std::string& id,
                   const MemberChanges& changes) {
    if (!member(s, account, group, id)) throw Error(Fault::not_found, "sandbox.member");
    s.execute(kChangeMember, {db::nullable(changes.role), db::nullable(changes.card), db::nullable(changes.title),
                              group.id, number_of(s, account, id)});
}

void remove_member(db::Session& s, int64_t account, const Group& group, const std::string& id) {
    if (s.execute(kDropMember, {group.id, number_of(s, account, id)}) == 0)
        throw Error(Fault::not_found, "sandbox.member");
}

std::optional<Member> member(db::Session& s, int64_t account, const Group& group, const std::string& id) {
    const auto person = id == kSelf ? std::optional<Person>(Person{}) : find_person(s, account, id);
    if (!person) return std::nullopt;
    db::Rows rows = s.query(kMember, {group.id, person->id});
    if (!rows.next()) return std::nullopt;
    Member found = read_member(rows);
    show_self(found, find(s, account));
    return found;
}

std::vector<Member> members(db::Session& s, int64_t account, const Group& group) {
    std::vector<Member> found;
    db::Rows rows = s.query(kMembers, {group.id});
    while (rows.next()) found.push_back(read_member(rows));
    const Self self = find(s, account);
    for (Member& one : found) show_self(one, self);
    return found;
}

void note_spoken(db::Session& s, const House& house, int64_t group, int64_t person) {
    s.execute(kSpoke, {house.clock.now_ms(), group, person});
}

}  // namespace hy::sandbox
