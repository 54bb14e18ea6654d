// What a door keeps of one connection where its clients' frames do not stand for themselves: who introduced himself and
// how, keys, what is out unacknowledged. Doors whose frames do have none.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "door.h"
#include "push.h"

namespace hy::relay {

// Owner: its connection, on its loop's thread. A packet is what stands in one WebSocket message, or a whole packet of a
// byte stream.
class Dialect {
public:
    virtual ~Dialect() = default;
    // Cuts a packet off the front of a stream. Nothing: more bytes are needed, or, with `fault`, there is no sense in it.
    virtual std::optional<std::string_view> cut(std::string_view& stream, bool& fault) const = 0;
    // What a client said, in its order. Nothing before its introduction counts, and nothing is asked of it.
    virtual std::vector<Decoded> decode(std::string_view packet) = 0;
    // Whether a client has to say who it is before it is let in; false: its handshake said so.
    virtual bool introduces() const { return true; }
    // Whether this packet goes as a binary message.
    virtual bool binary(std::string_view packet) const = 0;
    // What lets it in; said once, before all else.
    virtual std::string welcome() = 0;
    // What is said before its connection is closed for this reason.
    virtual std::vector<std::string> farewell(int code, std::string_view reason) = 0;
    virtual std::optional<std::string> encode_out(const json::Value& operation) = 0;

    // A push as this connection sees it: a whole WebSocket frame that others see too, or a packet of its own.
    struct Seen {
        Bytes frame;
        std::string packet;
    };
    virtual std::optional<Seen> encode_push(const PushPtr& push, const Door& door, const View& view, int64_t now) = 0;
    // When something that was pushed has to be pushed again, monotonic ms; INT64_MAX: nothing is out.
    virtual int64_t due() const = 0;
    // The packets that are due now, about `room` bytes of them; the others are due still.
    virtual std::vector<std::string> overdue(const View& view, int64_t now, size_t room) = 0;
};

}  // namespace hy::relay
