// WuKongIM's packets, whichever way they are written: in binary (wukongim_binary.h) or as JSON-RPC (wukongim_rpc.h).
// Source: WuKongIM's public protocol, versions 2 to 5.
#pragma once
#include <cstdint>
#include <string>
#include <variant>

namespace hy::wire::wukongim {

enum class Reason : uint8_t {
    unknown = 0,
    success = 1,
    auth_fail = 2,
    not_subscriber = 3,
    blacklisted = 4,
    no_channel = 5,
    message_key = 8,
    bad_payload = 9,
    not_allowed = 11,
    kicked = 12,
    not_whitelisted = 13,
    system_error = 15,
    bad_channel = 16,
    ban = 19,
    no_client_key = 21,
    too_many = 22,
    bad_channel_type = 23,
    disbanded = 24,
    send_ban = 25,
    conflict = 28,
};

struct Header {
    bool no_persist = false, red_dot = true, sync_once = false, dup = false;
};

// Bits of a setting byte.
inline constexpr uint8_t kTopic = 1 << 3, kNoEncrypt = 1 << 4, kReceipt = 1 << 7;
// Where a stream is spoken of: bit 2 at version 2, bit 1 later. This server keeps none.
inline constexpr uint8_t kStreamBits = 1 << 1 | 1 << 2;

struct Connect {
    int version = 0;
    int device_flag = 0;  // 0 app, 1 web, 2 pc
    std::string device_id, uid, token;
    int64_t client_time = 0;  // ms
    std::string client_key;   // Base64
};

struct Send {
    Header header;
    uint8_t setting = 0;
    uint32_t client_seq = 0;
    std::string client_no, channel_id;
    int channel_type = 0;
    int64_t expire = 0;                       // seconds; 0: never
    std::string message_key, topic, payload;  // as on the wire: sealed, or Base64
};

struct Recvack {
    uint64_t message_id = 0;
};
struct Ping {};
struct Disconnect {};
struct Other {};  // of a type that means nothing here

using Packet = std::variant<Connect, Send, Recvack, Ping, Disconnect, Other>;

struct Connack {
    int version = 0;        // that the server speaks with this client
    int64_t time_diff = 0;  // server's time less the client's, ms
    Reason reason = Reason::success;
    std::string server_key, salt;  // binary only
};

struct Sendack {
    uint64_t message_id = 0;
    uint32_t client_seq = 0;
    int64_t seq = 0;
    Reason reason = Reason::success;
};

struct Recv {
    Header header;
    uint8_t setting = 0;
    std::string from, channel_id, client_no, topic;
    int channel_type = 0;
    int64_t expire = 0;
    uint64_t message_id = 0;
    int64_t seq = 0;  // 0: not stored
    int64_t time_s = 0;
    std::string payload;  // bytes
};

}  // namespace hy::wire::wukongim
