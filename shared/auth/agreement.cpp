#include "auth/agreement.h"

#include <openssl/evp.h>

#include <memory>

#include "base/encode.h"
#include "base/errors.h"

namespace hy::auth {

namespace {

constexpr size_t kKey = 32, kBlock = 16;

using Key = std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, void (*)(EVP_PKEY_CTX*)>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

[[noreturn]] void fail(const char* what) { throw Error(Fault::internal, "crypto", "", what); }

// Looked up once: OpenSSL 3 looks through its providers at each use otherwise.
const EVP_CIPHER* aes() {
    static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    return cipher;
}
const EVP_MD* md5() {
    static EVP_MD* const digest = EVP_MD_fetch(nullptr, "MD5", nullptr);
    return digest;
}

Cipher new_cipher() { return {EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free}; }

void require_sizes(std::string_view key, std::string_view iv) {
    if (key.size() != kBlock || iv.size() != kBlock) fail("AES-128-CBC wants 16 bytes");
}

}  // namespace

KeyPair x25519_pair() {
    const KeyContext context(EVP_PKEY_CTX_new_id(EVP_PKEY_X25519, nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    if (!context || EVP_PKEY_keygen_init(context.get()) <= 0 || EVP_PKEY_keygen(context.get(), &made) <= 0)
        fail("X25519 key");
    const Key key(made, EVP_PKEY_free);
    KeyPair pair{std::string(kKey, '\0'), std::string(kKey, '\0')};
    size_t secret_size = kKey, open_size = kKey;
    if (EVP_PKEY_get_raw_private_key(key.get(), bytes(pair.secret), &secret_size) <= 0 ||
        EVP_PKEY_get_raw_public_key(key.get(), bytes(pair.open), &open_size) <= 0)
        fail("X25519 key");
    return pair;
}

std::optional<std::string> x25519(std::string_view secret, std::string_view others_open) {
    if (secret.size() != kKey || others_open.size() != kKey) return std::nullopt;
    const Key mine(EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, bytes(secret), kKey), EVP_PKEY_free);
    const Key theirs(EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, bytes(others_open), kKey), EVP_PKEY_free);
    if (!mine || !theirs) return std::nullopt;
    const KeyContext context(EVP_PKEY_CTX_new(mine.get(), nullptr), EVP_PKEY_CTX_free);
    std::string shared(kKey, '\0');
    size_t size = kKey;
    // OpenSSL refuses a secret of zeros by itself.
    if (!context || EVP_PKEY_derive_init(context.get()) <= 0 ||
        EVP_PKEY_derive_set_peer(context.get(), theirs.get()) <= 0 ||
        EVP_PKEY_derive(context.get(), bytes(shared), &size) <= 0)
        return std::nullopt;
    return shared;
}

std::string aes128_cbc(std::string_view key, std::string_view iv, std::string_view plain) {
    require_sizes(key, iv);
    const Cipher cipher = new_cipher();
    std::string sealed(plain.size() + kBlock, '\0');
    int size = 0, rest = 0;
    if (!cipher || EVP_EncryptInit_ex(cipher.get(), aes(), nullptr, bytes(key), bytes(iv)) <= 0 ||
        EVP_EncryptUpdate(cipher.get(), bytes(sealed), &size, bytes(plain), static_cast<int>(plain.size())) <= 0 ||
        EVP_EncryptFinal_ex(cipher.get(), bytes(sealed) + size, &rest) <= 0)
        fail("AES-128-CBC");
    sealed.resize(static_cast<size_t>(size + rest));
    return sealed;
}

std::optional<std::string> open_aes128_cbc(std::string_view key, std::string_view iv, std::string_view sealed) {
    require_sizes(key, iv);
    if (sealed.empty() || sealed.size() % kBlock) return std::nullopt;
    const Cipher cipher = new_cipher();
    std::string plain(sealed.size() + kBlock, '\0');
    int size = 0, rest = 0;
    if (!cipher || EVP_DecryptInit_ex(cipher.get(), aes(), nullptr, bytes(key), bytes(iv)) <= 0 ||
        EVP_DecryptUpdate(cipher.get(), bytes(plain), &size, bytes(sealed), static_cast<int>(sealed.size())) <= 0 ||
        EVP_DecryptFinal_ex(cipher.get(), bytes(plain) + size, &rest) <= 0)
        return std::nullopt;
    plain.resize(static_cast<size_t>(size + rest));
    return plain;
}

std::string md5_hex(std::string_view data) {
    std::string digest(16, '\0');
    unsigned size = 16;
    if (!md5() || EVP_Digest(data.data(), data.size(), bytes(digest), &size, md5(), nullptr) <= 0) fail("MD5");
    return to_hex(digest);
}

}  // namespace hy::auth
