// Conversations of an account with a robot. Ids of our making (conv_…) are unique in the
// house, ids that clients choose within (account, robot). `default` is the person channel of
// the two; it always exists and is in no list.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/channels.h"
#include "core/house.h"
#include "core/robots.h"

namespace hy::conversations {

inline constexpr std::string_view kDefault = "default";

struct Conversation {
    int64_t number = 0;
    int64_t account = 0, robot = 0, channel = 0;
    std::string id, robot_id, title;
    bool by_client = false;
    int64_t created_at = 0, updated_at = 0;
};

// [A-Za-z0-9][A-Za-z0-9._-]{0,63}
inline constexpr size_t kLongestId = 64;
bool valid_id(std::string_view id);

Conversation create(db::Session& s, const House& house, int64_t account, const robots::Robot& robot,
                    const std::string& title);
// Newest first; `robot` 0: of all robots; `before`: below this number (0: from the newest).
std::vector<Conversation> list(db::Session& s, int64_t account, int64_t robot, int64_t before, int64_t skip,
                               int64_t limit);
// The account's conversation: not_found "conversation.not_found", forbidden
// "conversation.foreign" for an id of our making that is another's. An id that a client used
// with several robots means the latest, unless `robot` says which.
Conversation owned(db::Session& s, int64_t account, const std::string& id, int64_t robot = 0);
void set_title(db::Session& s, const House& house, const Conversation& conversation, const std::string& title);
// Hides it from the account; a later message to the same id brings it back, empty.
void remove(db::Session& s, const House& house, const Conversation& conversation);

// The channel a frame of `account` to `robot` goes to; made when the id was not seen before.
// Throws not_found "conversation.not_found" for somebody else's, bad_request "conversation.id".
channels::Channel resolve(db::Session& s, const House& house, int64_t account, const robots::Robot& robot,
                          const std::string& id);

// The talk an agent of `robot` means: `conversation` first, `account` (0: not named) when that
// is absent or not enough. Only accounts that have written to the robot. Throws not_found
// "conversation.not_found", bad_request "conversation.ambiguous".
channels::Channel resolve_for_agent(db::Session& s, int64_t robot, const std::string& conversation, int64_t account);

}  // namespace hy::conversations
