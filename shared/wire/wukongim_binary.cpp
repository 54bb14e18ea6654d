#include "wire/wukongim_binary.h"

#include "base/text.h"

namespace hy::wire::wukongim {

namespace {

enum Type : uint8_t { connect = 1, connack, send, sendack, recv, recvack, ping, pong, disconnect };
constexpr uint8_t kNoPersist = 1, kRedDot = 2, kSyncOnce = 4, kDup = 8, kHasServerVersion = 1;
constexpr int kLengthBytes = 4;

Header header_of(uint8_t first) {
    return {(first & kNoPersist) != 0, (first & kRedDot) != 0, (first & kSyncOnce) != 0, (first & kDup) != 0};
}
uint8_t flags_of(const Header& header) {
    return static_cast<uint8_t>((header.no_persist ? kNoPersist : 0) | (header.red_dot ? kRedDot : 0) |
                                (header.sync_once ? kSyncOnce : 0) | (header.dup ? kDup : 0));
}

// Big endian, and never beyond the end: then it fails, and stays failed.
class Reader {
public:
    explicit Reader(std::string_view in) : in_(in) {}
    bool ok() const { return ok_; }
    bool empty() const { return in_.empty(); }
    uint64_t number(size_t size) {
        const std::string_view part = take(size);
        uint64_t value = 0;
        for (const char c : part) value = value << 8 | static_cast<uint8_t>(c);
        return value;
    }
    std::string text() {
        const auto size = static_cast<size_t>(number(2));
        const std::string_view part = take(size);
        if (!valid_utf8(part)) ok_ = false;
        return std::string(part);
    }
    std::string rest() { return std::string(take(in_.size())); }

private:
    std::string_view take(size_t size) {
        if (!ok_ || in_.size() < size) {
            ok_ = false;
            return {};
        }
        const std::string_view part = in_.substr(0, size);
        in_.remove_prefix(size);
        return part;
    }
    std::string_view in_;
    bool ok_ = true;
};

void put(std::string& out, uint64_t value, size_t size) {
    for (size_t i = size; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFF);
}
void put(std::string& out, std::string_view text) {
    text = utf8_prefix(text, 0xFFFF);
    put(out, text.size(), 2);
    out += text;
}

std::string packet(Type type, uint8_t flags, const std::string& body) {
    std::string out(1, static_cast<char>(type << 4 | flags));
    size_t left = body.size();
    do {
        const auto seven = static_cast<uint8_t>(left & 0x7F);
        left >>= 7;
        out += static_cast<char>(seven | (left ? 0x80 : 0));
    } while (left);
    return out + body;
}

// The length behind the first byte; 0 bytes read where it is not there yet, -1 where it is none.
int read_length(std::string_view in, size_t& length) {
    length = 0;
    for (int i = 0; i < kLengthBytes; ++i) {
        if (static_cast<size_t>(i) + 1 >= in.size()) return 0;
        const auto byte = static_cast<uint8_t>(in[static_cast<size_t>(i) + 1]);
        length |= static_cast<size_t>(byte & 0x7F) << (7 * i);
        if (!(byte & 0x80)) return i + 1;
    }
    return -1;
}

bool without_body(uint8_t type) { return type == ping || type == pong; }

Packet read_connect(Reader& in) {
    Connect c;
    c.version = static_cast<int>(in.number(1));
    c.device_flag = static_cast<int>(in.number(1));
    c.device_id = in.text();
    c.uid = in.text();
    c.token = in.text();
    c.client_time = static_cast<int64_t>(in.number(8));
    c.client_key = in.text();
    return c;
}

// A stream's number stands where version and setting say so; it is read over.
bool speaks_of_stream(uint8_t setting, int version) { return setting & (version <= 2 ? 1 << 2 : 1 << 1); }

Packet read_send(Reader& in, uint8_t first, int version) {
    Send s;
    s.header = header_of(first);
    s.setting = static_cast<uint8_t>(in.number(1));
    s.client_seq = static_cast<uint32_t>(in.number(4));
    s.client_no = in.text();
    if (speaks_of_stream(s.setting, version)) in.text();
    s.channel_id = in.text();
    s.channel_type = static_cast<int>(in.number(1));
    if (version >= 3) s.expire = static_cast<int64_t>(in.number(4));
    s.message_key = in.text();
    if (s.setting & kTopic) s.topic = in.text();
    s.payload = in.rest();
    return s;
}

}  // namespace

std::optional<std::string_view> cut_packet(std::string_view& in, size_t most, bool& fault) {
    fault = false;
    if (in.empty()) return std::nullopt;
    size_t size = 1;
    if (!without_body(static_cast<uint8_t>(in[0]) >> 4)) {
        size_t length = 0;
        const int bytes = read_length(in, length);
        fault = bytes < 0 || length > most;
        if (bytes <= 0 || fault) return std::nullopt;
        size += static_cast<size_t>(bytes) + length;
    }
    if (in.size() < size) return std::nullopt;
    const std::string_view packet = in.substr(0, size);
    in.remove_prefix(size);
    return packet;
}

std::optional<Packet> decode(std::string_view packet, int version) {
    if (packet.empty()) return std::nullopt;
    const auto first = static_cast<uint8_t>(packet[0]);
    const auto type = static_cast<uint8_t>(first >> 4);
    if (type == ping) return Ping{};
    if (type == pong) return Other{};
    size_t length = 0;
    const int bytes = read_length(packet, length);
    if (bytes <= 0 || packet.size() != 1 + static_cast<size_t>(bytes) + length) return std::nullopt;
    Reader in(packet.substr(1 + static_cast<size_t>(bytes)));
    Packet found = Other{};
    if (type == connect) found = read_connect(in);
    else if (type == send) found = read_send(in, first, version);
    else if (type == recvack) found = Recvack{in.number(8)};
    else if (type == disconnect) found = Disconnect{};
    if (!in.ok()) return std::nullopt;
    return found;
}

std::string encode(const Connack& ack, int version) {
    std::string body;
    // Clients of version 2 know no server's version, though the flag would tell them.
    const bool says_version = version >= 3;
    if (says_version) put(body, static_cast<uint64_t>(ack.version), 1);
    put(body, static_cast<uint64_t>(ack.time_diff), 8);
    put(body, static_cast<uint64_t>(ack.reason), 1);
    put(body, ack.server_key);
    put(body, ack.salt);
    if (version >= 4) put(body, 0, 8);  // the node: there is one house
    return packet(connack, says_version ? kHasServerVersion : 0, body);
}

std::string encode(const Sendack& ack) {
    std::string body;
    put(body, ack.message_id, 8);
    put(body, ack.client_seq, 4);
    put(body, static_cast<uint64_t>(ack.seq), 4);
    put(body, static_cast<uint64_t>(ack.reason), 1);
    return packet(sendack, 0, body);
}

std::string encode(const Recv& r, int version, std::string_view payload, std::string_view message_key) {
    std::string body;
    const auto setting = static_cast<uint8_t>((r.setting & ~(kStreamBits | kTopic)) | (r.topic.empty() ? 0 : kTopic));
    put(body, setting, 1);
    put(body, message_key);
    put(body, r.from);
    put(body, r.channel_id);
    put(body, static_cast<uint64_t>(r.channel_type), 1);
    if (version >= 3) put(body, static_cast<uint64_t>(r.expire), 4);
    put(body, r.client_no);
    put(body, r.message_id, 8);
    put(body, static_cast<uint64_t>(r.seq), 4);
    put(body, static_cast<uint64_t>(r.time_s), 4);
    if (setting & kTopic) put(body, r.topic);
    body += payload;
    return packet(recv, flags_of(r.header), body);
}

std::string encode_disconnect(Reason reason, std::string_view text) {
    std::string body;
    put(body, static_cast<uint64_t>(reason), 1);
    put(body, text);
    return packet(disconnect, 0, body);
}

std::string encode_pong() { return std::string(1, static_cast<char>(pong << 4)); }

}  // namespace hy::wire::wukongim
