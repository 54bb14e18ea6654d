#include "core/erasure.h"

#include <exception>

#include "base/text.h"
#include "core/audit.h"
#include "core/channels.h"
#include "core/friends.h"
#include "core/groups.h"
#include "core/housekeeping.h"
#include "core/robots.h"

namespace hy::erasure {

namespace {

// A token is good for a second after its account was closed, and what it began for some more.
constexpr int64_t kAfterMs = 5000;
constexpr int64_t kStoreAwayMs = 60'000;
constexpr const char* kLeft =
    "SELECT id, uid FROM accounts WHERE status = 2 AND erased = 0 AND updated_at < ? ORDER BY updated_at LIMIT 10";
constexpr const char* kLater = "UPDATE accounts SET updated_at = ? WHERE id = ?";
constexpr const char* kDone =
    "UPDATE accounts SET uid = ?, phone = NULL, nickname = '已注销用户', avatar = '', ex = '', event_seq = 0,"
    " registered = 0, last_login_at = NULL, erased = 1, updated_at = ? WHERE id = ?";

// First of all, so that WeChat lets the same person in as somebody new.
constexpr const char* kIdentities = "DELETE FROM weapp_identities WHERE account_id = ?";

constexpr const char* kRobot = "SELECT id FROM robots WHERE owner_id = ? AND deleted_at IS NULL LIMIT 1";
constexpr const char* kUnpurged = "SELECT id FROM robots WHERE owner_id = ? AND purged_at IS NULL LIMIT 1";
// Others' histories still name them.
constexpr const char* kUnnameRobots =
    "UPDATE robots SET name = '机器人', icon = '', description = '' WHERE owner_id = ?";

// Where the account is the one person: what was said there is nobody else's.
constexpr const char* kTalks = "SELECT id, COALESCE(robot_id, 0) FROM channels WHERE account_id = ? LIMIT 1";
// And where nobody else is left: with itself, or with somebody who is gone too.
constexpr const char* kAlone =
    "SELECT c.id, 0 FROM channel_members m JOIN channels c ON c.id = m.channel_id AND c.kind = 1 AND c.account_id IS "
    "NULL"
    " WHERE m.member_type = 0 AND m.member_id = ? AND NOT EXISTS (SELECT 1 FROM channel_members o"
    " JOIN accounts a ON a.id = o.member_id AND a.status <> 2 WHERE o.channel_id = c.id AND o.member_type = 0) LIMIT 1";
constexpr const char* kLockChannel = "SELECT id FROM channels WHERE id = ? FOR UPDATE";
constexpr const char* kOfTalk[] = {"DELETE FROM message_terms WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM messages WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM quiet_messages WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM hidden_messages WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM brain_sessions WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM file_uses WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM channel_members WHERE channel_id = ? LIMIT ?",
                                   "DELETE FROM conversations WHERE channel_id = ? LIMIT ?"};
constexpr const char* kQueued = "DELETE FROM agent_queue WHERE robot_id = ? AND channel_id = ?";
constexpr const char* kHeld = "DELETE FROM agent_talks WHERE robot_id = ? AND channel_id = ?";
constexpr const char* kDropChannel = "DELETE FROM channels WHERE id = ?";

constexpr const char* kHeir =
    "SELECT m.member_id FROM channel_members m JOIN accounts a ON a.id = m.member_id AND a.status <> 2"
    " WHERE m.channel_id = ? AND m.member_type = 0 AND m.member_id <> ?"
    " ORDER BY a.status, m.role DESC, m.joined_at, m.member_id LIMIT 1";
constexpr const char* kDropSeat =
    "DELETE FROM channel_members WHERE channel_id = ? AND member_type = 0 AND member_id = ?";
constexpr const char* kBlankGroup =
    "UPDATE channel_groups SET name = '', avatar = '', introduction = '', notification = '', ex = '' WHERE channel_id "
    "= ?";
// Who took a message back stands in it by name; a stretch of numbers at a time.
constexpr int64_t kStretch = 5000;
constexpr const char* kUnnameRecalls =
    "UPDATE messages SET extra = JSON_SET(extra, '$.recall.by', ?, '$.recall.name', '已注销用户')"
    " WHERE channel_id = ? AND seq BETWEEN ? AND ? AND recalled_at IS NOT NULL AND extra LIKE '{\"recall\":%'"
    " AND JSON_UNQUOTE(JSON_EXTRACT(extra, '$.recall.by')) = ?";
constexpr const char* kWhoseFriend = "SELECT account_id FROM friends WHERE friend_type = 0 AND friend_id = ? LIMIT 20";

constexpr const char* kOfAccount[] = {"DELETE FROM token_families WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM device_ends WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM friends WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM friend_requests WHERE to_id = ? LIMIT ?",
                                      "DELETE FROM friend_requests WHERE from_id = ? LIMIT ?",
                                      "DELETE FROM group_requests WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM blocks WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM blocks WHERE blocked_type = 0 AND blocked_id = ? LIMIT ?",
                                      "DELETE FROM hidden_messages WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM ocms_log WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM ocms_gone WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM ocms_heads WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM sandbox_people WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM sandboxes WHERE account_id = ? LIMIT ?",
                                      "DELETE FROM events WHERE account_id = ? LIMIT ?"};

constexpr const char* kBenchGroups = "SELECT id FROM sandbox_groups WHERE account_id = ? LIMIT 10";
constexpr const char* kDropMembers = "DELETE FROM sandbox_members WHERE group_id = ?";
constexpr const char* kDropGroup = "DELETE FROM sandbox_groups WHERE id = ?";

// Uploads that no talk which stays has use for; its robots' too.
constexpr const char* kFiles =
    "SELECT f.file_key FROM files f WHERE f.owner_type = ? AND f.owner_id = ?"
    " AND NOT EXISTS (SELECT 1 FROM file_uses u WHERE u.file_key = f.file_key) LIMIT ?";
constexpr size_t kFilesAtOnce = 20;  // other chores wait for them
constexpr const char* kRobots = "SELECT id FROM robots WHERE owner_id = ?";
constexpr const char* kDropFile = "DELETE FROM files WHERE file_key = ?";

// Talks of two people keep the names under which clients know them.
constexpr const char* kNamed =
    "SELECT c.id, c.peers FROM channel_members m JOIN channels c ON c.id = m.channel_id AND c.kind = 1"
    " WHERE m.member_type = 0 AND m.member_id = ?"
    " AND (SUBSTRING_INDEX(c.peers, ' ', 1) = ? OR SUBSTRING_INDEX(c.peers, ' ', -1) = ?) LIMIT ?";
constexpr const char* kRename = "UPDATE channels SET peers = ? WHERE id = ?";

struct Leaving {
    int64_t id;
    std::string uid;
    std::string nobody() const { return "hy_gone_" + std::to_string(id); }
};

struct Work {
    db::Database& db;
    const House& house;
    files::Store& store;
    outbox::Publisher& publisher;
    int64_t batch;

