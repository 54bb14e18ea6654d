// Friends: who wants to be somebody's, and who is. Each side keeps its own row; a robot keeps none and says yes.
// Source: decisions, openim "Friends".
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/people.h"
#include "db/db.h"

namespace hy::friends {

struct Friend {
    Principal who;
    std::string remark;
    int64_t source = 0, operator_id = 0, created_at = 0;  // operator_id: the account that said yes, or asked
    bool pinned = false;
    std::string ex;
};

enum class State : int { refused = -1, waiting = 0, accepted = 1 };
struct Request {
    int64_t from = 0, to = 0;  // accounts
    std::string message, answer;
    State state = State::waiting;
    int64_t created_at = 0, handled_at = 0;  // 0: not yet
};

// Asks; becomes a friend at once where openim.friend_auto_accept is on, the other has asked too, or is a robot. True: they
// are friends now. Throws conflict "friend.self", "friend.already", "friend.limit"; forbidden "peer.blocked",
// "robot.private".
bool ask(db::Session& s, const House& house, int64_t me, const people::Person& whom, const std::string& message,
         outbox::Pushes& pushes);
// To what `from` asked of `me`. Throws not_found "friend.no_request", conflict "friend.handled", "friend.limit".
void answer(db::Session& s, const House& house, int64_t me, int64_t from, bool yes, const std::string& words,
            outbox::Pushes& pushes);
// From my list alone. Throws not_found "friend.none".
void remove(db::Session& s, const House& house, int64_t me, const Principal& whom, outbox::Pushes& pushes);
// Only what is set. Throws not_found "friend.none".
struct Changes {
    std::optional<std::string> remark, ex;
    std::optional<bool> pinned;
};
void change(db::Session& s, const House& house, int64_t me, const Principal& whom, const Changes& changes,
            outbox::Pushes& pushes);

// Whether `whom` stands in the list of `account`.
bool has(db::Session& s, int64_t account, const Principal& whom);
std::optional<Friend> find(db::Session& s, int64_t account, const Principal& whom);
int64_t count(db::Session& s, int64_t account);
std::optional<Request> request(db::Session& s, int64_t from, int64_t to);
// In the order of their internal numbers; there are at most limits.friends.
std::vector<Friend> list(db::Session& s, int64_t account, int64_t skip, int64_t limit);
// Newest first; at most kMostRequests can be looked through.
inline constexpr int64_t kMostRequests = 1000;
int64_t count_to(db::Session& s, int64_t account);
int64_t count_from(db::Session& s, int64_t account);
std::vector<Request> requests_to(db::Session& s, int64_t account, int64_t skip, int64_t limit);
std::vector<Request> requests_from(db::Session& s, int64_t account, int64_t skip, int64_t limit);

}  // namespace hy::friends
