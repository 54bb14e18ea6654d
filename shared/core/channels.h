// Channels: where messages get their numbers, and who may read them.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::channels {

enum class Kind : int { person = 1, group = 2, conversation = 3, wecom = 4, sandbox = 5 };

struct Channel {
    int64_t id = 0;
    Kind kind = Kind::person;
    std::string key;
    int64_t account = 0;   // of a talk of an account with a robot, else 0
    int64_t robot = 0;     // likewise
    std::string robot_id;  // public
    std::string label;     // conversationId for agents: the ocms id, default, group_<n>, …
    int64_t last_seq = 0;
    int64_t created_at = 0;
    int64_t last_at = 0;              // of its last message; 0: it has none
    Principal first, second;          // of a person channel, in the order of its key
    std::string first_id, second_id;  // their public ids
};

enum class Role : int { member = 0, admin = 1, owner = 2 };

struct Member {
    Principal who;
    Role role = Role::member;
    int64_t visible_from = 1, read_seq = 0, delivered_seq = 0, cleared_seq = 0;
    int64_t muted_until = 0;  // ms; in a group
};

std::optional<Channel> find(db::Session& s, int64_t id);
std::optional<Channel> find_by_key(db::Session& s, Kind kind, const std::string& key);

// "a3:r5": the same whoever asks first.
std::string person_key(const Principal& a, const Principal& b);
// The channel of two; made, with both as members, when it is not there yet.
Channel person(db::Session& s, const House& house, const Principal& a, const Principal& b);
std::optional<Channel> find_person(db::Session& s, const Principal& a, const Principal& b);
// The channel of two accounts by their public ids, in one statement, and whether the other does not want to hear `me`;
// nothing where they have not met, or `other` is no account (any more).
struct Met {
    Channel channel;
    bool blocked = false;
};
std::optional<Met> met(db::Session& s, const Principal& me, const std::string& my_id, const std::string& other);
// A row of its own for a group; conflict "group.exists".
Channel create_for_group(db::Session& s, const House& house, const std::string& public_id);
// A channel of an account's own making with one robot (conversation).
Channel create_talk(db::Session& s, const House& house, Kind kind, const std::string& key, int64_t account,
                    int64_t robot);

// A talk at an account's test bench; only the account hears it.
Channel create_bench(db::Session& s, const House& house, const std::string& key, int64_t account);

// A robot's talk in WeCom: nobody of the house is in it but the robot.
Channel create_wecom(db::Session& s, const House& house, const std::string& key, int64_t robot);

std::optional<Member> member(db::Session& s, int64_t channel, const Principal& who);
std::vector<Member> members(db::Session& s, int64_t channel);
// Groups that a principal is in, with their last numbers: the topics its connections listen to.
std::vector<std::pair<int64_t, int64_t>> groups_of(db::Session& s, const Principal& who);
// Groups that it joined at or after `since`, with the number before the first that it sees.
std::vector<std::pair<int64_t, int64_t>> joined_since(db::Session& s, const Principal& who, int64_t since);
// Its person channels in which something was said at or after `since`, the latest first, with their last numbers.
std::vector<std::pair<int64_t, int64_t>> lively_persons(db::Session& s, const Principal& who, int64_t since,
                                                        int64_t limit = 10000);

// Never backwards; not above the channel's last number.
// A mark that moved is an event of the account: its other devices hear of it.
void mark_read(db::Session& s, const House& house, int64_t channel, const Principal& who, int64_t seq,
               outbox::Pushes& pushes);
void mark_delivered(db::Session& s, int64_t channel, const Principal& who, int64_t seq);

// Last numbers of those of `ids` that exist.
std::vector<std::pair<int64_t, int64_t>> heads(db::Session& s, const std::vector<int64_t>& ids);
// Talks of an account with a robot, made at or after `since`: (channel, last number).
std::vector<std::pair<int64_t, int64_t>> talk_heads(db::Session& s, int64_t account, int64_t robot, int64_t since);

// All of them, with the number up to which the account has confirmed or cleared what was said;
// oldest channels first.
struct TalkMark {
    int64_t channel, last, has;
};
std::vector<TalkMark> talk_marks(db::Session& s, int64_t account, int64_t robot);

}  // namespace hy::channels
