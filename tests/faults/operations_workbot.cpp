// What is written over HTTP at the workbot door.
#include <fstream>
#include <stdexcept>

#include "core/activation.h"
#include "core/sms.h"
#include "faults/operations.h"

namespace hy::test {

namespace {

void people(Scene& s) { s.people(); }

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

// Eleven digits of this scene alone.
std::string phone_of(const Scene& s) { return "139" + std::string(8 - std::min<size_t>(8, s.tag.size()), '0') + s.tag; }

// ---- people -----------------------------------------------------------------------------

void phone_alone(Scene& s) { s.noted = phone_of(s); }
int64_t codes_sent(Scene& s) {
    return s.number("SELECT COUNT(*) FROM sms_codes WHERE phone = ?", {std::string_view(s.noted)});
}
std::string sent_code(Scene& s) {
    return s.world.ask(
        [&](db::Session& session) { return sms::prepare(session, s.world.house, phone_of(s), s.address).code; });
}
void code_for_phone(Scene& s) { s.noted = sent_code(s); }
std::string phone_and_code(const Scene& s) { return R"({"phone":")" + phone_of(s) + R"(","code":")" + s.noted + "\"}"; }
int64_t accounts_of_phone(Scene& s) {
    const std::string phone = phone_of(s);
    return s.number("SELECT COUNT(*) FROM accounts WHERE phone = ?", {std::string_view(phone)});
}
// A WeChat account, and another one that has the phone.
void two_accounts(Scene& s) {
    s.people();
    s.world.ask([&](db::Session& session) { accounts::of_phone(session, s.world.house, phone_of(s)); });
    s.noted = sent_code(s);
}
int64_t closed(Scene& s) { return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND status = 2", {s.user.id}); }

Answer refresh(Scene& s) {
    s.bearer.clear();
    return s.http("POST /api/user/refresh-token", "", R"({"refreshToken":")" + s.refresh + "\"}");
}
int64_t refreshed(Scene& s) {
    return s.number("SELECT generation - 1 FROM token_families WHERE account_id = ?", {s.user.id});
}

// ---- activation -------------------------------------------------------------------------

std::string new_code(Scene& s, int64_t account) {
    return s.world.ask([&](db::Session& session) {
        return activation::generate(session, s.world.house, 1, 30, account).front().code;
    });
}
std::string device(const Scene& s) { return "device-" + s.tag; }
activation::Outcome activate_past(Scene& s, const std::string& code) {
    return s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        return activation::activate(session, s.world.house, code, device(s), "{}", pushes);
    });
}
std::string activation_body(const Scene& s) {
    return R"({"code":")" + s.noted + R"(","deviceInfo":{"deviceId":")" + device(s) + "\"}}";
}
Answer activate(Scene& s) { return s.http("POST /api/robot-ids/activate", "", activation_body(s)); }
void unused_code(Scene& s) {
    s.people();
    s.noted = new_code(s, s.user.id);
}
int64_t activated(Scene& s) {
    return s.number("SELECT COUNT(*) FROM activation_codes WHERE code = ? AND status = 1", {std::string_view(s.noted)});
}
void used_code(Scene& s) {
    unused_code(s);
    activate_past(s, s.noted);
}
int64_t activated_again(Scene& s) {
    const std::string id = device(s);
    return s.number("SELECT ver - 1 FROM robot_devices WHERE device_id = ?", {std::string_view(id)});
}
void device_with_tokens(Scene& s) {
    unused_code(s);
    s.refresh = activate_past(s, s.noted).activated->tokens.refresh;
}
void robot_of_nobody(Scene& s) {
    s.people();
    s.noted = new_code(s, 0);
    activate_past(s, s.noted);
}
int64_t robots_of_user(Scene& s) { return s.number("SELECT COUNT(*) FROM robots WHERE owner_id = ?", {s.user.id}); }

// ---- robots -----------------------------------------------------------------------------

void own_robot(Scene& s) {
    s.people();
    s.robot = s.world.robot(s.user.id, &s.key);
}
void own_robot_and_code(Scene& s) {
    own_robot(s);
    s.noted = new_code(s, 0);
}
std::string robot_path(const Scene& s) { return "/api/robots/" + s.robot.public_id; }
void check_robot(Scene& s, const Answer&) {
    require(s.number("SELECT COUNT(*) FROM robots r JOIN robot_brains b ON b.robot_id = r.id WHERE r.owner_id = ?",
                     {s.user.id}) == robots_of_user(s),
            "a robot was made without its brain");
}

// ---- admin ------------------------------------------------------------------------------

void make_admin(Scene& s) {
    s.world.ask(
        [&](db::Session& session) { accounts::set_role(session, s.world.house, s.user.id, accounts::Role::admin); });
}
void admin(Scene& s) {
    s.people();
    make_admin(s);
}
void admin_and_device(Scene& s) {
    used_code(s);
    make_admin(s);
}
int64_t codes(Scene& s) { return s.number("SELECT COUNT(*) FROM activation_codes") / 2; }
int64_t code_disabled(Scene& s) {
    return s.number("SELECT COUNT(*) FROM activation_codes WHERE code = ? AND status = 3", {std::string_view(s.noted)});
}
int64_t unbound(Scene& s) {
    const std::string id = device(s);
    return s.number("SELECT COUNT(*) FROM device_history WHERE device_id = ?", {std::string_view(id)});
}
std::string user_path(const Scene& s, const char* verb) {
    return "/api/admin/users/" + std::to_string(s.owner.id) + "/" + verb;
}
int64_t owner_disabled(Scene& s) {
    return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND status = 1", {s.owner.id});
}
void disabled_owner(Scene& s) {
    admin(s);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        accounts::set_status(session, s.world.house, s.owner.id, accounts::Status::disabled, pushes);
    });
}

