// Identifiers: message ids, public ids and secrets, all from the kernel's random source.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hy {

// A 64-bit, time-ordered message id: 41 bits of milliseconds, then 22 bits counting up
// from a random start of this process. Unique by the table's key, not by itself: two
// processes may meet in one millisecond, and the transaction is then repeated.
class MessageIds {
public:
    explicit MessageIds(const Clock& clock);
    uint64_t next();
    static int64_t time_of(uint64_t id) { return static_cast<int64_t>(id >> 22); }

private:
    const Clock& clock_;
    std::mutex mutex_;
    uint64_t last_ms_ = 0;
    uint32_t counter_;
};

void random_bytes(void* out, size_t size);

inline constexpr std::string_view kLowerDigits = "abcdefghijklmnopqrstuvwxyz0123456789";
inline constexpr std::string_view kLettersDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

// `length` characters drawn evenly from `alphabet` (at most 256 characters).
std::string random_text(size_t length, std::string_view alphabet = kLettersDigits);

// Evenly below `bound`, which is not 0.
uint64_t random_below(uint64_t bound);

// 32 hexadecimal digits.
std::string random_hex32();

}  // namespace hy
