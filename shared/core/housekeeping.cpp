#include "core/housekeeping.h"

#include "core/history.h"

namespace hy::housekeeping {

namespace {

constexpr int64_t kDayMs = 86'400'000;
constexpr int64_t kKeepNumbersDays = 30, kKeepEventsDays = 30, kKeepLoginsDays = 7;

constexpr const char* kHiddenTalks =
    "SELECT v.account_id, v.channel_id FROM conversations v JOIN ocms_log l ON l.channel_id = v.channel_id AND l.account_id = v.account_id"
    " WHERE v.deleted_at IS NOT NULL AND v.deleted_at > ? GROUP BY v.account_id, v.channel_id LIMIT 10";
constexpr const char* kClearedHeads =
    "SELECT h.account_id, h.cleared_n FROM ocms_heads h WHERE h.cleared_n > 0"
    " AND EXISTS (SELECT 1 FROM ocms_log l WHERE l.account_id = h.account_id AND l.n <= h.cleared_n) LIMIT 10";
constexpr const char* kDropCleared = "DELETE FROM ocms_log WHERE account_id = ? AND n <= ? LIMIT 1000";
constexpr const char* kOldNumbers = "DELETE FROM client_numbers WHERE created_at < ? LIMIT ?";
constexpr const char* kOldEvents = "DELETE FROM events WHERE created_at < ? LIMIT ?";
constexpr const char* kOldLogins = "DELETE FROM token_families WHERE expires_at < ? LIMIT ?";
constexpr const char* kOldFiles = "SELECT file_key FROM files WHERE created_at < ? LIMIT ?";
constexpr const char* kDropFile = "DELETE FROM files WHERE file_key = ?";
constexpr const char* kDropUses = "DELETE FROM file_uses WHERE file_key = ?";
// message_id is ordered by time and unique: its index finds the oldest.
constexpr const char* kOldMessages = "DELETE FROM messages WHERE message_id < ? ORDER BY message_id LIMIT ?";

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
        store.remove(key);
        db.transaction([&](db::Session& s) {
            s.execute(kDropUses, {key});
            s.execute(kDropFile, {key});
        });
    }
    return keys.size();
}

size_t delete_messages(db::Session& s, const House& house, int64_t batch) {
    if (house.config.messages.keep_days == 0) return 0;
    const int64_t before = house.clock.now_ms() - house.config.messages.keep_days * kDayMs;
    return s.execute(kOldMessages, {static_cast<uint64_t>(before) << 22, batch});
}

}  // namespace

size_t forget_hidden(db::Database& db) {
    std::vector<std::pair<int64_t, int64_t>> talks, heads;
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kHiddenTalks, {int64_t{0}});
        while (rows.next()) talks.emplace_back(rows.integer(1), rows.integer(2));
        db::Rows cleared = s.query(kClearedHeads);
        while (cleared.next()) heads.emplace_back(cleared.integer(1), cleared.integer(2));
    });
    size_t done = 0;
    for (const auto& [account, channel] : talks)
        done += db.transaction([&](db::Session& s) { return history::forget_some(s, account, channel); });
    for (const auto& [account, n] : heads)
        done += db.read([&](db::Session& s) { return s.execute(kDropCleared, {account, n}); });
    return done;
}

size_t delete_old(db::Database& db, const House& house, files::Store& store, int64_t batch) {
    const int64_t now = house.clock.now_ms();
    size_t done = delete_files(db, house, store, batch);
    db.read([&](db::Session& s) {
        done += delete_messages(s, house, batch);
        done += s.execute(kOldNumbers, {now - kKeepNumbersDays * kDayMs, batch});
        done += s.execute(kOldEvents, {now - kKeepEventsDays * kDayMs, batch});
        done += s.execute(kOldLogins, {now - kKeepLoginsDays * kDayMs, batch});
    });
    return done;
}

}  // namespace hy::housekeeping
