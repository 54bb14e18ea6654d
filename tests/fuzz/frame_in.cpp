// WebSocket bytes from a client: whatever they are and wherever the network cuts them, the
// reader says the same, stays within its limit, and stops for good at a fault.
#include "frame.h"

#include <vector>

#include "base/text.h"
#include "fuzz.h"

namespace {

using namespace hy::relay;
using hy::fuzz::expect;

constexpr size_t kLimit = 4096;

struct Outcome {
    std::vector<std::pair<Opcode, std::string>> frames;
    int fault = 0;
    bool operator==(const Outcome&) const = default;
};

template <typename Piece>
Outcome run(std::string_view bytes, Piece piece) {
    Outcome out;
    FrameReader reader(kLimit);
    while (!bytes.empty() && !reader.fault()) {
        std::string_view in = bytes.substr(0, piece());
        bytes.remove_prefix(in.size());
        while (!in.empty() && !reader.fault())
            if (auto frame = reader.next(in)) out.frames.emplace_back(frame->opcode, std::move(frame->payload));
    }
    out.fault = reader.fault();
    if (out.fault) {
        std::string_view more = "\x81\x80mask";
        expect(!reader.next(more), "a reader that has found a fault reads no further");
    }
    return out;
}

void check(const Outcome& whole) {
    for (const auto& [opcode, payload] : whole.frames) {
        const bool control = opcode >= Opcode::close;
        expect(opcode != Opcode::continuation, "a message has the opcode of its first frame");
        expect(payload.size() <= (control ? 125 : kLimit), "no message is above the limit");
        expect(opcode != Opcode::text || hy::valid_utf8(payload), "a text message is UTF-8");
        if (opcode != Opcode::close) continue;
        const CloseBody body = read_close(payload);
        expect(body.valid || body.code == 1002 || body.code == 1007, "a bad close is answered 1002 or 1007");
    }
    const int f = whole.fault;
    expect(f == 0 || f == 1002 || f == 1007 || f == 1009, "a fault has one of three codes");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes = hy::fuzz::view(data, size);
    const Outcome whole = run(bytes, [&] { return bytes.size(); });
    check(whole);
    expect(run(bytes, [] { return size_t{1}; }) == whole, "cut after each byte, the same comes out");
    hy::fuzz::Choice choice(bytes);
    for (int i = 0; i < 3; ++i)
        expect(run(bytes, [&] { return choice.piece(); }) == whole, "cut anywhere, the same comes out");
    return 0;
}
