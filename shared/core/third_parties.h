// Webhooks of robots' owners: where they are, what they are told and how it is signed. What became of it is
// core/deliveries; who calls is the worker's business, and nothing here waits for the network. Source: decisions, workbot, "third_party".
#pragma once
#include <optional>
#include <string>

#include "core/messages.h"
#include "core/robots.h"
#include "http/client.h"

namespace hy::third_parties {

struct Settings {
    std::string message_url, result_url;  // "": none
    bool signs = false;
    std::string sealed_secret;
};
Settings find(db::Session& s, int64_t robot);

struct Changes {
    std::string message_url, result_url;  // "" clears
    bool signs = false;
    std::optional<std::string> secret;  // absent: stays
};
// Throws bad_request "body" naming the field: an address that is none or lies in our own network, signing without any
// secret.
void change(db::Session& s, const House& house, const robots::Robot& robot, const Changes& changes);

// The body for a message in WeCom: the report's fields, robotId and robotUuid. `raw` is the message's own.
std::string message_body(const House& house, const robots::Robot& robot, const messages::Message& message);
// The same for a message of another door: the sender's name, the group's ("" in a private talk).
std::string message_body(const House& house, const robots::Robot& robot, const messages::Message& message,
                         const std::string& sender, const std::string& group);
// A command's end, of which each round has one; as a key "cmd_…" or "cmd_….<round>".
struct Ending {
    std::string command_id;
    int64_t round = 0;

    std::string key() const;
    static Ending from_key(std::string_view key);
};
// The body for it; nothing when the command is gone, or is in another round by now.
std::optional<std::string> result_body(db::Session& s, const robots::Robot& robot, const Ending& ending);

// A POST, signed where the settings say so.
http::Outgoing request(const House& house, const robots::Robot& robot, const Settings& settings, const std::string& url,
                       const std::string& body, const std::string& delivery_id);
// X-Signature, X-Timestamp, X-Signature-2: hex HMAC-SHA256 over the body, and over "<seconds>.<body>".
std::vector<std::pair<std::string, std::string>> signature(std::string_view secret, int64_t seconds,
                                                           std::string_view body);

// 2xx and {"code":0}.
bool taken(const http::Answer& answer);
// The text to be sent that an answer holds: data.type 5000, data.info.text.
std::string reply_in(const http::Answer& answer);

// A job that tells the result of a command, where somebody wants to hear it.
void tell_result(db::Session& s, const House& house, const robots::Robot& robot, const Ending& ending,
                 outbox::Pushes& pushes);

}  // namespace hy::third_parties
