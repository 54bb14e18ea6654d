// The operator's side: activation codes, devices, users.
#include "base/text.h"
#include "core/activation.h"
#include "core/audit.h"
#include "core/erasure.h"
#include "core/user_list.h"
#include "door.h"

namespace hy::workbot {

namespace {

struct Generate {
    int64_t count = 1, validity_days = 30;
    std::optional<int64_t> account;
};
const auto kGenerate = json::Schema<Generate>()
                           .field("count", &Generate::count, {.required = true, .min = 1, .max = 100})
                           .field("validityPeriod", &Generate::validity_days,
                                  {.required = true, .min = 1, .max = 3650, .note = "days from the first activation"})
                           .field("boundUserId", &Generate::account, {.min = 1, .note = "absent: anybody's"});

struct Unbind {
    std::string code, reason;
    std::optional<int64_t> admin;
};
const auto kUnbind = json::Schema<Unbind>()
                         .field("code", &Unbind::code, {.required = true, .min_chars = 1, .max_chars = 64})
                         .field("reason", &Unbind::reason, {.max_chars = 500})
                         .field("adminId", &Unbind::admin, {.note = "when given, the caller"});

constexpr const char* kCodesExample =
    R"({"code":0,"message":"生成成功","data":{"codes":[{"code":"ABCD2345","status":"unused","validityPeriod":30,)"
    R"("price":50.00,"createdAt":"2024-12-01T10:00:00Z"}]}})";
constexpr const char* kListExample =
    R"({"code":0,"message":"success","data":{"total":100,"list":[{"code":"3CQ4Z9LE","status":"used",)"
    R"("validityPeriod":30,"price":50.00,"boundUser":{"userId":1,"nickname":"张三","phone":"13800000000"},)"
    R"("deviceInfo":{"deviceId":"9774d56d682e549c","brand":"Xiaomi","model":"Mi 10"},)"
    R"("firstActivatedAt":"2024-12-01T10:00:00Z"}]}})";
constexpr const char* kUnboundExample =
    R"({"code":0,"message":"解绑成功","data":{"deviceId":"9774d56d682e549c",)"
    R"("robotId":"robot_1703123456789_abc123de","unboundAt":"2024-12-01T10:30:00Z"}})";
constexpr const char* kDisabledExample = R"({"code":0,"message":"禁用成功","data":null})";
constexpr const char* kEnabledExample = R"({"code":0,"message":"启用成功","data":null})";
constexpr const char* kUsersExample =
    R"({"code":0,"message":"success","data":{"total":100,"list":[{"userId":1,"nickname":"张三",)"
    R"("avatar":"https://cdn.example.com/avatar.jpg","phone":"13800000000","role":"user","status":"active",)"
    R"("robotCount":5,"totalActivationCodes":10,"createdAt":"2024-01-01T00:00:00Z",)"
    R"("lastLoginAt":"2024-12-01T10:00:00Z"}]}})";

// 50.00: a price has two digits, which a JSON number may show.
std::string price_text(int64_t cents) {
    const std::string rest = std::to_string(cents % 100);
    return std::to_string(cents / 100) + "." + (rest.size() < 2 ? "0" : "") + rest;
}

void write_code(json::Writer& w, const activation::Code& code) {
    w.field("code", code.code).field("status", activation::name_of(code.status));
    w.field("validityPeriod", code.validity_days).key("price").raw(price_text(code.price_cents));
    w.field("createdAt", iso8601(code.created_at));
}

std::string actor(const api::Call& call) { return call.identity->principal.name(); }

api::Reply generate(api::Call& call) {
    const auto wanted = call.read(kGenerate);
    const auto codes = call.services.db.transaction([&](db::Session& s) {
        auto made = activation::generate(s, call.services.house, wanted.count, wanted.validity_days,
                                         wanted.account.value_or(0));
        audit::write(s, call.services.clock.now_ms(), actor(call), "codes.generate", made.front().code,
                     std::to_string(wanted.count) + " for " + std::to_string(wanted.validity_days) + " days");
        return made;
    });
    json::Writer w;
    w.begin_object().key("codes").begin_array();
    for (const auto& code : codes) {
        w.begin_object();
        write_code(w, code);
        w.end_object();
    }
    w.end_array().end_object();
    return reply("生成成功", w.text());
}

void write_owner(json::Writer& w, const activation::Card& card) {
    w.key("boundUser");
    if (!card.code.account) {
        w.null();
        return;
    }
    w.begin_object().field("userId", card.code.account).field("nickname", card.owner_name);
    w.field("phone", card.owner_phone).end_object();
}

api::Reply list_codes(api::Call& call) {
    const auto paging = paging_of(call);
    const std::string status = call.query_text("status");
    const auto wanted = activation::status_named(status);
    if (!status.empty() && !wanted)
        throw Error(Fault::bad_request, "query", "status: unused, used, expired or disabled");
    const auto page =
        call.services.db.read([&](db::Session& s) { return activation::list(s, wanted, paging.page, paging.size); });
    json::Writer w;
    w.begin_object().field("total", page.total).key("list").begin_array();
    for (const auto& card : page.cards) {
        w.begin_object();
        write_code(w, card.code);
        write_owner(w, card);
        write_device(w, !card.device_id.empty(), card.device_info, true);
        write_time(w, "firstActivatedAt", card.code.first_activated_at);
        write_time(w, "expiresAt", card.code.expires_at);
        w.end_object();
    }
    w.end_array().end_object();
    return reply("success", w.text());
}

api::Reply disable_code(api::Call& call) {
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        activation::disable(s, call.services.house, call.param("code"), actor(call), pushes);
    });
    return done("禁用成功");
}

