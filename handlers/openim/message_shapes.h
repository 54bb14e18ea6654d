// A message as the document's clients write and read it, over HTTP and on the gateway alike.
#pragma once
#include "api/saying.h"
#include "core/messages.h"
#include "core/profiles.h"
#include "door.h"
#include "wire/openim_shown.h"

namespace hy::openim {

// What a client says. `content` is as it came.
struct NewMessage {
    std::string sender, receiver, group, client_no, ex;
    json::Value content, push;
    std::vector<std::string> mentioned;
    int64_t platform = 0, type = 0, session = 0;
    bool online_only = false;
};
extern const json::Schema<NewMessage> kNewMessage;

// With a number of the house's making where the client made none. Throws bad_request "body", too_large "message.size".
api::Saying saying_of(const NewMessage& message, int64_t platform);

// What a message is known by to clients.
std::string client_id_of(const messages::Message& message);

// The fault of saying something, in this door's words.
Error said_fault(const Error& error);

// `sender` is what others see of whoever said it.
wire::openim::Shown shown(const House& house, const channels::Channel& channel, const messages::Message& message,
                          const profiles::Profile& sender);
void write_message(json::Writer& w, const House& house, const channels::Channel& channel,
                   const messages::Message& message, const profiles::Profile& sender);

}  // namespace hy::openim
