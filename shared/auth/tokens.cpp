#include "auth/tokens.h"

#include <sstream>

#include "auth/crypto.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/errors.h"
#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::auth {

namespace {
constexpr std::string_view kIssuer = "hongyan";
constexpr size_t kLongest = 4096;
}  // namespace

Keyring::Keyring(std::vector<Key> keys) : keys_(std::move(keys)) {
    if (keys_.empty()) throw Error(Fault::internal, "config", "no token keys");
    for (auto& key : keys_) {
        if (key.secret.size() < 32)
            throw Error(Fault::internal, "config", "token key " + key.id + " is shorter than 32 characters");
        json::Writer header;
        header.begin_object().field("alg", "HS256").field("typ", "JWT").field("kid", key.id).end_object();
        key.header = base64url(header.text());
    }
}

const Keyring::Key* Keyring::find(std::string_view id) const {
    for (const auto& key : keys_)
        if (key.id == id) return &key;
    return nullptr;
}

const Keyring::Key* Keyring::find_by_header(std::string_view text) const {
    // Our own tokens say it in the same bytes; any other spelling of the same is read.
    for (const auto& key : keys_)
        if (key.header == text) return &key;
    const auto json = from_base64url(text);
    const auto header = json ? json::parse(*json) : std::nullopt;
    return header && header->text_or("alg") == "HS256" ? find(header->text_or("kid")) : nullptr;
}

Keyring read_keyring(const std::string& path) {
    std::vector<Keyring::Key> keys;
    std::istringstream lines(read_secret_file(path));
    for (Keyring::Key key; lines >> key.id >> key.secret;) keys.push_back(key);
    return Keyring(std::move(keys));
}

std::string sign(const Keyring& keys, const Claims& c) {
    json::Writer payload;
    payload.begin_object().field("iss", kIssuer).field("sub", c.subject).field("kind", c.kind).field("ver", c.version);
    payload.field("jti", c.id).field("iat", c.issued).field("exp", c.expires);
    if (!c.scope.empty()) payload.field("scope", c.scope);
    if (!c.family.empty()) payload.field("fam", c.family);
    if (c.generation) payload.field("gen", c.generation);
    if (c.platform) payload.field("platform", c.platform);
    payload.end_object();
    std::string token = keys.newest().header + "." + base64url(payload.text());
    token += "." + base64url(hmac_sha256(keys.newest().secret, token));
    return token;
}

std::optional<Claims> verify(const Keyring& keys, std::string_view token, std::string_view kind, int64_t now_ms,
                             Expiry expiry) {
    if (token.size() > kLongest) return std::nullopt;
    const size_t first = token.find('.'), last = token.rfind('.');
    if (first == std::string_view::npos || first == last) return std::nullopt;
    const auto* key = keys.find_by_header(token.substr(0, first));
    const auto signature = from_base64url(token.substr(last + 1));
    if (!key || !signature || !equal_constant_time(hmac_sha256(key->secret, token.substr(0, last)), *signature))
        return std::nullopt;

    const auto payload_text = from_base64url(token.substr(first + 1, last - first - 1));
    const auto payload = payload_text ? json::parse(*payload_text) : std::nullopt;
    if (!payload) return std::nullopt;
    Claims c;
    c.subject = payload->text_or("sub");
    c.kind = payload->text_or("kind");
    c.scope = payload->text_or("scope");
    c.id = payload->text_or("jti");
    c.family = payload->text_or("fam");
    c.version = payload->int_or("ver", -1);
    c.generation = payload->int_or("gen");
    c.platform = payload->int_or("platform");
    c.issued = payload->int_or("iat");
    c.expires = payload->int_or("exp");
    const int64_t now = now_ms / 1000;
    const bool lives = expiry == Expiry::ignored || c.expires > now;
    // iat says when, not from when on (RFC 7519 4.1.6): where a clock went back, or another host's is ahead, nobody is
    // logged out for it.
    const bool good = payload->text_or("iss") == kIssuer && c.kind == kind && !c.subject.empty() && lives &&
                      payload->int_or("nbf") <= now + 60;
    if (!good) return std::nullopt;
    return c;
}

}  // namespace hy::auth
