// Everybody's own test bench: the robot under test, invented friends, groups and members. What is said there is
// core/sandbox_talks' business. Nothing of a bench is anybody else's. Source: decisions, "sandbox".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/robots.h"

namespace hy::sandbox {

// What the robot is called in any bench.
inline constexpr const char* kSelf = "sandbox";
inline constexpr int64_t kMostPeople = 1000, kMostGroups = 200, kMostMembers = 500;
// Who is nobody's friend and in no group any more still said what he said.
inline constexpr int64_t kMostEver = 20'000;

struct Self {
    int64_t robot = 0;  // 0: none is bound
    std::string robot_id, nick, avatar, sex = "unknown", sign, status = "online";
    int64_t key_version = 1;
};
// Only what is set is changed.
struct SelfChanges {
    std::optional<std::string> nick, avatar, sex, sign, status;
};
// Made on first use, within a transaction; without one, `find` shows what it would be.
Self find(db::Session& s, int64_t account);
Self change(db::Session& s, const House& house, int64_t account, const SelfChanges& changes);
// Throws not_found "robot.not_found", forbidden "robot.foreign"; "" binds none.
void bind_robot(db::Session& s, const House& house, int64_t account, const std::string& robot_id);
// All keys of before are good for nothing.
void renew_key(db::Session& s, const House& house, int64_t account);
// The bound robot, if it still is there.
std::optional<robots::Robot> robot_of(db::Session& s, int64_t account);

struct Person {
    int64_t id = 0;
    std::string public_id, nick, avatar, sex = "unknown";
    bool is_friend = false;
};
struct PersonChanges {
    std::optional<std::string> nick, avatar, sex;
};
// Made, or called anew where it is there. Throws conflict "sandbox.full".
void make_friend(db::Session& s, const House& house, int64_t account, const Person& person);
// Throw not_found "sandbox.friend".
void change_friend(db::Session& s, int64_t account, const std::string& id, const PersonChanges& changes);
void delete_friend(db::Session& s, int64_t account, const std::string& id);
std::optional<Person> find_person(db::Session& s, int64_t account, const std::string& id);
std::optional<Person> find_person(db::Session& s, int64_t number);
// Whose bench it is at; 0: there is no such person.
int64_t owner_of_person(db::Session& s, int64_t number);
std::vector<Person> friends(db::Session& s, int64_t account);

struct Group {
    int64_t id = 0;
    std::string public_id, name, avatar;
};
// Made with the robot as its owner, or called anew. Throws conflict "sandbox.full".
Group make_group(db::Session& s, const House& house, int64_t account, const Group& group);
// Throw not_found "sandbox.group".
void change_group(db::Session& s, int64_t account, const std::string& id, const std::optional<std::string>& name,
                  const std::optional<std::string>& avatar);
void delete_group(db::Session& s, const House& house, int64_t account, const std::string& id);
Group group(db::Session& s, int64_t account, const std::string& id);
std::optional<Group> find_group(db::Session& s, int64_t number);
std::vector<Group> groups(db::Session& s, int64_t account);

struct Member {
    Person person;  // id 0: the robot
    std::string role = "member", card, title;
    int64_t joined_at = 0, spoke_at = 0, muted_until = 0;
};
struct MemberChanges {
    std::optional<std::string> role, card, title;
};
// Who is not known is made. There already, it is changed. Throws conflict "sandbox.full", not_found "sandbox.group".
void add_member(db::Session& s, const House& house, int64_t account, const std::string& group, const Member& member);
// Throw not_found "sandbox.member".
void change_member(db::Session& s, int64_t account, const Group& group, const std::string& id,
                   const MemberChanges& changes);
void remove_member(db::Session& s, int64_t account, const Group& group, const std::string& id);
std::optional<Member> member(db::Session& s, int64_t account, const Group& group, const std::string& id);
std::vector<Member> members(db::Session& s, int64_t account, const Group& group);
void note_spoken(db::Session& s, const House& house, int64_t group, int64_t person);

}  // namespace hy::sandbox
