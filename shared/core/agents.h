// The brain `agent`: programs connected with a robot's API key. A talk belongs to one agent
// connection until that ends, then to the one with the fewest talks. A message stays in the
// queue until an agent's connection has confirmed it: at least once, always with its id.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/channels.h"
#include "core/messages.h"
#include "core/outbox.h"
#include "core/robots.h"

namespace hy::agents {

// A user's message for the robot of this talk; is an agent there? not_found "robot.not_found" for a deleted robot.
// `draft` is what became the message: its sender's names are pushed.
bool enqueue(db::Session& s, const House& house, const robots::Robot& robot, const channels::Channel& channel,
             const messages::Message& message, const messages::Draft& draft, outbox::Pushes& pushes);
bool online(db::Session& s, const House& house, int64_t robot);
// True once a minute for a talk: its user is to be told that nobody is there.
bool notice_due(db::Session& s, const House& house, int64_t channel);

// What an agent that has just become ready is to be given, oldest first: pushes.
std::vector<std::string> ready(db::Session& s, const House& house, int64_t robot, const std::string& conn,
                               outbox::Pushes& pushes);
// (channel, number) pairs that the connection has. There may be room for what is waiting() then.
void confirm(db::Session& s, int64_t robot, const std::string& conn,
             const std::vector<std::pair<int64_t, int64_t>>& items);
// A connection ends: its talks, and what it did not confirm, are for hand_out() to give to others.
void release(db::Session& s, const std::string& conn);
// Something was pushed long ago and not confirmed: the connection should be made to sync.
bool stalled(db::Session& s, const House& house, const std::string& conn);

// What is at a bench that is bound to the robot no more: its agents are not given it.
void leave_bench(db::Session& s, int64_t robot, int64_t account);

// Whether something waits for the robot's agents, and handing it out: what two transactions
// that did not see each other left lying is found so within seconds.
bool waiting(db::Session& s, const House& house, int64_t robot);
// Those of them for whose agents something waits.
std::vector<int64_t> waiting(db::Session& s, const House& house, std::vector<int64_t> robots);
void hand_out(db::Session& s, const House& house, int64_t robot, outbox::Pushes& pushes);

// Takes out what waited longer than robots.pending_hours, at most `most`.
uint64_t expire(db::Session& s, const House& house, int64_t most);

}  // namespace hy::agents
