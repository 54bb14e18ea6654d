#include "core/messages.h"

#include <algorithm>

#include "base/encode.h"
#include "base/text.h"
#include "core/events.h"
#include "core/files.h"
#include "core/history.h"
#include "core/hooks.h"
#include "core/people.h"
#include "core/profiles.h"
#include "core/sandbox_talks.h"
#include "core/search.h"
#include "json/writer.h"

namespace hy::messages {

namespace {

constexpr const char* kFindNumber =
    "SELECT channel_id, seq, content_hash FROM client_numbers WHERE sender_type = ? AND sender_id = ? AND no_hash = ?";
constexpr const char* kSeqOfNumber =
    "SELECT seq FROM client_numbers WHERE no_hash = ? AND channel_id = ?"
    " ORDER BY sender_type = ? AND sender_id = ? DESC, seq LIMIT 1";
constexpr const char* kSeqOfOldNumber =
    "SELECT seq FROM messages WHERE channel_id = ? AND seq > (SELECT last_seq FROM channels WHERE id = ?) - 65536"
    " AND client_no = ? ORDER BY sender_type = ? AND sender_id = ? DESC, seq LIMIT 1";
constexpr const char* kSeqOfId = "SELECT seq FROM messages WHERE message_id = ? AND channel_id = ?";
constexpr const char* kInsertNumber =
    "INSERT INTO client_numbers (sender_type, sender_id, no_hash, content_hash, channel_id, seq, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kTakeNext =
    "UPDATE channels SET last_seq = ?, last_at = GREATEST(last_at, ?) WHERE id = ? AND last_seq = ?";
// The same, and what an account says it has read. The channel is locked before its members are, as everywhere.
constexpr const char* kTakeNextAndRead =
    "UPDATE channels c STRAIGHT_JOIN channel_members m"
    " ON m.channel_id = c.id AND m.member_type = ? AND m.member_id = ?"
    " SET c.last_seq = ?, c.last_at = GREATEST(c.last_at, ?), m.read_seq = ? WHERE c.id = ? AND c.last_seq = ?";
// Takes a number and tells it as LAST_INSERT_ID.
constexpr const char* kTake =
    "UPDATE channels SET last_seq = LAST_INSERT_ID(last_seq + 1), last_at = GREATEST(last_at, ?) WHERE id = ?";
constexpr const char* kInsert =
    "INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, client_no, form, raw, content, "
    "created_at, flags, extra)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
// `n` counts the channel's, so that two of them say how many lie between.
constexpr const char* kQuiet =
    "INSERT INTO quiet_messages (channel_id, seq, n) SELECT ?, ?, 1 + COALESCE((SELECT q.n FROM quiet_messages q"
    " WHERE q.channel_id = ? ORDER BY q.seq DESC LIMIT 1), 0) FROM DUAL";
constexpr const char* kRead =
    "UPDATE channel_members SET read_seq = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
#define HY_MESSAGE_COLUMNS                                                                                     \
    "SELECT channel_id, seq, message_id, sender_type, sender_id, client_no, form, COALESCE(raw, ''), content," \
    " recalled_at, created_at, flags, COALESCE(extra, '') FROM messages "
constexpr const char* kFind = HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq = ?";
constexpr const char* kFindId = HY_MESSAGE_COLUMNS "WHERE message_id = ?";
constexpr const char* kRange = HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq BETWEEN ? AND ? ORDER BY seq";
constexpr const char* kFromSender =
    HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq > ? AND sender_type = ? AND sender_id = ? ORDER BY seq LIMIT ?";
constexpr const char* kBefore =
    "SELECT channel_id, seq, message_id, sender_type, sender_id, client_no, form, '', content, recalled_at, created_at,"
    " flags, COALESCE(extra, '') FROM messages WHERE channel_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
constexpr const char* kNewest =
    HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq >= ? AND seq < ? AND flags & ? = 0 ORDER BY seq DESC LIMIT ?";
constexpr const char* kAfter = HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq > ? ORDER BY seq LIMIT ?";
#undef HY_MESSAGE_COLUMNS
constexpr const char* kNumberBefore =
    "SELECT MIN(seq) - 1 FROM messages WHERE channel_id = ? AND seq > ? AND created_at >= ?";
constexpr const char* kRecall =
    "UPDATE messages SET content = '{\"kind\":\"text\",\"text\":\"\"}', raw = NULL, extra = ?, recalled_at = ?"
    " WHERE channel_id = ? AND seq = ? AND recalled_at IS NULL";

Message read(const db::Rows& rows) {
    Message m;
    m.channel = rows.integer(1);
    m.seq = rows.integer(2);
    m.id = rows.unsigned_integer(3);
    m.sender = {static_cast<PrincipalType>(rows.integer(4)), rows.integer(5)};
    m.client_no = rows.text(6);
    m.form = rows.text(7);
    m.raw = rows.text(8);
    m.content = Content::from_json(rows.text(9));
    m.recalled = !rows.is_null(10);
    m.created_at = rows.integer(11);
    m.flags = rows.integer(12);
    m.extra = rows.text(13);
    return m;
}

std::vector<Message> all(db::Rows rows) {
    std::vector<Message> found;
    while (rows.next()) found.push_back(read(rows));
    return found;
}

std::string short_hash(std::string_view text) { return to_hex(auth::sha256(text)).substr(0, 32); }

std::optional<Message> find_repeated(db::Session& s, const Draft& draft, const std::string& no_hash,
                                     const std::string& content_hash) {
    db::Rows rows = s.query(kFindNumber, {draft.sender.type_number(), draft.sender.id, no_hash});
    if (!rows.next()) return std::nullopt;
    if (!draft.number_alone && rows.text(3) != content_hash) throw Error(Fault::conflict, "message.client_no");
    auto message = find(s, rows.integer(1), rows.integer(2));
    // The log may have forgotten the message (messages.keep_days); its number is still taken.
    if (!message) throw Error(Fault::conflict, "message.client_no");
    return message;
}

struct Taken {
    int64_t number;
    int64_t before_at;  // when the message before was stored; 0: not known
    bool read = false;  // by its sender
};

// The message's number, with which its channel is locked. Nearly always the channel still is as it
// was read; only otherwise a second statement asks for the number.
Taken take_number(db::Session& s, const channels::Channel& channel, const Principal& sender, int64_t now) {
    const int64_t next = channel.last_seq + 1;
    if (sender.type == PrincipalType::account) {
        if (s.execute(kTakeNextAndRead,
                      {sender.type_number(), sender.id, next, now, next, channel.id, channel.last_seq}) > 0)
            return {next, channel.last_at, true};
    } else if (s.execute(kTakeNext, {next, now, channel.id, channel.last_seq}) == 1) return {next, channel.last_at};
    if (s.execute(kTake, {now, channel.id}) == 0) throw Error(Fault::not_found, "channel.not_found");
    return {static_cast<int64_t>(s.last_insert_id()), 0};
}

// Who hears a channel: a group's listeners together, all others account by account.
void announce(const House& house, const channels::Channel& channel, const Message& message, const Draft& draft,
              int64_t before_at, const std::string& bench, outbox::Pushes& pushes) {
    const std::string push = render_push(house, channel, message,
                                         {.sender_id = draft.sender_id,
                                          .sender_name = draft.sender_name,
                                          .sender_face = draft.sender_face,
                                          .from = draft.conn,
                                          .before_at = before_at,
                                          .bench = bench});
    if (channel.kind == channels::Kind::group) return pushes.add("live.channel." + std::to_string(channel.id), push);
    if (channel.account) return pushes.add("live.account." + std::to_string(channel.account), push);
    // Of two accounts; a robot's talk in WeCom is heard by nobody of the house.
    if (channel.kind != channels::Kind::person) return;
    pushes.add("live." + channel.first.name(), push);
    if (!(channel.second == channel.first)) pushes.add("live." + channel.second.name(), push);
}

Message message_of(const House& house, const channels::Channel& channel, const Draft& draft, int64_t seq) {
    Message m;
    m.channel = channel.id;
    m.seq = seq;
    m.id = house.ids.next();
    m.sender = draft.sender;
    m.client_no = draft.client_no;
    m.form = draft.form;
    m.raw = draft.raw;
    m.content = draft.content;
    m.created_at = house.clock.now_ms();
    m.flags = draft.flags;
    m.extra = draft.extra;
    return m;
}

}  // namespace

Appended append(db::Session& s, const House& house, const channels::Channel& channel, const Draft& draft,
                outbox::Pushes& pushes) {
    const std::string content = draft.content.to_json();
    const std::string no_hash = draft.client_no.empty() ? "" : short_hash(draft.client_no);
    const std::string content_hash =
        short_hash((draft.target.empty() ? std::to_string(channel.id) : draft.target) + "\n" +
                   (draft.written.empty() ? draft.form + "\n" + draft.raw + "\n" + content : draft.written));
    // Nearly every number is new, and the key tells when one is not: only then it is looked for.
    if (!no_hash.empty() && s.repeated)
        if (auto known = find_repeated(s, draft, no_hash, content_hash)) return {std::move(*known), true};

    const Taken taken = take_number(s, channel, draft.sender, house.clock.now_ms());
    Message m = message_of(house, channel, draft, taken.number);
    // Nobody counts what a robot has not read.
    if (m.sender.type == PrincipalType::account && !taken.read &&
        s.execute(kRead, {m.seq, m.channel, m.sender.type_number(), m.sender.id}) == 0 &&
        channel.kind == channels::Kind::group)
        throw db::Retry{};  // sent away a moment ago
    const auto or_null = [](const std::string& text) {
        return text.empty() ? db::Param(nullptr) : db::Param(std::string_view(text));
    };
    // A duplicate repeats the transaction: the id met another process's, or the number is known and is looked for then.
    try {
        s.later(kInsert, {m.channel, m.seq, m.id, m.sender.type_number(), m.sender.id, m.client_no, m.form,
                          or_null(m.raw), content, m.created_at, m.flags, or_null(m.extra)});
        if (!no_hash.empty())
            s.later(kInsertNumber,
                    {m.sender.type_number(), m.sender.id, no_hash, content_hash, m.channel, m.seq, m.created_at});
    } catch (const db::Duplicate&) {
        throw db::Retry{};
    }
    if (m.flags & (kNoDot | kCommand)) s.later(kQuiet, {m.channel, m.seq, m.channel});
    if (channel.account && channel.robot) history::note(s, channel.account, m.channel, m.seq);
    const bool at_bench = channel.kind == channels::Kind::sandbox;
    announce(house, channel, m, draft, taken.before_at, at_bench ? sandbox::place_of(s, channel) : "", pushes);
    hooks::note(s, house, channel, m, draft, pushes);
    return {std::move(m), false};
}

Message pass_on(const House& house, const channels::Channel& channel, const Draft& draft, outbox::Pushes& pushes) {
    Message m = message_of(house, channel, draft, 0);
    announce(house, channel, m, draft, 0, "", pushes);
    return m;
}

std::optional<Message> find(db::Session& s, int64_t channel, int64_t seq) {
    db::Rows rows = s.query(kFind, {channel, seq});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::optional<Message> find_by_id(db::Session& s, int64_t id) {
    db::Rows rows = s.query(kFindId, {id});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::optional<Message> find_by_number(db::Session& s, const Principal& sender, const std::string& client_no) {
    db::Rows rows = s.query(kFindNumber, {sender.type_number(), sender.id, short_hash(client_no)});
    if (!rows.next()) return std::nullopt;
    return find(s, rows.integer(1), rows.integer(2));
}

std::optional<int64_t> seq_of_number(db::Session& s, int64_t channel, const std::string& no, const Principal& reader) {
    const auto one = [](db::Rows rows) { return rows.next() ? std::optional(rows.integer(1)) : std::nullopt; };
    const std::string hash = short_hash(no);
    if (const auto seq = one(s.query(kSeqOfNumber, {hash, channel, reader.type_number(), reader.id}))) return seq;
    if (const auto id = to_uint(no))
        if (const auto seq = one(s.query(kSeqOfId, {*id, channel}))) return seq;
    return one(s.query(kSeqOfOldNumber, {channel, channel, no, reader.type_number(), reader.id}));
}

std::vector<Message> range(db::Session& s, int64_t channel, int64_t from, int64_t to) {
    return all(s.query(kRange, {channel, from, to}));
}

std::vector<Message> before(db::Session& s, int64_t channel, int64_t seq, int64_t limit) {
    return all(s.query(kBefore, {channel, seq, limit}));
}

std::vector<Message> newest(db::Session& s, int64_t channel, int64_t from, int64_t below, int64_t limit,
                            bool commands) {
    return all(s.query(kNewest, {channel, from, below, commands ? 0 : kCommand, limit}));
}

std::vector<Message> after(db::Session& s, int64_t channel, int64_t seq, int64_t limit) {
    return all(s.query(kAfter, {channel, seq, limit}));
}

std::optional<int64_t> number_before(db::Session& s, int64_t channel, int64_t last, int64_t since) {
    constexpr int64_t kFirst = 256, kMost = 65536;
    for (int64_t back = kFirst;; back *= 4) {
        const int64_t from = std::max<int64_t>(0, last - back);
        db::Rows rows = s.query(kNumberBefore, {channel, from, since});
        if (!rows.next() || rows.is_null(1)) return std::nullopt;
        // The first that was looked at is young already: there may be others before it.
        if (rows.integer(1) > from || from == 0 || back >= kMost) return rows.integer(1);
    }
}

std::vector<Message> from_sender(db::Session& s, int64_t channel, const Principal& sender, int64_t after,
                                 int64_t limit) {
    return all(s.query(kFromSender, {channel, after, sender.type_number(), sender.id, limit}));
}

bool empty(db::Session& s, const House& house, const Message& message, std::string_view extra) {
    const db::Param kept = extra.empty() ? db::Param(nullptr) : db::Param(extra);
    if (s.execute(kRecall, {kept, house.clock.now_ms(), message.channel, message.seq}) == 0) return false;
    search::forget(s, message.channel, message.seq, message.content.text);
    return true;
}

void recall(db::Session& s, const House& house, const channels::Channel& channel, int64_t seq, const Principal& by,
            outbox::Pushes& pushes) {
    const auto message = find(s, channel.id, seq);
    const auto member = channels::member(s, channel.id, by);
    if (!message || !member || seq < member->visible_from) throw Error(Fault::not_found, "message.not_found");
    const int64_t now = house.clock.now_ms();
    const bool in_time = now - message->created_at <= house.config.messages.recall_seconds * 1000;
    const bool rules = channel.kind == channels::Kind::group && member->role != channels::Role::member;
    if (!rules && !(message->sender == by && in_time)) throw Error(Fault::forbidden, "message.recall");
    const auto profiles = profiles::of(s, {by});
    const profiles::Profile who = profiles.empty() ? profiles::Profile{} : profiles.begin()->second;
    // What it carried along is gone with the rest; who took it back stands there.
    json::Writer taken;
    taken.begin_object().key("recall").begin_object();
    taken.field("by", who.id).field("name", who.name).field("at", now).end_object().end_object();
    if (!empty(s, house, *message, taken.text())) return;
    json::Writer w;
    w.begin_object().field("channel", channel.id).field("message_seq", seq).field("id", std::to_string(message->id));
    w.field("by", by.name()).field("at", now);
    if (!who.id.empty()) w.field("by_id", who.id);
    if (!message->client_no.empty() && !(message->flags & kHouseNumber)) w.field("client_no", message->client_no);
    write_place(w, channel);
    w.end_object();
    if (channel.kind == channels::Kind::group)
        return events::append_to_group(s, house, channel.id, "recall", w.text(), pushes);
    std::vector<int64_t> hearers;
    for (const auto& hearer : channels::members(s, channel.id))
        if (hearer.who.type == PrincipalType::account) hearers.push_back(hearer.who.id);
    std::sort(hearers.begin(), hearers.end());
    events::append(s, house, hearers, "recall", w.text(), pushes);
}

}  // namespace hy::messages
