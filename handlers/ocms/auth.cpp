// Signing in with a WeChat mini-program code, and refreshing tokens.
#include "core/sessions.h"
#include "core/weapp.h"
#include "door.h"

namespace hy::ocms {

namespace {

struct WeappLogin {
    std::string grant_type = "weapp_code", code, appid;
};
const auto kWeappLogin = json::Schema<WeappLogin>()
                             .field("grant_type", &WeappLogin::grant_type, {.one_of = {"weapp_code"}})
                             .field("code", &WeappLogin::code, {.required = true, .max_chars = 256})
                             .field("appid", &WeappLogin::appid, {.max_chars = 64});

struct Refresh {
    std::string refresh_token;
};
const auto kRefresh =
    json::Schema<Refresh>().field("refresh_token", &Refresh::refresh_token, {.required = true, .max_chars = 4096});

constexpr const char* kTokens =
    R"({"access_token":"eyJ...","refresh_token":"eyJ...","token_type":"bearer","expires_in":86400,)"
    R"("scope":"profile robots","user_id":"123"})";

api::Reply render(const sessions::TokenPair& pair) {
    json::Writer w;
    w.begin_object().field("access_token", pair.access).field("refresh_token", pair.refresh);
    w.field("token_type", "bearer").field("expires_in", pair.expires_in).field("scope", "profile robots");
    w.field("user_id", std::to_string(pair.account)).end_object();
    return api::reply_json(std::move(w));
}

api::Reply weapp_token(api::Call& call) {
    const auto login = call.read(kWeappLogin);
    auto& services = call.services;
    // Read each time: only this door may know them, and a line more needs no restart.
    const auto apps = weapp::read_apps(services.config);
    const auto person = weapp::exchange(services.house, apps, services.weapp_gate, login.code, login.appid);
    return render(services.db.transaction([&](db::Session& s) {
        return sessions::log_in(s, services.house, weapp::account_of(s, services.house, person));
    }));
}

api::Reply refresh(api::Call& call) {
    const auto wanted = call.read(kRefresh);
    return render(
        sessions::refresh(call.services.db, call.services.house, wanted.refresh_token, call.services.publisher));
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/ocms/auth/weapp/token", api::Auth::none, api::Rate::normal, weapp_token,
     "Sign in with a WeChat mini-program code",
     {.body = &kWeappLogin, .answer = kTokens, .errors = {400, 403, 413, 429, 502, 503}}},
    {"POST", "/ocms/auth/refresh", api::Auth::none, api::Rate::normal, refresh, "Trade a refresh token for a new pair",
     {.body = &kRefresh, .answer = kTokens, .errors = {400, 401, 413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kAuth = {kDoor, "ocms-auth", kRoutes};

}  // namespace hy::ocms
