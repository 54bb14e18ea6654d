#include "core/conversations.h"

#include "core/history.h"
#include "core/people.h"

namespace hy::conversations {

namespace {

constexpr int64_t kMostPerAccount = 10000;

#define HY_CONVERSATION_COLUMNS                                                                            \
    "SELECT v.id, v.account_id, v.robot_id, v.channel_id, v.public_id, r.public_id, v.title, v.by_client," \
    " v.created_at, v.updated_at FROM conversations v JOIN robots r ON r.id = v.robot_id "
constexpr const char* kFindOwn =
    HY_CONVERSATION_COLUMNS "WHERE v.account_id = ? AND v.robot_id = ? AND v.public_id = ?";
constexpr const char* kFindLiving =
    HY_CONVERSATION_COLUMNS "WHERE v.account_id = ? AND v.robot_id = ? AND v.public_id = ? AND v.deleted_at IS NULL";
constexpr const char* kFindLatest = HY_CONVERSATION_COLUMNS
    "WHERE v.public_id = ? AND v.account_id = ? AND v.deleted_at IS NULL ORDER BY v.updated_at DESC LIMIT 1";
// An offset is bounded by kMostPerAccount; `before` pages by key.
constexpr const char* kList = HY_CONVERSATION_COLUMNS
    "WHERE v.account_id = ? AND v.deleted_at IS NULL AND (? = 0 OR v.robot_id = ?) AND v.id < ? ORDER BY v.id DESC "
    "LIMIT ? OFFSET ?";
#undef HY_CONVERSATION_COLUMNS
constexpr const char* kMadeByUs =
    "SELECT account_id, robot_id FROM conversations WHERE public_id = ? AND by_client = 0";
constexpr const char* kInsert =
    "INSERT INTO conversations (account_id, robot_id, public_id, by_client, title, channel_id, created_at, updated_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kCount = "SELECT COUNT(*) FROM conversations WHERE account_id = ?";
constexpr const char* kSetTitle = "UPDATE conversations SET title = ?, updated_at = ? WHERE id = ?";
constexpr const char* kDelete = "UPDATE conversations SET deleted_at = ?, rows_left = 1 WHERE id = ?";
// Matches a living one too: its row stays locked, so that it is not deleted below a message.
constexpr const char* kRevive =
    "UPDATE conversations SET created_at = IF(deleted_at IS NULL, created_at, ?),"
    " updated_at = IF(deleted_at IS NULL, updated_at, ?), deleted_at = NULL WHERE id = ?";
constexpr const char* kHasWritten =
    "SELECT 1 FROM channels WHERE account_id = ? AND robot_id = ? AND last_seq > 0 LIMIT 1";
constexpr const char* kTalksById =
    "SELECT v.account_id, v.channel_id FROM conversations v WHERE v.robot_id = ? AND v.public_id = ? AND v.by_client "
    "IN (0, 1)"
    " AND (? = 0 OR v.account_id = ?) LIMIT 2";
constexpr const char* kDefaultTalks =
    "SELECT account_id, id FROM channels WHERE robot_id = ? AND kind = 1 AND last_seq > 0 LIMIT 2";
constexpr const char* kLatestTalk =
    "SELECT c.id FROM channels c JOIN messages m ON m.channel_id = c.id AND m.seq = c.last_seq"
    " WHERE c.account_id = ? AND c.robot_id = ? ORDER BY m.message_id DESC LIMIT 1";

std::optional<Conversation> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    Conversation c{rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4),
                   rows.text(5),    rows.text(6),    rows.text(7)};
    c.by_client = rows.integer(8) != 0;
    c.created_at = rows.integer(9);
    c.updated_at = rows.integer(10);
    return c;
}

int64_t insert(db::Session& s, const House& house, int64_t account, int64_t robot, const std::string& id,
               bool by_client, const std::string& title) {
    db::Rows count = s.query(kCount, {account});
    if (count.next() && count.integer(1) >= kMostPerAccount) throw Error(Fault::forbidden, "conversation.limit");
    const std::string key = account_principal(account).key() + ":" + robot_principal(robot).key() + ":" + id;
    const auto channel = channels::create_talk(s, house, channels::Kind::conversation, key, account, robot);
    const int64_t now = house.clock.now_ms();
    try {
        s.execute(kInsert, {account, robot, id, static_cast<int64_t>(by_client), title, channel.id, now, now});
    } catch (const db::Duplicate&) {
        throw db::Retry{};  // made at the same moment by another frame
    }
    return channel.id;
}

}  // namespace

