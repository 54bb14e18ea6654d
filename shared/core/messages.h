// Messages: one log for all doors. A channel's numbers start at 1 and have no holes.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "core/channels.h"
#include "json/writer.h"
#include "wire/content.h"
#include "core/house.h"
#include "core/outbox.h"

namespace hy::messages {

struct Draft {
    Principal sender;
    std::string sender_id, sender_name, sender_face = {};  // public id, name and picture, for who is told
    std::string client_no;                                 // empty: none
    // Where the client said it should go; a repeat is the same message when this and the
    // content are the same, wherever the house would put it by now. Empty: the channel.
    std::string target;
    // The number alone says that it is the same message, whatever the content.
    bool number_alone = false;
    std::string form = "ocms";  // whose raw form it is: wk, oim:<type>, seg, ocms, wecom
    std::string raw;
    Content content;
    int64_t flags = 0;
    std::string extra;
    std::string conn;          // that says it: it hears no echo
    std::string push = {};     // what a push service should show, JSON {title, desc, ex}; empty: what is said
    std::string written = {};  // what its client wrote, where a hook put something else in its place
};

// Bits of `flags`; from bit kSetting on WuKongIM's setting byte.
inline constexpr int64_t kNoDot = 1;        // nobody counts it as unread
inline constexpr int64_t kCommand = 2;      // for programs, not for a list of messages; not counted either
inline constexpr int64_t kHouseNumber = 4;  // its number is not its client's own
inline constexpr int kSetting = 8;

struct Message {
    int64_t channel = 0, seq = 0;
    uint64_t id = 0;
    Principal sender;
    std::string client_no, form, raw;
    Content content;
    bool recalled = false;
    int64_t created_at = 0;
    int64_t flags = 0;
    // JSON of what else a protocol carries along, or who took it back: {"recall":{"by","name","at"}}; or empty
    std::string extra;
    std::string public_id() const { return "msg_" + std::to_string(id); }
};

struct Appended {
    Message message;
    bool repeated = false;  // the same client number was stored before
};

// Takes the channel's next number and writes the message with all that belongs to it; the
// pushes for those who hear the channel are added. The same client number of the same sender
// answers the same message; with another content it is conflict "message.client_no".
Appended append(db::Session& s, const House& house, const channels::Channel& channel, const Draft& draft,
                outbox::Pushes& pushes);

// What is not stored: no number, no repeat, no guarantee. Only the pushes are made.
Message pass_on(const House& house, const channels::Channel& channel, const Draft& draft, outbox::Pushes& pushes);

std::optional<Message> find(db::Session& s, int64_t channel, int64_t seq);
std::optional<Message> find_by_id(db::Session& s, int64_t id);
// What a sender stored under a number of its own; nothing when the log has none, or has forgotten it.
std::optional<Message> find_by_number(db::Session& s, const Principal& sender, const std::string& client_no);
// The number in a channel of what clients know under `no`: a client's own number, of `reader` before all others and of
// others the first, or the message's id. Own numbers of long ago are looked for among the newest 65,536.
std::optional<int64_t> seq_of_number(db::Session& s, int64_t channel, const std::string& no, const Principal& reader);
// from ≤ seq ≤ to, oldest first.
std::vector<Message> range(db::Session& s, int64_t channel, int64_t from, int64_t to);
// Above `seq`, oldest first.
std::vector<Message> after(db::Session& s, int64_t channel, int64_t seq, int64_t limit);
// Below `seq`, newest first, without their raw form.
std::vector<Message> before(db::Session& s, int64_t channel, int64_t seq, int64_t limit);
// from ≤ seq < below, newest first, with their raw form; `commands`: these too.
std::vector<Message> newest(db::Session& s, int64_t channel, int64_t from, int64_t below, int64_t limit, bool commands);
// The number before the first message up to `last` that was stored at or after `since`; nothing where none was. It does
// not look further back than 65,536.
std::optional<int64_t> number_before(db::Session& s, int64_t channel, int64_t last, int64_t since);
// Written by `sender`, above `after`, oldest first.
std::vector<Message> from_sender(db::Session& s, int64_t channel, const Principal& sender, int64_t after,
                                 int64_t limit);

// By the sender within messages.recall_seconds, by owner and admins of a group always. The row
// stays, its content is emptied. Throws not_found "message.not_found", forbidden "message.recall".
void recall(db::Session& s, const House& house, const channels::Channel& channel, int64_t seq, const Principal& by,
            outbox::Pushes& pushes);

// Takes away what a message says, and writes `extra` in place of what it carried along. False where it was done before.
bool empty(db::Session& s, const House& house, const Message& message, std::string_view extra);

// The push of a stored message (infra/docs/uplink.md).
struct Push {
    std::string sender_id, sender_name, sender_face = {};
    std::string conn;        // for this connection only,
    int64_t after = 0;       // which is to have had this number of the channel before it
    std::string from;        // the connection that said it
    int64_t before_at = 0;   // when the channel's last message before it was; 0: not known
    std::string robot;       // for the agents of this one: in a group
    std::string bench = {};  // at a test bench: where, as JSON (core/sandbox_talks.h)
};
// Of a group's or two people's channel, how clients know it: "group", or "peers".
void write_place(json::Writer& w, const channels::Channel& channel);
std::string render_push(const House& house, const channels::Channel& channel, const Message& message, const Push& push);

// The same, with the sender's public id and name looked up.
std::string render_push(db::Session& s, const House& house, const channels::Channel& channel, const Message& message,
                        Push push = {});

}  // namespace hy::messages
