// One push of a handler, parsed once, and its frames, encoded once for all who see it alike.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "door.h"
#include "json/value.h"

namespace hy::relay {

using Bytes = std::shared_ptr<const std::string>;

// Owner: whoever holds it, on any loop; frame_for may be called by several loops at once.
class Push {
public:
    explicit Push(json::Value body);

    int64_t channel() const { return channel_; }
    int64_t seq() const { return seq_; }
    // The one connection it is meant for; empty: all who listen.
    const std::string& conn() const { return conn_; }
    // What that connection must have had of the channel before it; 0: nothing.
    int64_t after() const { return after_; }
    const json::Value& body() const { return body_; }
    bool ordered() const { return channel_ > 0 && seq_ > 0; }

    // The whole WebSocket frame; nothing when this reader is not to see it.
    Bytes frame_for(const Door& door, const View& view) const;

private:
    json::Value body_;
    int64_t channel_, seq_, after_;
    std::string conn_;
    mutable std::mutex mutex_;
    mutable std::map<std::string, Bytes> frames_;
};

using PushPtr = std::shared_ptr<const Push>;

}  // namespace hy::relay
