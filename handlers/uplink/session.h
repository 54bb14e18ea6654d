// What a relay carries for us with each connection: sealed, so that a relay (or whoever
// speaks on NATS in its place) cannot make one up.
#pragma once
#include <optional>
#include <string>

#include "api/services.h"
#include "core/chat.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::uplink {

struct Session {
    std::string door;
    sessions::Identity identity;
    int64_t robot = 0;         // whom a user talks to
    std::string robot_id;      // public
    std::string conversation;  // where what names none goes; empty: the default one
    // Who speaks on `conn`.
    chat::Speaker speaker(const std::string& conn) const {
        return {identity.principal, identity.public_id, identity.name, conn, identity.muted, identity.avatar};
    }
};

std::string seal(const auth::SecretBox& box, const Session& session);
// Nothing when it was not sealed by us.
std::optional<Session> open(const auth::SecretBox& box, std::string_view sealed);
inline std::string seal(const api::Services& services, const Session& session) { return seal(services.box, session); }
inline std::optional<Session> open(const api::Services& services, std::string_view sealed) {
    return open(services.box, sealed);
}

// [[channel, number], …] in an ask.
std::vector<std::pair<int64_t, int64_t>> read_pairs(const json::Value* value);
void write_pairs(json::Writer& w, const std::vector<std::pair<int64_t, int64_t>>& pairs);

// {"v":1,"close":{"code":…,"reason":…}}
std::string close_answer(int code, std::string_view reason);

}  // namespace hy::uplink
