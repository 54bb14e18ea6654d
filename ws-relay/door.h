// What a door adds to the relay: its address, the name its handlers answer to, and how its
// clients' frames read and write. The relay itself knows no dialect.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "encodings.h"
#include "json/value.h"

namespace hy::relay {

// What the open handler said of a connection, as far as the relay and its door need it.
// Owner: its connection; never changes.
struct View {
    json::Value value;
    std::string principal;  // "account.3", "robot.5"
    std::string tenant;     // who waits behind whom at the handlers
    std::string uid;        // public id of an account, where the door needs it
    std::string family;     // kicks may be meant for one family of tokens only
    Encoding encoding;      // connections that agree in it hear the same pushes and see the same bytes
};

struct Decoded {
    enum class Kind {
        operation,
        answer,
        ignored,
        introduction,  // `text`: an object, the query of its open
        refused,       // `text` is said, and that is the end
        leave,
    };
    Kind kind = Kind::ignored;
    std::string text;
    bool needs_number = false;
};

class Dialect;

// Owner: the relay; lives as long. Without state: called by every thread.
class Door {
public:
    virtual ~Door() = default;
    virtual std::string_view name() const = 0;
    virtual std::string_view path() const = 0;
    // Whether clients' pongs confirm what was delivered.
    virtual bool confirms_delivery() const = 0;
    // Silence that closes a connection.
    virtual int64_t idle_seconds(const Config& config) const { return config.relay.idle_seconds; }
    // Where this door has a word of its own for too many connections of one address, they are counted here; 0: nginx
    // refuses them.
    virtual int crowd_code() const { return 0; }
    // What is said before a connection that was let in is closed for this reason; empty: nothing. Dialects have their own.
    virtual std::string farewell(int) const { return {}; }
    // Of each connection; nothing: frames stand for themselves, and the way in is the handshake alone.
    virtual std::unique_ptr<Dialect> dialect() const;
    // Whether its clients may have so many channels that none is named before something is said there; and they find
    // what they missed by themselves: made to sync, they are closed.
    virtual bool many_channels() const { return false; }
    // Whether a push of its topics concerns a connection of this view.
    virtual bool hears(const json::Value& push, const View& view) const = 0;
    virtual std::string encoding_of(const json::Value& view, const Dialect* dialect) const = 0;
    // Whether what encode_push makes goes as binary messages.
    virtual bool binary() const { return false; }
    virtual Decoded decode(std::string_view frame, const View& view) const = 0;
    virtual std::optional<std::string> encode_push(const json::Value& push, const View& view) const = 0;
    virtual std::optional<std::string> encode_out(const json::Value& operation, const View& view) const = 0;
};

using Doors = std::vector<std::unique_ptr<Door>>;

inline const Door* door_at(const Doors& doors, std::string_view path) {
    for (const auto& door : doors)
        if (door->path() == path) return door.get();
    return nullptr;
}

}  // namespace hy::relay
