// Who wants to be in a group, and what owner and admins say to it.
#pragma once
#include <string>
#include <vector>

#include "core/groups.h"

namespace hy::group_requests {

enum class State : int { refused = -1, waiting = 0, accepted = 1 };
struct Request {
    int64_t channel = 0, account = 0, inviter = 0, handler = 0;  // accounts; 0: none
    std::string group;                                           // public id
    std::string message, answer;
    State state = State::waiting;
    int64_t created_at = 0, handled_at = 0;  // 0: not yet
};

// Into an open group at once, which is true; else owner and admins are asked. Throws as groups::join.
bool ask(db::Session& s, const House& house, const groups::Group& group, int64_t account, const std::string& message,
         outbox::Pushes& pushes);
// Throws not_found "group.no_request", conflict "group.handled", forbidden "group.member", "group.role".
void answer(db::Session& s, const House& house, const groups::Group& group, const Principal& by, int64_t account,
            bool yes, const std::string& words, outbox::Pushes& pushes);

// Those who have come in otherwise wait no longer.
void settle(db::Session& s, const House& house, const groups::Group& group, const std::vector<Principal>& who,
            int64_t by);

std::optional<Request> find(db::Session& s, int64_t channel, int64_t account);
inline constexpr int64_t kMostRequests = 1000;
// To the groups that `account` rules, newest first.
std::vector<Request> received(db::Session& s, int64_t account, int64_t skip, int64_t limit);
std::vector<Request> made(db::Session& s, int64_t account, int64_t skip, int64_t limit);

}  // namespace hy::group_requests
