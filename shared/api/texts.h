// How a door says "no": its words for each error, and the HTTP status that a fault is.
#pragma once
#include <array>
#include <span>
#include <string_view>

#include "base/errors.h"

namespace hy::api {

struct Text {
    std::string_view code, text;
};

// What has no words of its own is told by its fault, in the order of the enumeration.
struct Texts {
    std::span<const Text> by_code;
    std::array<std::string_view, 10> by_fault;
};

std::string_view text_of(const Texts& texts, const Error& error);

// 400, 401, 403, 404, 409, 413, 429, 502, 503 or 500 (RFC 9110).
int status_of(Fault fault);

}  // namespace hy::api
