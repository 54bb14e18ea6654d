// The few primitives everything else is made of, over OpenSSL.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hy::auth {

std::string sha256(std::string_view data);                             // 32 bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  // 32 bytes
// Of what comes in pieces.
class Sha256 {
public:
    Sha256();
    void add(std::string_view data);
    std::string digest();  // 32 bytes; once

private:
    struct Free {
        void operator()(void* context) const;
    };
    std::unique_ptr<void, Free> context_;
};
// Takes as long whatever differs; false for different sizes.
bool equal_constant_time(std::string_view a, std::string_view b);

// AES-256-GCM with a random nonce: nonce | ciphertext | tag. `context` is bound to it, so
// that what was sealed for one purpose opens for no other.
class SecretBox {
public:
    explicit SecretBox(std::string key32);
    std::string seal(std::string_view text, std::string_view context) const;
    std::optional<std::string> open(std::string_view sealed, std::string_view context) const;
    // A key for another purpose, derived from this one.
    std::string derive(std::string_view purpose) const;

private:
    std::string key_;
};

// 64 hex digits in a file.
SecretBox read_box_key(const std::string& path);

}  // namespace hy::auth
