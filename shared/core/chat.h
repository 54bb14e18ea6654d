// What people say to people, robots and groups, through any door: who may say it where, and which robots it wakes.
// Source: decisions, "One message log", "One reply pipeline", "Who may talk to a robot?", wukongim.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/groups.h"
#include "core/messages.h"

namespace hy::chat {

struct Speaker {
    Principal who;
    std::string id, name;  // public id, and what others see
    std::string conn;      // the connection that speaks; empty: none
    bool muted = false;    // by an administrator: it says nothing
    std::string face = {};  // its picture's address
};

// As at WuKongIM: 1 a person or robot, 2 a group.
struct Address {
    int64_t type = 0;
    std::string id;
    bool operator==(const Address&) const = default;
};

struct Said {
    messages::Draft draft;  // its sender is filled in
    bool stored = true;     // false: only who is there now hears it
};

struct Outcome {
    std::optional<Error> fault;  // of the speaker
    messages::Message message;
};

// Everything of one address in one transaction, in order; each is judged alone. Faults: bad_request "channel.type",
// "channel.id"; not_found "user.not_found", "group.not_found", "group.gone"; forbidden "peer.blocked", "robot.private",
// "group.member", "group.muted", "account.muted", "friend.needed"; conflict "message.client_no"; too_many "robot.wakes".
std::vector<Outcome> say(db::Session& s, const House& house, const Speaker& speaker, const Address& address,
                         const std::vector<Said>& said, outbox::Pushes& pushes);

// The channel at an address that `who` may read, and from which number on; nothing where two have not spoken yet.
// Faults as above.
struct View {
    channels::Channel channel;
    channels::Member member;
    int64_t from = 1;  // the first number that is there for `who`
};
std::optional<View> view(db::Session& s, const Speaker& who, const Address& address);

// The group in which a robot is, by the name that its agents know it by ("group_<n>").
std::optional<channels::Channel> group_named(db::Session& s, int64_t robot, const std::string& label);

}  // namespace hy::chat
