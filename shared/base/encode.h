// Bytes as text: hexadecimal and Base64.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hy {

std::string to_hex(std::string_view bytes);
std::optional<std::string> from_hex(std::string_view hex);

// RFC 4648: section 4 with padding, section 5 without. Decoders are strict:
// nothing outside the alphabet, no stray bits.
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view text);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace hy
