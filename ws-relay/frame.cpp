#include "frame.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace hy::relay {

namespace {
constexpr uint8_t kFin = 0x80, kReserved = 0x70, kOpcode = 0x0f, kMasked = 0x80;
constexpr size_t kControlLimit = 125;
}  // namespace

size_t FrameReader::head_size() const {
    if (head_length_ < 2) return 2;
    const uint8_t length = head_[1] & 0x7f;
    return 2 + (length == 126 ? 2 : length == 127 ? 8 : 0) + 4;
}

void FrameReader::check_head() {
    const auto opcode = static_cast<Opcode>(head_[0] & kOpcode);
    const bool fin = head_[0] & kFin;
    const bool known = opcode <= Opcode::binary || (opcode >= Opcode::close && opcode <= Opcode::pong);
    if ((head_[0] & kReserved) || !(head_[1] & kMasked) || !known) fault_ = 1002;
    else if (control() && (!fin || (head_[1] & 0x7f) > kControlLimit)) fault_ = 1002;
    else if (!control() && (opcode == Opcode::continuation) != (fragmented_ != Opcode::continuation)) fault_ = 1002;
}

void FrameReader::check_length(uint64_t length) {
    const uint8_t form = head_[1] & 0x7f;
    const bool longer_than_needed = (form == 126 && length < 126) || (form == 127 && length <= 0xffff);
    if (length >> 63 || longer_than_needed) fault_ = 1002;
    else if (!control() && length > limit_ - std::min(limit_, message_.size())) fault_ = 1009;
}

bool FrameReader::read_head(std::string_view& in) {
    while (head_length_ < head_size()) {
        if (in.empty()) return false;
        head_[head_length_++] = static_cast<uint8_t>(in.front());
        in.remove_prefix(1);
        if (head_length_ == 2) check_head();
        if (fault_) return false;
    }
    uint64_t length = head_[1] & 0x7f;
    const size_t extra = head_size() - 6;
    if (extra) length = 0;
    for (size_t i = 0; i < extra; ++i) length = length << 8 | head_[2 + i];
    check_length(length);
    if (fault_) return false;
    const auto opcode = static_cast<Opcode>(head_[0] & kOpcode);
    if (!control() && opcode != Opcode::continuation) fragmented_ = opcode;
    left_ = length;
    mask_at_ = 0;
    return in_payload_ = true;
}

void FrameReader::take_payload(std::string_view& in) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(left_, in.size()));
    std::string& to = control() ? control_ : message_;
    const size_t start = to.size();
    to.append(in.substr(0, size));
    const uint8_t* mask = head_.data() + head_length_ - 4;
    for (size_t i = 0; i < size; ++i) to[start + i] = static_cast<char>(to[start + i] ^ mask[(mask_at_ + i) & 3]);
    mask_at_ = static_cast<uint8_t>((mask_at_ + size) & 3);
    left_ -= size;
    in.remove_prefix(size);
}

std::optional<Frame> FrameReader::finish() {
    in_payload_ = false;
    head_length_ = 0;
    if (control()) return Frame{static_cast<Opcode>(head_[0] & kOpcode), std::exchange(control_, {})};
    if (!(head_[0] & kFin)) return std::nullopt;
    Frame whole{std::exchange(fragmented_, Opcode::continuation), std::exchange(message_, {})};
    if (whole.opcode == Opcode::text && !valid_utf8(whole.payload)) {
        fault_ = 1007;
        return std::nullopt;
    }
    return whole;
}

std::optional<Frame> FrameReader::next(std::string_view& in) {
    while (!fault_) {
        if (!in_payload_ && !read_head(in)) return std::nullopt;
        take_payload(in);
        if (left_) return std::nullopt;
        if (auto frame = finish()) return frame;
    }
    return std::nullopt;
}

std::string encode_frame(Opcode opcode, std::string_view payload) {
    std::string out;
    out.reserve(payload.size() + 10);
    out += static_cast<char>(kFin | static_cast<uint8_t>(opcode));
    const size_t size = payload.size();
    const int extra = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    out += static_cast<char>(extra == 0 ? size : extra == 2 ? 126 : 127);
    for (int i = extra - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i) & 0xff);
    out += payload;
    return out;
}

std::string encode_close(int code, std::string_view reason) {
    std::string body{static_cast<char>(code >> 8 & 0xff), static_cast<char>(code & 0xff)};
    body += utf8_prefix(reason, kControlLimit - 2);
    return encode_frame(Opcode::close, body);
}

CloseBody read_close(std::string_view payload) {
    if (payload.empty()) return {1005, true};
    if (payload.size() == 1) return {1002, false};
    const int code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
    const bool standard = code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
    if (!standard && (code < 3000 || code > 4999)) return {1002, false};
    if (!valid_utf8(payload.substr(2))) return {1007, false};
    return {code, true};
}

}  // namespace hy::relay
