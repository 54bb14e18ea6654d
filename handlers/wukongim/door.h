// The wukongim door: {"success":true,"data":…}, or {"success":false,"message":…} with the fitting HTTP status.
#pragma once
#include "api/event.h"
#include "api/route.h"
#include "core/chat.h"
#include "json/writer.h"
#include "wire/wukongim.h"

namespace hy::wukongim {

extern const api::Door kDoor;

extern const api::Group kMessages, kChannels, kSystem;
extern const api::EventGroup kStream;

// What this door says for a fault, and on the wire.
std::string public_text(const Error& error);
wire::wukongim::Reason reason_of(const Error& error);

// {"success":true,"data":…}; `data` is JSON.
api::Reply reply(std::string_view data);

chat::Speaker speaker_of(const api::Call& call);

// A message as a client writes it, whatever the way. `payload` are its bytes. Throws too_large "message.size",
// bad_request "body".
struct Written {
    std::string payload, client_no, topic;
    bool no_persist = false, red_dot = true, sync_once = false;
    int64_t setting = 0, expire = 0;
    bool own_number = true;  // client_no is the client's
};
chat::Said said_of(const Written& written);

// Where a person's or group's channel is, as `reader` calls it: the partner's uid, or the group's id.
std::string address_of(const channels::Channel& channel, const Principal& reader);

// Hides what was said there so far from the caller, at every door; nobody else is concerned.
void hide_talk(const api::Call& call, const chat::Address& address);

// What it takes in an answer, about.
inline size_t size_of(const messages::Message& message) {
    return message.raw.size() + message.content.text.size() + 512;
}

// What a message is known by to its client; empty: by its id alone.
inline std::string number_of(const messages::Message& message) {
    return message.flags & messages::kHouseNumber ? std::string() : message.client_no;
}

// A message's bytes in this door's form, whatever door it came through.
std::string payload_of(const House& house, const messages::Message& message);

}  // namespace hy::wukongim
