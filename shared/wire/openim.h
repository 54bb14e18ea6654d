// The live form of the openim door's own document as pure functions: what a client's text frame means, and how pushes and
// answers look on the wire. It decides nothing about who may do what. Source: specs openim "WebSocket API"; decisions,
// openim "Gateway".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"

namespace hy::wire::openim {

inline constexpr int kSend = 1001, kPull = 1002, kKicked = 2002;

struct Decoded {
    enum class Kind {
        operation,  // `text` is a canonical operation, to be asked of a handler
        answer,     // `text` is what the client gets at once; no handler hears of it
        ignored,
    };
    Kind kind = Kind::ignored;
    std::string text;
    bool needs_number = false;  // a message whose client gave no number of its own
};

Decoded decode(std::string_view frame);

// A push of a message, or of a message's recall; nothing when it is something else.
std::optional<std::string> encode_push(const json::Value& push);

// An operation of a handler's `out`; nothing when this door has no form for it.
std::optional<std::string> encode_out(const json::Value& operation);

// What is said before a connection whose right has ended, or that another took the place of, is closed.
std::string kicked();

}  // namespace hy::wire::openim
