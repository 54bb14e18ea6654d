#include "core/operators.h"

#include "auth/crypto.h"
#include "auth/tokens.h"
#include "base/clock.h"
#include "base/config.h"
#include "base/encode.h"
#include "base/errors.h"

namespace hy::operators {

namespace {

constexpr int64_t kPlatform = 10;  // wire, "Platforms": Admin

std::string secret_of(const House& house) {
    const std::string& file = house.config.openim.secret_file;
    return file.empty() ? std::string() : read_secret_file(file);
}

// Which secret a token was made with; tells nothing of it.
std::string mark_of(const House& house, const std::string& secret) {
    return base64url(auth::hmac_sha256(house.keys.newest().secret, "im_admin\n" + secret).substr(0, 15));
}

}  // namespace

void require_secret(const House& house, std::string_view given) {
    const std::string secret = secret_of(house);
    if (secret.empty() || !auth::equal_constant_time(auth::sha256(secret), auth::sha256(given)))
        throw Error(Fault::unauthorized, "secret");
}

Token token(const House& house, const std::string& secret) {
    require_secret(house, secret);
    auth::Claims claims;
    claims.subject = kName;
    claims.kind = sessions::kOperator;
    claims.scope = sessions::kOperator;
    claims.id = mark_of(house, secret);
    claims.platform = kPlatform;
    claims.issued = house.clock.now_ms() / 1000;
    claims.expires = claims.issued + house.config.openim.token_seconds;
    return {auth::sign(house.keys, claims), house.config.openim.token_seconds};
}

accounts::Account speaks_for(db::Session& s, const std::string& uid) {
    auto account = accounts::find_by_uid(s, uid);
    if (!account || account->status == accounts::Status::closed) throw Error(Fault::not_found, "user.not_found", uid);
    if (!account->registered || account->role != accounts::Role::user)
        throw Error(Fault::forbidden, "user.not_registered");
    return *std::move(account);
}

std::optional<sessions::Identity> identify(const House& house, std::string_view token) {
    const auto claims = auth::verify(house.keys, token, sessions::kOperator, house.clock.now_ms());
    if (!claims) return std::nullopt;
    const std::string secret = secret_of(house);
    if (secret.empty() || !auth::equal_constant_time(claims->id, mark_of(house, secret))) return std::nullopt;
    sessions::Identity identity;
    identity.public_id = kName;
    identity.scope = claims->scope;
    identity.platform = kPlatform;
    identity.expires_ms = claims->expires * 1000;
    return identity;
}

}  // namespace hy::operators
