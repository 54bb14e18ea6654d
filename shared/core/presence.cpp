#include "core/presence.h"

#include "base/text.h"

#include <algorithm>
#include <set>
#include <span>

#include "base/clock.h"
#include "core/agents.h"
#include "core/live_connections.h"
#include "core/people.h"
#include "json/writer.h"

namespace hy::presence {

namespace {

constexpr const char* kInsert =
    "INSERT INTO connections (conn, relay_id, principal_type, principal_id, door, exclusive, opened_at, "
    "device)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON DUPLICATE KEY UPDATE opened_at = VALUES(opened_at)";
// Counted where it is written: one statement of an open less. What is counted is not locked.
constexpr const char* kInsertBelow =
    "INSERT INTO connections (conn, relay_id, principal_type, principal_id, door, exclusive, opened_at, "
    "device)"
    " SELECT ?, ?, ?, ?, ?, ?, ?, ? FROM DUAL WHERE (SELECT COUNT(*) FROM " HY_LIVE_CONNECTIONS
    "WHERE c.principal_type = ? AND c.principal_id = ? AND r.seen_at > ? AND c.conn <> ?) < ?"
    " ON DUPLICATE KEY UPDATE opened_at = VALUES(opened_at)";
constexpr const char* kHolder = "SELECT conn, relay_id FROM connections WHERE exclusive = ? FOR UPDATE";
constexpr const char* kOf =
    "SELECT conn, relay_id, device FROM connections WHERE principal_type = ? AND principal_id = ? AND door = ?";
constexpr const char* kKnown = "SELECT 1 FROM connections WHERE conn = ?";
constexpr const char* kFind = "SELECT conn, principal_type, principal_id FROM connections WHERE conn IN (";
constexpr const char* kNoteEnds =
    "INSERT INTO device_ends (account_id, device, ended_at) SELECT principal_id, CONCAT(door, ':', device), ?"
    " FROM connections WHERE principal_type = 0 AND door = 'openim' AND conn IN (";
constexpr const char* kNoted = ") ON DUPLICATE KEY UPDATE ended_at = VALUES(ended_at)";
constexpr const char* kEndOf = "SELECT ended_at FROM device_ends WHERE account_id = ? AND device = ?";
constexpr const char* kDeleteMany = "DELETE FROM connections WHERE conn IN (";
constexpr const char* kSeen = "SELECT seen_at FROM relays WHERE id = ?";
constexpr const char* kBeat =
    "INSERT INTO relays (id, name, started_at, seen_at, connections) VALUES (?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE seen_at = VALUES(seen_at), connections = VALUES(connections)";
// Void at once; the sweep takes their rows away.
constexpr const char* kEndOlderEpochs = "UPDATE relays SET seen_at = 0 WHERE name = ? AND started_at < ?";
constexpr const char* kExpired = "SELECT id FROM relays WHERE seen_at < ?";
constexpr const char* kOfRelay = "SELECT conn FROM connections WHERE relay_id = ? LIMIT ?";
constexpr const char* kWithin =
    "SELECT conn, opened_at FROM connections WHERE relay_id = ? AND conn > ? AND (? = '' OR conn <= ?)";
constexpr const char* kLockRelay = "SELECT seen_at FROM relays WHERE id = ? FOR UPDATE";
constexpr const char* kForgetRelay = "DELETE FROM relays WHERE id = ?";
constexpr const char* kOnline = "SELECT 1 FROM " HY_LIVE_CONNECTIONS
                                "WHERE c.principal_type = ? AND c.principal_id = ?"
                                " AND (? = '' OR c.door = ?) AND r.seen_at > ? LIMIT 1";
constexpr const char* kWhere =
    "SELECT c.principal_id, c.door, c.device FROM " HY_LIVE_CONNECTIONS
    "WHERE r.seen_at > ? AND c.principal_type = ? AND c.door <> 'sandbox' AND c.principal_id IN (";
constexpr const char* kCount = "SELECT COALESCE(SUM(connections), 0) FROM relays WHERE seen_at > ?";

constexpr const char* kRelays = "SELECT id, started_at, seen_at, connections FROM relays ORDER BY name, started_at";
constexpr const char* kUpSince = "SELECT COALESCE(MIN(started_at), 0) FROM relays WHERE seen_at > ?";

constexpr size_t kBatch = 200;
// Longer than a relay's asks are repeated (20 s).
constexpr int64_t kYoungMs = 30'000;

int64_t alive_since(const House& house) { return house.clock.now_ms() - house.config.relay.lease_seconds * 1000; }

std::vector<std::string> texts(db::Rows rows) {
    std::vector<std::string> found;
    while (rows.next()) found.push_back(rows.text(1));
    return found;
}

}  // namespace

std::vector<Connection> of(db::Session& s, const Principal& who, const std::string& door) {
    std::vector<Connection> found;
    db::Rows rows = s.query(kOf, {who.type_number(), who.id, door});
    while (rows.next()) {
        Connection c{rows.text(1), rows.text(2), door, who};
        c.device = rows.text(3);
        found.push_back(std::move(c));
    }
    return found;
}

void end(db::Session& s, const House& house, const Connection& c, int code, const std::string& reason,
         outbox::Pushes& pushes) {
    json::Writer w;
    w.begin_object().field("v", 1).field("conn", c.conn).field("code", code).field("reason", reason).end_object();
    pushes.add("ctl.conn." + c.relay, std::move(w).take());
    closed(s, house, {c.conn}, pushes);
}

bool opened(db::Session& s, const House& house, const Connection& c, int code, const std::string& reason,
            outbox::Pushes& pushes) {
    if (!c.exclusive.empty()) {
        db::Rows holder = s.query(kHolder, {c.exclusive});
        if (holder.next() && holder.text(1) != c.conn)
            end(s, house, {holder.text(1), holder.text(2), c.door, c.who}, code, reason, pushes);
    }
    const db::Param exclusive = c.exclusive.empty() ? db::Param(nullptr) : db::Param(std::string_view(c.exclusive));
    std::vector<db::Param> params = {c.conn, c.relay,   c.who.type_number(),  c.who.id,
                                     c.door, exclusive, house.clock.now_ms(), c.device};
    if (c.most) params.insert(params.end(), {c.who.type_number(), c.who.id, alive_since(house), c.conn, c.most});
    if (s.execute(c.most ? kInsertBelow : kInsert, params) == 0) return false;
    if (c.exclusive.empty()) return true;
    // Two opens at once both saw nobody: the later one's insert only touched the other's row.
    db::Rows holder = s.query(kHolder, {c.exclusive});
    if (!holder.next() || holder.text(1) != c.conn) throw db::Retry{};
    return true;
}

int64_t last_end(db::Session& s, int64_t account, const std::string& door, const std::string& device) {
    const std::string name = door + ":" + device;
    db::Rows rows = s.query(kEndOf, {account, std::string_view(name)});
    return rows.next() ? rows.integer(1) : 0;
}

bool known(db::Session& s, const std::string& conn) { return s.query(kKnown, {conn}).next(); }

namespace {
// All together: what one of a robot's agents leaves must not be given to another that ends now.
void closed_some(db::Session& s, const House& house, std::span<const std::string> conns, std::vector<int64_t>& accounts,
                 outbox::Pushes& pushes) {
    std::vector<db::Param> wanted;
    for (const auto& conn : conns) wanted.emplace_back(std::string_view(conn));
    std::vector<std::string> of_robots;
    std::set<int64_t> robots;
    // Asked first: it makes the list longer.
    const std::string marks = db::placeholders(wanted);
    db::Rows rows = s.query(kFind + marks + ")", wanted);
    while (rows.next()) {
        if (rows.integer(2) != robot_principal(0).type_number()) {
            accounts.push_back(rows.integer(3));
            continue;
        }
        of_robots.push_back(rows.text(1));
        robots.insert(rows.integer(3));
    }
    // Talks before connections, the order in which everybody locks them.
    for (const auto& conn : of_robots) agents::release(s, conn);
    if (!accounts.empty()) {
        std::vector<db::Param> params = wanted;
        params.insert(params.begin(), house.clock.now_ms());
        s.execute(kNoteEnds + marks + kNoted, params);
    }
    s.execute(kDeleteMany + marks + ")", wanted);
    // Whoever held a row, for which the deletion waited, may have given it something.
    for (const auto& conn : of_robots) agents::release(s, conn);
    for (const int64_t robot : robots) agents::hand_out(s, house, robot, pushes);
}
}  // namespace

std::vector<int64_t> closed(db::Session& s, const House& house, const std::vector<std::string>& conns,
                            outbox::Pushes& pushes) {
    const std::span all(conns);
    std::vector<int64_t> accounts;
    for (size_t i = 0; i < all.size(); i += kBatch)
        closed_some(s, house, all.subspan(i, std::min(kBatch, all.size() - i)), accounts, pushes);
    std::sort(accounts.begin(), accounts.end());
    accounts.erase(std::unique(accounts.begin(), accounts.end()), accounts.end());
    return accounts;
}

void tell(db::Database& db, const House& house, bus::Bus& bus, const std::vector<int64_t>& accounts) {
    std::vector<Principal> who;
    for (const int64_t account : accounts) who.push_back(account_principal(account));
    for (size_t i = 0; i < who.size(); i += kBatch) {
        const std::vector<Principal> some(who.begin() + static_cast<ptrdiff_t>(i),
                                          who.begin() + static_cast<ptrdiff_t>(std::min(who.size(), i + kBatch)));
        auto [ids, there] =
            db.read([&](db::Session& s) { return std::pair(people::ids_of(s, some), platforms(s, house, some)); });
        for (const auto& [principal, id] : ids) {
            json::Writer w;
            w.begin_object().field("v", 1).field("kind", "presence").field("seq", 0).field("user", id);
            w.key("platforms").begin_array();
            for (const int64_t platform : there[principal]) w.number(platform);
            w.end_array().end_object();
            bus.publish("live.status." + principal.name(), w.text());
        }
    }
}

namespace {
// All that a relay had, in bounded steps; true when there may be more. One that has been
// heard of meanwhile keeps the rest.
bool end_some(db::Session& s, const House& house, const std::string& relay, std::vector<int64_t>& accounts,
              outbox::Pushes& pushes) {
    db::Rows row = s.query(kLockRelay, {relay});
    if (!row.next() || row.integer(1) > alive_since(house)) return false;
    const auto conns = texts(s.query(kOfRelay, {relay, static_cast<int64_t>(kBatch)}));
    accounts = closed(s, house, conns, pushes);
    if (conns.size() == kBatch) return true;
    s.execute(kForgetRelay, {relay});
    return false;
}
}  // namespace

bool heartbeat(db::Session& s, const House& house, const std::string& relay, const std::string& name, int64_t started,
               int64_t connections) {
    // Without a lock: the sweep takes nothing from a relay whose lease stands.
    bool lapsed = true;
    if (db::Rows row = s.query(kSeen, {relay}); row.next()) lapsed = row.integer(1) <= alive_since(house);
    s.execute(kBeat, {relay, name, started, house.clock.now_ms(), connections});
    s.execute(kEndOlderEpochs, {name, started});
    return lapsed;
}

std::vector<std::string> reconcile(db::Session& s, const House& house, const std::string& relay, const Named& named,
                                   std::vector<int64_t>& ended, outbox::Pushes& pushes) {
    const std::set<std::string> there(named.conns.begin(), named.conns.end());
    std::set<std::string> known;
    std::vector<std::string> gone, unknown;
    db::Rows rows = s.query(kWithin, {relay, named.after, named.until, named.until});
    while (rows.next()) {
        const std::string& conn = *known.insert(rows.text(1)).first;
        if (!there.contains(conn) && rows.integer(2) < house.clock.now_ms() - kYoungMs) gone.push_back(conn);
    }
    std::set_difference(there.begin(), there.end(), known.begin(), known.end(), std::back_inserter(unknown));
    ended = closed(s, house, gone, pushes);
    return unknown;
}

void sweep(db::Database& db, const House& house, bus::Bus& bus, const std::function<int64_t()>& heard_since_us,
           outbox::Publisher& publisher) {
    const auto expired = db.read([&](db::Session& s) { return texts(s.query(kExpired, {alive_since(house)})); });
    const int64_t since = expired.empty() ? 0 : heard_since_us();
    if (!since || monotonic_us() - since < house.config.relay.lease_seconds * 1'000'000) return;
    for (const auto& relay : expired) {
        for (bool more = true; more;) {
            outbox::Pushes pushes;
            std::vector<int64_t> accounts;
            more = db.transaction([&](db::Session& s) {
                pushes = {};
                accounts.clear();
                const bool left = end_some(s, house, relay, accounts, pushes);
                outbox::store(s, house, pushes);
                return left;
            });
            publisher.publish(pushes);
            tell(db, house, bus, accounts);
        }
    }
}

bool online(db::Session& s, const House& house, const Principal& who, const std::string& door) {
    return s.query(kOnline, {who.type_number(), who.id, door, door, alive_since(house)}).next();
}

namespace {

// A device is called as its door calls it: at openim by the platform, at wukongim by its flag first.
int64_t platform_of(const std::string& door, const std::string& device) {
    constexpr int64_t kWeb = 5, kMiniWeb = 6, kWindows = 3;
    if (door == "openim") return to_int(device).value_or(0);
    if (door == "ocms") return kMiniWeb;
    if (door == "wukongim") return device.starts_with("1:") ? kWeb : device.starts_with("2:") ? kWindows : 0;
    return 0;
}

}  // namespace

std::map<Principal, std::set<int64_t>> platforms(db::Session& s, const House& house,
                                                 const std::vector<Principal>& who) {
    std::map<Principal, std::set<int64_t>> found;
    for (const auto type : {PrincipalType::account, PrincipalType::robot}) {
        std::vector<db::Param> ids;
        for (const auto& one : who)
            if (one.type == type) ids.emplace_back(one.id);
        if (ids.empty()) continue;
        const std::string sql = kWhere + db::placeholders(ids) + ")";
        ids.insert(ids.begin(), {alive_since(house), static_cast<int64_t>(type)});
        db::Rows rows = s.query(sql, ids);
        while (rows.next()) found[{type, rows.integer(1)}].insert(platform_of(rows.text(2), rows.text(3)));
    }
    return found;
}

std::vector<Relay> relays(db::Session& s, const House& house) {
    std::vector<Relay> found;
    db::Rows rows = s.query(kRelays);
    while (rows.next())
        found.push_back(
            {rows.text(1), rows.integer(2), rows.integer(3), rows.integer(4), rows.integer(3) > alive_since(house)});
    return found;
}

int64_t up_since(db::Session& s, const House& house) {
    db::Rows rows = s.query(kUpSince, {alive_since(house)});
    return rows.next() ? rows.integer(1) : 0;
}

int64_t connection_count(db::Session& s, const House& house) {
    db::Rows rows = s.query(kCount, {alive_since(house)});
    return rows.next() ? rows.integer(1) : 0;
}

}  // namespace hy::presence
