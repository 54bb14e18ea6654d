// WuKongIM's JSON-RPC over WebSocket: reading what clients send, writing what they get, in the form that its strict
// and its lenient clients understand alike: jsonrpc always, ids as strings, exactly one of result and error, header
// always in recv, never an id in a notification.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/wukongim.h"

namespace hy::wire::wukongim::rpc {

struct Heard {
    Packet packet;
    std::string id;           // of a request, as text
    bool is_request = false;  // is to be answered
    std::string fault;        // not empty: it means nothing, and this is why
};

// Objects may follow each other in one frame. Nothing where it does not even begin as one.
std::vector<Heard> decode(std::string_view frame);

std::string encode(const Connack& ack, std::string_view id);
std::string encode(const Sendack& ack, std::string_view id);
std::string encode(const Recv& recv);
std::string encode_pong(std::string_view id);
// `code`: a reason; 0 where the request meant nothing.
std::string encode_error(std::string_view id, int code, std::string_view message);
std::string encode_disconnect(Reason reason, std::string_view text);

}  // namespace hy::wire::wukongim::rpc
