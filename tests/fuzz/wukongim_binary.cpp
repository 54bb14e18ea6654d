// WuKongIM's binary packets: bytes are cut into the same packets however they come, what is read is whole, and what
// was not sealed by a connection's keys is not taken for genuine.
#include "wire/wukongim_binary.h"

#include <vector>

#include "fuzz.h"
#include "wire/wukongim_crypt.h"

namespace {

using namespace hy::wire::wukongim;
using hy::fuzz::expect;

constexpr size_t kMost = 1 << 16;

std::vector<std::string> cut_all(std::string_view in, bool& fault) {
    std::vector<std::string> packets;
    while (const auto packet = cut_packet(in, kMost, fault)) packets.emplace_back(*packet);
    return packets;
}

// In two parts, as a stream brings them.
std::vector<std::string> cut_in_parts(std::string_view all, size_t at) {
    std::vector<std::string> packets;
    std::string held;
    for (const std::string_view part : {all.substr(0, at), all.substr(at)}) {
        held += part;
        std::string_view in = held;
        bool fault = false;
        while (const auto packet = cut_packet(in, kMost, fault)) packets.emplace_back(*packet);
        held = std::string(in);
        if (fault) break;
    }
    return packets;
}

void check_send(const Send& send) {
    static const Sealing sealing("0123456789abcdef", "fedcba9876543210");
    expect(!sealing.genuine(send) || send.message_key.size() == 32, "a key of another length is genuine");
    if (const auto plain = sealing.open(send.payload))
        expect(sealing.open(sealing.seal(*plain)) == plain, "sealed and opened");
}

void check_recv(const Send& send, int version) {
    Recv recv;
    recv.from = send.client_no;
    recv.channel_id = send.channel_id;
    recv.topic = send.topic;
    recv.seq = send.client_seq;
    const std::string bytes = encode(recv, version, send.payload, send.message_key);
    std::string_view in = bytes;
    bool fault = false;
    const auto packet = cut_packet(in, SIZE_MAX, fault);
    expect(packet && in.empty() && packet->size() == bytes.size(), "what is written is one packet");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view in(reinterpret_cast<const char*>(data), size);
    if (in.empty()) return 0;
    const int version = 2 + in[0] % 4;
    bool fault = false;
    const auto packets = cut_all(in.substr(1), fault);
    if (!fault) expect(packets == cut_in_parts(in.substr(1), (in.size() - 1) / 2), "parts make other packets");
    for (const auto& bytes : packets) {
        const auto packet = decode(bytes, version);
        if (!packet) continue;
        if (const auto* send = std::get_if<Send>(&*packet)) {
            check_send(*send);
            check_recv(*send, version);
        }
        if (const auto* connect = std::get_if<Connect>(&*packet)) {
            std::string key;
            if (const auto sealing = Sealing::agree(connect->client_key, key))
                expect(sealing->salt().size() == 16 && !key.empty(), "keys of one size");
        }
    }
    return 0;
}
