// What happened to an account apart from messages (recalls, read marks, membership): rows
// with numbers of their own, pushed, and found again at the next sync.
#pragma once
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::events {

struct Event {
    int64_t seq = 0;
    std::string kind, payload;
    int64_t created_at = 0;
};

// Takes the account's next event number and pushes the event. `payload` is JSON.
int64_t append(db::Session& s, const House& house, int64_t account, const std::string& kind, std::string_view payload,
               outbox::Pushes& pushes);
// Locks the accounts among `who`, in the one order: for transactions in which several of these calls follow.
void hold(db::Session& s, const std::vector<Principal>& who);
// The same for many; `accounts` sorted, each once.
void append(db::Session& s, const House& house, const std::vector<int64_t>& accounts, const std::string& kind,
            std::string_view payload, outbox::Pushes& pushes);
// The same for all members of a group, in a few statements and one push, however many they are.
// `told`: what is pushed in place of the payload, where there is more to say than is kept for each.
void append_to_group(db::Session& s, const House& house, int64_t channel, const std::string& kind,
                     std::string_view payload, outbox::Pushes& pushes, std::string_view told = {});
// To one account that is there now, and no row.
void tell_account(int64_t account, const std::string& kind, std::string_view payload, outbox::Pushes& pushes);
// To who listens to a group now, and no row: others find it when they read the group.
void tell_group(int64_t channel, const std::string& kind, std::string_view payload, outbox::Pushes& pushes);
// The number of the account's last event, and the first that is still there; 0: none is.
struct Span {
    int64_t last = 0, first = 0;
};
Span span(db::Session& s, int64_t account);
// The newest, oldest of them first.
std::vector<Event> newest(db::Session& s, int64_t account, int64_t limit);
// As it is pushed to the account.
std::string render(const Event& event);
// Above `after`, oldest first.
std::vector<Event> since(db::Session& s, int64_t account, int64_t after, int64_t limit);

}  // namespace hy::events