// clang-format off
const Operation kOperations[] = {
    {"POST /api/user/send-sms", phone_alone,
     [](Scene& s) { return s.http("POST /api/user/send-sms", "", R"({"phone":")" + s.noted + "\"}"); }, codes_sent,
     Again::same, false, 200, 429},
    {"POST /api/user/login", code_for_phone,
     [](Scene& s) { return s.http("POST /api/user/login", "", phone_and_code(s)); }, accounts_of_phone, Again::same, false, 200, 400},
    {"POST /api/user/refresh-token", people, refresh, refreshed},
    {"POST /api/user/bind-phone", two_accounts,
     [](Scene& s) { return s.http("POST /api/user/bind-phone", "", phone_and_code(s)); }, closed, Again::same, false, 200, 400},
    {"POST /api/user/delete", people, [](Scene& s) { return s.http("POST /api/user/delete", "", ""); }, closed, Again::same, false,
     200, 401},
    {"POST /api/robot-ids/activate", unused_code, activate, activated, Again::same, false, 201, 200},
    {"POST /api/robot-ids/activate (the same device again)", used_code, activate, activated_again, Again::more},
    {"POST /api/robot/refresh-token", device_with_tokens,
     [](Scene& s) { return s.http("POST /api/robot/refresh-token", "", R"({"refreshToken":")" + s.refresh + "\"}"); }, nullptr,
     Again::more},
    {"POST /api/robots/claim", robot_of_nobody,
     [](Scene& s) { return s.http("POST /api/robots/claim", "", R"({"code":")" + s.noted + "\"}"); }, robots_of_user},
    {"POST /api/robots", people,
     [](Scene& s) { return s.http("POST /api/robots", "", R"({"name":"new","private":true,"aiScenario":"x"})"); }, robots_of_user,
     Again::more, false, 200, 200, check_robot},
    {"PUT /api/robots/{robotId}", own_robot,
     [](Scene& s) { return s.http("PUT /api/robots/{robotId}", robot_path(s), R"({"name":"new","aiProvider":"kimi"})"); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM robots r JOIN robot_brains b ON b.robot_id = r.id"
                                    " WHERE r.id = ? AND r.name = 'new' AND b.provider = 'kimi'", {s.robot.id}); }},
    {"DELETE /api/robots/{robotId}", own_robot,
     [](Scene& s) { return s.http("DELETE /api/robots/{robotId}", robot_path(s), ""); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM robots WHERE id = ? AND deleted_at IS NOT NULL", {s.robot.id}); },
     Again::same, false, 200, 404},
    {"POST /api/robots/{robotId}/api-key", own_robot,
     [](Scene& s) { return s.http("POST /api/robots/{robotId}/api-key", robot_path(s) + "/api-key", ""); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM audit WHERE action = 'robot.api_key' AND target = ?",
                                    {std::string_view(s.robot.public_id)}); }, Again::more},
    {"POST /api/robots/{robotId}/brain/test", own_robot,
     [](Scene& s) { return s.http("POST /api/robots/{robotId}/brain/test", robot_path(s) + "/brain/test", R"({"text":"hi"})"); },
     [](Scene& s) { return s.number("SELECT COALESCE(SUM(used), 0) FROM quotas WHERE name = 'brain.test' AND subject = ?",
                                    {"account." + std::to_string(s.user.id)}); }, Again::more},
    {"POST /api/robots/{robotId}/activation-code", own_robot_and_code,
     [](Scene& s) { return s.http("POST /api/robots/{robotId}/activation-code", robot_path(s) + "/activation-code",
                                  R"({"code":")" + s.noted + "\"}"); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM activation_codes WHERE code = ? AND robot_id = ?",
                                    {std::string_view(s.noted), s.robot.id}); }},
    {"POST /api/admin/activation-codes", admin,
     [](Scene& s) { return s.http("POST /api/admin/activation-codes", "", R"({"count":2,"validityPeriod":30})"); }, codes,
     Again::more},
    {"POST /api/admin/activation-codes/{code}/disable", admin_and_device,
     [](Scene& s) { return s.http("POST /api/admin/activation-codes/{code}/disable",
                                  "/api/admin/activation-codes/" + s.noted + "/disable", ""); }, code_disabled},
    {"POST /api/admin/unbind-device", admin_and_device,
     [](Scene& s) { return s.http("POST /api/admin/unbind-device", "", R"({"code":")" + s.noted + R"(","reason":"r"})"); }, unbound,
     Again::same, false, 200, 409},
    {"POST /api/admin/users/{userId}/disable", admin,
     [](Scene& s) { return s.http("POST /api/admin/users/{userId}/disable", user_path(s, "disable"), ""); }, owner_disabled},
    {"POST /api/admin/users/{userId}/enable", disabled_owner,
     [](Scene& s) { return s.http("POST /api/admin/users/{userId}/enable", user_path(s, "enable"), ""); },
     [](Scene& s) { return 1 - owner_disabled(s); }},
    {"POST /api/admin/users/{userId}/delete", admin,
     [](Scene& s) { return s.http("POST /api/admin/users/{userId}/delete", user_path(s, "delete"), ""); },
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND status = 2", {s.owner.id}); },
     Again::same, false, 200, 404},
};
// clang-format on

}  // namespace

std::span<const Operation> workbot_operations() { return kOperations; }

}  // namespace hy::test
