// WuKongIM's binary packets, versions 2 to 5: reading what clients send, writing what they get. Sealing is
// wukongim_crypt's.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "wire/wukongim.h"

namespace hy::wire::wukongim {

// Takes one whole packet from the front of `in`. Nothing: more bytes are needed, or, with `fault`, what comes is no
// packet or longer than `most`.
std::optional<std::string_view> cut_packet(std::string_view& in, size_t most, bool& fault);

// `version` is the one that the connection was opened with. Nothing: it is malformed.
std::optional<Packet> decode(std::string_view packet, int version);

std::string encode(const Connack& ack, int version);
std::string encode(const Sendack& ack);
// `payload` and `message_key` as they go over the wire.
std::string encode(const Recv& recv, int version, std::string_view payload, std::string_view message_key);
std::string encode_disconnect(Reason reason, std::string_view text);
std::string encode_pong();

}  // namespace hy::wire::wukongim
