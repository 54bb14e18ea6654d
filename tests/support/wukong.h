// The client's side of WuKongIM's binary protocol, written from its description alone: what the product's codec reads
// and writes is compared with this.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "auth/agreement.h"
#include "base/encode.h"

namespace hy::test::wukong {

inline std::string big_endian(uint64_t value, int bytes) {
    std::string out;
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
    return out;
}
inline std::string text(std::string_view value) { return big_endian(value.size(), 2) + std::string(value); }

// A packet of a type with these flags.
inline std::string packet(int type, int flags, const std::string& body) {
    std::string out(1, static_cast<char>(type * 16 + flags));
    size_t left = body.size();
    while (left >= 128) {
        out += static_cast<char>(left % 128 + 128);
        left /= 128;
    }
    return out + static_cast<char>(left) + body;
}

// Reads a packet's body from its front.
struct Cursor {
    std::string_view in;
    uint64_t number(size_t size) {
        uint64_t value = 0;
        for (size_t i = 0; i < size && i < in.size(); ++i) value = value * 256 + static_cast<unsigned char>(in[i]);
        in.remove_prefix(std::min(size, in.size()));
        return value;
    }
    std::string string() {
        const size_t size = number(2);
        const std::string value(in.substr(0, size));
        in.remove_prefix(std::min(size, in.size()));
        return value;
    }
};

struct Opened {
    int type = 0, flags = 0;
    std::string body;
};
inline Opened open(std::string_view bytes) {
    Opened opened;
    if (bytes.empty()) return opened;
    opened.type = static_cast<unsigned char>(bytes[0]) / 16;
    opened.flags = static_cast<unsigned char>(bytes[0]) % 16;
    bytes.remove_prefix(1);
    while (!bytes.empty() && static_cast<unsigned char>(bytes[0]) >= 128) bytes.remove_prefix(1);
    if (!bytes.empty()) opened.body = bytes.substr(1);
    return opened;
}

constexpr int kConnect = 1, kConnack = 2, kSend = 3, kSendack = 4, kRecv = 5, kRecvack = 6, kPing = 7, kPong = 8,
              kDisconnect = 9;

struct Received {
    int flags = 0, setting = 0, channel_type = 0;
    std::string key, from, channel, client_no, topic, payload;
    uint64_t id = 0, seq = 0, time = 0, expire = 0;
    bool genuine = false;
};

// One connection's keys and version.
class Side {
public:
    explicit Side(int version = 2) : version_(version), pair_(auth::x25519_pair()) {}

    std::string connect(const std::string& uid, const std::string& token, int flag = 0,
                        const std::string& device = "device", int64_t time = 1) const {
        return packet(kConnect, 0,
                      big_endian(static_cast<uint64_t>(version_), 1) + big_endian(static_cast<uint64_t>(flag), 1) +
                          text(device) + text(uid) + text(token) + big_endian(static_cast<uint64_t>(time), 8) +
                          text(base64(pair_.open)));
    }
    // The reason; 1 makes the keys.
    int connack(std::string_view bytes) {
        const Opened opened = open(bytes);
        Cursor in{opened.body};
        if (opened.type != kConnack) return -1;
        server_version = opened.flags & 1 ? static_cast<int>(in.number(1)) : 0;
        time_diff = static_cast<int64_t>(in.number(8));
        const int reason = static_cast<int>(in.number(1));
        const std::string key = in.string();
        iv_ = in.string();
        has_node = !in.in.empty();
        if (reason != 1) return reason;
        const auto shared = auth::x25519(pair_.secret, from_base64(key).value_or(""));
        if (!shared) return -2;
        key_ = auth::md5_hex(base64(*shared)).substr(0, 16);
        return reason;
    }
    std::string send(uint32_t seq, const std::string& no, const std::string& channel, int type,
                     const std::string& payload, int flags = 2, int setting = 0) const {
        const std::string sealed = base64(auth::aes128_cbc(key_, iv_, payload));
        const std::string sign = std::to_string(seq) + no + channel + std::to_string(type) + sealed;
        return packet(kSend, flags,
                      big_endian(static_cast<uint64_t>(setting), 1) + big_endian(seq, 4) + text(no) + text(channel) +
                          big_endian(static_cast<uint64_t>(type), 1) + (version_ >= 3 ? big_endian(0, 4) : "") +
                          text(key_of(sign)) + sealed);
    }
    Received recv(std::string_view bytes) const {
        const Opened opened = open(bytes);
        Cursor in{opened.body};
        Received r;
        r.flags = opened.flags;
        r.setting = static_cast<int>(in.number(1));
        r.key = in.string();
        r.from = in.string();
        r.channel = in.string();
        r.channel_type = static_cast<int>(in.number(1));
        if (version_ >= 3) r.expire = in.number(4);
        r.client_no = in.string();
        r.id = in.number(8);
        r.seq = in.number(4);
        r.time = in.number(4);
        if (r.setting & 8) r.topic = in.string();
        const std::string sealed(in.in);
        const std::string sign = std::to_string(r.id) + std::to_string(r.seq) + r.client_no + std::to_string(r.time) +
                                 r.from + r.channel + std::to_string(r.channel_type) + sealed;
        r.genuine = key_of(sign) == r.key;
        const auto bytes_of = from_base64(sealed);
        const auto plain = bytes_of ? auth::open_aes128_cbc(key_, iv_, *bytes_of) : std::nullopt;
        r.payload = plain.value_or("");
        r.genuine = r.genuine && plain;
        return r;
    }
    static std::string recvack(uint64_t id, uint64_t seq) {
        return packet(kRecvack, 0, big_endian(id, 8) + big_endian(seq, 4));
    }
    int server_version = 0;
    int64_t time_diff = 0;
    bool has_node = false;

private:
    std::string key_of(const std::string& sign) const {
        return auth::md5_hex(base64(auth::aes128_cbc(key_, iv_, sign)));
    }
    int version_;
    auth::KeyPair pair_;
    std::string key_, iv_;
};

struct Ack {
    uint64_t id = 0, seq = 0;
    uint32_t client_seq = 0;
    int reason = 0;
};
inline Ack sendack(std::string_view bytes) {
    const Opened opened = open(bytes);
    Cursor in{opened.body};
    Ack ack;
    ack.id = in.number(8);
    ack.client_seq = static_cast<uint32_t>(in.number(4));
    ack.seq = in.number(4);
    ack.reason = static_cast<int>(in.number(1));
    return ack;
}

}  // namespace hy::test::wukong
