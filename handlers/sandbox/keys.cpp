#include "keys.h"

#include "auth/tokens.h"
#include "base/clock.h"
#include "base/text.h"
#include "core/kicks.h"

namespace hy::sandbox {

namespace {
constexpr const char* kKind = "sandbox";
// As good as for ever: what ends a key is another one.
constexpr int64_t kYears = 20 * 365 * 86'400;
}  // namespace

std::string address_of(const House& house) {
    const std::string& url = house.config.public_url;
    return (url.starts_with("https:") ? "wss" : "ws") + url.substr(url.find(':')) + "/sandbox";
}

std::string key_of(const House& house, int64_t account, int64_t version) {
    auth::Claims claims;
    claims.subject = std::to_string(account);
    claims.kind = kKind;
    claims.version = version;
    claims.issued = house.clock.now_ms() / 1000;
    claims.expires = claims.issued + kYears;
    return auth::sign(house.keys, claims);
}

std::optional<Claimed> read_key(const House& house, const std::string& key) {
    const auto claims = auth::verify(house.keys, key, kKind, house.clock.now_ms());
    const auto account = claims ? to_int(claims->subject) : std::nullopt;
    if (!account) return std::nullopt;
    return Claimed{*account, claims->version};
}

void close_all(int64_t account, outbox::Pushes& pushes) {
    kicks::add(pushes, "sandbox." + std::to_string(account), {.reason = "鉴权失败"});
}

}  // namespace hy::sandbox