    template <typename F>
    auto transaction(F&& steps) const {
        outbox::Pushes pushes;
        const auto done = db.transaction([&](db::Session& s) {
            pushes = {};
            const auto result = steps(s, pushes);
            outbox::store(s, house, pushes);
            return result;
        });
        publisher.publish(pushes);
        return done;
    }
};

std::vector<int64_t> numbers(db::Rows rows) {
    std::vector<int64_t> found;
    while (rows.next()) found.push_back(rows.integer(1));
    return found;
}

// Each of these does a bounded piece and says how much it was; 0: nothing of its kind is left.

size_t end_robots(const Work& work, const Leaving& who) {
    return work.transaction([&](db::Session& s, outbox::Pushes& pushes) -> size_t {
        if (const auto living = numbers(s.query(kRobot, {who.id})); !living.empty()) {
            if (const auto robot = robots::find_by_id(s, living.front())) robots::remove(s, work.house, *robot, pushes);
            return 1;
        }
        const auto left = numbers(s.query(kUnpurged, {who.id}));
        return left.empty() ? 0 : housekeeping::purge_robot(s, work.house, left.front(), work.batch);
    });
}

size_t forget_identities(const Work& work, const Leaving& who) {
    return work.db.read([&](db::Session& s) { return s.execute(kIdentities, {who.id}); });
}

// What hangs on a channel, a batch of each; true when nothing is left of it.
bool empty_channel(const Work& work, db::Session& s, int64_t channel) {
    // Who is about to say something there waits.
    s.query(kLockChannel, {channel});
    for (const char* drop : kOfTalk)
        if (s.execute(drop, {channel, work.batch}) == static_cast<uint64_t>(work.batch)) return false;
    return true;
}

size_t delete_channel(const Work& work, const Leaving& who, const char* which) {
    return work.db.transaction([&](db::Session& s) -> size_t {
        db::Rows rows = s.query(which, {who.id});
        if (!rows.next()) return 0;
        const int64_t channel = rows.integer(1), robot = rows.integer(2);
        if (!empty_channel(work, s, channel)) return 1;
        s.execute(kQueued, {robot, channel});
        s.execute(kHeld, {robot, channel});
        return s.execute(kDropChannel, {channel});
    });
}
size_t delete_talks(const Work& work, const Leaving& who) { return delete_channel(work, who, kTalks); }
size_t delete_lonely(const Work& work, const Leaving& who) { return delete_channel(work, who, kAlone); }

void unname_recalls(const Work& work, const Leaving& who, int64_t channel, int64_t last) {
    for (int64_t from = 1; from <= last; from += kStretch)
        work.db.read([&](db::Session& s) {
            s.execute(kUnnameRecalls, {who.nobody(), channel, from, from + kStretch - 1, who.uid});
        });
}

// Of a group without people nothing is kept but its name's place.
size_t end_group(const Work& work, db::Session& s, const groups::Group& group, const Principal& me,
                 outbox::Pushes& pushes) {
    constexpr const char* kOfGroup[] = {"DELETE FROM message_terms WHERE channel_id = ? LIMIT ?",
                                        "DELETE FROM messages WHERE channel_id = ? LIMIT ?",
                                        "DELETE FROM quiet_messages WHERE channel_id = ? LIMIT ?",
                                        "DELETE FROM hidden_messages WHERE channel_id = ? LIMIT ?",
                                        "DELETE FROM file_uses WHERE channel_id = ? LIMIT ?"};
    s.query(kLockChannel, {group.channel.id});
    for (const char* drop : kOfGroup)
        if (s.execute(drop, {group.channel.id, work.batch}) == static_cast<uint64_t>(work.batch)) return 1;
    groups::dissolve(s, work.house, group, me, pushes);
    s.execute(kBlankGroup, {group.channel.id});
    return 1;
}

// An owner's group goes on under the admin, else the member, who has been there longest; without people it ends.
size_t leave_group(const Work& work, const Leaving& who) {
    const Principal me = account_principal(who.id);
    const auto mine = work.db.read([&](db::Session& s) { return channels::groups_of(s, me); });
    if (mine.empty()) return 0;
    const auto [number, last] = mine.front();
    const bool goes_on = work.db.read([&](db::Session& s) { return s.query(kHeir, {number, who.id}).next(); });
    if (goes_on) unname_recalls(work, who, number, last);
    return work.transaction([&](db::Session& s, outbox::Pushes& pushes) -> size_t {
        const auto channel = channels::find(s, number);
        const auto group = channel ? groups::find(s, channel->key) : std::nullopt;
        // It ended, and a seat was left behind.
        if (!group) return s.execute(kDropSeat, {number, who.id});
        const auto seat = channels::member(s, channel->id, me);
        if (!seat) return 1;
        if (seat->role == channels::Role::owner) {
            const auto heirs = numbers(s.query(kHeir, {channel->id, who.id}));
            if (heirs.empty()) return end_group(work, s, *group, me, pushes);
            groups::set_role(s, work.house, *group, me, account_principal(heirs.front()), channels::Role::owner,
                             pushes);
        }
        groups::remove(s, work.house, *group, me, {me}, pushes);
        return 1;
    });
}

size_t end_friendships(const Work& work, const Leaving& who) {
    return work.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto friends = numbers(s.query(kWhoseFriend, {who.id}));
        for (const int64_t other : friends) friends::remove(s, work.house, other, account_principal(who.id), pushes);
        return friends.size();
    });
}

