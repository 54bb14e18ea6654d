#include "core/housekeeping.h"

#include "core/commands.h"
#include "core/history.h"
#include "core/search.h"
#include "core/logs.h"
#include "core/statistics.h"
#include "core/deliveries.h"

namespace hy::housekeeping {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kKeepNumbersDays = 30, kKeepEventsDays = 30, kKeepLoginsDays = 7, kKeepAuditDays = 400;

constexpr const char* kHiddenTalks = "SELECT account_id, channel_id FROM conversations WHERE rows_left = 1 LIMIT 10";
constexpr const char* kClearedHeads = "SELECT account_id, cleared_n FROM ocms_heads WHERE rows_left = 1 LIMIT 10";
constexpr const char* kDropCleared = "DELETE FROM ocms_log WHERE account_id = ? AND n <= ? LIMIT 1000";
constexpr const char* kDropPages = "DELETE FROM ocms_gone WHERE account_id = ? AND page < ? DIV 1000";
constexpr const char* kNoneLeft = "UPDATE ocms_heads SET rows_left = 0 WHERE account_id = ? AND cleared_n = ?";
constexpr const char* kOldNumbers = "DELETE FROM client_numbers WHERE created_at < ? LIMIT ?";
constexpr const char* kOldEvents = "DELETE FROM events WHERE created_at < ? LIMIT ?";
constexpr const char* kOldLogins = "DELETE FROM token_families WHERE expires_at < ? LIMIT ?";
constexpr const char* kOldFiles = "SELECT file_key FROM files WHERE created_at < ? LIMIT ?";
constexpr const char* kDropFile = "DELETE FROM files WHERE file_key = ?";
constexpr const char* kDropUses = "DELETE FROM file_uses WHERE file_key = ?";
constexpr const char* kOldRefusals = "DELETE FROM refused_addresses WHERE blocked_until < ? AND minute < ? LIMIT ?";
constexpr const char* kOldQuotas = "DELETE FROM quotas WHERE ends_at < ? LIMIT ?";
constexpr const char* kOldCodes = "DELETE FROM sms_codes WHERE sent_at < ? LIMIT ?";
constexpr const char* kOldSessions = "DELETE FROM brain_sessions WHERE used_at < ? LIMIT ?";
constexpr const char* kGoneRobots =
    "SELECT id FROM robots WHERE deleted_at < ? AND purged_at IS NULL ORDER BY deleted_at LIMIT 10";
constexpr const char* kPurged = "UPDATE robots SET purged_at = ?, icon = '', description = '' WHERE id = ?";
constexpr const char* kOldAudit = "DELETE FROM audit WHERE at < ? LIMIT ?";
constexpr const char* kOfRobot[] = {
    "DELETE FROM commands WHERE robot_id = ? LIMIT ?",       "DELETE FROM deliveries WHERE robot_id = ? LIMIT ?",
    "DELETE FROM third_parties WHERE robot_id = ? LIMIT ?",  "DELETE FROM robot_devices WHERE robot_id = ? LIMIT ?",
    "DELETE FROM device_history WHERE robot_id = ? LIMIT ?", "DELETE FROM robot_brains WHERE robot_id = ? LIMIT ?"};
constexpr const char* kTalksOfRobot = "SELECT channel_id FROM wecom_talks WHERE robot_id = ? LIMIT 10";
constexpr const char* kDropTalkMessages = "DELETE FROM messages WHERE channel_id = ? ORDER BY seq LIMIT ?";
constexpr const char* kDropTalk[] = {"DELETE FROM channel_members WHERE channel_id = ?",
                                     "DELETE FROM wecom_talks WHERE channel_id = ?",
                                     "DELETE FROM file_uses WHERE channel_id = ?", "DELETE FROM channels WHERE id = ?"};
constexpr const char* kDropContacts = "DELETE FROM wecom_contacts WHERE robot_id = ? LIMIT ?";
constexpr const char* kOldWakes = "DELETE FROM robot_wakes WHERE minute < ? LIMIT ?";
// message_id is ordered by time and unique: its index finds the oldest.
constexpr const char* kOldMessages =
    "SELECT m.channel_id, m.seq, COALESCE(l.account_id, 0), COALESCE(l.n, 0), m.content FROM messages m"
    " LEFT JOIN channels c ON c.id = m.channel_id"
    " LEFT JOIN ocms_log l ON l.channel_id = m.channel_id AND l.account_id = c.account_id AND l.seq = m.seq"
    " WHERE m.message_id < ? ORDER BY m.message_id LIMIT ?";
// Talks of an account with a robot; a robot's side is cleared when the robot is deleted.
constexpr const char* kBothCleared =
    "SELECT r.channel_id, LEAST(r.cleared_seq, a.cleared_seq) FROM channel_members r JOIN channel_members a"
    " ON a.channel_id = r.channel_id AND a.member_type = 0 JOIN channels c ON c.id = r.channel_id"
    " AND c.account_id = a.member_id AND c.robot_id = r.member_id WHERE r.member_type = 1 AND r.cleared_seq > 0 AND "
    "a.cleared_seq > 0"
    " AND EXISTS (SELECT 1 FROM messages m WHERE m.channel_id = r.channel_id AND m.seq <= LEAST(r.cleared_seq, "
    "a.cleared_seq))"
    " LIMIT 10";
constexpr const char* kCommonTexts =
    "SELECT seq, content FROM messages WHERE channel_id = ? AND seq <= ? ORDER BY seq LIMIT ?";
constexpr const char* kDropCommon = "DELETE FROM messages WHERE channel_id = ? AND seq <= ? ORDER BY seq LIMIT ?";
constexpr const char* kDropCommonQuiet =
    "DELETE FROM quiet_messages WHERE channel_id = ? AND seq <= ? ORDER BY seq LIMIT ?";
constexpr const char* kDropMessage = "DELETE FROM messages WHERE channel_id = ? AND seq = ?";
constexpr const char* kDropQuiet = "DELETE FROM quiet_messages WHERE channel_id = ? AND seq = ?";
constexpr const char* kDropHidden = "DELETE FROM hidden_messages WHERE channel_id = ? AND seq = ?";
constexpr const char* kDropCommonHidden = "DELETE FROM hidden_messages WHERE channel_id = ? AND seq <= ? LIMIT ?";
constexpr const char* kDropEntry = "DELETE FROM ocms_log WHERE account_id = ? AND n = ?";

size_t delete_files(db::Database& db, const House& house, files::Store& store, int64_t batch) {
    if (house.config.files.keep_days == 0) return 0;
    const int64_t before = house.clock.now_ms() - house.config.files.keep_days * kDayMs;
    std::vector<std::string> keys;
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kOldFiles, {before, batch});
        while (rows.next()) keys.push_back(rows.text(1));
    });
    for (const auto& key : keys) {
        // The bytes first: a row without bytes can be tried again, bytes without a row never are.
        if (!store.remove(key)) return 0;
        db.transaction([&](db::Session& s) {
            s.execute(kDropUses, {key});
            s.execute(kDropFile, {key});
        });
    }
    return keys.size();
}

