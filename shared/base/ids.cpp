#include "base/ids.h"

#include <sys/random.h>

#include <system_error>

#include "base/encode.h"
#include "base/text.h"

namespace hy {

namespace {
constexpr uint32_t kCounterMask = (1u << 22) - 1;
}

MessageIds::MessageIds(const Clock& clock) : clock_(clock) { random_bytes(&counter_, sizeof counter_); }

uint64_t MessageIds::next() {
    std::lock_guard lock(mutex_);
    // A clock set back must not make ids go back within a process.
    last_ms_ = std::max<uint64_t>(last_ms_, static_cast<uint64_t>(clock_.now_ms()));
    const uint32_t count = ++counter_ & kCounterMask;
    const uint64_t id = (last_ms_ << 22) | count;
    if (count == kCounterMask) ++last_ms_;  // the count wraps: borrow a millisecond, stay ordered
    return id;
}

void random_bytes(void* out, size_t size) {
    auto* at = static_cast<unsigned char*>(out);
    while (size > 0) {
        const ssize_t got = getrandom(at, size, 0);
        if (got < 0) {
            if (errno == EINTR) continue;
            throw std::system_error(errno, std::generic_category(), "getrandom");
        }
        at += got;
        size -= static_cast<size_t>(got);
    }
}

std::string random_text(size_t length, std::string_view alphabet) {
    // Bytes above the last whole multiple are thrown away, so that no character is likelier.
    const size_t limit = 256 - 256 % alphabet.size();
    std::string text;
    text.reserve(length);
    unsigned char pool[64];
    while (text.size() < length) {
        random_bytes(pool, sizeof pool);
        for (size_t i = 0; i < sizeof pool && text.size() < length; ++i)
            if (pool[i] < limit) text.push_back(alphabet[pool[i] % alphabet.size()]);
    }
    return text;
}

uint64_t random_below(uint64_t bound) {
    const uint64_t limit = UINT64_MAX - UINT64_MAX % bound;
    for (;;) {
        uint64_t drawn = 0;
        random_bytes(&drawn, sizeof drawn);
        if (drawn < limit) return drawn % bound;
    }
}

std::string random_hex32() {
    unsigned char bytes[16];
    random_bytes(bytes, sizeof bytes);
    return to_hex({reinterpret_cast<const char*>(bytes), sizeof bytes});
}

}  // namespace hy
