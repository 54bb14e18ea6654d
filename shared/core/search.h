// Messages found again by what they say. Words are written down apart from them, by a chore and a minute late, so that nobody
// waits for it who sends; what is younger, and what is in small channels, is looked through. MariaDB's full text finds no
// Chinese words. Source: design, "Search".
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/channels.h"
#include "core/messages.h"

namespace hy::search {

// What a text is found by: two neighbouring characters of any script but the Latin, and Latin words and numbers whole, in
// small letters; as hashes, each once, sorted. At most 512.
std::vector<uint32_t> grams_of(std::string_view text);

// Writes down the words of at most `most` messages between people, robots and groups that are older than a minute: by then
// those with lower ids have been committed. Returns how many there were.
size_t write_down(db::Database& db, const House& house, int64_t most);
// Takes back what was written down of a message that is deleted.
void forget(db::Session& s, int64_t channel, int64_t seq, std::string_view text);

struct Wanted {
    std::string text;  // anywhere in what was said, in small or capital letters; empty: anything
    std::optional<Principal> sender;
    int64_t since = 0, until = INT64_MAX;  // ms
    int64_t below = INT64_MAX;             // numbers below this
    size_t most = 20;
};
struct Found {
    std::vector<messages::Message> messages;  // newest first
    int64_t below = 0;                        // where to go on; 0: there is no more
};
// In a channel, among the numbers from `from` on. One call looks at some thousand messages at most: it may come back with
// few, or none, and `below` set.
Found find(db::Session& s, const House& house, const channels::Channel& channel, int64_t from, const Wanted& wanted);

}  // namespace hy::search
