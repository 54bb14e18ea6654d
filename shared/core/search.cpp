#include "core/search.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "base/ids.h"
#include "base/text.h"

namespace hy::search {

namespace {

// By then what has a lower id has been committed: transactions are short, and clocks of hosts differ by less.
constexpr int64_t kSettledMs = 60'000;
constexpr size_t kMostGrams = 512, kLongestWord = 64, kJoined = 4, kRows = 500;
// A channel with so many messages is looked through whole.
constexpr int64_t kSmall = 1000;
constexpr int64_t kAtOnce = 200, kMostLooked = 2000;

constexpr const char* kState = "SELECT message_id FROM search_state WHERE id = 1 FOR UPDATE";
constexpr const char* kReached = "UPDATE search_state SET message_id = ? WHERE id = 1";
constexpr const char* kNext =
    "SELECT m.message_id, m.channel_id, m.seq, IF(c.kind IN (1, 2), m.content, '') FROM messages m"
    " FORCE INDEX (messages_id) STRAIGHT_JOIN channels c ON c.id = m.channel_id WHERE m.message_id > ? AND "
    "m.message_id <= ? ORDER BY m.message_id LIMIT "
    "?";
constexpr const char* kInsert = "INSERT IGNORE INTO message_terms (channel_id, gram, seq) VALUES ";
constexpr const char* kForget = "DELETE FROM message_terms WHERE channel_id = ? AND seq = ? AND gram IN (";

// FNV-1a: the same on every host, for ever.
uint32_t hash(std::string_view text) {
    uint32_t sum = 2166136261u;
    for (const char c : text) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
    return sum;
}

bool is_word(unsigned char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

size_t length_at(std::string_view text, size_t at) {
    const auto c = static_cast<unsigned char>(text[at]);
    const size_t size = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    return std::min(size, text.size() - at);
}

// Spaces and signs of other scripts are no part of a word: general punctuation, CJK punctuation, full-width forms.
bool is_sign(std::string_view character) {
    return character.starts_with("\xE3\x80") || character.starts_with("\xE2\x80") ||
           character.starts_with("\xEF\xBC") || character.starts_with("\xEF\xBD") || character.starts_with("\xC2");
}

struct Row {
    int64_t channel, seq;
    uint32_t gram;
};

void insert(db::Session& s, const std::vector<Row>& rows) {
    for (size_t i = 0; i < rows.size(); i += kRows) {
        std::string marks;
        std::vector<db::Param> params;
        for (size_t k = i; k < std::min(rows.size(), i + kRows); ++k) {
            marks += k == i ? "(?,?,?)" : ",(?,?,?)";
            params.insert(params.end(), {rows[k].channel, static_cast<int64_t>(rows[k].gram), rows[k].seq});
        }
        s.execute(kInsert + marks, params);
    }
}

bool fits(const messages::Message& m, const Wanted& wanted, const std::string& text) {
    if (m.recalled || m.created_at < wanted.since || m.created_at > wanted.until) return false;
    if (wanted.sender && !(m.sender == *wanted.sender)) return false;
    return text.empty() || lower(m.content.text).find(text) != std::string::npos;
}

// Numbers of messages that have all of some grams, newest first.
std::vector<int64_t> candidates(db::Session& s, int64_t channel, const std::vector<uint32_t>& grams, int64_t from,
                                int64_t below) {
    const size_t joined = std::min(grams.size(), kJoined);
    std::string sql = "SELECT t0.seq FROM message_terms t0";
    std::vector<db::Param> params;
    for (size_t i = 1; i < joined; ++i) {
        const std::string t = "t" + std::to_string(i);
        sql += " JOIN message_terms " + t + " ON " + t + ".channel_id = t0.channel_id AND " + t + ".gram = ? AND " + t +
               ".seq = t0.seq";
        params.emplace_back(static_cast<int64_t>(grams[i]));
    }
    sql += " WHERE t0.channel_id = ? AND t0.gram = ? AND t0.seq >= ? AND t0.seq < ? ORDER BY t0.seq DESC LIMIT ?";
    params.insert(params.end(), {channel, static_cast<int64_t>(grams[0]), from, below, kAtOnce});
    std::vector<int64_t> found;
    db::Rows rows = s.query(sql, params);
    while (rows.next()) found.push_back(rows.integer(1));
    return found;
}

// Why a look at a channel ended.
enum class End {
    enough,
    over,    // nothing that is older fits
    older,   // what comes now has been written down
    looked,  // so much is not looked at in one call
};

struct Look {
    db::Session& s;
    const channels::Channel& channel;
    const Wanted& wanted;
    const std::string text;
    int64_t from, below;  // numbers that are still to be looked at
    std::vector<messages::Message> found;

    bool take(messages::Message& m) {
        if (fits(m, wanted, text)) found.push_back(std::move(m));
        return found.size() >= wanted.most;
    }
    // One message after the other, as long as they are not older than `young_ms`.
    End through(int64_t young_ms) {
        for (int64_t looked = 0; looked < kMostLooked; looked += kAtOnce) {
            auto some = messages::newest(s, channel.id, from, below, kAtOnce, false);
            for (auto& m : some) {
                if (m.created_at < wanted.since) return End::over;
                if (m.created_at < young_ms) return End::older;
                below = m.seq;
                if (take(m)) return End::enough;
            }
            if (static_cast<int64_t>(some.size()) < kAtOnce) return End::over;
        }
        return End::looked;
    }
    End by(const std::vector<uint32_t>& grams) {
        for (int64_t looked = 0; looked < kMostLooked; looked += kAtOnce) {
            const auto seqs = candidates(s, channel.id, grams, from, below);
            for (const int64_t seq : seqs) {
                below = seq;
                auto m = messages::find(s, channel.id, seq);
                if (m && m->created_at < wanted.since) return End::over;
                if (m && !(m->flags & messages::kCommand) && take(*m)) return End::enough;
            }
            if (static_cast<int64_t>(seqs.size()) < kAtOnce) return End::over;
        }
        return End::looked;
    }
};

}  // namespace

std::vector<uint32_t> grams_of(std::string_view whole) {
    const std::string text = lower(whole);
    std::set<uint32_t> found;
    std::string_view before;  // the character before this one, where it stands next to it
    for (size_t at = 0; at < text.size() && found.size() < kMostGrams;) {
        if (is_word(static_cast<unsigned char>(text[at]))) {
            size_t end = at;
            while (end < text.size() && is_word(static_cast<unsigned char>(text[end]))) ++end;
            found.insert(hash(std::string_view(text).substr(at, std::min(end - at, kLongestWord))));
            at = end;
            before = {};
            continue;
        }
        const std::string_view character = std::string_view(text).substr(at, length_at(text, at));
        at += character.size();
        if (character.size() == 1 || is_sign(character)) {
            before = {};
            continue;
        }
        if (!before.empty()) found.insert(hash({before.data(), before.size() + character.size()}));
        before = character;
    }
    return {found.begin(), found.end()};
}

size_t write_down(db::Database& db, const House& house, int64_t most) {
    const auto settled = static_cast<int64_t>(static_cast<uint64_t>(house.clock.now_ms() - kSettledMs) << 22);
    return db.transaction([&](db::Session& s) -> size_t {
        db::Rows state = s.query(kState);
        if (!state.next()) return 0;
        int64_t reached = state.integer(1);
        std::vector<Row> all;
        size_t count = 0;
        db::Rows rows = s.query(kNext, {reached, settled, most});
        for (; rows.next(); ++count) {
            reached = rows.integer(1);
            const std::string content = rows.text(4);
            if (content.empty()) continue;
            for (const uint32_t gram : grams_of(Content::from_json(content).text))
                all.push_back({rows.integer(2), rows.integer(3), gram});
        }
        if (count == 0) return 0;
        // In the order of the key: pages are written once.
        std::sort(all.begin(), all.end(), [](const Row& a, const Row& b) {
            return std::tie(a.channel, a.gram, a.seq) < std::tie(b.channel, b.gram, b.seq);
        });
        insert(s, all);
        s.execute(kReached, {reached});
        return count;
    });
}

void forget(db::Session& s, int64_t channel, int64_t seq, std::string_view text) {
    const auto grams = grams_of(text);
    if (grams.empty()) return;
    std::vector<db::Param> params;
    for (const uint32_t gram : grams) params.emplace_back(static_cast<int64_t>(gram));
    const std::string sql = kForget + db::placeholders(params) + ")";
    params.insert(params.begin(), {channel, seq});
    s.execute(sql, params);
}

Found find(db::Session& s, const House& house, const channels::Channel& channel, int64_t from, const Wanted& wanted) {
    Look look{s, channel, wanted, lower(wanted.text), from, std::min(wanted.below, channel.last_seq + 1), {}};
    const auto grams = grams_of(wanted.text);
    // All of it is looked through where that is not much, or where there is nothing to look it up by.
    const bool all = grams.empty() || channel.last_seq - from < kSmall;
    End end = look.through(all ? 0 : house.clock.now_ms() - 2 * kSettledMs);
    if (end == End::older) end = look.by(grams);
    const bool more = (end == End::enough || end == End::looked) && look.below > from;
    return {std::move(look.found), more ? look.below : 0};
}

}  // namespace hy::search
