#include "door.h"

#include "api/texts.h"

namespace hy::sandbox {

namespace {

// clang-format off
constexpr api::Text kByCode[] = {
    {"account.disabled", "账号已被封禁"},
    {"account.muted", "账号已被禁言"},
    {"body.size", "请求体过大"},
    {"event", "仅支持好友消息和群消息"},
    {"message.client_no", "同一 eventId 的内容不同"},
    {"message.not_found", "消息不存在"},
    {"method", "不支持的请求方法"},
    {"path", "请求路径无效"},
    {"path.not_found", "资源不存在"},
    {"robot.foreign", "无权访问该机器人"},
    {"robot.not_found", "机器人不存在"},
    {"robot.wakes", "机器人回复过于频繁，请稍后重试"},
    {"sandbox.friend", "好友不存在"},
    {"sandbox.full", "沙盒已满"},
    {"sandbox.group", "群不存在"},
    {"sandbox.key", "鉴权失败"},
    {"sandbox.member", "群成员不存在"},
    {"scope", "该 Token 仅可用于聊天"},
    {"token", "Token无效或已过期"},
};
// clang-format on

constexpr api::Texts kTexts = {kByCode,
                               {"请求参数错误", "未授权", "禁止访问", "资源不存在", "资源冲突", "请求体过大",
                                "请求过于频繁，请稍后重试", "上游服务不可用", "服务暂时不可用", "服务器内部错误"}};

int status_of(const Error& error) { return error.code == "method" ? 405 : api::status_of(error.fault); }

api::Reply say_fault(const Error& error, const api::Refused& what) {
    const int status = status_of(error);
    json::Writer w;
    w.begin_object().field("code", status).key("data");
    if (status >= 500) w.begin_object().field("requestId", what.request_id).end_object();
    else w.null();
    w.field("message", public_text(error)).end_object();
    return api::reply_json(std::move(w), status);
}

}  // namespace

const api::Door kDoor = {"sandbox",      "Hongyan: sandbox", "/api/v1/sandbox", say_fault,
                         api::status_of, "rate.conf",        public_text};

std::string public_text(const Error& error) {
    // What the document says word by word, or which field it is.
    if (error.code == "sandbox.fields") return error.detail;
    if (error.code == "body" || error.code == "query")
        return error.detail.empty() ? "请求参数错误" : "请求参数错误: " + error.detail;
    return std::string(api::text_of(kTexts, error));
}

api::Reply reply(std::string_view data) {
    json::Writer w;
    w.begin_object().field("code", 200).key("data").raw(data).field("message", "成功").end_object();
    return api::reply_json(std::move(w));
}

void write_self(json::Writer& w, const Self& self) {
    w.begin_object().field("userId", kSelf).field("nick", self.nick).field("sex", self.sex);
    w.field("avatar", self.avatar).field("sign", self.sign).field("status", self.status);
    // Beyond the document: which robot is under test.
    w.field("robotId", self.robot_id).end_object();
}

}  // namespace hy::sandbox
