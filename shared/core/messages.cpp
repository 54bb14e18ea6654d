#include "core/messages.h"

#include "base/encode.h"
#include "base/text.h"
#include "core/events.h"
#include "core/files.h"
#include "core/history.h"
#include "json/writer.h"

namespace hy::messages {

namespace {

constexpr const char* kFindNumber =
    "SELECT channel_id, seq, content_hash FROM client_numbers WHERE sender_type = ? AND sender_id = ? AND no_hash = ?";
constexpr const char* kInsertNumber =
    "INSERT INTO client_numbers (sender_type, sender_id, no_hash, content_hash, channel_id, seq, created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)";
// Takes a number and tells it as LAST_INSERT_ID.
constexpr const char* kTakeNext = "UPDATE channels SET last_seq = ? WHERE id = ? AND last_seq = ?";
constexpr const char* kTake = "UPDATE channels SET last_seq = LAST_INSERT_ID(last_seq + 1) WHERE id = ?";
constexpr const char* kInsert =
    "INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, client_no, form, raw, content, "
    "created_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kRead =
    "UPDATE channel_members SET read_seq = ? WHERE channel_id = ? AND member_type = ? AND member_id = ?";
#define HY_MESSAGE_COLUMNS                                                                                     \
    "SELECT channel_id, seq, message_id, sender_type, sender_id, client_no, form, COALESCE(raw, ''), content," \
    " recalled_at, created_at FROM messages "
constexpr const char* kFind = HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq = ?";
constexpr const char* kRange = HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq BETWEEN ? AND ? ORDER BY seq";
constexpr const char* kFromSender =
    HY_MESSAGE_COLUMNS "WHERE channel_id = ? AND seq > ? AND sender_type = ? AND sender_id = ? ORDER BY seq LIMIT ?";
constexpr const char* kBefore =
    "SELECT channel_id, seq, message_id, sender_type, sender_id, client_no, form, '', content, recalled_at, created_at"
    " FROM messages WHERE channel_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?";
#undef HY_MESSAGE_COLUMNS
constexpr const char* kAccountName = "SELECT uid, nickname FROM accounts WHERE id = ?";
constexpr const char* kRobotName = "SELECT public_id, name FROM robots WHERE id = ?";
constexpr const char* kContactName = "SELECT '', name FROM wecom_contacts WHERE id = ?";
constexpr const char* kRecall =
    "UPDATE messages SET content = '{\"kind\":\"text\",\"text\":\"\"}', raw = NULL, recalled_at = ?"
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

// The message's number, with which its channel is locked. Nearly always the channel still is as it
// was read; only otherwise a second statement asks for the number.
int64_t take_number(db::Session& s, const channels::Channel& channel) {
    const int64_t next = channel.last_seq + 1;
    if (s.execute(kTakeNext, {next, channel.id, channel.last_seq}) == 1) return next;
    if (s.execute(kTake, {channel.id}) == 0) throw Error(Fault::not_found, "channel.not_found");
    return static_cast<int64_t>(s.last_insert_id());
}

// Who hears a channel: a group's listeners together, all others account by account.
void announce(db::Session& s, const House& house, const channels::Channel& channel, const Message& message,
              const Draft& draft, outbox::Pushes& pushes) {
    const std::string push = render_push(house, channel, message, draft.sender_id, draft.sender_name);
    if (channel.kind == channels::Kind::group) {
        pushes.add("live.channel." + std::to_string(channel.id), push);
    } else if (channel.account) {
        pushes.add("live.account." + std::to_string(channel.account), push);
    } else {
        for (const auto& member : channels::members(s, channel.id))
            if (member.who.type == PrincipalType::account) pushes.add("live." + member.who.name(), push);
    }
}

}  // namespace

Appended append(db::Session& s, const House& house, const channels::Channel& channel, const Draft& draft,
                outbox::Pushes& pushes) {
    const std::string content = draft.content.to_json();
    const std::string no_hash = draft.client_no.empty() ? "" : short_hash(draft.client_no);
    const std::string content_hash = short_hash((draft.target.empty() ? std::to_string(channel.id) : draft.target) +
                                                "\n" + draft.form + "\n" + draft.raw + "\n" + content);
    // Nearly every number is new, and the key tells when one is not: only then it is looked for.
    if (!no_hash.empty() && s.repeated)
        if (auto known = find_repeated(s, draft, no_hash, content_hash)) return {std::move(*known), true};

    Message m{channel.id,          take_number(s, channel), house.ids.next(),
              draft.sender,        draft.client_no,         draft.form,
              draft.raw,           draft.content,           false,
              house.clock.now_ms()};
    const db::Param raw = m.raw.empty() ? db::Param(nullptr) : db::Param(std::string_view(m.raw));
    try {
        s.execute(kInsert, {m.channel, m.seq, m.id, m.sender.type_number(), m.sender.id, m.client_no, m.form, raw,
                            content, m.created_at});
        if (!no_hash.empty())
            s.execute(kInsertNumber,
                      {m.sender.type_number(), m.sender.id, no_hash, content_hash, m.channel, m.seq, m.created_at});
    } catch (const db::Duplicate&) {
        throw db::Retry{};  // the id met another process's, or the number is known: looked for then
    }
    // Nobody counts what a robot has not read.
    if (m.sender.type == PrincipalType::account)
        s.execute(kRead, {m.seq, m.channel, m.sender.type_number(), m.sender.id});
    if (channel.account && channel.robot) history::note(s, channel.account, m.channel, m.seq);
    announce(s, house, channel, m, draft, pushes);
    return {std::move(m), false};
}

std::optional<Message> find(db::Session& s, int64_t channel, int64_t seq) {
    db::Rows rows = s.query(kFind, {channel, seq});
    if (!rows.next()) return std::nullopt;
    return read(rows);
}

std::optional<Message> find_by_number(db::Session& s, const Principal& sender, const std::string& client_no) {
    db::Rows rows = s.query(kFindNumber, {sender.type_number(), sender.id, short_hash(client_no)});
    if (!rows.next()) return std::nullopt;
    return find(s, rows.integer(1), rows.integer(2));
}

std::vector<Message> range(db::Session& s, int64_t channel, int64_t from, int64_t to) {
    return all(s.query(kRange, {channel, from, to}));
}

std::vector<Message> before(db::Session& s, int64_t channel, int64_t seq, int64_t limit) {
    return all(s.query(kBefore, {channel, seq, limit}));
}

std::vector<Message> from_sender(db::Session& s, int64_t channel, const Principal& sender, int64_t after,
                                 int64_t limit) {
    return all(s.query(kFromSender, {channel, after, sender.type_number(), sender.id, limit}));
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
    if (s.execute(kRecall, {now, channel.id, seq}) == 0) return;
    json::Writer w;
    w.begin_object().field("channel", channel.id).field("message_seq", seq).field("id", std::to_string(message->id));
    w.field("by", by.name()).end_object();
    for (const auto& hearer : channels::members(s, channel.id))
        if (hearer.who.type == PrincipalType::account)
            events::append(s, house, hearer.who.id, "recall", w.text(), pushes);
}

std::string render_push(const House& house, const channels::Channel& channel, const Message& m,
                        const std::string& sender_id, const std::string& sender_name, const std::string& conn,
                        int64_t after) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "message").field("channel", m.channel).field("seq", m.seq);
    w.field("at", m.created_at).field("id", std::to_string(m.id));
    if (!conn.empty()) w.field("conn", conn);
    if (after) w.field("after", after);
    w.key("sender").begin_object().field("type", m.sender.kind());
    w.field("n", m.sender.id).field("id", sender_id).field("name", sender_name).end_object();
    if (!channel.robot_id.empty()) w.field("robot", channel.robot_id);
    w.field("conversation", channel.label);
    if (channel.account) w.field("user", std::to_string(channel.account));
    else if (m.sender.type == PrincipalType::contact) w.field("user", "wecom_" + std::to_string(m.sender.id));
    w.key("content").begin_object().field("kind", m.content.kind).field("text", m.content.text);
    if (m.content.media) {
        const Media& media = *m.content.media;
        w.key("media").begin_object();
        w.field("url", media.file.empty() ? media.url : files::link(house, media.file, media.name));
        if (!media.mime.empty()) w.field("mime", media.mime);
        if (!media.name.empty()) w.field("name", media.name);
        if (media.size) w.field("size", media.size);
        w.end_object();
    }
    w.end_object().end_object();
    return std::move(w).take();
}

std::string render_push(db::Session& s, const House& house, const channels::Channel& channel, const Message& message,
                        const std::string& conn, int64_t after) {
    constexpr const char* kNames[] = {kAccountName, kRobotName, kContactName};
    db::Rows rows = s.query(kNames[message.sender.type_number()], {message.sender.id});
    const bool known = rows.next();
    return render_push(house, channel, message, known ? rows.text(1) : "", known ? rows.text(2) : "", conn, after);
}

}  // namespace hy::messages
