#include "core/sessions.h"

#include "base/encode.h"
#include "base/text.h"
#include "core/audit.h"
#include "core/kicks.h"

namespace hy::sessions {

namespace {

constexpr const char* kInsert =
    "INSERT INTO token_families (id, account_id, rotated_at, platform, created_at, expires_at, access_seconds,"
    " refresh_seconds, scope) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kLoggedIn = "UPDATE accounts SET last_login_at = ? WHERE id = ?";
constexpr const char* kLock =
    "SELECT account_id, generation, rotated_at, revoked_at, platform, COALESCE(access_seconds, 0),"
    " COALESCE(refresh_seconds, 0), scope FROM token_families WHERE id = ? FOR UPDATE";
constexpr const char* kRotate = "UPDATE token_families SET generation = ?, rotated_at = ?, expires_at = ? WHERE id = ?";
constexpr const char* kRevoke = "UPDATE token_families SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL";
constexpr const char* kLoggedInAt = "SELECT created_at FROM token_families WHERE id = ? AND revoked_at IS NULL";
constexpr const char* kAccountState =
    "SELECT a.ver, a.role, a.uid, a.status, f.id IS NOT NULL AND f.revoked_at IS NULL, a.nickname,"
    " a.muted, a.avatar"
    " FROM accounts a LEFT JOIN token_families f ON f.id = ? AND f.account_id = a.id WHERE a.id = ?";
// A disabled owner's robots stand still too.
constexpr const char* kRobotState =
    "SELECT r.ver, r.public_id, COALESCE(a.muted, 0) FROM robots r LEFT JOIN accounts a ON a.id = r.owner_id"
    " WHERE r.id = ? AND r.deleted_at IS NULL AND COALESCE(a.status, 0) = 0";

constexpr const char* kScope = "profile robots";
constexpr int64_t kRememberMs = 1000;
constexpr size_t kMostRemembered = 20000;

struct Family {
    std::string id;
    int64_t generation, rotated_at;
    Terms terms;
};

// What the settings say where the login said nothing.
int64_t access_seconds(const House& house, const Terms& terms) {
    return terms.access ? terms.access : house.config.auth.access_seconds;
}
int64_t refresh_seconds(const House& house, const Terms& terms) {
    return terms.refresh ? terms.refresh : house.config.auth.refresh_seconds;
}

// The pair of a generation is made from the family's row alone: asked again, the same row
// gives the same bytes.
TokenPair pair_of(const House& house, const accounts::Account& account, const Family& family) {
    auth::Claims claims;
    claims.subject = std::to_string(account.id);
    claims.scope = family.terms.scope.empty() ? kScope : family.terms.scope;
    claims.family = family.id;
    claims.version = account.version;
    claims.platform = family.terms.platform;
    claims.issued = family.rotated_at / 1000;
    const auto id = [&](const char* kind) {
        const std::string text = family.id + ":" + std::to_string(family.generation) + ":" + kind;
        return base64url(auth::sha256(text).substr(0, 15));
    };
    TokenPair pair;
    claims.kind = "access";
    claims.id = id("access");
    const int64_t life = access_seconds(house, family.terms);
    claims.expires = claims.issued + life;
    pair.access = auth::sign(house.keys, claims);
    claims.kind = "refresh";
    claims.id = id("refresh");
    claims.generation = family.generation;
    claims.expires = claims.issued + refresh_seconds(house, family.terms);
    pair.refresh = auth::sign(house.keys, claims);
    pair.expires_in = life;
    pair.expires_at = (claims.issued + life) * 1000;
    pair.account = account.id;
    return pair;
}

[[noreturn]] void refuse(const char* why) { throw Error(Fault::unauthorized, "token", "", why); }

}  // namespace

TokenPair log_in(db::Session& s, const House& house, const accounts::Account& account, const Terms& terms) {
    if (account.status != accounts::Status::active) throw Error(Fault::forbidden, "account.disabled");
    const int64_t now = house.clock.now_ms();
    const Family family{random_text(22), 1, now, terms};
    const auto or_null = [](int64_t seconds) { return seconds ? std::optional<int64_t>(seconds) : std::nullopt; };
    s.execute(kInsert, {family.id, account.id, now, terms.platform, now, now + refresh_seconds(house, terms) * 1000,
                        db::nullable(or_null(terms.access)), db::nullable(or_null(terms.refresh)),
                        std::string_view(terms.scope)});
    s.execute(kLoggedIn, {now, account.id});
    return pair_of(house, account, family);
}

std::string connection_token(const House& house, const Identity& identity, bool master) {
    auth::Claims claims;
    claims.subject = std::to_string(identity.principal.id);
    claims.kind = "im";
    claims.scope = master ? kMaster : "im";
    claims.id = random_text(20);
    claims.family = identity.family;
    claims.version = identity.version;
    claims.platform = identity.platform;
    claims.issued = house.clock.now_ms() / 1000;
    claims.expires = claims.issued + house.config.wukongim.token_seconds;
    return auth::sign(house.keys, claims);
}

int64_t logged_in_at(db::Session& s, const std::string& family) {
    db::Rows rows = s.query(kLoggedInAt, {family});
    return rows.next() ? rows.integer(1) : 0;
}

void revoke_family(db::Session& s, const House& house, const std::string& family, int64_t account,
                   outbox::Pushes& pushes) {
    s.execute(kRevoke, {house.clock.now_ms(), family});
    kicks::add(pushes, account_principal(account).name(), {.reason = "登录已失效", .family = family});
}

TokenPair refresh(db::Database& db, const House& house, const std::string& token, outbox::Publisher& publisher) {
    const int64_t now = house.clock.now_ms();
    const auto claims = auth::verify(house.keys, token, "refresh", now);
    if (!claims || claims->family.empty()) refuse("refresh token not ours");
    outbox::Pushes pushes;
    const auto pair = db.transaction([&](db::Session& s) -> std::optional<TokenPair> {
        pushes = {};
        db::Rows rows = s.query(kLock, {claims->family});
        if (!rows.next() || !rows.is_null(4) || std::to_string(rows.integer(1)) != claims->subject)
            refuse("family ended");
        Family family{claims->family,
                      rows.integer(2),
                      rows.integer(3),
                      {rows.integer(5), rows.integer(6), rows.integer(7), rows.text(8)}};
        const auto account = accounts::find(s, rows.integer(1));
        if (!account || account->status != accounts::Status::active || account->version != claims->version)
            refuse("account's tokens ended");
        if (claims->generation == family.generation) {
            ++family.generation;
            family.rotated_at = now;
            const int64_t end = now + refresh_seconds(house, family.terms) * 1000;
            s.execute(kRotate, {family.generation, now, end, family.id});
            return pair_of(house, *account, family);
        }
        const bool lost_answer = claims->generation == family.generation - 1 &&
                                 std::abs(now - family.rotated_at) <= house.config.auth.refresh_grace_seconds * 1000;
        if (lost_answer) return pair_of(house, *account, family);
        // Committed, not thrown: a reuse must end the family.
        revoke_family(s, house, family.id, account->id, pushes);
        audit::write(s, now, account_principal(account->id).name(), "token.reuse", family.id);
        outbox::store(s, house, pushes);
        return std::nullopt;
    });
    publisher.publish(pushes);
    if (!pair) refuse("refresh token reused");
    return *pair;
}

Standing::State Standing::state(db::Database& db, const House& house, const Principal& principal,
                                const std::string& family, int64_t remember_ms) {
    const std::string key = principal.key() + ":" + family;
    const int64_t now = house.clock.now_ms();
    {
        std::lock_guard lock(mutex_);
        const auto found = known_.find(key);
        // What a clock that went back since would call remembered for hours is read anew.
        const int64_t age = found == known_.end() ? -1 : now - found->second.read_at;
        if (age >= 0 && age < remember_ms) return found->second;
    }
    State state;
    state.read_at = now;
    db.read([&](db::Session& s) {
        if (principal.type == PrincipalType::account) {
            db::Rows rows = s.query(kAccountState, {family, principal.id});
            if (!rows.next()) return;
            state.version = rows.integer(1);
            state.role = static_cast<accounts::Role>(rows.integer(2));
            state.public_id = rows.text(3);
            state.exists = rows.integer(4) == static_cast<int64_t>(accounts::Status::active);
            state.family_lives = family.empty() || rows.integer(5) == 1;
            state.name = rows.text(6);
            state.muted = rows.integer(7) != 0;
            state.avatar = rows.text(8);
        } else {
            db::Rows rows = s.query(kRobotState, {principal.id});
            if (!rows.next()) return;
            state.version = rows.integer(1);
            state.public_id = rows.text(2);
            // What its programs say, he says.
            state.muted = rows.integer(3) != 0;
            state.exists = true;
        }
    });
    std::lock_guard lock(mutex_);
    if (known_.size() >= kMostRemembered) known_.clear();
    known_[key] = state;
    return state;
}

std::optional<Identity> Standing::check(db::Database& db, const House& house, const std::string& token,
                                        const char* kind) {
    const auto claims = auth::verify(house.keys, token, kind, house.clock.now_ms());
    const auto number = claims ? to_int(claims->subject) : std::nullopt;
    if (!number) return std::nullopt;
    Identity identity;
    identity.principal = account_principal(*number);
    identity.scope = claims->scope;
    identity.family = claims->family;
    identity.version = claims->version;
    identity.expires_ms = claims->expires * 1000;
    identity.platform = claims->platform;
    const State now = state(db, house, identity.principal, identity.family, kRememberMs);
    if (!now.exists || !now.family_lives || now.version != identity.version) return std::nullopt;
    identity.role = now.role;
    identity.public_id = now.public_id;
    tell(now, identity);
    return identity;
}

bool Standing::stands(db::Database& db, const House& house, Identity& identity) {
    const State now = state(db, house, identity.principal, identity.family, kRememberMs);
    if (now.exists && identity.principal.type == PrincipalType::account) tell(now, identity);
    return agrees(house, identity, now);
}

bool Standing::stands_now(db::Database& db, const House& house, const Identity& identity) {
    return agrees(house, identity, state(db, house, identity.principal, identity.family, 0));
}

void Standing::tell(const State& now, Identity& identity) {
    identity.name = now.name;
    identity.avatar = now.avatar;
    identity.muted = now.muted;
}

bool Standing::agrees(const House& house, const Identity& identity, const State& now) {
    if (identity.expires_ms && identity.expires_ms <= house.clock.now_ms()) return false;
    return now.exists && now.family_lives && now.version == identity.version;
}

}  // namespace hy::sessions
