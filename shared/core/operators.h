// The operator's own system at the openim door: it knows a secret, or has a token that was made with it. It is no account,
// and speaks for those only that it registered. Source: decisions, "The openim secret is no master key".
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "core/house.h"
#include "core/sessions.h"

namespace hy::operators {

// Throws unauthorized "secret". Read each time: a new secret needs no restart.
void require_secret(const House& house, std::string_view given);

struct Token {
    std::string text;
    int64_t seconds = 0;  // how long it lives
};
// For who knows the secret; good until it ends, or until there is another secret or a newer signing key. Throws as above.
Token token(const House& house, const std::string& secret);
// Whom it speaks for. Throws not_found "user.not_found"; forbidden "user.not_registered" for people who came by themselves,
// and for administrators.
accounts::Account speaks_for(db::Session& s, const std::string& uid);

// Who has such a token: the scope is kOperator, the principal nobody's. Reads the secret; no query.
std::optional<sessions::Identity> identify(const House& house, std::string_view token);

inline constexpr std::string_view kName = "imAdmin";

}  // namespace hy::operators
