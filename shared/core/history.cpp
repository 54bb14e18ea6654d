#include "core/history.h"

#include <algorithm>
#include <map>

namespace hy::history {

namespace {

constexpr int64_t kPage = 1000;

// LAST_INSERT_ID carries the account's number from statement to statement.
constexpr const char* kTake = "UPDATE ocms_heads SET last_n = LAST_INSERT_ID(last_n + 1) WHERE account_id = ?";
constexpr const char* kFirst =
    "INSERT INTO ocms_heads (account_id, last_n, cleared_n) VALUES (?, LAST_INSERT_ID(1), 0)"
    " ON DUPLICATE KEY UPDATE last_n = LAST_INSERT_ID(last_n + 1)";
constexpr const char* kNote =
    "INSERT INTO ocms_log (account_id, n, channel_id, seq) VALUES (?, LAST_INSERT_ID(), ?, ?)";
constexpr const char* kNoteGone =
    "INSERT INTO ocms_gone (account_id, page, gone) VALUES (?, ?, ?)"
    " ON DUPLICATE KEY UPDATE gone = gone + VALUES(gone)";
constexpr const char* kHead = "SELECT last_n, cleared_n FROM ocms_heads WHERE account_id = ?";
constexpr const char* kGone = "SELECT page, gone FROM ocms_gone WHERE account_id = ? AND page > ?";
constexpr const char* kBoundary = "SELECT COUNT(*) FROM ocms_log WHERE account_id = ? AND n > ? AND n < ?";
#define HY_ENTRY_COLUMNS                                                                                     \
    "m.channel_id, m.seq, m.message_id, m.sender_type, m.sender_id, m.content, m.recalled_at, m.created_at," \
    " COALESCE(r.public_id, ''), COALESCE(v.public_id, 'default')"
// The offset is within a page: below 1,000.
constexpr const char* kRows = "SELECT STRAIGHT_JOIN " HY_ENTRY_COLUMNS
                              " FROM ocms_log l JOIN messages m ON m.channel_id = l.channel_id AND m.seq = l.seq"
                              " JOIN channels c ON c.id = l.channel_id LEFT JOIN robots r ON r.id = c.robot_id"
                              " LEFT JOIN conversations v ON v.channel_id = l.channel_id"
                              " WHERE l.account_id = ? AND l.n > ? AND l.n < ? ORDER BY l.n DESC LIMIT ? OFFSET ?";
constexpr const char* kChannelRows =
    "SELECT " HY_ENTRY_COLUMNS
    " FROM messages m JOIN channels c ON c.id = m.channel_id LEFT JOIN robots r ON r.id = c.robot_id"
    " LEFT JOIN conversations v ON v.channel_id = m.channel_id"
    " WHERE m.channel_id = ? AND m.seq > ? AND m.seq <= ? ORDER BY m.seq";
#undef HY_ENTRY_COLUMNS
constexpr const char* kDefaultTalks =
    "SELECT id FROM channels WHERE account_id = ? AND robot_id IS NOT NULL AND kind = 1 ORDER BY id";
constexpr const char* kNewestIds =
    "SELECT message_id, seq FROM messages WHERE channel_id = ? AND seq > ? ORDER BY seq DESC LIMIT ?";
constexpr const char* kLowest = "SELECT MIN(seq) FROM messages WHERE channel_id = ?";
constexpr const char* kClearHead = "UPDATE ocms_heads SET cleared_n = last_n, rows_left = 1 WHERE account_id = ?";
constexpr const char* kClearTalks =
    "UPDATE channels c JOIN channel_members m ON m.channel_id = c.id AND m.member_type = 0 AND m.member_id = "
    "c.account_id"
    " SET m.cleared_seq = c.last_seq WHERE c.account_id = ? AND c.robot_id IS NOT NULL";
constexpr const char* kClearTalk =
    "UPDATE channel_members m JOIN channels c ON c.id = m.channel_id SET m.cleared_seq = c.last_seq"
    " WHERE m.channel_id = ? AND m.member_type = 0 AND m.member_id = ?";
constexpr const char* kHidden =
    "SELECT l.n FROM ocms_log l JOIN channel_members m"
    " ON m.channel_id = l.channel_id AND m.member_type = 0 AND m.member_id = l.account_id"
    " WHERE l.channel_id = ? AND l.account_id = ? AND l.seq <= m.cleared_seq LIMIT 1000 FOR UPDATE";
constexpr const char* kSetLeft = "UPDATE conversations SET rows_left = ? WHERE channel_id = ?";

std::vector<Entry> read_entries(db::Rows rows) {
    std::vector<Entry> entries;
    while (rows.next()) {
        Entry e;
        e.message.channel = rows.integer(1);
        e.message.seq = rows.integer(2);
        e.message.id = rows.unsigned_integer(3);
        e.message.sender = {static_cast<PrincipalType>(rows.integer(4)), rows.integer(5)};
        e.message.content = Content::from_json(rows.text(6));
        e.message.recalled = !rows.is_null(7);
        e.message.created_at = rows.integer(8);
        e.robot_id = rows.text(9);
        e.conversation_id = rows.text(10);
        entries.push_back(std::move(e));
    }
    return entries;
}

struct PageCount {
    int64_t page, messages;
};

// What is visible of each page, newest first: whole pages by arithmetic, the one that the
// clearing mark falls into row by row.
std::vector<PageCount> visible_pages(db::Session& s, int64_t account, int64_t last, int64_t cleared) {
    const int64_t boundary = cleared / kPage;
    std::map<int64_t, int64_t> gone;
    db::Rows rows = s.query(kGone, {account, boundary});
    while (rows.next()) gone[rows.integer(1)] = rows.integer(2);
    std::vector<PageCount> pages;
    for (int64_t page = last / kPage; page > boundary; --page) {
        const int64_t numbers = std::min(last - page * kPage + 1, kPage);
        const auto at = gone.find(page);
        pages.push_back({page, numbers - (at == gone.end() ? 0 : at->second)});
    }
    db::Rows part = s.query(kBoundary, {account, cleared, std::min((boundary + 1) * kPage, last + 1)});
    if (part.next() && part.integer(1) > 0) pages.push_back({boundary, part.integer(1)});
    return pages;
}

// The numbers of a channel that an account sees: above `below`, up to `last`.
struct Span {
    int64_t below = 0, last = 0;
};
Span visible_span(db::Session& s, int64_t account, const channels::Channel& channel) {
    const auto member = channels::member(s, channel.id, account_principal(account));
    db::Rows first = s.query(kLowest, {channel.id});
    if (!member || !first.next() || first.is_null(1)) return {};
    const int64_t below = std::max(member->cleared_seq, first.integer(1) - 1);
    return {below, std::max(below, channel.last_seq)};
}

struct Place {
    uint64_t id;
    int64_t channel, seq;
};

}  // namespace

void note(db::Session& s, int64_t account, int64_t channel, int64_t seq) {
    if (s.execute(kTake, {account}) == 0) s.execute(kFirst, {account});
    s.later(kNote, {account, channel, seq});
}

void note_gone(db::Session& s, int64_t account, int64_t n, int64_t count) {
    s.execute(kNoteGone, {account, n / kPage, count});
}

Page page(db::Session& s, int64_t account, int64_t limit, int64_t offset) {
    Page result;
    db::Rows head = s.query(kHead, {account});
    if (!head.next()) return result;
    const int64_t last = head.integer(1), cleared = head.integer(2);
    const auto pages = visible_pages(s, account, last, cleared);
    for (const auto& page : pages) result.total += page.messages;
    int64_t skipped = 0;
    for (const auto& page : pages) {
        if (skipped + page.messages <= offset) {
            skipped += page.messages;
            continue;
        }
        result.entries = read_entries(
            s.query(kRows, {account, cleared, std::min((page.page + 1) * kPage, last + 1), limit, offset - skipped}));
        std::reverse(result.entries.begin(), result.entries.end());
        break;
    }
    return result;
}

Page page_of_channel(db::Session& s, int64_t account, const channels::Channel& channel, int64_t limit, int64_t offset) {
    // Numbers have no holes: a total and an offset are arithmetic.
    Page result;
    const Span span = visible_span(s, account, channel);
    result.total = span.last - span.below;
    const int64_t to = span.last - offset;
    const int64_t from = std::max(span.below, to - limit);
    if (to > from) result.entries = read_entries(s.query(kChannelRows, {channel.id, from, to}));
    return result;
}

Page page_of_defaults(db::Session& s, int64_t account, int64_t limit, int64_t offset) {
    if (limit + offset > kMostMerged)
        throw Error(Fault::bad_request, "query", "offset: at most 10000 without robot_id");
    std::vector<int64_t> talks;
    db::Rows rows = s.query(kDefaultTalks, {account});
    while (rows.next()) talks.push_back(rows.integer(1));
    // Merged by number alone: what was said is read for the page that is asked for only.
    Page merged;
    std::vector<Place> places;
    for (const int64_t talk : talks) {
        const Span span = visible_span(s, account, *channels::find(s, talk));
        merged.total += span.last - span.below;
        db::Rows newest = s.query(kNewestIds, {talk, span.below, limit + offset});
        while (newest.next()) places.push_back({newest.unsigned_integer(1), talk, newest.integer(2)});
    }
    std::sort(places.begin(), places.end(), [](const Place& a, const Place& b) { return a.id > b.id; });
    for (size_t i = static_cast<size_t>(offset); i < std::min(places.size(), static_cast<size_t>(offset + limit));
         ++i) {
        auto one = read_entries(s.query(kChannelRows, {places[i].channel, places[i].seq - 1, places[i].seq}));
        std::move(one.begin(), one.end(), std::back_inserter(merged.entries));
    }
    std::reverse(merged.entries.begin(), merged.entries.end());
    return merged;
}

void clear(db::Session& s, int64_t account) {
    s.execute(kClearTalks, {account});
    s.execute(kClearHead, {account});
}

void clear_channel(db::Session& s, int64_t account, int64_t channel) { s.execute(kClearTalk, {channel, account}); }

bool forget_some(db::Session& s, int64_t account, int64_t channel) {
    std::vector<db::Param> numbers;
    std::map<int64_t, int64_t> by_page;
    // Locks the conversation first: whoever deletes it, or forgets at the same time, is waited
    // for, and no row is counted twice or hidden after the look.
    s.execute(kSetLeft, {int64_t{0}, channel});
    db::Rows rows = s.query(kHidden, {channel, account});
    while (rows.next()) {
        numbers.emplace_back(rows.integer(1));
        ++by_page[rows.integer(1) / kPage];
    }
    const bool more = numbers.size() == 1000;
    if (more) s.execute(kSetLeft, {int64_t{1}, channel});
    if (numbers.empty()) return false;
    const std::string marks = db::placeholders(numbers);
    numbers.insert(numbers.begin(), account);
    s.execute("DELETE FROM ocms_log WHERE account_id = ? AND n IN (" + marks + ")", numbers);
    for (const auto& [page, count] : by_page) note_gone(s, account, page * kPage, count);
    return more;
}

}  // namespace hy::history
