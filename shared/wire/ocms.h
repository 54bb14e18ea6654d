// The live form of the ocms door as pure functions: what a client's text frame means, and
// how pushes and answers look on the wire. It decides nothing about who may do what.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"

namespace hy::wire::ocms {

enum class Role { user, agent };

struct Decoded {
    enum class Kind {
        operation,  // `text` is a canonical operation, to be asked of a handler
        answer,     // `text` is what the client gets at once; no handler hears of it
        ignored,
    };
    Kind kind = Kind::ignored;
    std::string text;
    bool needs_number = false;  // a `say` whose client gave no number of its own
};

Decoded decode(std::string_view frame, Role role);

// A push for a reader; nothing when it is not theirs to see. `robot` is the public id of
// the robot the connection is about.
std::optional<std::string> encode_push(const json::Value& push, Role role, std::string_view robot);

// An operation of a handler's `out`; nothing when this door has no form for it.
std::optional<std::string> encode_out(const json::Value& operation);

}  // namespace hy::wire::ocms
