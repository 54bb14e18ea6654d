// Tokens: JWT (RFC 7519), HS256 only. Signing and checking are ours rather than
// Poco::JWT's, whose verify() takes expired tokens, whose tryVerify() throws on garbage and
// which writes exp as a fraction.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hy::auth {

struct Claims {
    std::string subject;  // account's decimal id, or robotId
    std::string kind;     // access, refresh, robot, robot_refresh, im, im_admin
    std::string scope;
    std::string id;          // jti
    std::string family;      // of a refreshable login
    int64_t version = 0;     // ver: bumped to end all older tokens
    int64_t generation = 0;  // of a refresh token within its family
    int64_t platform = 0;
    int64_t issued = 0, expires = 0;  // seconds
};

// Secrets by key id; the newest signs, all verify.
class Keyring {
public:
    struct Key {
        std::string id, secret;
        std::string header = {};  // of the tokens that it signs, in base64url
    };
    explicit Keyring(std::vector<Key> keys);
    const Key& newest() const { return keys_.back(); }
    const Key* find(std::string_view id) const;
    // The key that a token's first part names; nothing when it asks for another algorithm.
    const Key* find_by_header(std::string_view header) const;

private:
    std::vector<Key> keys_;
};

// One `kid secret` a line, the secret at least 32 characters.
Keyring read_keyring(const std::string& path);

std::string sign(const Keyring& keys, const Claims& claims);

// The claims of a token that we made, that is of `kind`, and not expired. Nothing else is
// told: which check failed is nobody's business.
enum class Expiry { checked, ignored };
std::optional<Claims> verify(const Keyring& keys, std::string_view token, std::string_view kind, int64_t now_ms,
                             Expiry expiry = Expiry::checked);

}  // namespace hy::auth
