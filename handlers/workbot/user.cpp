// People by phone: codes, signing in, their record, fresh tokens, a phone for an account without one; and of everybody:
// taking along what one has here, and leaving.
#include "core/accounts.h"
#include "core/activation.h"
#include "core/erasure.h"
#include "core/portability.h"
#include "core/robots.h"
#include "core/sessions.h"
#include "core/sms.h"
#include "door.h"

namespace hy::workbot {

namespace {

struct SendSms {
    std::string phone;
};
const auto kSendSms = json::Schema<SendSms>().field("phone", &SendSms::phone, {.required = true, .max_chars = 20});

struct PhoneCode {
    std::string phone, code;
};
const auto kPhoneCode = json::Schema<PhoneCode>()
                            .field("phone", &PhoneCode::phone, {.required = true, .max_chars = 20})
                            .field("code", &PhoneCode::code, {.required = true, .max_chars = 20});

struct Refresh {
    std::string refresh_token;
};
const auto kRefresh =
    json::Schema<Refresh>().field("refreshToken", &Refresh::refresh_token, {.required = true, .max_chars = 4096});

constexpr int64_t kJustNowMs = 600'000;

constexpr const char* kSentExample = R"({"code":0,"message":"验证码已发送","data":{"expiresIn":300}})";
#define HY_PERSON_EXAMPLE                                                                                    \
    R"("userId":1,"nickname":"张三","avatar":"https://cdn.example.com/avatar.jpg","phone":"13800000000",)" \
    R"("role":"user")"
constexpr const char* kLoginExample =
    R"({"code":0,"message":"登录成功","data":{)" HY_PERSON_EXAMPLE R"(,"token":"eyJ...","refreshToken":"eyJ..."}})";
constexpr const char* kInfoExample =
    R"({"code":0,"message":"success","data":{)" HY_PERSON_EXAMPLE R"(,"createdAt":"2024-01-01T00:00:00Z"}})";
#undef HY_PERSON_EXAMPLE
constexpr const char* kRefreshExample =
    R"({"code":0,"message":"success","data":{"token":"eyJ...","refreshToken":"eyJ...",)"
    R"("expiresAt":"2025-01-30T12:00:00.000Z"}})";

constexpr const char* kStatisticsExample =
    R"({"code":0,"message":"success","data":{"totalRobots":5,"totalMessages":5000,"totalAICalls":5000,"aiCost":125.5,)"
    R"("activationCodeCount":10,"activeRobots":3}})";

sessions::Terms terms(const Config& config) {
    return {.access = config.workbot.access_seconds, .refresh = config.workbot.refresh_seconds};
}

void write(json::Writer& w, const accounts::Account& account) {
    w.field("userId", account.id).field("nickname", account.nickname).field("avatar", account.avatar);
    w.field("phone", account.phone).field("role", account.role == accounts::Role::admin ? "admin" : "user");
}

api::Reply signed_in(const accounts::Account& account, const sessions::TokenPair& pair, const char* message) {
    json::Writer w;
    w.begin_object();
    write(w, account);
    w.field("token", pair.access).field("refreshToken", pair.refresh).end_object();
    return reply(message, w.text());
}

api::Reply send_sms(api::Call& call) {
    const auto wanted = call.read(kSendSms);
    auto& services = call.services;
    if (!sms::valid_phone(wanted.phone)) throw Error(Fault::bad_request, "phone");
    // Before anything is used up: a provider that hangs leaves the other half of the threads.
    const http::CallPass pass(services.sms_gate, "sms.busy");
    const auto code = services.db.transaction(
        [&](db::Session& s) { return sms::prepare(s, services.house, wanted.phone, call.request.address); });
    try {
        sms::deliver(services.house, code);
    } catch (const Error&) {
        services.db.transaction([&](db::Session& s) { sms::withdraw(s, services.house, code); });
        throw;
    }
    json::Writer w;
    w.begin_object().field("expiresIn", sms::kLifeSeconds).end_object();
    return reply("验证码已发送", w.text());
}

using SignedIn = std::pair<accounts::Account, sessions::TokenPair>;

// What the code is for happens with its being used up, or neither does. A wrong one costs a try, which is
// committed before it is refused.
template <typename F>
SignedIn with_code(api::Call& call, const PhoneCode& wanted, F&& account_of) {
    if (!sms::valid_phone(wanted.phone)) throw Error(Fault::bad_request, "phone");
    const House& house = call.services.house;
    auto done = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) -> std::optional<SignedIn> {
        if (!sms::redeem(s, house, wanted.phone, wanted.code)) return std::nullopt;
        auto account = account_of(s, pushes);
        auto tokens = sessions::log_in(s, house, account, terms(house.config));
        return SignedIn(std::move(account), std::move(tokens));
    });
    if (!done) throw Error(Fault::bad_request, "sms.code");
    return std::move(*done);
}