size_t delete_bench_groups(const Work& work, const Leaving& who) {
    return work.db.transaction([&](db::Session& s) {
        const auto groups = numbers(s.query(kBenchGroups, {who.id}));
        for (const int64_t group : groups) {
            s.execute(kDropMembers, {group});
            s.execute(kDropGroup, {group});
        }
        return groups.size();
    });
}

// Of each table a batch; 0: none had more.
size_t delete_rows(const Work& work, const Leaving& who) {
    return work.db.read([&](db::Session& s) {
        size_t more = 0;
        for (const char* drop : kOfAccount)
            if (s.execute(drop, {who.id, work.batch}) == static_cast<uint64_t>(work.batch)) ++more;
        return more;
    });
}

// Nothing where the store is away: later.
std::optional<size_t> delete_files(const Work& work, const Leaving& who) {
    const auto keys = work.db.read([&](db::Session& s) {
        std::vector<std::string> found;
        const auto of = [&](const Principal& owner) {
            db::Rows rows = s.query(kFiles, {owner.type_number(), owner.id, work.batch});
            while (rows.next() && found.size() < kFilesAtOnce) found.push_back(rows.text(1));
        };
        of(account_principal(who.id));
        for (const int64_t robot : numbers(s.query(kRobots, {who.id}))) of(robot_principal(robot));
        return found;
    });
    for (const auto& key : keys) {
        if (!work.store.remove(key)) return std::nullopt;
        work.db.read([&](db::Session& s) { s.execute(kDropFile, {key}); });
    }
    return keys.size();
}