// A message leaves the log and its account's history together: totals stay true.
size_t delete_messages(db::Database& db, const House& house, int64_t batch) {
    if (house.config.messages.keep_days == 0) return 0;
    const int64_t before = house.clock.now_ms() - house.config.messages.keep_days * kDayMs;
    return db.transaction([&](db::Session& s) {
        size_t done = 0;
        db::Rows rows = s.query(kOldMessages, {static_cast<uint64_t>(before) << 22, batch});
        for (; rows.next(); ++done) {
            s.execute(kDropMessage, {rows.integer(1), rows.integer(2)});
            s.execute(kDropQuiet, {rows.integer(1), rows.integer(2)});
            s.execute(kDropHidden, {rows.integer(1), rows.integer(2)});
            search::forget(s, rows.integer(1), rows.integer(2), Content::from_json(rows.text(5)).text);
            if (rows.integer(3) == 0 || s.execute(kDropEntry, {rows.integer(3), rows.integer(4)}) == 0) continue;
            history::note_gone(s, rows.integer(3), rows.integer(4), 1);
        }
        return done;
    });
}

std::vector<std::pair<int64_t, std::string>> texts_up_to(db::Session& s, int64_t channel, int64_t to, int64_t most) {
    std::vector<std::pair<int64_t, std::string>> found;
    db::Rows rows = s.query(kCommonTexts, {channel, to, most});
    while (rows.next()) found.emplace_back(rows.integer(1), Content::from_json(rows.text(2)).text);
    return found;
}