api::Reply login(api::Call& call) {
    const auto wanted = call.read(kPhoneCode);
    const auto [account, pair] = with_code(call, wanted, [&](db::Session& s, outbox::Pushes&) {
        return accounts::of_phone(s, call.services.house, wanted.phone);
    });
    return signed_in(account, pair, "登录成功");
}

api::Reply info(api::Call& call) {
    const auto account = call.services.db.read([&](db::Session& s) { return *accounts::find(s, call.account()); });
    json::Writer w;
    w.begin_object();
    write(w, account);
    w.field("createdAt", iso8601(account.created_at)).end_object();
    return reply("success", w.text());
}

api::Reply get_statistics(api::Call& call) {
    const auto range = range_of(call);
    statistics::Totals totals;
    int64_t robots = 0, codes = 0;
    call.services.db.read([&](db::Session& s) {
        totals = statistics::of_owner(s, call.account(), range);
        robots = robots::count(s, call.account());
        codes = activation::count(s, call.account());
    });
    json::Writer w;
    w.begin_object().field("totalRobots", robots).field("totalMessages", totals.messages);
    w.field("totalAICalls", totals.answers).field("aiCost", rounded(static_cast<double>(totals.cost_micros) / 1e6));
    w.field("activationCodeCount", codes).field("activeRobots", totals.active).end_object();
    return reply("success", w.text());
}

api::Reply refresh(api::Call& call) {
    const auto wanted = call.read(kRefresh);
    const auto pair =
        sessions::refresh(call.services.db, call.services.house, wanted.refresh_token, call.services.publisher);
    json::Writer w;
    w.begin_object().field("token", pair.access).field("refreshToken", pair.refresh);
    w.field("expiresAt", iso8601(pair.expires_at)).end_object();
    return reply("success", w.text());
}

api::Reply bind_phone(api::Call& call) {
    const auto wanted = call.read(kPhoneCode);
    const auto [account, pair] = with_code(call, wanted, [&](db::Session& s, outbox::Pushes& pushes) {
        return accounts::bind_phone(s, call.services.house, call.account(), wanted.phone, pushes);
    });
    return signed_in(account, pair, "绑定成功");
}

api::Reply take_along(api::Call& call) {
    return pages(call.services.db.read([&](db::Session& s) {
        return portability::page(s, call.services.house, call.account(), call.query_text("from"));
    }));
}

// Whoever has found a token cannot end the account with it: a login of just now is asked for.
api::Reply leave(api::Call& call) {
    const House& house = call.services.house;
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        if (std::abs(house.clock.now_ms() - sessions::logged_in_at(s, call.identity->family)) > kJustNowMs)
            throw Error(Fault::forbidden, "account.fresh");
        erasure::begin(s, house, call.account(), account_principal(call.account()).name(), pushes);
    });
    return done("账号已注销");
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/user/send-sms", api::Auth::none, api::Rate::normal, send_sms, "Send a code to a phone",
     {.body = &kSendSms, .answer = kSentExample, .errors = {400, 413, 429, 502, 503}}},
    {"POST", "/api/user/login", api::Auth::none, api::Rate::normal, login, "Sign in by phone; the first time makes the account",
     {.body = &kPhoneCode, .answer = kLoginExample, .errors = {400, 403, 413, 429}}},
    {"GET", "/api/user/info", api::Auth::user, api::Rate::normal, info, "Who am I?",
     {.answer = kInfoExample, .errors = {401, 429}}},
    {"GET", "/api/user/statistics", api::Auth::user, api::Rate::normal, get_statistics,
     "What all robots of the caller did between two days", {.answer = kStatisticsExample, .query = kRangeParams, .errors = {400, 401, 429}}},
    {"POST", "/api/user/refresh-token", api::Auth::none, api::Rate::normal, refresh, "Trade a refresh token for a new pair",
     {.body = &kRefresh, .answer = kRefreshExample, .errors = {400, 401, 413, 429}}},
    {"POST", "/api/user/bind-phone", api::Auth::user, api::Rate::normal, bind_phone,
     "Give the account a phone; an empty one joins the phone's account", {.body = &kPhoneCode, .answer = kLoginExample,
      .errors = {400, 401, 403, 409, 413, 429}}},
    {"GET", "/api/user/export", api::Auth::user, api::Rate::normal, take_along,
     "All that the caller has here, at every door, page by page", {.answer = kExportExample, .query = kExportParams,
      .errors = {400, 401, 403, 429}}},
    {"POST", "/api/user/delete", api::Auth::user, api::Rate::normal, leave,
     "End the caller's account, at every door and for ever; within ten minutes after signing in",
     {.answer = kLeftExample, .errors = {401, 403, 429}}},
};
// clang-format on

}  // namespace

const api::Group kUser = {kDoor, "workbot-user", kRoutes};

}  // namespace hy::workbot
