#include "core/agents.h"

#include <map>
#include <set>

#include "core/live_connections.h"
#include "core/talk_order.h"

namespace hy::agents {

namespace {

constexpr int64_t kStalledMs = 10'000;
constexpr int64_t kMostSends = 5;
constexpr int64_t kPumpBatch = 64;
// All pushes of a transaction are one row of the outbox. What is left is found when something of this is confirmed,
// or by the relay's next look.
constexpr size_t kPumpBytes = 1 << 20;
// NATS carries 1 MB in a message, and a socket's queue holds as much.
constexpr size_t kReadyBytes = 256 << 10;

// Holds the robot against its deletion, which empties the queue, and does nothing for a deleted one.
constexpr const char* kEnqueue =
    "INSERT INTO agent_queue (robot_id, channel_id, seq, message_id, expires_at, conn, sent_at, sends)"
    " SELECT id, ?, ?, ?, ?, ?, ?, ? FROM robots WHERE id = ? AND deleted_at IS NULL LOCK IN SHARE MODE";
constexpr const char* kMakeTalk = "INSERT IGNORE INTO agent_talks (robot_id, channel_id) VALUES (?, ?)";
// Locks a talk and its connection, in this order, and says of one message of the talk: whether the connection is
// there, what is out to it unconfirmed, whether something earlier of the talk waits, and the last earlier one that
// the connection was given (pushes may overtake each other on their way: one waits for the sweeper, the next does
// not). What is only looked at hangs on the locked rows, so that it is read after they are locked; the relay's row
// is not locked, for its heartbeat would wait.
constexpr const char* kLockTalk =
    "SELECT t.conn, (SELECT r.seen_at FROM relays r WHERE r.id = c.relay_id) > ?,"
    " (SELECT COUNT(*) FROM agent_queue q WHERE q.conn = t.conn),"
    " EXISTS (SELECT 1 FROM agent_queue q WHERE q.robot_id = t.robot_id AND q.channel_id = t.channel_id AND q.seq < ?"
    " AND q.conn IS NULL AND q.expires_at > ?),"
    " (SELECT COALESCE(MAX(q.seq), 0) FROM agent_queue q WHERE q.robot_id = t.robot_id AND q.channel_id = t.channel_id"
    " AND q.seq < ? AND q.conn = t.conn)"
    " FROM agent_talks t LEFT JOIN connections c ON c.conn = t.conn"
    " WHERE t.robot_id = ? AND t.channel_id = ? FOR UPDATE";
constexpr const char* kGiveTalk = "UPDATE agent_talks SET conn = ? WHERE robot_id = ? AND channel_id = ?";
constexpr const char* kOnline =
    "SELECT 1 FROM " HY_LIVE_CONNECTIONS
    "WHERE c.principal_type = 1 AND c.principal_id = ? AND c.door = 'ocms' AND r.seen_at > ? LIMIT 1";
constexpr const char* kLeastBusy =
    "SELECT c.conn, COUNT(t.channel_id) AS talks FROM " HY_LIVE_CONNECTIONS
    "LEFT JOIN agent_talks t ON t.conn = c.conn"
    " WHERE c.principal_type = 1 AND c.principal_id = ? AND c.door = 'ocms' AND r.seen_at > ?"
    " GROUP BY c.conn, c.opened_at ORDER BY talks, c.opened_at LIMIT 1";
constexpr const char* kRoom = "SELECT c.conn FROM " HY_LIVE_CONNECTIONS
                              "LEFT JOIN agent_queue q ON q.conn = c.conn"
                              " WHERE c.principal_type = 1 AND c.principal_id = ? AND c.door = 'ocms' AND r.seen_at > ?"
                              " GROUP BY c.conn HAVING COUNT(q.seq) < ? LIMIT 1";
constexpr const char* kAssign =
    "UPDATE agent_queue SET conn = ?, sent_at = ?, sends = sends + 1 WHERE robot_id = ? AND channel_id = ? AND seq = ?"
    " AND conn IS NULL";
constexpr const char* kWaiting =
    "SELECT channel_id, seq FROM agent_queue WHERE robot_id = ? AND conn IS NULL AND expires_at > ? ORDER BY "
    "message_id LIMIT ?";
constexpr const char* kOneWaiting =
    "(SELECT robot_id FROM agent_queue WHERE robot_id = ? AND conn IS NULL AND expires_at > ? LIMIT 1)";
constexpr const char* kLeaveBench[] = {
    "DELETE q FROM agent_queue q JOIN channels c ON c.id = q.channel_id WHERE q.robot_id = ? AND c.kind = 5"
    " AND c.account_id = ?",
    "DELETE t FROM agent_talks t JOIN channels c ON c.id = t.channel_id WHERE t.robot_id = ? AND c.kind = 5"
    " AND c.account_id = ?"};
constexpr const char* kOfConnection = "SELECT channel_id, seq FROM agent_queue WHERE conn = ? ORDER BY message_id";
constexpr const char* kTakeBack =
    "UPDATE agent_queue SET conn = NULL, sent_at = NULL, sends = 0"
    " WHERE robot_id = ? AND channel_id = ? AND seq = ? AND conn = ?";
constexpr const char* kTakeOver =
    "UPDATE agent_queue SET conn = NULL, sent_at = NULL, sends = 0"
    " WHERE robot_id = ? AND channel_id = ? AND conn = ?";
constexpr const char* kSentAgain = "UPDATE agent_queue SET sent_at = ?, sends = sends + 1 WHERE conn = ?";
constexpr const char* kConfirm =
    "DELETE FROM agent_queue WHERE robot_id = ? AND channel_id = ? AND conn = ? AND seq IN (";
// `sends` counts for one connection: the next one is told anew.
constexpr const char* kReleaseQueue = "UPDATE agent_queue SET conn = NULL, sent_at = NULL, sends = 0 WHERE conn = ?";
constexpr const char* kReleaseTalks = "UPDATE agent_talks SET conn = NULL WHERE conn = ?";
constexpr const char* kStalled = "SELECT 1 FROM agent_queue WHERE conn = ? AND sent_at < ? AND sends < ? LIMIT 1";
constexpr const char* kExpire = "DELETE FROM agent_queue WHERE expires_at < ? LIMIT ?";
constexpr const char* kNotice = "UPDATE channels SET notice_at = ? WHERE id = ? AND notice_at <= ?";

int64_t alive_since(const House& house) { return house.clock.now_ms() - house.config.relay.lease_seconds * 1000; }

struct Talk {
    std::string conn;  // empty: nobody has it
    bool alive = false;
    int64_t unconfirmed = 0;
    bool earlier_waits = false;
    int64_t before = 0;
};

std::optional<Talk> lock_talk(db::Session& s, const House& house, int64_t robot, int64_t channel, int64_t seq) {
    db::Rows rows = s.query(kLockTalk, {alive_since(house), seq, house.clock.now_ms(), seq, robot, channel});
    if (!rows.next()) return std::nullopt;
    Talk talk;
    if (rows.is_null(1)) return talk;
    talk.conn = rows.text(1);
    talk.alive = !rows.is_null(2) && rows.integer(2) != 0;
    talk.unconfirmed = rows.integer(3);
    talk.earlier_waits = rows.integer(4) != 0;
    talk.before = rows.integer(5);
    return talk;
}

// Gives a talk that nobody has, or a dead connection, to the agent with the fewest talks; false:
// no agent is there. `freed` is set where the dead one was given messages of the talk that wait
// again now: they go before any later one.
bool give_talk(db::Session& s, const House& house, int64_t robot, int64_t channel, const std::string& dead,
               bool& freed) {
    db::Rows rows = s.query(kLeastBusy, {robot, alive_since(house)});
    if (!rows.next()) return false;
    s.execute(kGiveTalk, {rows.text(1), robot, channel});
    if (!dead.empty() && s.execute(kTakeOver, {robot, channel, dead}) > 0) freed = true;
    return true;
}

// Where a message of a talk goes now: to its agent, when that has room and nothing of the talk
// waits before it. `after` is the last number of the talk that was given to it before.
struct Way {
    std::string conn;
    int64_t after = 0;
};
Way way_of(db::Session& s, const House& house, int64_t robot, int64_t channel, int64_t seq, bool& freed) {
    auto talk = lock_talk(s, house, robot, channel, seq);
    if (!talk) {
        s.execute(kMakeTalk, {robot, channel});
        talk = lock_talk(s, house, robot, channel, seq);
        if (!talk) throw db::Retry{};  // somebody else's, and taken away with its robot
    }
    if (!talk->alive) {
        if (!give_talk(s, house, robot, channel, talk->conn, freed)) return {};
        talk = lock_talk(s, house, robot, channel, seq);
        // It ended while its row was waited for: whoever ended it did not see this talk.
        if (!talk || !talk->alive) throw db::Retry{};
    }
    if (talk->unconfirmed >= house.config.robots.agent_unconfirmed || talk->earlier_waits) return {};
    return {talk->conn, talk->before};
}

// Gives one queued message to its talk's agent, where it has a way.
Way assign(db::Session& s, const House& house, int64_t robot, int64_t channel, int64_t seq, bool& freed) {
    Way way = way_of(s, house, robot, channel, seq, freed);
    if (way.conn.empty()) return {};
    if (s.execute(kAssign, {way.conn, house.clock.now_ms(), robot, channel, seq}) == 0) return {};
    return way;
}

std::string push_of(db::Session& s, const House& house, int64_t robot, int64_t channel, int64_t seq, const Way& way) {
    const auto where = channels::find(s, channel);
    const auto message = messages::find(s, channel, seq);
    if (!where || !message) return {};
    messages::Push push{.conn = way.conn, .after = way.after};
    if (where->robot != robot)
        if (const auto whose = robots::find_by_id(s, robot)) push.robot = whose->public_id;
    return messages::render_push(s, house, *where, *message, push);
}

using Places = std::vector<std::pair<int64_t, int64_t>>;  // channel and number

// As rows came by their messages' ids, but within a talk by number.
Places in_talk_order(db::Rows rows) {
    Places places;
    while (rows.next()) places.emplace_back(rows.integer(1), rows.integer(2));
    keep_talk_order(
        places, [](const auto& place) { return place.first; }, [](const auto& place) { return place.second; });
    return places;
}

// One round of pump(). Whether messages were freed on the way, which the round has not seen.
bool pump_once(db::Session& s, const House& house, int64_t robot, const std::string& quiet, outbox::Pushes& pushes) {
    // Agents that are full are asked once, not for each message that waits.
    const auto room = [&] {
        return s.query(kRoom, {robot, alive_since(house), house.config.robots.agent_unconfirmed}).next();
    };
    if (!room()) return false;
    const Places waiting = in_talk_order(s.query(kWaiting, {robot, house.clock.now_ms(), kPumpBatch}));
    bool freed = false;
    std::set<int64_t> held_up;  // talks whose first message could not go: none after it can
    for (const auto& [channel, seq] : waiting) {
        if (held_up.contains(channel)) continue;
        if (pushes.bytes() >= kPumpBytes) return false;
        const Way way = assign(s, house, robot, channel, seq, freed);
        if (way.conn.empty() && !room()) break;
        if (way.conn.empty()) held_up.insert(channel);
        if (way.conn.empty() || way.conn == quiet) continue;
        const std::string push = push_of(s, house, robot, channel, seq, way);
        if (!push.empty()) pushes.add("live.robot." + std::to_string(robot), push);
    }
    return freed;
}

// Hands out what waits, oldest first. What falls to `quiet` is not pushed: its ready answer
// carries it.
void pump(db::Session& s, const House& house, int64_t robot, const std::string& quiet, outbox::Pushes& pushes) {
    while (pump_once(s, house, robot, quiet, pushes)) continue;
}

}  // namespace

bool enqueue(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
             const messages::Message& message, const messages::Draft& draft, outbox::Pushes& pushes) {
    const int64_t now = house.clock.now_ms(), expires = now + house.config.robots.pending_hours * 3'600'000;
    bool freed = false;
    Way way = way_of(s, house, robot.id, channel.id, message.seq, freed);
    // What a dead connection had goes first.
    if (freed) pump(s, house, robot.id, "", pushes);
    if (freed) way = way_of(s, house, robot.id, channel.id, message.seq, freed);
    const bool given = !way.conn.empty();
    if (s.execute(kEnqueue, {channel.id, message.seq, message.id, expires,
                             given ? db::Param(std::string_view(way.conn)) : db::Param(nullptr),
                             given ? db::Param(now) : db::Param(nullptr), int64_t{given}, robot.id}) == 0)
        throw Error(Fault::not_found, "robot.not_found");
    if (!given) return online(s, house, robot.id);
    pushes.add("live.robot." + std::to_string(robot.id), messages::render_push(house, channel, message,
                                                                               {.sender_id = draft.sender_id,
                                                                                .sender_name = draft.sender_name,
                                                                                .conn = way.conn,
                                                                                .after = way.after,
                                                                                .robot = robot.public_id}));
    return true;
}

bool online(db::Session& s, const House& house, int64_t robot) {
    return s.query(kOnline, {robot, alive_since(house)}).next();
}

bool notice_due(db::Session& s, const House& house, int64_t channel) {
    const int64_t now = house.clock.now_ms();
    return s.execute(kNotice, {now, channel, now - 60'000}) > 0;
}

std::vector<std::string> ready(db::Session& s, const House& house, int64_t robot, const std::string& conn,
                               outbox::Pushes& pushes) {
    s.execute(kSentAgain, {house.clock.now_ms(), conn});
    pump(s, house, robot, conn, pushes);
    const Places mine = in_talk_order(s.query(kOfConnection, {conn}));
    std::vector<std::string> pending;
    size_t bytes = 0;
    for (const auto& [channel, seq] : mine) {
        if (bytes > kReadyBytes) {
            // It waits, and comes when what is before it has been confirmed.
            s.execute(kTakeBack, {robot, channel, seq, conn});
            continue;
        }
        std::string push = push_of(s, house, robot, channel, seq, {conn});
        bytes += push.size();
        if (!push.empty()) pending.push_back(std::move(push));
    }
    return pending;
}

void confirm(db::Session& s, int64_t robot, const std::string& conn,
             const std::vector<std::pair<int64_t, int64_t>>& items) {
    std::map<int64_t, std::vector<db::Param>> by_channel;
    for (const auto& [channel, seq] : items) by_channel[channel].emplace_back(seq);
    for (auto& [channel, numbers] : by_channel) {
        const std::string marks = db::placeholders(numbers);
        numbers.insert(numbers.begin(), {robot, channel, std::string_view(conn)});
        s.execute(kConfirm + marks + ")", numbers);
    }
}

void release(db::Session& s, const std::string& conn) {
    s.execute(kReleaseTalks, {conn});
    s.execute(kReleaseQueue, {conn});
}

bool stalled(db::Session& s, const House& house, const std::string& conn) {
    return s.query(kStalled, {conn, house.clock.now_ms() - kStalledMs, kMostSends}).next();
}

bool waiting(db::Session& s, const House& house, int64_t robot) {
    return s.query(kWaiting, {robot, house.clock.now_ms(), int64_t{1}}).next();
}

std::vector<int64_t> waiting(db::Session& s, const House& house, std::vector<int64_t> robots) {
    if (robots.empty()) return {};
    // One row of each: a robot's backlog may be long. As with placeholders(), few lengths make few statements.
    size_t parts = 1;
    while (parts < robots.size()) parts *= 2;
    robots.resize(parts, robots.back());
    std::string sql;
    std::vector<db::Param> params;
    for (const int64_t robot : robots) {
        sql += std::string(sql.empty() ? "" : " UNION ALL ") + kOneWaiting;
        params.insert(params.end(), {robot, house.clock.now_ms()});
    }
    std::set<int64_t> found;
    db::Rows rows = s.query(sql, params);
    while (rows.next()) found.insert(rows.integer(1));
    return {found.begin(), found.end()};
}

void hand_out(db::Session& s, const House& house, int64_t robot, outbox::Pushes& pushes) {
    pump(s, house, robot, "", pushes);
}

uint64_t expire(db::Session& s, const House& house, int64_t most) {
    return s.execute(kExpire, {house.clock.now_ms(), most});
}

void leave_bench(db::Session& s, int64_t robot, int64_t account) {
    for (const char* sql : kLeaveBench) s.execute(sql, {robot, account});
}

}  // namespace hy::agents
