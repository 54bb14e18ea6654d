// Robots of the caller: list, read, make, set, delete, and tying a code to one.
#include "robots.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "core/activation.h"
#include "core/brains.h"
#include "core/robot_views.h"
#include "core/statistics.h"
#include "code_tries.h"

namespace hy::workbot {

namespace {

// What making and changing a robot have in common; making it wants the name.
struct Settings {
    std::optional<std::string> name;
    std::optional<bool> is_private;
    std::optional<double> temperature;
    std::optional<std::string> mode, provider, model, scenario, system_prompt, base_url, api_key;
    std::optional<int64_t> max_tokens, context_length, delay_min, delay_max, daily_limit;
    std::optional<bool> reply_all;
};

json::Schema<Settings> settings_schema(bool name_required) {
    return json::Schema<Settings>()
        .field("name", &Settings::name, {.required = name_required, .min_chars = 1, .max_chars = 100})
        .field("aiMode", &Settings::mode, {.one_of = {"builtin", "third_party", "agent"}})
        .field("aiProvider", &Settings::provider,
               {.one_of = {"doubao", "deepseek", "kimi", "openai", "custom", "dify", "echo"}})
        .field("aiModel", &Settings::model, {.max_chars = 100, .note = "empty: the provider's usual one"})
        .field("aiTemperature", &Settings::temperature, {.min = 0, .max = 2})
        .field("aiMaxTokens", &Settings::max_tokens, {.min = 1, .max = 32768})
        .field("aiContextLength", &Settings::context_length, {.min = 0, .max = 100, .note = "messages before"})
        .field("aiScenario", &Settings::scenario, {.max_chars = 2000})
        .field("systemPrompt", &Settings::system_prompt, {.max_chars = 10000})
        .field("aiBaseUrl", &Settings::base_url, {.max_chars = 1000, .note = "with aiApiKey; empty: the operator's"})
        .field("aiApiKey", &Settings::api_key, {.max_bytes = 900, .note = "never shown again"})
        .field("replyDelayMin", &Settings::delay_min, {.min = 0, .max = 600, .note = "seconds"})
        .field("replyDelayMax", &Settings::delay_max, {.min = 0, .max = 600, .note = "seconds"})
        .field("aiCallLimitDaily", &Settings::daily_limit, {.min = 0, .max = 1'000'000})
        .field("replyAll", &Settings::reply_all, {.note = "answer in groups without being mentioned"})
        .field("private", &Settings::is_private, {.note = "only the owner may talk to it"});
}
const auto kCreateRobot = settings_schema(true);
const auto kChangeRobot = settings_schema(false);

struct Tie {
    std::string code;
};
const auto kTie = json::Schema<Tie>().field("code", &Tie::code, {.required = true, .min_chars = 1, .max_chars = 64});

#define HY_CARD_EXAMPLE                                                                                           \
    R"("robotId":"robot_1703123456789_abc123de","name":"客服机器人1","status":"online","aiMode":"builtin",)" \
    R"("aiProvider":"doubao","totalMessages":1523,"aiCallsToday":45,"lastActiveAt":"2024-12-01T10:30:00Z",)"      \
    R"("createdAt":"2024-01-01T00:00:00Z")"
constexpr const char* kListExample =
    R"({"code":0,"message":"success","data":{"total":30,"list":[{)" HY_CARD_EXAMPLE
    R"(,"deviceInfo":{"deviceId":"9774d56d682e549c","brand":"Xiaomi","model":"Mi 10"}}]}})";
constexpr const char* kDetailExample =
    R"({"code":0,"message":"success","data":{)" HY_CARD_EXAMPLE
    R"(,"robotUuid":"550e8400-e29b-81d4-a716-446655440000","aiModel":"doubao-pro-32k","aiTemperature":0.7,)"
    R"("aiMaxTokens":2000,"aiContextLength":10,"aiScenario":"咨询","replyDelayMin":1,"replyDelayMax":3,)"
    R"("aiCallLimitDaily":1000,"replyAll":false,"private":false,"deviceInfo":{"deviceId":"9774d56d682e549c",)"
    R"("brand":"Xiaomi","model":"Mi 10","os":"Android","osVersion":"13"},"activationInfo":{"code":"3CQ4Z9LE",)"
    R"("firstActivatedAt":"2024-01-01T00:00:00Z","lastActivatedAt":"2024-12-01T10:30:00Z"}}})";
#undef HY_CARD_EXAMPLE
constexpr const char* kCreatedExample =
    R"({"code":0,"message":"创建成功","data":{"robotId":"robot_1703123456789_abc123de","name":"客服机器人1"}})";
constexpr const char* kChangedExample = R"({"code":0,"message":"更新成功","data":null})";
constexpr const char* kDeletedExample = R"({"code":0,"message":"删除成功","data":null})";
constexpr const char* kKeyExample =
    R"({"code":0,"message":"API Key 已重新生成","data":{"robotId":"robot_1703123456789_abc123de","apiKey":"sk-api-..."}})";
constexpr const char* kTiedExample = R"({"code":0,"message":"绑定成功","data":null})";

brains::Changes brain_of(const Settings& w) {
    const auto milli = w.temperature ? std::optional<int64_t>(std::llround(*w.temperature * 1000)) : std::nullopt;
    return {.mode = w.mode,
            .provider = w.provider,
            .model = w.model,
            .scenario = w.scenario,
            .system_prompt = w.system_prompt,
            .base_url = w.base_url,
            .api_key = w.api_key,
            .temperature_milli = milli,
            .max_tokens = w.max_tokens,
            .context_length = w.context_length,
            .reply_delay_min = w.delay_min,
            .reply_delay_max = w.delay_max,
            .daily_limit = w.daily_limit,
            .reply_all = w.reply_all};
}

Settings read_settings(const api::Call& call, const json::Schema<Settings>& schema) {
    const auto wanted = call.read(schema);
    if (wanted.provider == "echo" && !call.services.config.development())
        throw Error(Fault::bad_request, "body", "/aiProvider: echo is for the development profile only");
    if (wanted.base_url && !wanted.base_url->empty() && !http::is_web_address(*wanted.base_url))
        throw Error(Fault::bad_request, "body", "/aiBaseUrl: an http or https address is wanted");
    // It becomes a line of a request.
    const auto odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; };
    if (wanted.api_key && std::any_of(wanted.api_key->begin(), wanted.api_key->end(), odd))
        throw Error(Fault::bad_request, "body", "/aiApiKey: no spaces or control characters");
    return wanted;
}

void write_card(json::Writer& w, const robot_views::View& robot, const statistics::Brief& brief) {
    w.field("robotId", robot.robot_id).field("name", robot.name);
    w.field("status", robot.deleted ? "deleted" : robot.online ? "online" : "offline");
    w.field("aiMode", robot.mode).field("aiProvider", robot.provider);
    w.field("totalMessages", brief.messages).field("aiCallsToday", brief.answers_today);
    write_time(w, "lastActiveAt", robot.last_active_at);
    w.field("createdAt", iso8601(robot.created_at));
}

void write_brain(json::Writer& w, const Config& config, const robots::Robot& robot, const brains::Settings& brain) {
    w.field("aiModel", brains::model_of(config, brain));
    w.field("aiTemperature", static_cast<double>(brain.temperature_milli) / 1000);
    w.field("aiMaxTokens", brain.max_tokens).field("aiContextLength", brain.context_length);
    w.field("aiScenario", brain.scenario).field("systemPrompt", brain.system_prompt);
    w.field("aiBaseUrl", brain.base_url).field("hasAiApiKey", !brain.sealed_key.empty());
    w.field("replyDelayMin", brain.reply_delay_min).field("replyDelayMax", brain.reply_delay_max);
    w.field("aiCallLimitDaily", brain.daily_limit).field("replyAll", robot.reply_all);
    w.field("private", robot.is_private);
}

void write_activation(json::Writer& w, const std::optional<activation::Code>& code) {
    w.key("activationInfo");
    if (!code) {
        w.null();
        return;
    }
    w.begin_object().field("code", code->code);
    write_time(w, "firstActivatedAt", code->first_activated_at);
    write_time(w, "lastActivatedAt", code->last_activated_at);
    write_time(w, "expiresAt", code->expires_at);
    w.end_object();
}

std::map<int64_t, statistics::Brief> briefs_of(db::Session& s, const api::Call& call,
                                               const std::vector<robot_views::View>& robots) {
    std::vector<int64_t> ids;
    for (const auto& robot : robots) ids.push_back(robot.id);
    std::map<int64_t, statistics::Brief> found;
    for (const auto& brief : statistics::briefs(s, call.services.house, ids)) found[brief.robot] = brief;
    return found;
}

robot_views::Wanted wanted_of(const api::Call& call) {
    const std::string status = call.query_text("status");
    if (status.empty()) return robot_views::Wanted::all;
    if (status == "online") return robot_views::Wanted::online;
    if (status == "offline") return robot_views::Wanted::offline;
    if (status == "deleted") return robot_views::Wanted::deleted;
    throw Error(Fault::bad_request, "query", "status: online, offline or deleted");
}

api::Reply list_robots(api::Call& call) {
    const auto paging = paging_of(call);
    const auto wanted = wanted_of(call);
    std::map<int64_t, statistics::Brief> briefs;
    const auto page = call.services.db.read([&](db::Session& s) {
        auto found = robot_views::list(s, call.services.house, call.account(), wanted, paging.page, paging.size);
        briefs = briefs_of(s, call, found.robots);
        return found;
    });
    json::Writer w;
    w.begin_object().field("total", page.total).key("list").begin_array();
    for (const auto& robot : page.robots) {
        w.begin_object();
        write_card(w, robot, briefs[robot.id]);
        write_device(w, robot.has_device, robot.device_info, true);
        w.end_object();
    }
    w.end_array().end_object();
    return reply("success", w.text());
}

struct Detail {
    statistics::Brief brief;
    robots::Robot robot;
    robot_views::View view;
    brains::Settings brain;
    std::optional<activation::Code> code;
};

// Read as a whole before a word is written: what reads may be asked to read again.
Detail read_detail(db::Session& s, const api::Call& call) {
    Detail detail{{}, own_robot(s, call), {}, {}, {}};
    detail.view = *robot_views::find(s, call.services.house, detail.robot.id);
    detail.brief = briefs_of(s, call, {detail.view})[detail.robot.id];
    detail.brain = brains::find(s, detail.robot.id);
    if (detail.view.has_device) detail.code = activation::of_robot(s, detail.robot.id);
    return detail;
}

api::Reply get_robot(api::Call& call) {
    const auto detail = call.services.db.read([&](db::Session& s) { return read_detail(s, call); });
    json::Writer w;
    w.begin_object();
    write_card(w, detail.view, detail.brief);
    w.field("robotUuid", robots::uuid_of(detail.robot));
    write_brain(w, call.services.config, detail.robot, detail.brain);
    write_device(w, detail.view.has_device, detail.view.device_info, false);
    write_activation(w, detail.code);
    w.end_object();
    return reply("success", w.text());
}

api::Reply create_robot(api::Call& call) {
    const auto wanted = read_settings(call, kCreateRobot);
    const House& house = call.services.house;
    const auto robot = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        std::string unseen_key;
        auto made = robots::create(s, house, call.account(), {*wanted.name, "", "", "builtin"}, &unseen_key);
        brains::change(s, house, made, brain_of(wanted));
        if (wanted.is_private) robots::change(s, house, made, {.is_private = wanted.is_private}, pushes);
        return made;
    });
    json::Writer w;
    w.begin_object().field("robotId", robot.public_id).field("name", robot.name).end_object();
    return reply("创建成功", w.text());
}

