// The operator's own system registers its users here, and asks for their tokens, with a secret.
#include "core/accounts.h"
#include "core/audit.h"
#include "core/profiles.h"
#include "core/sessions.h"
#include "door.h"

namespace hy::openim {

namespace {

struct NewUsers {
    std::string secret;
    json::Value users;
};
const auto kNewUsers =
    json::Schema<NewUsers>()
        .field("secret", &NewUsers::secret, {.required = true, .min_chars = 1, .max_chars = 256})
        .field("users", &NewUsers::users,
               {.required = true, .note = "1 to 1000 of {userID, nickname, faceURL, ex}; all are registered, or none"});
const auto kNewUser = json::Schema<profiles::NewUser>()
                          .field("userID", &profiles::NewUser::id, {.required = true, .min_chars = 1, .max_chars = 64})
                          .field("nickname", &profiles::NewUser::name, {.max_chars = 100})
                          .field("faceURL", &profiles::NewUser::avatar, {.max_chars = 1000})
                          .field("ex", &profiles::NewUser::ex, {.max_chars = 1000});

struct TokenWanted {
    std::string secret, user;
    int64_t platform = 0;
};
const auto kTokenWanted =
    json::Schema<TokenWanted>()
        .field("secret", &TokenWanted::secret, {.required = true, .min_chars = 1, .max_chars = 256})
        .field("userID", &TokenWanted::user, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("platformID", &TokenWanted::platform, {.required = true, .min = 1, .max = kMostPlatform});

constexpr const char* kTokenExample =
    R"({"errCode":0,"errMsg":"success","data":{"token":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...","expireTimeSeconds":604800}})";

// Read each time: a new secret needs no restart.
void require_secret(const api::Call& call, const std::string& given) {
    const std::string& file = call.services.config.openim.secret_file;
    const std::string secret = file.empty() ? std::string() : read_secret_file(file);
    if (secret.empty() || !auth::equal_constant_time(auth::sha256(secret), auth::sha256(given)))
        throw Error(Fault::unauthorized, "secret");
}

api::Reply register_users(api::Call& call) {
    const auto wanted = call.read(kNewUsers);
    require_secret(call, wanted.secret);
    const auto users = read_list(kNewUser, wanted.users, "/users", profiles::kMostAtOnce);
    call.services.transaction([&](db::Session& s, outbox::Pushes&) {
        profiles::register_all(s, call.services.house, users);
        audit::write(s, call.services.clock.now_ms(), "secret", "users.register", users.front().id,
                     std::to_string(users.size()));
    });
    return reply(call);
}

api::Reply user_token(api::Call& call) {
    const auto wanted = call.read(kTokenWanted);
    require_secret(call, wanted.secret);
    const int64_t seconds = call.services.config.openim.token_seconds;
    const auto tokens = call.services.transaction([&](db::Session& s, outbox::Pushes&) {
        const auto account = accounts::find_by_uid(s, wanted.user);
        if (!account || account->status == accounts::Status::closed)
            throw Error(Fault::not_found, "user.not_found", wanted.user);
        // The secret is no master key.
        if (!account->registered || account->role != accounts::Role::user)
            throw Error(Fault::forbidden, "user.not_registered");
        return sessions::log_in(s, call.services.house, *account,
                                {.platform = wanted.platform,
                                 .access = seconds,
                                 .refresh = seconds,
                                 .scope = std::string(sessions::kTalking)});
    });
    json::Writer w;
    w.begin_object().field("token", tokens.access).field("expireTimeSeconds", tokens.expires_in).end_object();
    return reply(call, w.text());
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/auth/user_register", api::Auth::none, api::Rate::normal, register_users, "Register users of the operator's own system",
     {.body = &kNewUsers, .answer = R"({"errCode":0,"errMsg":"success","data":{}})", .errors = {413, 429}}},
    {"POST", "/api/v3/auth/user_token", api::Auth::none, api::Rate::normal, user_token, "A token of a user registered here, good for talking",
     {.body = &kTokenWanted, .answer = kTokenExample, .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kAuth = {kDoor, "openim-auth", kRoutes};

}  // namespace hy::openim
