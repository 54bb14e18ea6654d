#include "door.h"

#include "api/texts.h"
#include "base/text.h"

namespace hy::ocms {

namespace {

// clang-format off
constexpr api::Text kByCode[] = {
    {"account.disabled", "账号已停用"},
    {"account.muted", "账号已被禁言"},
    {"address.blocked", "请求过于频繁，请稍后再试"},
    {"admin", "需要管理员权限"},
    {"api_key", "无效的 API Key"},
    {"body.size", "请求体过大"},
    {"conversation.ambiguous", "缺少 recipientId"},
    {"conversation.foreign", "无权访问该对话"},
    {"conversation.id", "conversationId 无效"},
    {"conversation.limit", "对话数量已达上限"},
    {"conversation.not_found", "对话不存在"},
    {"file.empty", "文件为空"},
    {"file.foreign", "无权访问该文件"},
    {"file.missing", "缺少文件 file"},
    {"file.not_found", "文件不存在"},
    {"file.type", "文件内容与类型不符"},
    {"history.foreign", "无权访问该用户的聊天记录"},
    {"message.client_no", "clientMsgId 已用于另一条消息"},
    {"message.media_url", "mediaUrl 无效"},
    {"message.size", "消息过长"},
    {"method", "不支持的请求方法"},
    {"path", "请求路径无效"},
    {"path.not_found", "资源不存在"},
    {"robot.foreign", "无权访问该机器人"},
    {"robot.limit", "机器人数量已达上限"},
    {"robot.not_found", "机器人不存在"},
    {"robot.wakes", "发送过于频繁，请稍后再试"},
    {"scope", "该 Token 仅可用于聊天"},
    {"token", "无效的 Token"},
    {"user.not_found", "用户不存在"},
    {"weapp.appid", "未知的 appid"},
    {"weapp.away", "微信服务暂时不可用"},
    {"weapp.busy", "服务繁忙，请稍后再试"},
};
// clang-format on

constexpr api::Texts kTexts = {kByCode,
                               {"请求参数错误", "未授权", "禁止访问", "资源不存在", "请求冲突", "请求体过大",
                                "请求过于频繁，请稍后再试", "上游服务不可用", "服务暂时不可用", "服务器内部错误"}};

api::Reply say_fault(const Error& error, const api::Refused& what) {
    json::Writer w;
    w.begin_object().field("detail", public_text(error));
    if (api::status_of(error.fault) >= 500) w.field("request_id", what.request_id);
    w.end_object();
    api::Reply reply = api::reply_json(std::move(w), api::status_of(error.fault));
    if (error.fault == Fault::unauthorized) reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return reply;
}

}  // namespace

const api::Door kDoor = {"ocms", "Hongyan: ocms", "/ocms", say_fault, api::status_of};

std::string public_text(const Error& error) {
    // Words of a third party, and of our own schemas, which name the field.
    if (error.code == "weapp.refused") return "微信登录失败: " + error.detail;
    if (error.code == "file.size") return "文件大小超过限制，最大允许 " + error.detail;
    if (error.code == "body" || error.code == "query" || error.code == "multipart")
        return error.detail.empty() ? "请求参数错误" : "请求参数错误: " + error.detail;
    return std::string(api::text_of(kTexts, error));
}

int64_t account_in_path(const api::Call& call) {
    const auto wanted = to_int(call.param("user_id"));
    if (wanted == call.account()) return *wanted;
    if (!call.is_admin()) throw Error(Fault::forbidden, "history.foreign");
    if (!wanted) throw Error(Fault::not_found, "user.not_found");
    return *wanted;
}

}  // namespace hy::ocms
