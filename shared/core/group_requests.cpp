#include "core/group_requests.h"

#include <algorithm>

#include "core/events.h"
#include "core/group_views.h"
#include "core/profiles.h"
#include "json/writer.h"

namespace hy::group_requests {

namespace {

constexpr const char* kAsk =
    "INSERT INTO group_requests (channel_id, account_id, message, created_at) VALUES (?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE message = VALUES(message), state = 0, answer = '', handled_by = 0,"
    " created_at = VALUES(created_at), handled_at = NULL";
constexpr const char* kAnswer =
    "UPDATE group_requests SET state = ?, answer = ?, handled_by = ?, handled_at = ? WHERE channel_id = ?"
    " AND account_id = ?";
constexpr const char* kSettle =
    "UPDATE group_requests SET state = 1, handled_by = IF(? = 0, account_id, ?), handled_at = ? WHERE channel_id = ?"
    " AND state = 0 AND account_id IN (";
#define HY_REQUEST                                                                                     \
    "SELECT r.channel_id, r.account_id, r.inviter_id, r.handled_by, g.public_id, r.message, r.answer," \
    " r.state, r.created_at, COALESCE(r.handled_at, 0) FROM group_requests r"                          \
    " JOIN channel_groups g ON g.channel_id = r.channel_id AND g.deleted_at IS NULL "
constexpr const char* kLock = HY_REQUEST "WHERE r.channel_id = ? AND r.account_id = ? FOR UPDATE";
constexpr const char* kFind = HY_REQUEST "WHERE r.channel_id = ? AND r.account_id = ?";
constexpr const char* kReceived = HY_REQUEST
    "JOIN channel_members m ON m.channel_id = r.channel_id AND m.member_type = 0 AND m.role > 0"
    " WHERE m.member_id = ? ORDER BY r.created_at DESC LIMIT ? OFFSET ?";
constexpr const char* kMade = HY_REQUEST "WHERE r.account_id = ? ORDER BY r.created_at DESC LIMIT ? OFFSET ?";
#undef HY_REQUEST
constexpr const char* kRulers =
    "SELECT member_id FROM channel_members WHERE channel_id = ? AND member_type = 0 AND role > 0 ORDER BY member_id";

std::vector<Request> all(db::Rows rows) {
    std::vector<Request> found;
    while (rows.next())
        found.push_back({rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4), rows.text(5), rows.text(6),
                         rows.text(7), static_cast<State>(rows.integer(8)), rows.integer(9), rows.integer(10)});
    return found;
}

std::vector<Principal> rulers(db::Session& s, const groups::Group& group) {
    std::vector<Principal> who;
    db::Rows rows = s.query(kRulers, {group.channel.id});
    while (rows.next()) who.push_back(account_principal(rows.integer(1)));
    return who;
}

void tell(db::Session& s, const House& house, const groups::Group& group, int64_t account, const char* what,
          const std::string& words, outbox::Pushes& pushes) {
    std::vector<int64_t> who = {account};
    for (const auto& ruler : rulers(s, group)) who.push_back(ruler.id);
    std::sort(who.begin(), who.end());
    who.erase(std::unique(who.begin(), who.end()), who.end());
    json::Writer w;
    w.begin_object().field("channel", group.channel.id).field("account", account).field("words", words);
    w.field("at", house.clock.now_ms());
    const auto faces = profiles::of(s, {account_principal(account)});
    if (!faces.empty()) {
        const auto& face = faces.begin()->second;
        w.field("account_id", face.id).field("name", face.name).field("face", face.avatar);
    }
    const auto views = group_views::find(s, {group.public_id});
    if (!views.empty()) group_views::write(w.key("group"), views.front());
    w.end_object();
    events::append(s, house, who, std::string("group.") + what, w.text(), pushes);
}

}  // namespace

bool ask(db::Session& s, const House& house, const groups::Group& group, int64_t account, const std::string& message,
         outbox::Pushes& pushes) {
    try {
        groups::join(s, house, group, account_principal(account), pushes);
        return true;
    } catch (const Error& error) {
        if (error.code != "group.asking") throw;
    }
    const auto before = all(s.query(kLock, {group.channel.id, account}));
    s.execute(kAsk, {group.channel.id, account, message, house.clock.now_ms()});
    // Who waits already is known to wait.
    if (before.empty() || before.front().state != State::waiting)
        tell(s, house, group, account, "request", message, pushes);
    return false;
}

void answer(db::Session& s, const House& house, const groups::Group& group, const Principal& by, int64_t account,
            bool yes, const std::string& words, outbox::Pushes& pushes) {
    // Whether one may is found before what was asked; the channel is locked first, as everywhere.
    groups::require_admin(s, group, by);
    const auto found = all(s.query(kLock, {group.channel.id, account}));
    if (found.empty()) throw Error(Fault::not_found, "group.no_request");
    if (found.front().state != State::waiting) throw Error(Fault::conflict, "group.handled");
    std::vector<Principal> hearers = rulers(s, group);
    hearers.push_back(account_principal(account));
    events::hold(s, hearers);
    if (yes) groups::let_in(s, house, group, by, account_principal(account), found.front().inviter, pushes);
    s.execute(kAnswer, {static_cast<int64_t>(yes ? State::accepted : State::refused), words, by.id,
                        house.clock.now_ms(), group.channel.id, account});
    tell(s, house, group, account, yes ? "accepted" : "refused", words, pushes);
}

void settle(db::Session& s, const House& house, const groups::Group& group, const std::vector<Principal>& who,
            int64_t by) {
    std::vector<db::Param> ids;
    for (const auto& one : who)
        if (one.type == PrincipalType::account) ids.emplace_back(one.id);
    if (ids.empty()) return;
    const std::string sql = kSettle + db::placeholders(ids) + ")";
    ids.insert(ids.begin(), {by, by, house.clock.now_ms(), group.channel.id});
    s.execute(sql, ids);
}

std::optional<Request> find(db::Session& s, int64_t channel, int64_t account) {
    const auto found = all(s.query(kFind, {channel, account}));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Request> received(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    if (skip >= kMostRequests) return {};
    return all(s.query(kReceived, {account, limit, skip}));
}

std::vector<Request> made(db::Session& s, int64_t account, int64_t skip, int64_t limit) {
    if (skip >= kMostRequests) return {};
    return all(s.query(kMade, {account, limit, skip}));
}

}  // namespace hy::group_requests
