// What happened to an account apart from messages (recalls, read marks, membership): rows
// with numbers of their own, pushed, and found again at the next sync.
#pragma once
#include <string>
#include <vector>

#include "core/house.h"
#include "core/outbox.h"
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
// The same for many; `accounts` sorted, each once.
void append(db::Session& s, const House& house, const std::vector<int64_t>& accounts, const std::string& kind,
            std::string_view payload, outbox::Pushes& pushes);
// Above `after`, oldest first.
std::vector<Event> since(db::Session& s, int64_t account, int64_t after, int64_t limit);

}  // namespace hy::events
