// How an account has its chats shown: pinned, silent, with what its client keeps there; and messages that it deleted for
// itself alone. Source: specs wire, "Enumerations and semantics" (recvMsgOpt).
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/channels.h"
#include "core/messages.h"

namespace hy::chat_settings {

enum class Notify : int { normal = 0, none = 1, silent = 2 };
struct Settings {
    bool pinned = false;
    Notify notify = Notify::normal;
    std::string ex;
};
// Those of `channels` that the account is in, by number.
std::map<int64_t, Settings> find(db::Session& s, int64_t account, const std::vector<int64_t>& channels);

// Only what is set. Told to the account's devices as event "chat.settings".
struct Changes {
    std::optional<bool> pinned;
    std::optional<Notify> notify;
    std::optional<std::string> ex;
};
void change(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
            const Changes& changes, outbox::Pushes& pushes);
// Of which nothing is to be shown by itself, among at most 1000.
std::vector<int64_t> unannounced(db::Session& s, int64_t account);

// Told to the account's devices as event "chat.hidden".
void hide(db::Session& s, const House& house, int64_t account, const channels::Channel& channel,
          const std::vector<int64_t>& seqs, outbox::Pushes& pushes);
// Nothing is kept of what is no longer there for the account anyway.
void show_again(db::Session& s, int64_t account, int64_t channel);
// Of the numbers from ≤ seq ≤ to.
std::set<int64_t> hidden(db::Session& s, int64_t account, int64_t channel, int64_t from, int64_t to);
// Takes from a channel's messages, which stand in the order of their numbers or against it, what is hidden.
void drop_hidden(db::Session& s, int64_t account, std::vector<messages::Message>& some);

// The newest that are there for the account, newest first, without commands.
std::vector<messages::Message> newest(db::Session& s, int64_t account, int64_t channel, int64_t from, int64_t limit);

}  // namespace hy::chat_settings
