// Accounts and robots of a running stack, made over its own HTTP interface.
#pragma once
#include <string>

namespace hy::bench {

struct Person {
    std::string token;           // of a user who never was here before
    std::string robot, api_key;  // a robot of theirs
    std::string user_target() const { return "/ocms/v1/stream?token=" + token + "&robotId=" + robot; }
    std::string agent_target() const { return "/ocms/v1/stream?apiKey=" + api_key; }
};

// Throws when the stack at http://127.0.0.1:port refuses.
Person new_person(int port);

}  // namespace hy::bench