api::Reply change_robot(api::Call& call) {
    const auto wanted = read_settings(call, kChangeRobot);
    if (wanted.name) call.require_voice();
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = own_robot(s, call);
        robots::change(s, call.services.house, robot, {.name = wanted.name, .is_private = wanted.is_private}, pushes);
        brains::change(s, call.services.house, robot, brain_of(wanted));
        robots::note_foreign(s, call.services.house, robot, call.identity->principal, "robot.change");
    });
    return done("更新成功");
}

api::Reply delete_robot(api::Call& call) {
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        robots::remove(s, call.services.house, own_robot(s, call), pushes, call.identity->principal);
    });
    return done("删除成功");
}

api::Reply tie_code(api::Call& call) {
    const auto wanted = call.read(kTie);
    const auto robot = call.services.db.read([&](db::Session& s) { return own_robot(s, call); });
    counted(call, wanted.code, [&] {
        call.services.db.transaction([&](db::Session& s) {
            activation::tie(s, call.services.house, robot, wanted.code);
            robots::note_foreign(s, call.services.house, robot, call.identity->principal, "robot.code");
        });
    });
    return done("绑定成功");
}

api::Reply renew_api_key(api::Call& call) {
    std::string api_key;
    const auto robot = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto found = own_robot(s, call);
        api_key = robots::renew_api_key(s, call.services.house, found, call.identity->principal, pushes);
        return found;
    });
    json::Writer w;
    w.begin_object().field("robotId", robot.public_id).field("apiKey", api_key).end_object();
    return reply("API Key 已重新生成", w.text());
}