size_t delete_cleared(db::Session& s, int64_t batch) {
    std::vector<std::pair<int64_t, int64_t>> talks;
    db::Rows rows = s.query(kBothCleared);
    while (rows.next()) talks.emplace_back(rows.integer(1), rows.integer(2));
    size_t done = 0;
    for (const auto& [channel, to] : talks) {
        for (const auto& [seq, text] : texts_up_to(s, channel, to, batch)) search::forget(s, channel, seq, text);
        s.execute(kDropCommonHidden, {channel, to, batch});
        done += s.execute(kDropCommon, {channel, to, batch});
        s.execute(kDropCommonQuiet, {channel, to, batch});
    }
    return done;
}

}  // namespace

size_t forget_hidden(db::Database& db) {
    std::vector<std::pair<int64_t, int64_t>> talks, heads;
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kHiddenTalks);
        while (rows.next()) talks.emplace_back(rows.integer(1), rows.integer(2));
        db::Rows cleared = s.query(kClearedHeads);
        while (cleared.next()) heads.emplace_back(cleared.integer(1), cleared.integer(2));
    });
    size_t done = 0;
    for (const auto& [account, channel] : talks)
        done += db.transaction([&](db::Session& s) { return history::forget_some(s, account, channel); });
    for (const auto& [account, n] : heads)
        done += db.read([&](db::Session& s) {
            const uint64_t dropped = s.execute(kDropCleared, {account, n});
            if (dropped == 0) {
                s.execute(kDropPages, {account, n});
                s.execute(kNoneLeft, {account, n});
            }
            return dropped;
        });
    return done;
}

namespace {

// A step of at most `batch` rows; 0: nothing of it is left.
size_t purge_talks(db::Session& s, int64_t robot, int64_t batch) {
    std::vector<int64_t> talks;
    db::Rows rows = s.query(kTalksOfRobot, {robot});
    while (rows.next()) talks.push_back(rows.integer(1));
    size_t done = 0;
    for (const int64_t channel : talks) {
        const size_t gone = s.execute(kDropTalkMessages, {channel, batch});
        done += gone + 1;
        if (gone == static_cast<size_t>(batch)) return done;
        for (const char* drop : kDropTalk) s.execute(drop, {channel});
    }
    return done;
}

}  // namespace

size_t purge_robot(db::Session& s, const House& house, int64_t robot, int64_t batch) {
    for (const char* drop : kOfRobot)
        if (const size_t done = s.execute(drop, {robot, batch})) return done;
    if (const size_t done = purge_talks(s, robot, batch)) return done;
    if (const size_t done = s.execute(kDropContacts, {robot, batch})) return done;
    if (const size_t done = statistics::forget(s, robot, batch)) return done;
    return s.execute(kPurged, {house.clock.now_ms(), robot});
}

size_t purge_robots(db::Database& db, const House& house, int64_t batch) {
    const int64_t before = house.clock.now_ms() - house.config.robots.keep_deleted_days * kDayMs;
    std::vector<int64_t> robots;
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kGoneRobots, {before});
        while (rows.next()) robots.push_back(rows.integer(1));
    });
    size_t done = 0;
    for (const int64_t robot : robots)
        done += db.transaction([&](db::Session& s) { return purge_robot(s, house, robot, batch); });
    return done;
}

size_t delete_old(db::Database& db, const House& house, files::Store& store, int64_t batch) {
    const int64_t now = house.clock.now_ms();
    size_t done = delete_files(db, house, store, batch) + delete_messages(db, house, batch);
    db.read([&](db::Session& s) {
        done += delete_cleared(s, batch);
        done += s.execute(kOldNumbers, {now - kKeepNumbersDays * kDayMs, batch});
        done += s.execute(kOldEvents, {now - kKeepEventsDays * kDayMs, batch});
        done += s.execute(kOldLogins, {now - kKeepLoginsDays * kDayMs, batch});
        done += s.execute(kOldQuotas, {now, batch});
        done += s.execute(kOldCodes, {now - kDayMs, batch});
        done += commands::forget(s, house, batch);
        done += deliveries::forget(s, house, batch);
        done += logs::forget(s, house, batch);
        done += s.execute(kOldAudit, {now - kKeepAuditDays * kDayMs, batch});
        done += s.execute(kOldSessions, {now - kDayMs, batch});
        done += s.execute(kOldWakes, {now / 60'000 - 10, batch});
        done += s.execute(kOldRefusals, {now, now / 60'000 - 10, batch});
    });
    return done;
}

}  // namespace hy::housekeeping
