#include "door.h"

#include <algorithm>
#include <iterator>

#include "api/texts.h"
#include "base/text.h"
#include "core/files.h"
#include "wire/wukongim_payload.h"

namespace hy::wukongim {

namespace {

using wire::wukongim::Reason;

// clang-format off
constexpr api::Text kByCode[] = {
    {"account.disabled", "账号已被禁用"},
    {"account.muted", "账号已被禁言"},
    {"address.blocked", "请求过于频繁，请稍后重试"},
    {"body.size", "请求体过大"},
    {"channel.id", "频道ID无效"},
    {"channel.private", "单聊频道没有订阅者"},
    {"channel.reserved", "该频道ID不可使用"},
    {"channel.type", "频道类型无效"},
    {"foreign", "无权操作"},
    {"friend.needed", "对方不是好友"},
    {"group.exists", "频道已存在"},
    {"group.gone", "频道已解散"},
    {"group.limit", "频道成员数或用户的频道数已达上限"},
    {"group.member", "不是频道成员"},
    {"group.muted", "频道已禁言"},
    {"group.not_found", "频道不存在"},
    {"group.role", "没有权限"},
    {"group.verification", "需要由管理员邀请"},
    {"message.client_no", "clientMsgNo 已用于另一条消息"},
    {"message.payload", "payload 不是 Base64"},
    {"message.refused", "消息被拒绝"},
    {"message.size", "消息过大"},
    {"message.unchecked", "暂时无法发送，请稍后重试"},
    {"method", "不支持的请求方法"},
    {"path", "请求路径无效"},
    {"path.not_found", "资源不存在"},
    {"peer.blocked", "对方已将您加入黑名单"},
    {"robot.private", "机器人不存在"},
    {"robot.wakes", "发送过于频繁，请稍后重试"},
    {"token", "Token无效或已过期"},
    {"user.not_found", "用户不存在"},
};
// clang-format on

constexpr api::Texts kTexts = {kByCode,
                               {"请求参数错误", "未授权", "禁止访问", "资源不存在", "资源冲突", "请求体过大",
                                "请求过于频繁，请稍后重试", "上游服务不可用", "服务暂时不可用", "服务器内部错误"}};

// clang-format off
constexpr std::pair<std::string_view, Reason> kReasons[] = {
    {"account.disabled", Reason::ban},
    {"account.muted", Reason::send_ban},
    {"address.blocked", Reason::too_many},
    {"channel.id", Reason::bad_channel},
    {"channel.type", Reason::bad_channel_type},
    {"friend.needed", Reason::not_whitelisted},
    {"group.gone", Reason::disbanded},
    {"group.member", Reason::not_subscriber},
    {"group.muted", Reason::send_ban},
    {"group.not_found", Reason::no_channel},
    {"message.client_no", Reason::conflict},
    {"message.payload", Reason::bad_payload},
    {"message.refused", Reason::not_allowed},
    {"message.size", Reason::bad_payload},
    {"message.unchecked", Reason::not_allowed},
    {"peer.blocked", Reason::blacklisted},
    {"robot.private", Reason::not_subscriber},
    {"robot.wakes", Reason::too_many},
    {"token", Reason::auth_fail},
    {"user.not_found", Reason::not_subscriber},
};
// clang-format on

api::Reply say_fault(const Error& error, const api::Refused& what) {
    const int status = error.code == "method" ? 405 : api::status_of(error.fault);
    const std::string failure = what.route ? what.route->doc.failure : "";
    std::string text = public_text(error);
    // One text of the contract stands alone.
    if (error.code == "query.channel") text = error.detail;
    else if (!failure.empty() && (status == 500 || status == 503)) text = failure;
    else if (!failure.empty()) text = failure + "：" + text;
    json::Writer w;
    w.begin_object().field("success", false).field("message", text);
    if (status >= 500) w.field("requestId", what.request_id);
    w.end_object();
    return api::reply_json(std::move(w), status);
}

constexpr size_t kMostPayload = 64 << 10, kMostNumber = 128, kMostTopic = 100;

}  // namespace

const api::Door kDoor = {"wukongim",     "Hongyan: wukongim", "/api/v1/im", say_fault,
                         api::status_of, "rate.conf",         public_text};

std::string public_text(const Error& error) {
    if (error.code == "body" || error.code == "query")
        return error.detail.empty() ? "请求参数错误" : "请求参数错误: " + error.detail;
    // The words of the operator's own system.
    if (error.code == "message.refused" && !error.detail.empty()) return error.detail;
    std::string text(api::text_of(kTexts, error));
    if (error.code == "user.not_found" && !error.detail.empty()) text += ": " + error.detail;
    return text;
}

Reason reason_of(const Error& error) {
    const auto known = std::find_if(std::begin(kReasons), std::end(kReasons),
                                    [&](const auto& reason) { return reason.first == error.code; });
    if (known != std::end(kReasons)) return known->second;
    if (error.fault == Fault::too_many) return Reason::too_many;
    if (error.fault == Fault::bad_request) return Reason::bad_payload;
    return Reason::system_error;
}

api::Reply reply(std::string_view data) {
    json::Writer w;
    w.begin_object().field("success", true).key("data").raw(data).end_object();
    return api::reply_json(std::move(w));
}

chat::Speaker speaker_of(const api::Call& call) {
    return {call.identity->principal, call.identity->public_id, call.identity->name, {},
            call.identity->muted,     call.identity->avatar};
}

chat::Said said_of(const Written& written) {
    if (written.payload.empty()) throw Error(Fault::bad_request, "message.payload");
    if (written.payload.size() > kMostPayload) throw Error(Fault::too_large, "message.size");
    if (written.client_no.size() > kMostNumber)
        throw Error(Fault::bad_request, "body", "/clientMsgNo: at most 128 bytes");
    if (written.topic.size() > kMostTopic) throw Error(Fault::bad_request, "body", "/topic: at most 100 bytes");
    chat::Said said;
    said.stored = !written.no_persist;
    said.draft.client_no = written.client_no;
    said.draft.form = "wk";
    said.draft.raw = written.payload;
    said.draft.content = wire::wukongim::content_of(written.payload);
    said.draft.flags = (written.red_dot ? 0 : messages::kNoDot) | (written.sync_once ? messages::kCommand : 0) |
                       (written.own_number ? 0 : messages::kHouseNumber) |
                       (written.setting & 0xFF) << messages::kSetting;
    if (!written.expire && written.topic.empty()) return said;
    json::Writer extra;
    extra.begin_object();
    if (written.expire) extra.field("expire", written.expire);
    if (!written.topic.empty()) extra.field("topic", written.topic);
    extra.end_object();
    said.draft.extra = std::string(extra.text());
    return said;
}

std::string address_of(const channels::Channel& channel, const Principal& reader) {
    if (channel.kind == channels::Kind::group) return channel.key;
    return channel.first == reader ? channel.second_id : channel.first_id;
}

std::string payload_of(const House& house, const messages::Message& message) {
    if (message.form == "wk" && !message.raw.empty()) return message.raw;
    Content content = message.content;
    if (content.media && !content.media->file.empty())
        content.media->url = files::link(house, content.media->file, content.media->name);
    return wire::wukongim::payload_of(content);
}

}  // namespace hy::wukongim
