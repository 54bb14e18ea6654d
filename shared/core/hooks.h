// Hooks of the operator's own system: asked before something is said, told after it, and asked to tell who is away. Bodies,
// signatures, what its answers mean, and the jobs; who calls is the worker's or the door's business, nothing here waits for
// the network. Source: infra/docs/hooks.md.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/chat.h"
#include "http/client.h"

namespace hy::hooks {

// A POST of JSON with X-Delivery-Id, signed with hooks.secret_file as webhooks are (core/third_parties).
http::Outgoing request(const House& house, const std::string& url, const std::string& body,
                       const std::string& delivery_id);

// "form", "content" (with links that can be opened) and "raw", what its client wrote: text, or "rawBase64".
void write_content(json::Writer& w, const House& house, const std::string& form, const std::string& raw,
                   const Content& content);

// ---- before ------------------------------------------------------------------------------

std::string before_body(const House& house, const chat::Speaker& speaker, const chat::Address& address,
                        const chat::Said& said);
// What the answer makes of it: nothing, other words, or forbidden "message.refused" with the hook's own text in detail.
// Throws upstream "hook.answer" for an answer that is none.
void judge(const http::Answer& answer, chat::Said& said);

// ---- after, and for who is away: jobs --------------------------------------------------------

// Rows for what is configured; in the transaction that stores the message.
void note(db::Session& s, const House& house, const channels::Channel& channel, const messages::Message& message,
          const messages::Draft& draft, outbox::Pushes& pushes);

// What a job is about.
struct Task {
    int64_t channel = 0, seq = 0;
    int64_t after = 0;  // accounts up to this number have been told
    std::string title, desc, ex;

    std::string to_json() const;
    static Task from_json(std::string_view json);
};
// The body that tells of a message; nothing when it is gone.
std::optional<std::string> after_body(db::Session& s, const House& house, const Task& task);

// Who of a channel's members is to be told by a push service: nobody who is there through any door, has read it, said
// it, or silenced the conversation. `last`: the account up to which was looked; `more`: there are others.
struct Away {
    std::vector<std::string> ids;  // uids
    int64_t last = 0;
    bool more = false;
};
Away away(db::Session& s, const House& house, const Task& task, const messages::Message& message);
std::string push_body(db::Session& s, const House& house, const Task& task, const messages::Message& message,
                      const std::vector<std::string>& ids);

}  // namespace hy::hooks
