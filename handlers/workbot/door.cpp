#include "door.h"

#include <cmath>

#include "api/texts.h"
#include "base/text.h"
#include "base/zone.h"
#include "json/value.h"

namespace hy::workbot {

namespace {

// clang-format off
constexpr api::Text kByCode[] = {
    {"account.admin", "管理员账号不能注销，请先取消其管理员身份"},
    {"account.disabled", "账号已被禁用"},
    {"account.fresh", "请重新登录后再注销"},
    {"account.muted", "账号已被禁言"},
    {"account.phone", "当前账号已绑定手机号"},
    {"admin", "需要管理员权限"},
    {"admin.self", "不能禁用自己"},
    {"api_key", "无效的 API Key"},
    {"body.size", "请求体过大"},
    {"code.disabled", "激活码已被禁用"},
    {"code.expired", "激活码已过期"},
    {"code.foreign", "激活码属于其他用户"},
    {"code.not_found", "激活码不存在"},
    {"code.unbound", "该激活码未绑定设备"},
    {"code.unused", "激活码尚未激活"},
    {"code.used", "激活码已被使用"},
    {"brain.busy", "测试繁忙，请稍后重试"},
    {"command.limit", "待执行指令过多，请稍后重试"},
    {"command.not_failed", "只能重试失败或过期的指令"},
    {"command.not_found", "指令不存在"},
    {"delivery.gone", "该回调的内容已不存在"},
    {"delivery.no_webhook", "机器人未设置对应的回调地址"},
    {"delivery.not_found", "回调记录不存在"},
    {"delivery.open", "该回调正在投递"},
    {"foreign", "无权操作"},
    {"method", "不支持的请求方法"},
    {"path", "请求路径无效"},
    {"path.not_found", "资源不存在"},
    {"phone", "手机号格式错误"},
    {"robot.claimed", "机器人已有所有者"},
    {"robot.deleted", "机器人已删除"},
    {"robot.foreign", "无权访问该机器人"},
    {"robot.limit", "机器人数量已达上限"},
    {"robot.not_found", "机器人不存在"},
    {"sms.away", "短信发送失败，请稍后重试"},
    {"sms.busy", "服务繁忙，请稍后重试"},
    {"sms.none", "短信服务未配置"},
    {"sms.code", "验证码错误或已过期"},
    {"scope", "该 Token 仅可用于聊天"},
    {"token", "Token无效或已过期"},
    {"token.expired", "Token无效或已过期"},
    {"user.not_found", "用户不存在"},
};
// clang-format on

constexpr api::Texts kTexts = {kByCode,
                               {"请求参数错误", "未授权", "禁止访问", "资源不存在", "资源冲突", "请求体过大",
                                "请求过于频繁，请稍后重试", "上游服务不可用", "服务暂时不可用", "服务器内部错误"}};

int status_of(const Error& error) {
    // The other doors forbid it; here it is a conflict with what the user has.
    if (error.code == "robot.limit") return 409;
    return error.code == "method" ? 405 : api::status_of(error.fault);
}

api::Reply say_fault(const Error& error, const api::Refused& what) {
    const int status = status_of(error);
    json::Writer w;
    w.begin_object().field("code", status).field("message", public_text(error)).key("data");
    if (status == 429) w.begin_object().field("retryAfter", to_int(error.detail).value_or(60)).end_object();
    else if (status >= 500) w.begin_object().field("requestId", what.request_id).end_object();
    else w.null();
    w.end_object();
    return api::reply_json(std::move(w), status);
}

}  // namespace

const api::Door kDoor = {"workbot",      "Hongyan: workbot",  "/api",     say_fault,
                         api::status_of, "rate_workbot.conf", public_text};

std::string public_text(const Error& error) {
    if (error.code == "body" || error.code == "query")
        return error.detail.empty() ? "请求参数错误" : "请求参数错误: " + error.detail;
    if (error.code == "account.merge") return "该手机号已有账号，当前账号下还有数据，无法合并: " + error.detail;
    return std::string(api::text_of(kTexts, error));
}

api::Reply reply(std::string_view message, std::string_view data, int code) {
    json::Writer w;
    w.begin_object().field("code", code).field("message", message).key("data").raw(data).end_object();
    return api::reply_json(std::move(w), code == 0 ? 200 : code);
}

api::Reply done(std::string_view message) { return reply(message, "null"); }

Paging paging_of(const api::Call& call) {
    return {call.query_int("page", 1, 1, 100'000), call.query_int("pageSize", 20, 1, 100)};
}

const std::vector<api::QueryParam> kPagingParams = {{"page", "integer", "from 1 on (1)"},
                                                    {"pageSize", "integer", "1 to 100 (20)"}};

api::Reply pages(const portability::Page& page) {
    json::Writer w;
    w.begin_object().field("next", page.next).key("page").raw(page.json).end_object();
    return reply("success", w.text());
}

const std::vector<api::QueryParam> kExportParams = {
    {"from", "string", "`next` of the page before; absent: the first. An empty `next`: there is no more"}};
const char* const kExportExample =
    R"({"code":0,"message":"success","data":{"next":"f:0","page":{"part":"account","account":[{"userId":1,)"
    R"("uid":"hy_abc123def456","nickname":"张三","avatar":"","phone":"13800000000","ex":"",)"
    R"("createdAt":"2024-12-01T10:00:00Z","lastLoginAt":"2024-12-01T10:00:00Z"}],"robots":[],"friends":[]}}})";
const char* const kLeftExample = R"({"code":0,"message":"账号已注销","data":null})";

const std::vector<api::QueryParam> kRangeParams = {
    {"startDate", "string", "the first day, like 2024-12-01 (30 days before the last)"},
    {"endDate", "string", "the last day, counted with (today)"}};

statistics::Range range_of(const api::Call& call) {
    const auto day = [&](const char* name, int64_t otherwise) {
        const std::string text = call.query_text(name);
        if (text.empty()) return otherwise;
        const auto read = read_day(text);
        if (!read) throw Error(Fault::bad_request, "query", std::string(name) + ": a day like 2024-12-01");
        return *read;
    };
    statistics::Range range;
    range.to = day("endDate", day_of(call.services.clock.now_ms()));
    range.from = day("startDate", day_plus(range.to, -29));
    const int64_t days = days_between(range.from, range.to);
    if (days < 0) throw Error(Fault::bad_request, "query", "startDate: after endDate");
    if (days >= 366) throw Error(Fault::bad_request, "query", "startDate: at most 366 days before endDate");
    return range;
}

double rounded(double value) { return std::round(value * 100) / 100; }

void write_time(json::Writer& w, const char* name, int64_t ms) {
    if (ms) w.field(name, iso8601(ms));
    else w.key(name).null();
}

void write_device(json::Writer& w, bool has_device, const std::string& info, bool few) {
    w.key("deviceInfo");
    const auto value = has_device ? json::parse(info) : std::nullopt;
    if (!value) {
        w.null();
        return;
    }
    if (!few) {
        w.raw(info);
        return;
    }
    w.begin_object();
    for (const char* name : {"deviceId", "brand", "model"}) w.field(name, value->text_or(name));
    w.end_object();
}

}  // namespace hy::workbot
