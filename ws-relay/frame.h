// RFC 6455 framing from the server's side: an incremental reader that checks everything a
// client may get wrong, and an encoder. It knows nothing of sockets and doors.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hy::relay {

enum class Opcode : uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct Frame {
    Opcode opcode;  // of a whole message, or of a control frame; never a continuation
    std::string payload;
};

// Owner: the connection, on its loop's thread. Holds only bytes that have come: a
// promised length costs no memory.
class FrameReader {
public:
    explicit FrameReader(size_t limit) : limit_(limit) {}

    // Takes bytes from the front of `in` up to the end of one message or control frame.
    // Nothing: more bytes are needed, or fault() is set and the reader is spent.
    std::optional<Frame> next(std::string_view& in);

    // Whether a message or a frame has begun and is not whole.
    bool unfinished() const { return head_length_ || fragmented_ != Opcode::continuation; }

    // Bytes kept of a message that is not whole.
    size_t held() const { return message_.size(); }

    // The close code of what the client did wrong (1002, 1007, 1009); 0 while all is well.
    int fault() const { return fault_; }

private:
    bool read_head(std::string_view& in);
    void check_head();
    void check_length(uint64_t length);
    size_t head_size() const;
    void take_payload(std::string_view& in);
    std::optional<Frame> finish();
    bool control() const { return (head_[0] & 0x08) != 0; }

    size_t limit_;
    uint64_t left_ = 0;  // bytes of this frame's payload still to come
    std::string message_;
    std::string control_;
    std::array<uint8_t, 14> head_{};
    uint8_t head_length_ = 0;
    uint8_t mask_at_ = 0;
    bool in_payload_ = false;
    Opcode fragmented_ = Opcode::continuation;  // continuation: no message is open
    int fault_ = 0;
};

// One unmasked, unfragmented frame.
std::string encode_frame(Opcode opcode, std::string_view payload);
// The reason is cut to what a control frame holds.
std::string encode_close(int code, std::string_view reason);

struct CloseBody {
    int code;  // 1005 when the frame was empty
    bool valid;
};
CloseBody read_close(std::string_view payload);

}  // namespace hy::relay
