// One push of a handler, parsed once, and its frames, encoded once for all who see it alike.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "door.h"
#include "json/value.h"

namespace hy::relay {

using Bytes = std::shared_ptr<const std::string>;

// Owner: whoever holds it, on any loop; seen_by may be called by several loops at once.
class Push {
public:
    // What all connections of one encoding make of it.
    struct Seen {
        bool heard;   // whether it is for them at all
        Bytes frame;  // the whole WebSocket frame; nothing when they are not to see it
    };

    // `to_group`: it came on the topic of a group.
    explicit Push(json::Value body, bool to_group = false);
    ~Push();
    Push(const Push&) = delete;

    int64_t channel() const { return channel_; }
    int64_t seq() const { return seq_; }
    // The one connection it is meant for; empty: all who listen.
    const std::string& conn() const { return conn_; }
    // What that connection must have had of the channel before it; 0: nothing.
    int64_t after() const { return after_; }
    // Who said it hears no echo of it.
    bool said_by(std::string_view relay, uint64_t number) const;
    // When the channel's message before it was stored; 0: not known.
    int64_t before_at() const { return before_at_; }
    uint64_t id() const { return id_; }                    // of the message
    const std::string& sender() const { return sender_; }  // public id of who said it
    // What it takes in memory, about.
    size_t bytes() const { return bytes_; }
    // What is coming is told again with more of it: who is slow, or not ready yet, misses nothing by missing it.
    bool passing() const { return passing_; }
    // The group is no more.
    bool gone() const { return gone_; }
    const json::Value& body() const { return body_; }
    bool ordered() const { return channel_ > 0 && seq_ > 0; }
    // Nothing waits for the confirmation of each member: they find what they missed by its number.
    bool to_group() const { return to_group_; }

    const Seen& seen_by(const Door& door, const View& view) const;

private:
    struct Node {
        Encoding encoding;
        Seen seen;
        const Node* next;
    };
    static const Node* find(const Node* from, const Encoding& encoding);

    json::Value body_;
    int64_t channel_, seq_, after_, before_at_;
    std::string conn_, from_;
    uint64_t from_number_ = 0, id_;
    std::string sender_;
    size_t bytes_ = 512;
    bool gone_, passing_;
    const bool to_group_;
    // Few, and never taken out while the push lives: looked up without a lock, by thousands.
    mutable std::atomic<const Node*> seen_{nullptr};
    mutable std::mutex mutex_;  // of adding to them
};

using PushPtr = std::shared_ptr<const Push>;

}  // namespace hy::relay
