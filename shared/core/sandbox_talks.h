// What is said at a test bench: by its invented people to the robot under test, and what that answers. One talk for each
// friend, one for each group. Source: decisions, "sandbox".
#pragma once
#include <string>
#include <vector>

#include "core/messages.h"
#include "core/sandbox.h"

namespace hy::sandbox {

// The form of messages that are reported here: `raw` is {"elements":[…],"contact":{…},"sender":{…}}.
inline constexpr const char* kForm = "seg";

struct Report {
    bool in_group = false;
    std::string peer;    // a friend's id, or a group's
    std::string sender;  // empty: the friend
    std::string event;   // as it came: JSON; its elements, contact and sender are kept
    std::string number;  // the client's own number of it; empty: none
    Content content;     // what a brain understands of it
    bool asks_self = false;
};
struct Reported {
    messages::Message message;
    bool repeated = false;
};
// Stores it and wakes the bound robot: always in private, in a group where it is named, or answers everything. Throws
// not_found "sandbox.friend", "sandbox.group", "sandbox.member"; too_many "robot.wakes"; conflict "message.client_no".
Reported report(db::Session& s, const House& house, int64_t account, const Report& report, outbox::Pushes& pushes);

// Nothing where nobody has said anything yet. Throws not_found "sandbox.friend", "sandbox.group".
struct Talk {
    bool in_group = false;
    std::string id, name;  // the friend's, or the group's
    channels::Channel channel;
};
std::optional<Talk> talk(db::Session& s, int64_t account, bool in_group, const std::string& peer);
// The talk behind a channel; nothing when its friend or group is gone, or it is none of a bench.
std::optional<Talk> talk_of(db::Session& s, const channels::Channel& channel);
// Of a message said there, for whoever hears it: {"type","id","name","nick","sex"}, the last two the robot's; "" where the
// talk is gone.
std::string place_of(db::Session& s, const channels::Channel& channel);
// Last numbers of all talks of a bench.
std::vector<std::pair<int64_t, int64_t>> talk_heads(db::Session& s, int64_t account);
// Of a robot's agents: "sandbox_<n>" is a talk of a bench to which it is bound.
std::optional<channels::Channel> talk_named(db::Session& s, int64_t robot, std::string_view conversation);
// The talk with the friend behind an agent's recipientId "sandbox_<n>", at such a bench.
std::optional<channels::Channel> talk_with(db::Session& s, int64_t robot, std::string_view recipient);

// The robot has said something there, whoever made it.
void note_answer(db::Session& s, const House& house, const channels::Channel& channel);

// Whoever said it. Told to the account as event "sandbox.recall". Throws not_found "message.not_found".
void recall(db::Session& s, const House& house, int64_t account, uint64_t message, outbox::Pushes& pushes);

}  // namespace hy::sandbox