api::Reply unbind_device(api::Call& call) {
    const auto wanted = call.read(kUnbind);
    // Nobody is who the body says.
    if (wanted.admin && *wanted.admin != call.account()) throw Error(Fault::forbidden, "foreign");
    const auto unbound = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        return activation::unbind(s, call.services.house, wanted.code, wanted.reason, actor(call), pushes);
    });
    json::Writer w;
    w.begin_object().field("deviceId", unbound.device_id).field("robotId", unbound.robot_id);
    w.field("unboundAt", iso8601(unbound.unbound_at)).end_object();
    return reply("解绑成功", w.text());
}

const char* name_of(accounts::Status status) { return status == accounts::Status::active ? "active" : "disabled"; }

void write_user(json::Writer& w, const user_list::User& user) {
    w.begin_object().field("userId", user.id).field("nickname", user.nickname).field("avatar", user.avatar);
    w.field("phone", user.phone).field("role", user.role == accounts::Role::admin ? "admin" : "user");
    w.field("status", name_of(user.status)).field("robotCount", user.robots);
    w.field("totalActivationCodes", user.codes).field("createdAt", iso8601(user.created_at));
    write_time(w, "lastLoginAt", user.last_login_at);
    w.end_object();
}

api::Reply list_users(api::Call& call) {
    const auto paging = paging_of(call);
    const std::string role = call.query_text("role");
    if (!role.empty() && role != "user" && role != "admin")
        throw Error(Fault::bad_request, "query", "role: user or admin");
    const auto wanted =
        role.empty() ? std::nullopt : std::optional(role == "admin" ? accounts::Role::admin : accounts::Role::user);
    const auto page =
        call.services.db.read([&](db::Session& s) { return user_list::list(s, wanted, paging.page, paging.size); });
    json::Writer w;
    w.begin_object().field("total", page.total).key("list").begin_array();
    for (const auto& user : page.users) write_user(w, user);
    w.end_array().end_object();
    return reply("success", w.text());
}

accounts::Account user_of(db::Session& s, const api::Call& call) {
    const auto id = to_int(call.param("userId"));
    auto account = id ? accounts::find(s, *id) : std::nullopt;
    if (!account || account->status == accounts::Status::closed) throw Error(Fault::not_found, "user.not_found");
    return *std::move(account);
}