size_t rename_talks(const Work& work, const Leaving& who) {
    std::vector<std::pair<int64_t, std::string>> talks;
    work.db.read([&](db::Session& s) {
        db::Rows rows = s.query(kNamed, {who.id, who.uid, who.uid, work.batch});
        while (rows.next()) talks.emplace_back(rows.integer(1), rows.text(2));
    });
    for (const auto& [channel, peers] : talks) {
        std::string renamed;
        for (const auto& id : split(peers, ' '))
            renamed.append(renamed.empty() ? "" : " ").append(id == who.uid ? who.nobody() : id);
        const auto found = work.db.read([&](db::Session& s) { return channels::find(s, channel); });
        if (found) unname_recalls(work, who, channel, found->last_seq);
        work.db.read([&](db::Session& s) { s.execute(kRename, {renamed, channel}); });
    }
    return talks.size();
}

size_t finish(const Work& work, const Leaving& who) {
    return work.db.transaction([&](db::Session& s) {
        s.execute(kUnnameRobots, {who.id});
        return s.execute(kDone, {who.nobody(), work.house.clock.now_ms(), who.id});
    });
}

// A piece of everything, one that fails does not hold up the others; what may only come when the rest is gone comes then.
size_t step(const Work& work, const Leaving& who, std::exception_ptr& fault, bool& store_away) {
    size_t done = 0;
    for (const auto piece : {forget_identities, end_robots, delete_talks, delete_lonely, leave_group, end_friendships,
                             delete_bench_groups}) {
        try {
            done += piece(work, who);
        } catch (const Error&) {
            if (!fault) fault = std::current_exception();
        }
    }
    if (done || fault) return done;
    if (const size_t more = delete_rows(work, who)) return more;
    if (store_away) return 0;
    const auto files = delete_files(work, who);
    store_away = !files;
    if (!files || *files) return files.value_or(0);
    // In one go with the name that clients will find them by.
    if (const size_t renamed = rename_talks(work, who)) return renamed;
    return finish(work, who);
}

}  // namespace

void begin(db::Session& s, const House& house, int64_t account, std::string_view actor, outbox::Pushes& pushes) {
    const auto found = accounts::find(s, account);
    if (!found || found->status == accounts::Status::closed) throw Error(Fault::unauthorized, "token");
    if (found->role != accounts::Role::user) throw Error(Fault::forbidden, "account.admin");
    accounts::close(s, house, account, pushes);
    audit::write(s, house.clock.now_ms(), actor, "account.delete", std::to_string(account));
}

size_t go_on(db::Database& db, const House& house, files::Store& store, outbox::Publisher& publisher, int64_t batch) {
    const Work work{db, house, store, publisher, batch};
    std::vector<Leaving> leaving;
    db.read([&](db::Session& s) {
        db::Rows rows = s.query(kLeft, {house.clock.now_ms() - kAfterMs});
        while (rows.next()) leaving.push_back({rows.integer(1), rows.text(2)});
    });
    size_t done = 0;
    std::exception_ptr fault;
    bool store_away = false;  // asked once in a round: an answer may take its time
    for (const auto& who : leaving) {
        std::exception_ptr of_this;
        size_t of_it = 0;
        try {
            of_it = step(work, who, of_this, store_away);
        } catch (const Error&) {
            of_this = std::current_exception();
        }
        done += of_it;
        if (of_this) fault = of_this;
        // Others have their turn before one that got nowhere.
        const int64_t later = of_this ? 0 : store_away && of_it == 0 ? kStoreAwayMs : -1;
        if (later < 0) continue;
        db.read([&](db::Session& s) { s.execute(kLater, {house.clock.now_ms() + later, who.id}); });
    }
    if (fault) std::rethrow_exception(fault);
    return done;
}

}  // namespace hy::erasure
