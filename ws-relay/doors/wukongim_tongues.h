// WuKongIM's two protocols, each as it is written: what both share stands in wukongim.cpp.
#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "door.h"
#include "wire/wukongim.h"

namespace hy::relay {

// One of the two protocols, spoken on one connection. Owner: its talk.
class Tongue {
public:
    virtual ~Tongue() = default;
    // What a WebSocket message, or a packet of a stream, says.
    virtual std::vector<Decoded> decode(std::string_view packet) = 0;
    virtual std::string connack(const wire::wukongim::Connack& ack) = 0;
    // `ref`: what the request was known by.
    virtual std::string sendack(const wire::wukongim::Sendack& ack, const std::string& ref) = 0;
    virtual std::string recv(const wire::wukongim::Recv& recv) = 0;
    virtual std::string disconnect(wire::wukongim::Reason reason, std::string_view text) = 0;
};

// Shared by a talk and its tongue. Owner: the talk.
struct TalkState {
    const Clock& clock;
    bool introduced = false, welcomed = false;
    wire::wukongim::Connack ack{};
    std::vector<uint64_t> acknowledged{};  // by what was just decoded
};

std::unique_ptr<Tongue> make_binary_tongue(TalkState& state);
std::unique_ptr<Tongue> make_json_tongue(TalkState& state);

}  // namespace hy::relay
