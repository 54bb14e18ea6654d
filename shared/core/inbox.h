// The list of an account's chats with people, robots and groups: what is unread, what was said last.
// unread = numbers above what was read, without those that count for nobody.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/channels.h"
#include "core/messages.h"

namespace hy::inbox {

struct Chat {
    channels::Channel channel;
    int64_t unread = 0, read_seq = 0;
    int64_t from = 1;     // the first number that is there for the account
    int64_t version = 0;  // ms; changes with each message and each mark
};

inline constexpr int64_t kMostChats = 1000;

// Chats whose version is above `after` (and what changed shortly before once more), newest first, `skip` of them left
// out; among the account's kMostChats newest.
std::vector<Chat> list(db::Session& s, int64_t account, int64_t after, bool only_unread, int64_t skip, int64_t limit);
std::optional<Chat> find(db::Session& s, int64_t account, const channels::Channel& channel);

// Hides what was said so far from the account; numbers go on.
void clear(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
           outbox::Pushes& pushes);

}  // namespace hy::inbox
