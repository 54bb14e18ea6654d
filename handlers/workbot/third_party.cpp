// Webhooks of robots: set and read.
#include "core/third_parties.h"

#include "door.h"

namespace hy::workbot {

namespace {

struct Settings {
    std::string robot_id, message_url, result_url;
    bool signs = false;
    std::optional<std::string> secret;
};
const auto kSettings =
    json::Schema<Settings>()
        .field("robotId", &Settings::robot_id, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("messageCallbackUrl", &Settings::message_url, {.max_chars = 1000, .note = "empty: none"})
        .field("resultCallbackUrl", &Settings::result_url, {.max_chars = 1000, .note = "empty: none"})
        .field("enableSignature", &Settings::signs)
        .field("secretKey", &Settings::secret, {.max_bytes = 900, .note = "never shown again; absent: stays"});

constexpr const char* kSetExample = R"({"code":0,"message":"配置成功","data":null})";
constexpr const char* kGetExample =
    R"({"code":0,"message":"success","data":{"robotId":"robot_1703123456789_abc123de",)"
    R"("messageCallbackUrl":"https://api.third-party.com/callback","resultCallbackUrl":"https://api.third-party.com/result",)"
    R"("enableSignature":true,"isActive":true}})";

api::Reply set(api::Call& call) {
    const auto wanted = call.read(kSettings);
    call.services.db.transaction([&](db::Session& s) {
        const auto robot = robots::owned(s, wanted.robot_id, call.account(), call.is_admin());
        third_parties::change(s, call.services.house, robot,
                              {wanted.message_url, wanted.result_url, wanted.signs, wanted.secret});
        robots::note_foreign(s, call.services.house, robot, call.identity->principal, "robot.webhook");
    });
    return done("配置成功");
}

api::Reply get(api::Call& call) {
    robots::Robot robot;
    const auto settings = call.services.db.read([&](db::Session& s) {
        robot = robots::owned(s, call.param("robotId"), call.account(), call.is_admin());
        return third_parties::find(s, robot.id);
    });
    json::Writer w;
    w.begin_object().field("robotId", robot.public_id).field("messageCallbackUrl", settings.message_url);
    w.field("resultCallbackUrl", settings.result_url).field("enableSignature", settings.signs);
    w.field("isActive", robot.brain == "third_party" && !settings.message_url.empty()).end_object();
    return reply("success", w.text());
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/robot/third-party/config", api::Auth::user, api::Rate::normal, set, "Say where a robot's webhooks are",
     {.body = &kSettings, .answer = kSetExample, .errors = {400, 401, 403, 404, 413, 429}}},
    {"GET", "/api/robot/third-party/config/{robotId}", api::Auth::user, api::Rate::normal, get, "Where a robot's webhooks are",
     {.answer = kGetExample, .errors = {401, 403, 404, 429}}},
};
// clang-format on

}  // namespace

const api::Group kThirdParty = {kDoor, "workbot-third-party", kRoutes};

}  // namespace hy::workbot
