#include "core/portability.h"

#include <algorithm>
#include <initializer_list>

#include "base/clock.h"
#include "base/encode.h"
#include "base/errors.h"
#include "base/text.h"
#include "core/channels.h"
#include "core/files.h"
#include "core/messages.h"
#include "core/people.h"
#include "json/writer.h"

namespace hy::portability {

namespace {

constexpr const char* kAccount =
    "SELECT id, uid, nickname, avatar, COALESCE(phone, ''), ex, created_at, COALESCE(last_login_at, 0) FROM accounts"
    " WHERE id = ?";
constexpr const char* kIdentities =
    "SELECT appid, openid, COALESCE(unionid, ''), created_at FROM weapp_identities WHERE account_id = ?";
constexpr const char* kLogins =
    "SELECT platform, created_at, expires_at FROM token_families WHERE account_id = ? AND revoked_at IS NULL LIMIT "
    "1000";
constexpr const char* kRobots =
    "SELECT r.public_id, r.name, r.description, r.icon, r.brain, r.is_private, r.reply_all, r.created_at,"
    " COALESCE(b.provider, ''), COALESCE(b.model, ''), COALESCE(b.scenario, ''), COALESCE(b.system_prompt, ''),"
    " COALESCE(t.message_url, ''), COALESCE(t.result_url, '') FROM robots r"
    " LEFT JOIN robot_brains b ON b.robot_id = r.id LEFT JOIN third_parties t ON t.robot_id = r.id"
    " WHERE r.owner_id = ? AND r.deleted_at IS NULL";
constexpr const char* kCodes =
    "SELECT code, validity_days, created_at, COALESCE(expires_at, 0) FROM activation_codes WHERE account_id = ?";
constexpr const char* kConversations =
    "SELECT v.id, v.public_id, r.public_id, v.title, v.created_at, v.updated_at FROM conversations v"
    " JOIN robots r ON r.id = v.robot_id WHERE v.account_id = ? AND v.deleted_at IS NULL AND v.id > ?"
    " ORDER BY v.id LIMIT ?";
constexpr const char* kFriends =
    "SELECT COALESCE(a.uid, r.public_id, ''), f.remark, f.ex, f.created_at FROM friends f"
    " LEFT JOIN accounts a ON f.friend_type = 0 AND a.id = f.friend_id"
    " LEFT JOIN robots r ON f.friend_type = 1 AND r.id = f.friend_id WHERE f.account_id = ?";
constexpr const char* kAsked =
    "SELECT a.uid, q.message, q.state, q.created_at FROM friend_requests q JOIN accounts a ON a.id = q.to_id"
    " WHERE q.from_id = ? LIMIT 1000";
constexpr const char* kAskedMe =
    "SELECT a.uid, q.message, q.state, q.created_at FROM friend_requests q JOIN accounts a ON a.id = q.from_id"
    " WHERE q.to_id = ? LIMIT 1000";
constexpr const char* kAskedGroups =
    "SELECT g.public_id, q.message, q.state, q.created_at FROM group_requests q"
    " JOIN channel_groups g ON g.channel_id = q.channel_id WHERE q.account_id = ? LIMIT 1000";
constexpr const char* kBench = "SELECT nick, avatar, sex, sign, created_at FROM sandboxes WHERE account_id = ?";
constexpr const char* kBlocked =
    "SELECT COALESCE(a.uid, r.public_id, ''), b.created_at FROM blocks b"
    " LEFT JOIN accounts a ON b.blocked_type = 0 AND a.id = b.blocked_id"
    " LEFT JOIN robots r ON b.blocked_type = 1 AND r.id = b.blocked_id WHERE b.account_id = ?";
constexpr const char* kGroups =
    "SELECT g.public_id, g.name, m.nickname, m.role, m.joined_at FROM channel_members m"
    " JOIN channel_groups g ON g.channel_id = m.channel_id WHERE m.member_type = 0 AND m.member_id = ?";
constexpr const char* kBenchPeople =
    "SELECT public_id, nick, avatar, sex, created_at FROM sandbox_people WHERE account_id = ?";
constexpr const char* kBenchGroups =
    "SELECT public_id, name, avatar, created_at FROM sandbox_groups WHERE account_id = ?";
constexpr const char* kFiles =
    "SELECT id, file_key, name, mime, size, created_at FROM files WHERE owner_type = 0 AND owner_id = ? AND id > ?"
    " ORDER BY id LIMIT ?";
// Where it is a member, and where only it is: at its bench.
constexpr const char* kNextChannel =
    "SELECT channel_id, visible_from, cleared_seq FROM channel_members WHERE member_type = 0 AND member_id = ?"
    " AND channel_id >= ? ORDER BY channel_id LIMIT 1";
constexpr const char* kBenches =
    "SELECT id FROM channels WHERE account_id = ? AND kind = 5 AND id >= ? ORDER BY id LIMIT 500";
constexpr const char* kMessages =
    "SELECT m.seq, m.message_id, m.sender_type, m.sender_id, m.content, m.created_at, m.recalled_at,"
    // Its own client's form, where we cannot read it.
    " IF(m.content LIKE '{\"kind\":\"custom\"%', m.raw, NULL) FROM messages m"
    " LEFT JOIN hidden_messages h ON h.account_id = ? AND h.channel_id = m.channel_id AND h.seq = m.seq"
    " WHERE m.channel_id = ? AND m.seq > ? AND h.seq IS NULL ORDER BY m.seq LIMIT ?";

constexpr int64_t kAtOnce = 16;         // a message may hold 10 MB
constexpr size_t kMostBytes = 1 << 20;  // after that a page ends

// The rows of one statement as objects. A column's name says its type: "size#" a number, "muted?" true or false,
// "createdAt@" a time, null for 0; others are text.
void rows_as(json::Writer& w, db::Rows rows, std::initializer_list<std::string_view> columns) {
    while (rows.next()) {
        w.begin_object();
        unsigned column = 0;
        for (const auto name : columns) {
            ++column;
            const std::string_view plain = name.substr(0, name.size() - 1);
            if (name.ends_with('#')) w.field(plain, rows.integer(column));
            else if (name.ends_with('?')) w.field(plain, rows.integer(column) != 0);
            else if (!name.ends_with('@')) w.field(name, rows.text(column));
            else if (const int64_t at = rows.integer(column)) w.field(plain, iso8601(at));
            else w.key(plain).null();
        }
        w.end_object();
    }
}

Page account_page(db::Session& s, int64_t account) {
    json::Writer w;
    const auto list = [&](const char* name, const char* sql, std::initializer_list<std::string_view> columns) {
        w.key(name).begin_array();
        rows_as(w, s.query(sql, {account}), columns);
        w.end_array();
    };
    w.begin_object().field("part", "account");
    list("account", kAccount, {"userId#", "uid", "nickname", "avatar", "phone", "ex", "createdAt@", "lastLoginAt@"});
    list("weappIdentities", kIdentities, {"appid", "openid", "unionid", "createdAt@"});
    list("logins", kLogins, {"platform#", "createdAt@", "expiresAt@"});
    list("robots", kRobots,
         {"robotId", "name", "description", "icon", "aiMode", "private?", "replyAll?", "createdAt@", "aiProvider",
          "aiModel", "aiScenario", "systemPrompt", "messageCallbackUrl", "resultCallbackUrl"});
    list("activationCodes", kCodes, {"code", "validityDays#", "createdAt@", "expiresAt@"});
    list("friends", kFriends, {"id", "remark", "ex", "createdAt@"});
    list("friendRequests", kAsked, {"to", "message", "state#", "createdAt@"});
    list("friendRequestsReceived", kAskedMe, {"from", "message", "state#", "createdAt@"});
    list("groupRequests", kAskedGroups, {"groupId", "message", "state#", "createdAt@"});
    list("blocked", kBlocked, {"id", "createdAt@"});
    list("groups", kGroups, {"groupId", "name", "myNickname", "role#", "joinedAt@"});
    list("sandbox", kBench, {"nick", "avatar", "sex", "sign", "createdAt@"});
    list("sandboxFriends", kBenchPeople, {"id", "nick", "avatar", "sex", "createdAt@"});
    list("sandboxGroups", kBenchGroups, {"id", "name", "avatar", "createdAt@"});
    w.end_object();
    return {std::string(w.text()), "c:0"};
}

Page conversations_page(db::Session& s, int64_t account, int64_t after) {
    json::Writer w;
    w.begin_object().field("part", "conversations").key("conversations").begin_array();
    int64_t count = 0, last = after;
    db::Rows rows = s.query(kConversations, {account, after, kPage});
    for (; rows.next(); ++count) {
        last = rows.integer(1);
        w.begin_object().field("conversationId", rows.text(2)).field("robotId", rows.text(3));
        w.field("title", rows.text(4)).field("createdAt", iso8601(rows.integer(5)));
        w.field("updatedAt", iso8601(rows.integer(6))).end_object();
    }
    w.end_array().end_object();
    return {std::string(w.text()), count == kPage ? "c:" + std::to_string(last) : "f:0"};
}

Page files_page(db::Session& s, const House& house, int64_t account, int64_t after) {
    json::Writer w;
    w.begin_object().field("part", "files").key("files").begin_array();
    int64_t count = 0, last = after;
    db::Rows rows = s.query(kFiles, {account, after, kPage});
    for (; rows.next(); ++count) {
        last = rows.integer(1);
        w.begin_object().field("name", rows.text(3)).field("mime", rows.text(4)).field("size", rows.integer(5));
        w.field("createdAt", iso8601(rows.integer(6)));
        w.field("url", files::link(house, rows.text(2), rows.text(3))).end_object();
    }
    w.end_array().end_object();
    return {std::string(w.text()), count == kPage ? "f:" + std::to_string(last) : "m:0:0"};
}

struct Place {
    int64_t channel = 0, after = 0;  // numbers above this one are its to read
};

// The first channel from `from` on; `benches` are those where no row says that it is a member.
std::optional<Place> next_place(db::Session& s, int64_t account, int64_t from, const std::vector<int64_t>& benches) {
    std::optional<Place> found;
    db::Rows seat = s.query(kNextChannel, {account, from});
    if (seat.next()) found = {seat.integer(1), std::max(seat.integer(2) - 1, seat.integer(3))};
    const auto bench = std::lower_bound(benches.begin(), benches.end(), from);
    if (bench != benches.end() && (!found || *bench < found->channel)) found = {*bench, 0};
    return found;
}

struct Said {
    int64_t seq;
    uint64_t id;
    Principal sender;
    std::string content, raw;
    int64_t at;
    bool recalled;
};

void write(json::Writer& w, db::Session& s, const channels::Channel& channel, const std::vector<Said>& said) {
    std::vector<Principal> senders;
    for (const auto& m : said) senders.push_back(m.sender);
    const auto ids = people::ids_of(s, senders);
    for (const auto& m : said) {
        const auto id = ids.find(m.sender);
        w.begin_object().field("channel", channel.id).field("seq", m.seq).field("messageId", std::to_string(m.id));
        w.field("sender", id == ids.end() ? m.sender.name() : id->second).field("at", iso8601(m.at));
        w.field("recalled", m.recalled).key("content").raw(m.content.empty() ? "{}" : m.content);
        if (!m.raw.empty()) w.field("raw", base64(m.raw));
        w.end_object();
    }
}

// Up to 16 of one channel.
std::vector<Said> some_of(db::Session& s, int64_t account, int64_t channel, int64_t after) {
    std::vector<Said> said;
    db::Rows rows = s.query(kMessages, {account, channel, after, kAtOnce});
    while (rows.next())
        said.push_back({rows.integer(1),
                        rows.unsigned_integer(2),
                        {static_cast<PrincipalType>(rows.integer(3)), rows.integer(4)},
                        rows.text(5),
                        rows.text(8),
                        rows.integer(6),
                        !rows.is_null(7)});
    return said;
}

void write_talk(json::Writer& w, const channels::Channel& channel) {
    w.begin_object().field("channel", channel.id).field("name", channel.label);
    if (channel.kind == channels::Kind::group) w.field("groupId", channel.key);
    if (!channel.robot_id.empty()) w.field("robotId", channel.robot_id);
    if (channel.kind == channels::Kind::person)
        w.key("people").begin_array().string(channel.first_id).string(channel.second_id).end_array();
    w.end_object();
}

// Few channels with much in them, or many with nothing: neither makes a page long, nor do long messages.
Page messages_page(db::Session& s, int64_t account, Place from) {
    std::vector<int64_t> benches;
    db::Rows rows = s.query(kBenches, {account, from.channel});
    while (rows.next()) benches.push_back(rows.integer(1));
    json::Writer talks, w;
    talks.begin_array();
    w.begin_object().field("part", "messages").key("messages").begin_array();
    bool more = true;
    int64_t told = 0;  // the channel that stands among the talks
    for (int64_t looked = 0; looked < kPage && w.text().size() < kMostBytes; ++looked) {
        const auto place = next_place(s, account, from.channel, benches);
        if (!place) {
            more = false;
            break;
        }
        const int64_t after = place->channel == from.channel ? std::max(from.after, place->after) : place->after;
        const auto said = some_of(s, account, place->channel, after);
        const auto channel = said.empty() ? std::nullopt : channels::find(s, place->channel);
        if (channel) {
            if (told != channel->id) write_talk(talks, *channel);
            told = channel->id;
            write(w, s, *channel, said);
        }
        const bool rest = static_cast<int64_t>(said.size()) == kAtOnce;
        from = rest ? Place{place->channel, said.back().seq} : Place{place->channel + 1, 0};
    }
    w.end_array().key("channels").raw(talks.end_array().text()).end_object();
    return {std::string(w.text()),
            more ? "m:" + std::to_string(from.channel) + ":" + std::to_string(from.after) : std::string()};
}

}  // namespace

Page page(db::Session& s, const House& house, int64_t account, const std::string& from) {
    if (from.empty()) return account_page(s, account);
    const auto words = split(from, ':');
    const auto first = words.size() > 1 ? to_int(words[1]) : std::nullopt;
    const auto second = words.size() > 2 ? to_int(words[2]) : std::nullopt;
    if (words.size() == 2 && words[0] == "c" && first && *first >= 0) return conversations_page(s, account, *first);
    if (words.size() == 2 && words[0] == "f" && first && *first >= 0) return files_page(s, house, account, *first);
    if (words.size() == 3 && words[0] == "m" && first && second && *first >= 0 && *second >= 0)
        return messages_page(s, account, {*first, *second});
    throw Error(Fault::bad_request, "query", "from: what the page before gave as next");
}

}  // namespace hy::portability
