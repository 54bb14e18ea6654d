// The live form of OpenIM's own clients as pure functions: JSON around protobuf, in binary messages. It decides nothing about
// who may do what; what a request's bytes say is read where it is answered (requests.h).
// Source: specs wire, "Gateway"; decisions, "openim, the real dialect"; infra/docs/openim-clients.md.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "json/value.h"

namespace hy::wire::openim::sdk {

// What a frame asks for, or brings.
inline constexpr int kNewestSeq = 1001, kPullRanges = 1002, kSend = 1003, kPullSeqs = 1005, kMarks = 1006, kPush = 2001,
                     kKicked = 2002, kLogout = 2003, kBackground = 2004, kWatch = 2005;

struct Decoded {
    enum class Kind {
        operation,  // `text` is a canonical operation, to be asked of a handler
        answer,     // `text` is what the client gets at once
        leave,
        ignored,
    };
    Kind kind = Kind::ignored;
    std::string text;
};
// A packet of either kind: {"type":"ping"}, or a request.
Decoded decode(std::string_view packet);

// What lets a client in, the one text besides pongs.
std::string welcome();
// What is said instead: its number makes the client try again, or give up (with kicked() behind it).
std::string refusal(int code, std::string_view text);
std::string kicked();
// Whether a packet goes as a text message.
bool is_text(std::string_view packet);

// A push as everybody sees it, but for its sender and those whom it concerns; nothing when there is no such form.
std::optional<std::string> encode_push(const json::Value& push);
// As `uid` sees it, where he said it or it is about him.
std::optional<std::string> encode_push_for(const json::Value& push, const std::string& uid);

// An operation of a handler's `out`: {op:"answer", id, incr, operation, code, text, data (Base64)}.
std::optional<std::string> encode_out(const json::Value& operation);

}  // namespace hy::wire::openim::sdk