const std::vector<api::QueryParam> kListParams = {{"page", "integer", "from 1 on (1)"},
                                                  {"pageSize", "integer", "1 to 100 (20)"},
                                                  {"status", "string", "online, offline or deleted"}};

const std::vector<api::QueryParam> kCommandParams = {{"before", "integer", "`next` of the page before (0: the newest)"},
                                                     {"limit", "integer", "1 to 100 (20)"},
                                                     {"status", "string", "pending, sent, success, failed or expired"}};
const std::vector<api::QueryParam> kDeliveryParams = {
    {"before", "integer", "`next` of the page before (0: the newest)"},
    {"limit", "integer", "1 to 100 (20)"},
    {"status", "string", "pending, success or failed"}};

// clang-format off
const api::Route kRoutes[] = {
    {"GET", "/api/robots", api::Auth::user, api::Rate::normal, list_robots, "List the caller's robots, newest first",
     {.answer = kListExample, .query = kListParams, .errors = {400, 401, 429}}},
    {"POST", "/api/robots", api::Auth::user, api::Rate::normal, create_robot, "Create a robot",
     {.body = &kCreateRobot, .answer = kCreatedExample, .errors = {400, 401, 409, 413, 429}}},
    {"GET", "/api/robots/{robotId}", api::Auth::user, api::Rate::normal, get_robot, "Read one robot",
     {.answer = kDetailExample, .errors = {401, 403, 404, 429}}},
    {"PUT", "/api/robots/{robotId}", api::Auth::user, api::Rate::normal, change_robot, "Change what is sent",
     {.body = &kChangeRobot, .answer = kChangedExample, .errors = {400, 401, 403, 404, 413, 429}}},
    {"DELETE", "/api/robots/{robotId}", api::Auth::user, api::Rate::normal, delete_robot,
     "Delete a robot: its tokens and key die, its connections are closed", {.answer = kDeletedExample, .errors = {401, 403, 404, 429}}},
    {"GET", "/api/robots/{robotId}/statistics", api::Auth::user, api::Rate::normal, get_statistics,
     "What a robot did between two days", {.answer = kStatisticsExample, .query = kRangeParams, .errors = {400, 401, 403, 404, 429}}},
    {"GET", "/api/robots/{robotId}/statistics/daily", api::Auth::user, api::Rate::normal, get_daily_statistics,
     "The same day by day, every day of the range", {.answer = kDailyExample, .query = kRangeParams, .errors = {400, 401, 403, 404, 429}}},
    {"POST", "/api/robots/{robotId}/api-key", api::Auth::user, api::Rate::normal, renew_api_key,
     "Make a new API key, shown this once; the old one and its connections die", {.answer = kKeyExample, .errors = {401, 403, 404, 429}}},
    {"POST", "/api/robots/{robotId}/brain/test", api::Auth::user, api::Rate::normal, test_brain,
     "Ask the robot's brain, and see its real answer or error",
     {.body = &kTestBrain, .answer = kTestedExample, .errors = {400, 401, 403, 404, 413, 429, 503}}},
    {"GET", "/api/robots/{robotId}/commands", api::Auth::user, api::Rate::normal, list_robot_commands,
     "What the robot was told to do, newest first", {.answer = kWorkCommandsExample, .query = kCommandParams, .errors = {400, 401, 403, 404, 429}}},
    {"POST", "/api/robots/{robotId}/commands/{commandId}/retry", api::Auth::user, api::Rate::normal, retry_command,
     "Have a command carried out that failed or expired", {.answer = kRetriedCommandExample, .errors = {401, 403, 404, 409, 429}}},
    {"GET", "/api/robots/{robotId}/deliveries", api::Auth::user, api::Rate::normal, list_deliveries,
     "What the robot's webhooks were told, newest first", {.answer = kDeliveriesExample, .query = kDeliveryParams, .errors = {400, 401, 403, 404, 429}}},
    {"POST", "/api/deliveries/{deliveryId}/retry", api::Auth::user, api::Rate::normal, retry_delivery,
     "Tell a webhook once more, under the same delivery id", {.answer = kRetriedDeliveryExample, .errors = {401, 403, 404, 409, 429}}},
    {"POST", "/api/robots/{robotId}/activation-code", api::Auth::user, api::Rate::normal, tie_code,
     "Tie an unused code to a robot that exists", {.body = &kTie, .answer = kTiedExample, .errors = {400, 401, 403, 404, 409, 413, 429}}},
};
// clang-format on

}  // namespace

robots::Robot own_robot(db::Session& s, const api::Call& call) {
    return robots::owned(s, call.param("robotId"), call.account(), call.is_admin());
}

const api::Group kRobots = {kDoor, "workbot-robots", kRoutes};

}  // namespace hy::workbot
