// History over all talks of an account with robots, with true totals and cheap offsets.
// Rows are numbered by account; where some of a thousand are gone, a row for that page says how
// many, so that an offset costs a walk over pages instead of over rows, and a message costs no
// count.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/house.h"
#include "core/messages.h"

namespace hy::history {

struct Entry {
    messages::Message message;
    std::string robot_id, conversation_id;
};

struct Page {
    int64_t total = 0;
    std::vector<Entry> entries;  // oldest first
};

// Called for every message of a talk, in its transaction.
void note(db::Session& s, int64_t account, int64_t channel, int64_t seq);

// `offset` counts back from the newest.
Page page(db::Session& s, int64_t account, int64_t limit, int64_t offset);
Page page_of_channel(db::Session& s, int64_t account, const channels::Channel& channel, int64_t limit, int64_t offset);

// All `default` talks of the account together; limit + offset at most kMostMerged, else
// bad_request "query".
inline constexpr int64_t kMostMerged = 10000;
Page page_of_defaults(db::Session& s, int64_t account, int64_t limit, int64_t offset);

// Hides everything said so far in all talks. Numbers go on.
void clear(db::Session& s, int64_t account);
// Hides one talk.
void clear_channel(db::Session& s, int64_t account, int64_t channel);
// Takes hidden rows of that talk out of the account's history, at most 1,000; true when
// there may be more. For as long as it says so: again, in a transaction of its own.
bool forget_some(db::Session& s, int64_t account, int64_t channel);
// `count` rows of the history's page of number `n` are gone.
void note_gone(db::Session& s, int64_t account, int64_t n, int64_t count);

}  // namespace hy::history