void set_status(api::Call& call, accounts::Status status) {
    if (to_int(call.param("userId")) == call.account()) throw Error(Fault::forbidden, "admin.self");
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto account = user_of(s, call);
        if (account.status == status) return;
        accounts::set_status(s, call.services.house, account.id, status, pushes);
        audit::write(s, call.services.clock.now_ms(), actor(call),
                     status == accounts::Status::disabled ? "user.disable" : "user.enable", std::to_string(account.id));
    });
}

api::Reply disable_user(api::Call& call) {
    set_status(call, accounts::Status::disabled);
    return done("禁用成功");
}

api::Reply enable_user(api::Call& call) {
    set_status(call, accounts::Status::active);
    return done("启用成功");
}

api::Reply export_user(api::Call& call) {
    const std::string from = call.query_text("from");
    return pages(call.services.db.transaction([&](db::Session& s) {
        const int64_t id = user_of(s, call).id;
        audit::write(s, call.services.clock.now_ms(), actor(call), "account.export", std::to_string(id), from);
        return portability::page(s, call.services.house, id, from);
    }));
}

api::Reply delete_user(api::Call& call) {
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        erasure::begin(s, call.services.house, user_of(s, call).id, actor(call), pushes);
    });
    return done("账号已注销");
}

const std::vector<api::QueryParam> kCodeParams = {{"page", "integer", "from 1 on (1)"},
                                                  {"pageSize", "integer", "1 to 100 (20)"},
                                                  {"status", "string", "unused, used, expired or disabled"}};
const std::vector<api::QueryParam> kUserParams = {{"page", "integer", "from 1 on (1)"},
                                                  {"pageSize", "integer", "1 to 100 (20)"},
                                                  {"role", "string", "user or admin"}};

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/admin/activation-codes", api::Auth::admin, api::Rate::normal, generate, "Make activation codes",
     {.body = &kGenerate, .answer = kCodesExample, .errors = {400, 401, 403, 404, 413, 429}}},
    {"GET", "/api/admin/activation-codes", api::Auth::admin, api::Rate::normal, list_codes, "List codes, newest first",
     {.answer = kListExample, .query = kCodeParams, .errors = {400, 401, 403, 429}}},
    {"POST", "/api/admin/activation-codes/{code}/disable", api::Auth::admin, api::Rate::normal, disable_code,
     "Disable a code; a device that runs on it is cut off", {.answer = kDisabledExample, .errors = {401, 403, 404, 429}}},
    {"POST", "/api/admin/unbind-device", api::Auth::admin, api::Rate::normal, unbind_device,
     "Take a code's device away; the next one gets its robot",
     {.body = &kUnbind, .answer = kUnboundExample, .errors = {400, 401, 403, 404, 409, 413, 429}}},
    {"GET", "/api/admin/users", api::Auth::admin, api::Rate::normal, list_users, "List users, newest first",
     {.answer = kUsersExample, .query = kUserParams, .errors = {400, 401, 403, 429}}},
    {"POST", "/api/admin/users/{userId}/disable", api::Auth::admin, api::Rate::normal, disable_user,
     "Disable a user: tokens die, connections of the user and of the user's robots are closed",
     {.answer = kDisabledExample, .errors = {401, 403, 404, 429}}},
    {"POST", "/api/admin/users/{userId}/enable", api::Auth::admin, api::Rate::normal, enable_user, "Undo it",
     {.answer = kEnabledExample, .errors = {401, 403, 404, 429}}},
    {"GET", "/api/admin/users/{userId}/export", api::Auth::admin, api::Rate::normal, export_user,
     "All that a user has here, page by page, for who asked for it in another way; it is written into the audit log",
     {.answer = kExportExample, .query = kExportParams, .errors = {400, 401, 403, 404, 429}}},
    {"POST", "/api/admin/users/{userId}/delete", api::Auth::admin, api::Rate::normal, delete_user,
     "End a user's account, at every door and for ever", {.answer = kLeftExample, .errors = {401, 403, 404, 429}}},
};
// clang-format on

}  // namespace

const api::Group kAdmin = {kDoor, "workbot-admin", kRoutes};

}  // namespace hy::workbot
