// A message or its recall as OpenIM's clients are shown it, before it is written in either of the two forms.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "json/value.h"

namespace hy::wire::openim {

inline constexpr int kDelivered = 2, kDeleted = 4;

struct Shown {
    std::string client_no, id, sender, receiver, group, name, face, ex;
    std::string content;  // JSON, whatever the type
    std::vector<std::string> mentioned;
    int64_t at = 0, type = 0, platform = 0, seq = 0;  // seq 0: it is not stored
    int status = kDelivered;
    bool quiet = false;    // nobody counts it
    bool command = false;  // for programs, and not for a list of messages
    bool recall = false;
    // Who took it back, where that is known; it shows as the sender otherwise.
    std::string recaller, recaller_name;
    int64_t recalled_at = 0;
};

// What stands in place of what was taken back: JSON.
std::string recall_content(const Shown& m);

// Who took it back, as a message's `extra` keeps it.
void take_recall(Shown& m, const json::Value& extra);

// Of a push of a message, or of a message's recall; nothing when it is something else.
std::optional<Shown> shown_of(const json::Value& push);

}  // namespace hy::wire::openim
