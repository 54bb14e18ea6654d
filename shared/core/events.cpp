#include "core/events.h"

#include <algorithm>

#include "json/writer.h"

namespace hy::events {

namespace {
constexpr const char* kTake = "UPDATE accounts SET event_seq = LAST_INSERT_ID(event_seq + 1) WHERE id = ?";
constexpr const char* kInsert =
    "INSERT INTO events (account_id, event_seq, kind, payload, created_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kHold = "SELECT id FROM accounts WHERE id IN (";
constexpr const char* kTakeMany = "UPDATE accounts SET event_seq = event_seq + 1 WHERE id IN (";
constexpr const char* kInsertMany =
    "INSERT INTO events (account_id, event_seq, kind, payload, created_at)"
    " SELECT id, event_seq, ?, ?, ? FROM accounts WHERE id IN (";
constexpr const char* kTaken = "SELECT id, event_seq FROM accounts WHERE id IN (";
constexpr const char* kTakeOfGroup =
    "UPDATE accounts a JOIN channel_members m ON m.member_type = 0 AND m.member_id = a.id"
    " SET a.event_seq = a.event_seq + 1 WHERE m.channel_id = ?";
constexpr const char* kInsertOfGroup =
    "INSERT INTO events (account_id, event_seq, kind, payload, created_at)"
    " SELECT a.id, a.event_seq, ?, ?, ? FROM accounts a JOIN channel_members m"
    " ON m.member_type = 0 AND m.member_id = a.id WHERE m.channel_id = ?";
constexpr const char* kNewest =
    "SELECT event_seq, kind, payload, created_at FROM events WHERE account_id = ? ORDER BY event_seq DESC LIMIT ?";
constexpr const char* kSpan =
    "SELECT a.event_seq, COALESCE((SELECT MIN(e.event_seq) FROM events e WHERE e.account_id = a.id), 0)"
    " FROM accounts a WHERE a.id = ?";
constexpr const char* kSince =
    "SELECT event_seq, kind, payload, created_at FROM events WHERE account_id = ? AND event_seq > ?"
    " ORDER BY event_seq LIMIT ?";

std::string rendered(int64_t seq, const std::string& kind, std::string_view payload) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "event").field("event", kind).field("event_seq", seq);
    w.field("seq", 0).key("payload").raw(payload).end_object();
    return std::move(w).take();
}

void push(int64_t account, int64_t seq, const std::string& kind, std::string_view payload, outbox::Pushes& pushes) {
    pushes.add("live.account." + std::to_string(account), rendered(seq, kind, payload));
}
}  // namespace

int64_t append(db::Session& s, const House& house, int64_t account, const std::string& kind, std::string_view payload,
               outbox::Pushes& pushes) {
    s.execute(kTake, {account});
    const auto seq = static_cast<int64_t>(s.last_insert_id());
    s.execute(kInsert, {account, seq, kind, payload, house.clock.now_ms()});
    push(account, seq, kind, payload, pushes);
    return seq;
}

void hold(db::Session& s, const std::vector<Principal>& who) {
    std::vector<db::Param> ids;
    for (const auto& one : who)
        if (one.type == PrincipalType::account) ids.emplace_back(one.id);
    if (ids.empty()) return;
    const std::string sql = kHold + db::placeholders(ids) + ") ORDER BY id FOR UPDATE";
    s.query(sql, ids);
}

void append(db::Session& s, const House& house, const std::vector<int64_t>& accounts, const std::string& kind,
            std::string_view payload, outbox::Pushes& pushes) {
    if (accounts.empty()) return;
    std::vector<db::Param> ids(accounts.begin(), accounts.end());
    const std::string marks = db::placeholders(ids) + ")";
    s.execute(kTakeMany + marks, ids);
    std::vector<db::Param> params = {std::string_view(kind), payload, house.clock.now_ms()};
    params.insert(params.end(), ids.begin(), ids.end());
    s.execute(kInsertMany + marks, params);
    db::Rows rows = s.query(kTaken + marks, ids);
    while (rows.next()) push(rows.integer(1), rows.integer(2), kind, payload, pushes);
}

void append_to_group(db::Session& s, const House& house, int64_t channel, const std::string& kind,
                     std::string_view payload, outbox::Pushes& pushes, std::string_view told) {
    s.execute(kTakeOfGroup, {channel});
    s.execute(kInsertOfGroup, {std::string_view(kind), payload, house.clock.now_ms(), channel});
    tell_group(channel, kind, told.empty() ? payload : told, pushes);
}

void tell_group(int64_t channel, const std::string& kind, std::string_view payload, outbox::Pushes& pushes) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "event").field("event", kind).field("channel", channel);
    w.field("seq", 0).key("payload").raw(payload).end_object();
    pushes.add("live.channel." + std::to_string(channel), std::move(w).take());
}

void tell_account(int64_t account, const std::string& kind, std::string_view payload, outbox::Pushes& pushes) {
    push(account, 0, kind, payload, pushes);
}

Span span(db::Session& s, int64_t account) {
    db::Rows rows = s.query(kSpan, {account});
    return rows.next() ? Span{rows.integer(1), rows.integer(2)} : Span{};
}

std::vector<Event> newest(db::Session& s, int64_t account, int64_t limit) {
    std::vector<Event> found;
    db::Rows rows = s.query(kNewest, {account, limit});
    while (rows.next()) found.push_back({rows.integer(1), rows.text(2), rows.text(3), rows.integer(4)});
    std::reverse(found.begin(), found.end());
    return found;
}

std::string render(const Event& event) { return rendered(event.seq, event.kind, event.payload); }

std::vector<Event> since(db::Session& s, int64_t account, int64_t after, int64_t limit) {
    std::vector<Event> found;
    db::Rows rows = s.query(kSince, {account, after, limit});
    while (rows.next()) found.push_back({rows.integer(1), rows.text(2), rows.text(3), rows.integer(4)});
    return found;
}

}  // namespace hy::events
