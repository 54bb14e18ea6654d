// What the fuzz targets share: how a broken property is told, and choices that hang on the
// input alone. A target is a plain LLVMFuzzerTestOneInput, so that clang's fuzzer and the
// replay of the corpus under g++ (replay.cpp) run the same code.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace hy::fuzz {

// Derives from nothing, so that no catch of the code under test takes it. The fuzzer ends on
// it as on any crash; the replay reports it as a failed case.
struct Broken {
    std::string property;
};

inline void expect(bool holds, const char* property) {
    if (holds) return;
    fprintf(stderr, "broken: %s\n", property);
    throw Broken{property};
}

inline std::string_view view(const uint8_t* data, size_t size) { return {reinterpret_cast<const char*>(data), size}; }

// Numbers that follow from the input, so that corpus files are plain examples of what is
// parsed, without bytes in front that steer the target.
class Choice {
public:
    explicit Choice(std::string_view input) {
        for (const char c : input) state_ = (state_ ^ static_cast<uint8_t>(c)) * 1099511628211u;
    }
    // 0 … most
    size_t upto(size_t most) {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return most == SIZE_MAX ? state_ : static_cast<size_t>((state_ * 2685821657736338717u) >> 16) % (most + 1);
    }
    // How long the next piece of a stream is: mostly a few bytes, now and then many.
    size_t piece() { return upto(3) ? 1 + upto(6) : 1 + upto(300); }

private:
    uint64_t state_ = 14695981039346656037u;
};

// The part in front of the first `mark`, taken off `rest`; all of it when there is none.
inline std::string_view take(std::string_view& rest, char mark) {
    const size_t at = rest.find(mark);
    const std::string_view first = rest.substr(0, at);
    rest = at == std::string_view::npos ? std::string_view{} : rest.substr(at + 1);
    return first;
}

}  // namespace hy::fuzz