bool valid_id(std::string_view id) { return people::valid_id(id); }

Conversation create(db::Session& s, const House& house, int64_t account, const robots::Robot& robot,
                    const std::string& title) {
    const std::string id = "conv_" + random_text(16, kLowerDigits);
    insert(s, house, account, robot.id, id, false, title);
    return *one(s.query(kFindOwn, {account, robot.id, id}));
}

std::vector<Conversation> list(db::Session& s, int64_t account, int64_t robot, int64_t before, int64_t skip,
                               int64_t limit) {
    std::vector<Conversation> found;
    db::Rows rows = s.query(kList, {account, robot, robot, before ? before : INT64_MAX, limit, skip});
    for (;;) {
        if (!rows.next()) return found;
        Conversation c{rows.integer(1), rows.integer(2), rows.integer(3), rows.integer(4),
                       rows.text(5),    rows.text(6),    rows.text(7)};
        c.created_at = rows.integer(9);
        c.updated_at = rows.integer(10);
        found.push_back(std::move(c));
    }
}

Conversation owned(db::Session& s, int64_t account, const std::string& id, int64_t robot) {
    if (!valid_id(id)) throw Error(Fault::not_found, "conversation.not_found");
    auto found = robot ? one(s.query(kFindLiving, {account, robot, id})) : one(s.query(kFindLatest, {id, account}));
    if (found) return *found;
    db::Rows others = s.query(kMadeByUs, {id});
    if (others.next() && others.integer(1) != account) throw Error(Fault::forbidden, "conversation.foreign");
    throw Error(Fault::not_found, "conversation.not_found");
}

void set_title(db::Session& s, const House& house, const Conversation& conversation, const std::string& title) {
    s.execute(kSetTitle, {title, house.clock.now_ms(), conversation.number});
}

void remove(db::Session& s, const House& house, const Conversation& conversation) {
    s.execute(kDelete, {house.clock.now_ms(), conversation.number});
    history::clear_channel(s, conversation.account, conversation.channel);
}

channels::Channel resolve(db::Session& s, const House& house, int64_t account, const robots::Robot& robot,
                          const std::string& id) {
    if (id.empty() || id == kDefault)
        return channels::person(s, house, account_principal(account), robot_principal(robot.id));
    if (!valid_id(id) || people::house_made(id)) throw Error(Fault::bad_request, "conversation.id");
    if (const auto own = one(s.query(kFindOwn, {account, robot.id, id}))) {
        const int64_t now = house.clock.now_ms();
        s.execute(kRevive, {now, now, own->number});
        return *channels::find(s, own->channel);
    }
    db::Rows others = s.query(kMadeByUs, {id});
    if (others.next()) throw Error(Fault::not_found, "conversation.not_found");
    return *channels::find(s, insert(s, house, account, robot.id, id, true, ""));
}

channels::Channel resolve_for_agent(db::Session& s, int64_t robot, const std::string& conversation, int64_t account) {
    std::optional<channels::Channel> found;
    int64_t channel = 0;
    const bool by_id = !conversation.empty() && conversation != kDefault;
    if (by_id || (conversation == kDefault && !account)) {
        // The id alone may say which talk is meant: while one user only has used it.
        db::Rows rows =
            by_id ? s.query(kTalksById, {robot, conversation, account, account}) : s.query(kDefaultTalks, {robot});
        if (rows.next()) {
            account = rows.integer(1);
            channel = rows.integer(2);
            if (rows.next()) throw Error(Fault::bad_request, "conversation.ambiguous");
        }
    } else if (account) {
        const std::string key = channels::person_key(account_principal(account), robot_principal(robot));
        if (conversation == kDefault) {
            found = channels::find_by_key(s, channels::Kind::person, key);
        } else {
            db::Rows rows = s.query(kLatestTalk, {account, robot});
            if (rows.next()) channel = rows.integer(1);
        }
    } else {
        throw Error(Fault::bad_request, "conversation.ambiguous");
    }
    if (channel) found = channels::find(s, channel);
    // Whoever has written anywhere to the robot may be written to.
    if (!found || (found->last_seq == 0 && !s.query(kHasWritten, {account, robot}).next()))
        throw Error(Fault::not_found, "conversation.not_found");
    return *found;
}

}  // namespace hy::conversations
