// Robots: who owns them, what they are called, who may talk to them, their API keys.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::robots {

// What its owner sees of a robot; lists have no more.
struct Card {
    std::string public_id;
    int64_t owner = 0;  // 0: nobody yet
    std::string owner_name;
    std::string name, description, icon;
    bool is_private = false;
    int64_t created_at = 0, updated_at = 0;
};

struct Robot : Card {
    int64_t id = 0;
    std::string brain = "agent";
    bool reply_all = false;
    int64_t version = 1;
};

struct NewRobot {
    std::string name, description, icon, brain = "agent";
};

// Only what is set is changed.
struct Changes {
    std::optional<std::string> name, description, icon;
    std::optional<bool> is_private;
};

// `api_key` is shown this once. Throws forbidden "robot.limit" at robots.per_user.
Robot create(db::Session& s, const House& house, int64_t owner, const NewRobot& wanted, std::string* api_key);

// A robot that an activation makes, owned by nobody (0) or by whom its code was bound to.
Robot create_by_code(db::Session& s, const House& house, int64_t owner);
// Holds it until the transaction ends; false for a deleted one.
bool lock(db::Session& s, int64_t id);
// Of a robot that is nobody's.
void set_owner(db::Session& s, const House& house, const Robot& robot, int64_t owner);
// workbot's robotUuid: always the same for a robot, made from its public id.
std::string uuid_of(const Robot& robot);

std::optional<Robot> find(db::Session& s, const std::string& public_id);
std::optional<Robot> find_by_id(db::Session& s, int64_t id);

// A robot as somebody's partner in a talk: without what only its owner reads.
struct Partner {
    Robot robot;
    std::string account_name;  // the nickname of whoever talks to it
};
// Holds the robot against its deletion and changes until the transaction ends. Whoever locks a
// robot and channels locks the robot first.
std::optional<Partner> find_partner(db::Session& s, int64_t robot, int64_t account);
std::optional<Robot> find_by_api_key(db::Session& s, const std::string& key);
// The robot, if `account` owns it (or `admin`): not_found "robot.not_found", forbidden "robot.foreign".
Robot owned(db::Session& s, const std::string& public_id, int64_t account, bool admin);
// That an account has, however they were made.
int64_t count(db::Session& s, int64_t owner);
// Newest first.
std::vector<Card> list(db::Session& s, int64_t owner, int64_t skip, int64_t limit);

void change(db::Session& s, const House& house, const Robot& robot, const Changes& changes, outbox::Pushes& pushes);
// Soft: the row stays, the key dies, agents and talks are closed. `by` is nobody: its owner.
void remove(db::Session& s, const House& house, const Robot& robot, outbox::Pushes& pushes,
            const std::optional<Principal>& by = {});
// Into the audit log, when it is not the owner who does it.
void note_foreign(db::Session& s, const House& house, const Robot& robot, const Principal& by, std::string_view action);
// A new key; the old one and its connections die.
std::string renew_api_key(db::Session& s, const House& house, const Robot& robot, const Principal& actor,
                          outbox::Pushes& pushes);

// Whether `account` may talk to it.
inline bool may_talk(const Robot& robot, int64_t account) { return !robot.is_private || robot.owner == account; }

// Counts a message with which `account` wakes another's robot; throws too_many "robot.wakes".
void count_wake(db::Session& s, const House& house, const Robot& robot, int64_t account);

}  // namespace hy::robots
