#include "core/friends.h"

#include <algorithm>

#include "core/contacts.h"
#include "core/events.h"
#include "core/robots.h"
#include "json/writer.h"

namespace hy::friends {

namespace {

constexpr const char* kAdd =
    "INSERT IGNORE INTO friends (account_id, friend_type, friend_id, source, operator_id, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?)";
constexpr const char* kRemove = "DELETE FROM friends WHERE account_id = ? AND friend_type = ? AND friend_id = ?";
constexpr const char* kChange =
    "UPDATE friends SET remark = COALESCE(?, remark), pinned = COALESCE(?, pinned), ex = COALESCE(?, ex) WHERE "
    "account_id = ? AND friend_type = ? AND friend_id = ?";
constexpr const char* kCount = "SELECT COUNT(*) FROM friends WHERE account_id = ?";
#define HY_FRIEND "SELECT friend_type, friend_id, remark, source, operator_id, created_at, pinned, ex FROM friends "
constexpr const char* kFind = HY_FRIEND "WHERE account_id = ? AND friend_type = ? AND friend_id = ?";
constexpr const char* kList = HY_FRIEND "WHERE account_id = ? ORDER BY friend_type, friend_id LIMIT ? OFFSET ?";
#undef HY_FRIEND
// Asked anew, an answer of before is forgotten.
constexpr const char* kAsk =
    "INSERT INTO friend_requests (from_id, to_id, message, created_at) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE message = VALUES(message), state = 0, answer = '', created_at = VALUES(created_at),"
    " handled_at = NULL";
constexpr const char* kAnswer =
    "UPDATE friend_requests SET state = ?, answer = ?, handled_at = ? WHERE to_id = ? AND from_id = ?";
#define HY_REQUEST \
    "SELECT from_id, to_id, message, answer, state, created_at, COALESCE(handled_at, 0) FROM friend_requests "
constexpr const char* kLock = HY_REQUEST "WHERE to_id = ? AND from_id = ? FOR UPDATE";
constexpr const char* kRequest = HY_REQUEST "WHERE to_id = ? AND from_id = ?";
constexpr const char* kTo = HY_REQUEST "WHERE to_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?";
constexpr const char* kFrom = HY_REQUEST "WHERE from_id = ? ORDER BY created_at DESC LIMIT ? OFFSET ?";
#undef HY_REQUEST
// What cannot be looked through is not counted.
constexpr const char* kCountTo = "SELECT LEAST(COUNT(*), ?) FROM friend_requests WHERE to_id = ?";
constexpr const char* kCountFrom = "SELECT LEAST(COUNT(*), ?) FROM friend_requests WHERE from_id = ?";
// Both accounts, always in the same order: what the two do at once is done one after the other.
constexpr const char* kHold = "SELECT id FROM accounts WHERE id IN (?, ?) ORDER BY id FOR UPDATE";

Friend read_friend(const db::Rows& rows) {
    return {{static_cast<PrincipalType>(rows.integer(1)), rows.integer(2)},
            rows.text(3),
            rows.integer(4),
            rows.integer(5),
            rows.integer(6),
            rows.integer(7) != 0,
            rows.text(8)};
}
Request read_request(const db::Rows& rows) {
    return {rows.integer(1), rows.integer(2), rows.text(3), rows.text(4), static_cast<State>(rows.integer(5)),
            rows.integer(6), rows.integer(7)};
}
std::vector<Request> requests(db::Rows rows) {
    std::vector<Request> found;
    while (rows.next()) found.push_back(read_request(rows));
    return found;
}

std::optional<Request> lock_request(db::Session& s, int64_t to, int64_t from) {
    db::Rows rows = s.query(kLock, {to, from});
    if (!rows.next()) return std::nullopt;
    return read_request(rows);
}

// `from` and `to` by their inner numbers and by their public ids.
json::Writer about(db::Session& s, const House& house, int64_t from, const Principal& to) {
    json::Writer w;
    w.begin_object().field("from", from).field(to.type == PrincipalType::robot ? "robot" : "to", to.id);
    auto ids = people::ids_of(s, {account_principal(from), to});
    w.field("from_id", ids[account_principal(from)]).field("to_id", ids[to]).field("at", house.clock.now_ms());
    return w;
}

void tell(db::Session& s, const House& house, std::vector<int64_t> accounts, const char* what, int64_t from, int64_t to,
          const std::string& words, outbox::Pushes& pushes) {
    std::sort(accounts.begin(), accounts.end());
    json::Writer w = about(s, house, from, account_principal(to));
    w.field("words", words).field("asked", true).end_object();
    events::append(s, house, accounts, std::string("friend.") + what, w.text(), pushes);
}

// Of what one does with his own list.
void tell_own(db::Session& s, const House& house, int64_t me, const Principal& whom, const char* what,
              outbox::Pushes& pushes) {
    json::Writer w = about(s, house, me, whom);
    w.end_object();
    events::append(s, house, me, std::string("friend.") + what, w.text(), pushes);
}

void require_room(db::Session& s, const House& house, int64_t account) {
    if (count(s, account) >= house.config.limits.friends) throw Error(Fault::conflict, "friend.limit");
}

constexpr int64_t kByAsking = 1;

void add(db::Session& s, const House& house, int64_t account, const Principal& whom, int64_t by) {
    if (has(s, account, whom)) return;
    require_room(s, house, account);
    s.execute(kAdd, {account, whom.type_number(), whom.id, kByAsking, by, house.clock.now_ms()});
}

void befriend(db::Session& s, const House& house, int64_t from, int64_t to, int64_t by, const std::string& words,
              outbox::Pushes& pushes) {
    add(s, house, from, account_principal(to), by);
    add(s, house, to, account_principal(from), by);
    s.execute(kAnswer, {static_cast<int64_t>(State::accepted), words, house.clock.now_ms(), to, from});
    tell(s, house, {from, to}, "added", from, to, words, pushes);
}

bool ask_robot(db::Session& s, const House& house, int64_t me, const Principal& robot, outbox::Pushes& pushes) {
    const auto partner = robots::find_partner(s, robot.id, me);
    if (!partner) throw Error(Fault::not_found, "user.not_found");
    if (!robots::may_talk(partner->robot, me)) throw Error(Fault::forbidden, "robot.private");
    s.query(kHold, {me, me});
    if (has(s, me, robot)) throw Error(Fault::conflict, "friend.already");
    add(s, house, me, robot, me);
    tell_own(s, house, me, robot, "added", pushes);
    return true;
}

}  // namespace

bool ask(db::Session& s, const House& house, int64_t me, const people::Person& whom, const std::string& message,
         outbox::Pushes& pushes) {
    if (whom.who.type == PrincipalType::robot) return ask_robot(s, house, me, whom.who, pushes);
    const int64_t other = whom.who.id;
    if (other == me) throw Error(Fault::conflict, "friend.self");
    s.query(kHold, {me, other});
    if (contacts::blocks(s, other, account_principal(me))) throw Error(Fault::forbidden, "peer.blocked");
    const bool mine = has(s, me, account_principal(other)), theirs = has(s, other, account_principal(me));
    if (mine && theirs) throw Error(Fault::conflict, "friend.already");
    require_room(s, house, me);
    const auto before = lock_request(s, other, me);
    s.execute(kAsk, {me, other, message, house.clock.now_ms()});
    const auto asked_back = lock_request(s, me, other);
    const bool both = asked_back && asked_back->state == State::waiting;
    if (both) s.execute(kAnswer, {static_cast<int64_t>(State::accepted), "", house.clock.now_ms(), me, other});
    // Who never took me off the list has nothing to answer.
    if (both || theirs || house.config.openim.friend_auto_accept) {
        befriend(s, house, me, other, both ? me : other, "", pushes);
        return true;
    }
    // Who waits already is known to wait.
    if (!before || before->state != State::waiting) tell(s, house, {me, other}, "request", me, other, message, pushes);
    return false;
}

void answer(db::Session& s, const House& house, int64_t me, int64_t from, bool yes, const std::string& words,
            outbox::Pushes& pushes) {
    s.query(kHold, {me, from});
    const auto request = lock_request(s, me, from);
    if (!request) throw Error(Fault::not_found, "friend.no_request");
    if (request->state != State::waiting) throw Error(Fault::conflict, "friend.handled");
    if (yes) return befriend(s, house, from, me, me, words, pushes);
    s.execute(kAnswer, {static_cast<int64_t>(State::refused), words, house.clock.now_ms(), me, from});
    tell(s, house, {from, me}, "refused", from, me, words, pushes);
}

void remove(db::Session& s, const House& house, int64_t me, const Principal& whom, outbox::Pushes& pushes) {
    if (s.execute(kRemove, {me, whom.type_number(), whom.id}) == 0) throw Error(Fault::not_found, "friend.none");
    tell_own(s, house, me, whom, "deleted", pushes);
}

void change(db::Session& s, const House& house, int64_t me, const Principal& whom, const Changes& changes,
            outbox::Pushes& pushes) {
    const auto pinned = changes.pinned ? std::optional<int64_t>(*changes.pinned) : std::nullopt;
    if (s.execute(kChange, {db::nullable(changes.remark), db::nullable(pinned), db::nullable(changes.ex), me,
                            whom.type_number(), whom.id}) == 0)
        throw Error(Fault::not_found, "friend.none");
    tell_own(s, house, me, whom, "remark", pushes);
}

bool has(db::Session& s, int64_t account, const Principal& whom) { return find(s, account, whom).has_value(); }

std::optional<Friend> find(db::Session& s, int64_t account, const Principal& whom) {
    db::Rows rows = s.query(kFind, {account, whom.type_number(), whom.id});
    if (!rows.next()) return std::nullopt;
    return read_friend(rows);
}

std::optional<Request> request(db::Session& s, int64_t from, int64_t to) {
    db::Rows rows = s.query(kRequest, {to, from});
    if (!rows.next()) return std::nullopt;
    return read_request(rows);
}

int64_t count(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kCount, {account});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Friend> list(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    std::vector<Friend> found;
    db::Rows rows = s.query(kList, {account, limit, skip});
    while (rows.next()) found.push_back(read_friend(rows));
    return found;
}

int64_t count_to(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kCountTo, {kMostRequests, account});
    return rows.next() ? rows.integer(1) : 0;
}

int64_t count_from(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kCountFrom, {kMostRequests, account});
    return rows.next() ? rows.integer(1) : 0;
}

std::vector<Request> requests_to(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    if (skip >= kMostRequests) return {};
    return requests(s.query(kTo, {account, limit, skip}));
}

std::vector<Request> requests_from(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    if (skip >= kMostRequests) return {};
    return requests(s.query(kFrom, {account, limit, skip}));
}

}  // namespace hy::friends
