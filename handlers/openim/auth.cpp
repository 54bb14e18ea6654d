// The operator's own system registers its users here, and asks for their tokens: with a secret in the document's form, with
// a token of its own below /openim.
#include "core/accounts.h"
#include "core/audit.h"
#include "core/operators.h"
#include "core/profiles.h"
#include "core/sessions.h"
#include "sdk_door.h"

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

void register_given(const api::Call& call, const json::Value& given, const char* who) {
    const auto users = read_list(kNewUser, given, "/users", profiles::kMostAtOnce);
    call.services.transaction([&](db::Session& s, outbox::Pushes&) {
        profiles::register_all(s, call.services.house, users);
        audit::write(s, call.services.clock.now_ms(), who, "users.register", users.front().id,
                     std::to_string(users.size()));
    });
}

api::Reply give_token(const api::Call& call, const std::string& user, int64_t platform) {
    const int64_t seconds = call.services.config.openim.token_seconds;
    const auto tokens = call.services.transaction([&](db::Session& s, outbox::Pushes&) {
        return sessions::log_in(
            s, call.services.house, operators::speaks_for(s, user),
            {.platform = platform, .access = seconds, .refresh = seconds, .scope = std::string(sessions::kTalking)});
    });
    json::Writer w;
    w.begin_object().field("token", tokens.access).field("expireTimeSeconds", tokens.expires_in).end_object();
    return reply(call, w.text());
}

api::Reply register_users(api::Call& call) {
    const auto wanted = call.read(kNewUsers);
    operators::require_secret(call.services.house, wanted.secret);
    register_given(call, wanted.users, "secret");
    return reply(call);
}

api::Reply user_token(api::Call& call) {
    const auto wanted = call.read(kTokenWanted);
    operators::require_secret(call.services.house, wanted.secret);
    return give_token(call, wanted.user, wanted.platform);
}

// ---- with the operator's token, below /openim -------------------------------------------

struct AdminWanted {
    std::string secret, user;
};
const auto kAdminWanted =
    json::Schema<AdminWanted>()
        .field("secret", &AdminWanted::secret, {.required = true, .min_chars = 1, .max_chars = 256})
        .field("userID", &AdminWanted::user, {.max_chars = 64, .note = "imAdmin"});
struct UserWanted {
    std::string user;
    int64_t platform = 0;
};
const auto kUserWanted =
    json::Schema<UserWanted>()
        .field("userID", &UserWanted::user, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("platformID", &UserWanted::platform, {.required = true, .min = 1, .max = kMostPlatform});
struct GivenUsers {
    json::Value users;
};
const auto kGivenUsers = json::Schema<GivenUsers>().field(
    "users", &GivenUsers::users,
    {.required = true, .note = "1 to 1000 of {userID, nickname, faceURL, ex}; all are registered, or none"});
struct TokenGiven {
    std::string token;
};
const auto kTokenGiven = json::Schema<TokenGiven>().field("token", &TokenGiven::token,
                                                          {.required = true, .min_chars = 1, .max_bytes = 4096});

}  // namespace

api::Reply sdk_admin_token(api::Call& call) {
    const auto wanted = call.read(kAdminWanted);
    if (!wanted.user.empty() && wanted.user != operators::kName) throw Error(Fault::unauthorized, "secret");
    const auto token = operators::token(call.services.house, wanted.secret);
    json::Writer w;
    w.begin_object().field("token", token.text).field("expireTimeSeconds", token.seconds).end_object();
    return reply(call, w.text());
}

api::Reply sdk_user_token(api::Call& call) {
    const auto wanted = call.read(kUserWanted);
    return give_token(call, wanted.user, wanted.platform);
}

api::Reply sdk_register_users(api::Call& call) {
    register_given(call, call.read(kGivenUsers).users, "operator");
    return reply(call);
}

api::Reply sdk_parse_token(api::Call& call) {
    const auto wanted = call.read(kTokenGiven);
    const House& house = call.services.house;
    auto who = operators::identify(house, wanted.token);
    if (!who) who = call.services.standing.check(call.services.db, house, wanted.token);
    // Not the caller's own way in: it is not counted against him.
    if (!who) throw Error(Fault::bad_request, "token");
    const int64_t left = std::max<int64_t>(0, (who->expires_ms - house.clock.now_ms()) / 1000);
    json::Writer w;
    w.begin_object().field("userID", who->public_id).field("platformID", who->platform);
    w.field("expireTimeSeconds", left).end_object();
    return reply(call, w.text());
}

const json::SchemaBase &kSdkAdminWantedBody = kAdminWanted, &kSdkUserWantedBody = kUserWanted,
                       &kSdkGivenUsersBody = kGivenUsers, &kSdkTokenGivenBody = kTokenGiven;

namespace {

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
