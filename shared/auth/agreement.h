// Primitives that a foreign protocol prescribes: X25519 (RFC 7748), AES-128-CBC with PKCS#7 padding, MD5 (RFC 1321).
// None of them protects anything of ours.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace hy::auth {

struct KeyPair {
    std::string secret, open;  // 32 bytes each
};
KeyPair x25519_pair();
// 32 bytes; nothing where the other's key is no key, or makes a secret of zeros (RFC 7748, 6.1).
std::optional<std::string> x25519(std::string_view secret, std::string_view others_open);

// Keys and initial vectors of 16 bytes.
std::string aes128_cbc(std::string_view key, std::string_view iv, std::string_view plain);
// Nothing where it was not made with them.
std::optional<std::string> open_aes128_cbc(std::string_view key, std::string_view iv, std::string_view sealed);

std::string md5_hex(std::string_view data);  // 32 digits

}  // namespace hy::auth
