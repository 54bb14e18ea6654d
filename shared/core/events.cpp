#include "core/events.h"

#include "json/writer.h"

namespace hy::events {

namespace {
constexpr const char* kTake = "UPDATE accounts SET event_seq = LAST_INSERT_ID(event_seq + 1) WHERE id = ?";
constexpr const char* kInsert =
    "INSERT INTO events (account_id, event_seq, kind, payload, created_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kSince =
    "SELECT event_seq, kind, payload, created_at FROM events WHERE account_id = ? AND event_seq > ?"
    " ORDER BY event_seq LIMIT ?";
}  // namespace

int64_t append(db::Session& s, const House& house, int64_t account, const std::string& kind, std::string_view payload,
               outbox::Pushes& pushes) {
    s.execute(kTake, {account});
    const auto seq = static_cast<int64_t>(s.last_insert_id());
    s.execute(kInsert, {account, seq, kind, payload, house.clock.now_ms()});
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "event").field("event", kind).field("event_seq", seq);
    w.field("seq", 0).key("payload").raw(payload).end_object();
    pushes.add("live.account." + std::to_string(account), std::move(w).take());
    return seq;
}

std::vector<Event> since(db::Session& s, int64_t account, int64_t after, int64_t limit) {
    std::vector<Event> found;
    db::Rows rows = s.query(kSince, {account, after, limit});
    while (rows.next()) found.push_back({rows.integer(1), rows.text(2), rows.text(3), rows.integer(4)});
    return found;
}

}  // namespace hy::events
