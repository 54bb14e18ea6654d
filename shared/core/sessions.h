// Logins: token families, rotation of refresh tokens, reuse detection, revocation.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "core/accounts.h"
#include "core/principal.h"

namespace hy::sessions {

struct TokenPair {
    std::string access, refresh;
    int64_t expires_in = 0;  // seconds, of the access token
    int64_t expires_at = 0;  // the same as a time, ms
    int64_t account = 0;
};

// Who a request or connection is, from its token alone.
struct Identity {
    Principal principal;
    std::string public_id;     // uid or robotId
    std::string name, avatar;  // what others see; of accounts
    accounts::Role role = accounts::Role::user;
    std::string scope, family;
    int64_t version = 0;
    int64_t expires_ms = 0;
    int64_t platform = 0;
    int64_t owner = 0;   // of a robot: the account that answers for what it does; 0: nobody yet
    bool muted = false;  // it may read, and say nothing
};

// What a login gives.
struct Terms {
    int64_t platform = 0;
    int64_t access = 0, refresh = 0;  // how long its tokens live, in seconds; 0: as auth.*_seconds say
    std::string scope = {};           // what they are good for; empty: everything
};
// The scope of tokens that the operator's own system asks for: talking, and nothing that an account rules over.
inline constexpr std::string_view kTalking = "im";
// And of that system's own token: no account is behind it.
inline constexpr std::string_view kOperator = "im_admin";

// A new login. Throws forbidden "account.disabled".
TokenPair log_in(db::Session& s, const House& house, const accounts::Account& account, const Terms& terms = {});

// Single use: a repeat within auth.refresh_grace_seconds gives the same pair again as long as
// the new one was not used; any other repeat revokes the family. Throws unauthorized "token".
TokenPair refresh(db::Database& db, const House& house, const std::string& token, outbox::Publisher& publisher);

// A token that opens a WuKongIM connection, and nothing else. `master`: it sends the account's other devices of one kind
// away. It ends with the login of `identity`.
std::string connection_token(const House& house, const Identity& identity, bool master);
// In the scope of such a token.
inline constexpr std::string_view kMaster = "im master";

// When the login that a token is of was made, ms; 0: it has no login behind it.
int64_t logged_in_at(db::Session& s, const std::string& family);
void revoke_family(db::Session& s, const House& house, const std::string& family, int64_t account,
                   outbox::Pushes& pushes);

// What must still be true of a token, remembered for at most a second ("at once" in this
// project): version, status, role, and that its family lives.
class Standing {
public:
    // The identity behind an access token, or nothing.
    std::optional<Identity> check(db::Database& db, const House& house, const std::string& token,
                                  const char* kind = "access");
    // Whether an identity taken before still stands; what may have changed of it is told in it.
    bool stands(db::Database& db, const House& house, Identity& identity);
    // The same, asked of the database now: for whoever was let in on what was remembered.
    bool stands_now(db::Database& db, const House& house, const Identity& identity);

private:
    struct State {
        bool exists = false, family_lives = true, muted = false;
        int64_t version = 0;
        accounts::Role role = accounts::Role::user;
        std::string public_id, name, avatar;
        int64_t read_at = 0;
    };
    State state(db::Database& db, const House& house, const Principal& principal, const std::string& family,
                int64_t remember_ms);
    static void tell(const State& now, Identity& identity);
    static bool agrees(const House& house, const Identity& identity, const State& now);

    std::mutex mutex_;
    std::map<std::string, State> known_;
};

}  // namespace hy::sessions
