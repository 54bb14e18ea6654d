// Devices: activating one with a code, fresh tokens for it, and claiming a robot that is nobody's.
#include "core/activation.h"

#include "code_tries.h"
#include "door.h"

namespace hy::workbot {

namespace {

struct DeviceInfo {
    std::string device_id;
};
const auto kDeviceInfo = json::Schema<DeviceInfo>().field("deviceId", &DeviceInfo::device_id,
                                                          {.required = true, .min_chars = 1, .max_chars = 128});

struct Activate {
    std::string code;
    json::Value device;
};
const auto kActivate =
    json::Schema<Activate>()
        .field("code", &Activate::code, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("deviceInfo", &Activate::device,
               {.required = true, .max_bytes = 8192, .note = "an object; deviceId names the device"});

struct Refresh {
    std::string refresh_token;
};
const auto kRefresh =
    json::Schema<Refresh>().field("refreshToken", &Refresh::refresh_token, {.required = true, .max_chars = 4096});

struct Claim {
    std::string code;
};
const auto kClaim =
    json::Schema<Claim>().field("code", &Claim::code, {.required = true, .min_chars = 1, .max_chars = 64});

constexpr const char* kActivatedExample =
    R"({"code":201,"message":"激活成功","data":{"robotId":"robot_1703123456789_abc123de",)"
    R"("robotUuid":"550e8400-e29b-81d4-a716-446655440000","token":"eyJ...","refreshToken":"eyJ...",)"
    R"("expiresAt":"2025-01-30T12:00:00.000Z","isNewActivation":true}})";
constexpr const char* kRefreshExample =
    R"({"code":0,"message":"success","data":{"token":"eyJ...","expiresAt":"2025-01-30T12:00:00.000Z"}})";
constexpr const char* kClaimExample =
    R"({"code":0,"message":"认领成功","data":{"robotId":"robot_1703123456789_abc123de","name":"机器人23de"}})";

api::Reply say(const activation::Activated& done) {
    json::Writer w;
    w.begin_object().field("robotId", done.robot.public_id).field("robotUuid", done.robot_uuid);
    w.field("token", done.tokens.access).field("refreshToken", done.tokens.refresh);
    w.field("expiresAt", iso8601(done.tokens.expires_at)).field("isNewActivation", done.is_new).end_object();
    return done.is_new ? reply("激活成功", w.text(), 201) : reply("激活成功（已更新Token）", w.text(), 200);
}

// Whoever could read another's device id could take its robot over: of a short one half is shown at most.
std::string masked(const std::string& device_id) {
    return std::string(utf8_prefix(device_id, std::min<size_t>(4, device_id.size() / 2))) + "****";
}

api::Reply say(const activation::Taken& taken) {
    json::Writer w;
    w.begin_object().field("existingDeviceId", masked(taken.device_id)).field("existingRobotId", taken.robot_id);
    w.field("activatedAt", iso8601(taken.activated_at)).end_object();
    return reply("激活码已被其他设备使用，请联系管理员解绑", w.text(), 409);
}

api::Reply activate(api::Call& call) {
    const auto wanted = call.read(kActivate);
    const auto device = kDeviceInfo.read(wanted.device);
    auto& services = call.services;
    const auto outcome = counted(call, wanted.code, [&] {
        return services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            return activation::activate(s, services.house, wanted.code, device.device_id, json::to_text(wanted.device),
                                        pushes);
        });
    });
    if (outcome.activated) return say(*outcome.activated);
    services.db.read(
        [&](db::Session& s) { activation::count_failure(s, services.house, call.request.address, wanted.code); });
    return say(*outcome.taken);
}

api::Reply refresh(api::Call& call) {
    const auto wanted = call.read(kRefresh);
    const House& house = call.services.house;
    const auto held = call.services.db.read(
        [&](db::Session& s) { return devices::identify(s, house, wanted.refresh_token, "robot_refresh"); });
    const auto tokens = devices::issue(house, held.robot_id, held.device);
    json::Writer w;
    w.begin_object().field("token", tokens.access).field("expiresAt", iso8601(tokens.expires_at)).end_object();
    return reply("success", w.text());
}

api::Reply claim(api::Call& call) {
    const auto wanted = call.read(kClaim);
    const auto robot = counted(call, wanted.code, [&] {
        return call.services.db.transaction(
            [&](db::Session& s) { return activation::claim(s, call.services.house, wanted.code, call.account()); });
    });
    json::Writer w;
    w.begin_object().field("robotId", robot.public_id).field("name", robot.name).end_object();
    return reply("认领成功", w.text());
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/robot-ids/activate", api::Auth::none, api::Rate::normal, activate,
     "Activate a device with a code: 201 the first time, 200 the same device again",
     {.body = &kActivate, .answer = kActivatedExample, .errors = {400, 403, 404, 409, 413, 429}}},
    {"POST", "/api/robot/refresh-token", api::Auth::none, api::Rate::normal, refresh, "A fresh token for a device",
     {.body = &kRefresh, .answer = kRefreshExample, .errors = {400, 401, 403, 413, 429}}},
    {"POST", "/api/robots/claim", api::Auth::user, api::Rate::normal, claim, "Own a robot whose code was bound to nobody",
     {.body = &kClaim, .answer = kClaimExample, .errors = {400, 401, 403, 404, 409, 413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kActivation = {kDoor, "workbot-activation", kRoutes};

}  // namespace hy::workbot
