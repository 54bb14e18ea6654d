#include "auth/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/sha.h>

#include <memory>

#include "base/config.h"
#include "base/encode.h"
#include "base/errors.h"
#include "base/ids.h"
#include "base/text.h"

namespace hy::auth {

namespace {

constexpr size_t kNonce = 12, kTag = 16;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

[[noreturn]] void fail() { throw Error(Fault::internal, "crypto", "", "OpenSSL refused"); }

}  // namespace

std::string sha256(std::string_view data) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes(data), data.size(), bytes(out));
    return out;
}

void Sha256::Free::operator()(void* context) const { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(context)); }

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    if (!context_ || EVP_DigestInit_ex(static_cast<EVP_MD_CTX*>(context_.get()), EVP_sha256(), nullptr) != 1) fail();
}

void Sha256::add(std::string_view data) {
    if (EVP_DigestUpdate(static_cast<EVP_MD_CTX*>(context_.get()), data.data(), data.size()) != 1) fail();
}

std::string Sha256::digest() {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    if (EVP_DigestFinal_ex(static_cast<EVP_MD_CTX*>(context_.get()), bytes(out), nullptr) != 1) fail();
    return out;
}

namespace {
// HMAC-SHA256 of one thread. To look the algorithms up costs OpenSSL 3 as much as the digest of a token,
// and a lock that all threads share.
EVP_MAC_CTX* hmac_of_thread() {
    struct Mac {
        EVP_MAC* method = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
        EVP_MAC_CTX* context = method ? EVP_MAC_CTX_new(method) : nullptr;
        Mac() {
            char digest[] = "SHA256";
            const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                         OSSL_PARAM_construct_end()};
            if (!context || EVP_MAC_CTX_set_params(context, params) != 1) fail();
        }
        ~Mac() {
            EVP_MAC_CTX_free(context);
            EVP_MAC_free(method);
        }
    };
    thread_local const Mac mac;
    return mac.context;
}
}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view data) {
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    EVP_MAC_CTX* mac = hmac_of_thread();
    size_t size = 0;
    const bool fine = EVP_MAC_init(mac, bytes(key), key.size(), nullptr) == 1 &&
                      EVP_MAC_update(mac, bytes(data), data.size()) == 1 &&
                      EVP_MAC_final(mac, bytes(out), &size, out.size()) == 1;
    if (!fine) fail();
    return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

SecretBox::SecretBox(std::string key32) : key_(std::move(key32)) {
    if (key_.size() != 32) throw Error(Fault::internal, "config", "the box key is 64 hex digits");
}

std::string SecretBox::seal(std::string_view text, std::string_view context) const {
    std::string out(kNonce + text.size() + kTag, '\0');
    random_bytes(out.data(), kNonce);
    const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int size = 0;
    unsigned char* body = bytes(out) + kNonce;
    const bool fine =
        EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(out)) == 1 &&
        EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes(context), static_cast<int>(context.size())) == 1 &&
        EVP_EncryptUpdate(cipher.get(), body, &size, bytes(text), static_cast<int>(text.size())) == 1 &&
        EVP_EncryptFinal_ex(cipher.get(), body + text.size(), &size) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, body + text.size()) == 1;
    if (!fine) fail();
    return out;
}

std::optional<std::string> SecretBox::open(std::string_view sealed, std::string_view context) const {
    if (sealed.size() < kNonce + kTag) return std::nullopt;
    const std::string_view body = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
    std::string tag(sealed.substr(sealed.size() - kTag));
    std::string out(body.size(), '\0');
    const Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
    int size = 0;
    const bool fine =
        EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes(key_), bytes(sealed)) == 1 &&
        EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes(context), static_cast<int>(context.size())) == 1 &&
        EVP_DecryptUpdate(cipher.get(), bytes(out), &size, bytes(body), static_cast<int>(body.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(cipher.get(), bytes(out) + body.size(), &size) == 1;
    if (!fine) return std::nullopt;
    return out;
}

std::string SecretBox::derive(std::string_view purpose) const { return hmac_sha256(key_, purpose); }

SecretBox read_box_key(const std::string& path) {
    auto key = from_hex(read_secret_file(path));
    if (!key) throw Error(Fault::internal, "config", path + ": 64 hex digits are wanted");
    return SecretBox(std::move(*key));
}

}  // namespace hy::auth
