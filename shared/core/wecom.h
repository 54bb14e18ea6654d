// Talks in WeCom: what a robot's device reports becomes messages of a channel, one for each group, and one for each
// contact outside of groups. What is done about a message is core/replies' business.
#pragma once
#include <optional>
#include <string>

#include "core/files.h"
#include "core/messages.h"
#include "core/robots.h"

namespace hy::wecom {

// As the device tells it.
struct Report {
    std::string spoken, raw_spoken;
    std::string contact, group, group_remark;  // group "": a private chat
    int64_t room_type = 0;  // 1 external group, 2 external contact, 3 internal group, 4 internal contact
    int64_t text_type = 0;
    bool at_me = false;
    std::string timestamp;  // as it came, "" for none
    std::optional<files::File> file;
    std::string file_hash;  // hex SHA-256 of its bytes

    bool in_group() const { return room_type == 1 || room_type == 3; }
};

struct Talk {
    int64_t channel = 0, robot = 0;
    std::string group, contact;  // contact: who wrote last
    int64_t room_type = 0;
};
std::optional<Talk> find(db::Session& s, int64_t channel);
std::string contact_name(db::Session& s, int64_t contact);

// When a command of this talk may go that would like to go at `at`, ms: not before those before it.
int64_t not_before(db::Session& s, int64_t channel, int64_t at);

struct Reported {
    messages::Message message;
    bool repeated = false;
    channels::Channel channel;
    messages::Draft draft;
};
// Stores it; the same report again is the first one's message, whatever else it says.
Reported report(db::Session& s, const House& house, const robots::Robot& robot, const Report& report,
                outbox::Pushes& pushes);
// The message that this report became before; nothing when it is new.
std::optional<messages::Message> find_reported(db::Session& s, const House& house, const robots::Robot& robot,
                                               const Report& report);

// The talk behind an agent's conversationId "wecom_<n>", if it is that robot's.
std::optional<channels::Channel> talk_named(db::Session& s, int64_t robot, std::string_view conversation);
// The private talk of that robot with the contact behind an agent's recipientId "wecom_<n>".
std::optional<channels::Channel> talk_with(db::Session& s, int64_t robot, std::string_view recipient);

}  // namespace hy::wecom
