// WebSocket frames that we write, read by a reader of this file's own, and messages of a
// well-behaved client: masked, in fragments with pings between, they come out as they went in.
#include "frame.h"

#include <optional>
#include <vector>

#include "base/text.h"
#include "fuzz.h"

namespace {

using namespace hy::relay;
using hy::fuzz::Choice;
using hy::fuzz::expect;

uint8_t byte(std::string_view text, size_t at) { return static_cast<uint8_t>(text[at]); }

// One whole, unfragmented, unmasked frame and nothing behind it.
std::optional<Frame> read_server_frame(std::string_view bytes) {
    if (bytes.size() < 2 || (byte(bytes, 0) & 0xf0) != 0x80 || (byte(bytes, 1) & 0x80)) return std::nullopt;
    uint64_t length = byte(bytes, 1);
    const size_t extra = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (bytes.size() < 2 + extra) return std::nullopt;
    if (extra) length = 0;
    for (size_t i = 0; i < extra; ++i) length = length << 8 | byte(bytes, 2 + i);
    if (bytes.size() - 2 - extra != length) return std::nullopt;
    return Frame{static_cast<Opcode>(byte(bytes, 0) & 0x0f), std::string(bytes.substr(2 + extra))};
}

// The same payload as a client sends it: the head of encode_frame, masked.
std::string as_client(uint8_t first, std::string_view payload, Choice& choice) {
    std::string frame = encode_frame(Opcode::binary, payload);
    frame[0] = static_cast<char>(first);
    frame[1] = static_cast<char>(frame[1] | 0x80);
    const size_t head = frame.size() - payload.size();
    char mask[4];
    for (char& c : mask) c = static_cast<char>(choice.upto(255));
    for (size_t i = 0; i < payload.size(); ++i) frame[head + i] = static_cast<char>(frame[head + i] ^ mask[i & 3]);
    frame.insert(head, mask, 4);
    return frame;
}

void fragmented(std::string_view payload, Choice& choice) {
    const Opcode opcode = hy::valid_utf8(payload) ? Opcode::text : Opcode::binary;
    const size_t pieces = 1 + choice.upto(4);
    std::string stream;
    std::vector<std::string> wanted;
    std::string_view rest = payload;
    for (size_t i = 0; i < pieces; ++i) {
        const bool last = i + 1 == pieces;
        const std::string_view piece = rest.substr(0, last ? rest.size() : choice.upto(rest.size()));
        rest.remove_prefix(piece.size());
        const uint8_t first = static_cast<uint8_t>((last ? 0x80 : 0) | (i == 0 ? static_cast<uint8_t>(opcode) : 0));
        stream += as_client(first, piece, choice);
        if (last || choice.upto(1)) continue;
        wanted.emplace_back(std::to_string(i));
        stream += as_client(0x89, wanted.back(), choice);
    }
    wanted.emplace_back(payload);
    FrameReader reader(payload.size());
    std::vector<std::string> came;
    for (std::string_view in = stream; !in.empty() && !reader.fault();) {
        std::string_view piece = in.substr(0, choice.piece());
        in.remove_prefix(piece.size());
        while (!piece.empty() && !reader.fault())
            if (auto frame = reader.next(piece)) {
                expect(frame->opcode == (came.size() + 1 == wanted.size() ? opcode : Opcode::ping), "in their order");
                came.push_back(std::move(frame->payload));
            }
    }
    expect(reader.fault() == 0 && came == wanted, "what a client sends in fragments is read whole");
    if (payload.empty()) return;
    FrameReader narrow(payload.size() - 1);
    std::string_view in = stream;
    while (!in.empty() && !narrow.fault()) narrow.next(in);
    expect(narrow.fault() == 1009, "one byte above the limit is refused");
}

void closes(std::string_view input) {
    const CloseBody body = read_close(input);
    if (input.size() < 2) return;
    const int code = byte(input, 0) << 8 | byte(input, 1);
    const std::string_view reason = input.substr(2);
    expect(!body.valid || (body.code == code && hy::valid_utf8(reason)), "a valid close says what was sent");
    const auto frame = read_server_frame(encode_close(code, reason));
    expect(frame && frame->opcode == Opcode::close && frame->payload.size() <= 125, "our close is a control frame");
    expect(reason.starts_with(frame->payload.substr(2)), "its reason is the beginning of the one that was meant");
    if (body.valid) expect(read_close(frame->payload).valid, "a cut reason is still UTF-8");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view payload = hy::fuzz::view(data, size);
    Choice choice(payload);
    for (const Opcode opcode : {Opcode::text, Opcode::binary}) {
        const auto frame = read_server_frame(encode_frame(opcode, payload));
        expect(frame && frame->opcode == opcode && frame->payload == payload, "our frame holds what was given");
    }
    fragmented(payload, choice);
    closes(payload);
    return 0;
}
