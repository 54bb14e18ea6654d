#include "door.h"

#include <algorithm>
#include <iterator>

#include "api/texts.h"

namespace hy::openim {

namespace {

// clang-format off
constexpr api::Text kByCode[] = {
    {"account.disabled", "账号已被封禁"},
    {"account.muted", "账号已被禁言"},
    {"account.self", "不能封禁自己"},
    {"address.blocked", "请求过于频繁，请稍后重试"},
    {"admin", "权限不足"},
    {"block.limit", "黑名单人数已达上限"},
    {"body.size", "请求体过大"},
    {"channel.id", "ID无效"},
    {"foreign", "权限不足"},
    {"friend.already", "已经是好友"},
    {"friend.handled", "好友申请已处理"},
    {"friend.limit", "好友数量已达上限"},
    {"friend.needed", "对方不是好友"},
    {"friend.no_request", "好友申请不存在"},
    {"friend.none", "不是好友"},
    {"friend.self", "不能添加自己为好友"},
    {"group.exists", "群组已存在"},
    {"group.gone", "群组已解散"},
    {"group.handled", "入群申请已处理"},
    {"group.limit", "群成员数或用户的群组数已达上限"},
    {"group.member", "不是群成员"},
    {"group.member_already", "已经是群成员"},
    {"group.muted", "群组或成员已被禁言"},
    {"group.no_request", "入群申请不存在"},
    {"group.not_found", "群组不存在"},
    {"group.reserved", "该群组ID不可使用"},
    {"group.robot", "机器人不能管理群组"},
    {"group.role", "权限不足"},
    {"group.verification", "需要由群主或管理员邀请"},
    {"message.client_no", "clientMsgID 已用于另一条消息"},
    {"message.not_found", "消息不存在"},
    {"message.recall", "消息不能撤回"},
    {"message.refused", "消息被拒绝"},
    {"message.size", "消息过大"},
    {"message.unchecked", "暂时无法发送，请稍后重试"},
    {"method", "不支持的请求方法"},
    {"path", "请求路径无效"},
    {"path.not_found", "资源不存在"},
    {"peer.blocked", "对方已将您加入黑名单"},
    {"robot.private", "机器人不存在"},
    {"robot.wakes", "发送过于频繁，请稍后重试"},
    {"scope", "该 Token 仅可用于聊天"},
    {"secret", "secret 错误"},
    {"token", "Token 无效"},
    {"user.id", "userID 无效"},
    {"user.not_found", "用户不存在"},
    {"user.not_registered", "该用户不是通过 secret 注册的"},
    {"user.registered", "用户已注册"},
    {"user.reserved", "该 userID 不可使用"},
};
constexpr std::pair<std::string_view, Code> kCodes[] = {
    {"account.muted", Code::refused},
    {"block.limit", Code::friendship},
    {"friend.already", Code::friendship},
    {"friend.handled", Code::friendship},
    {"friend.limit", Code::friendship},
    {"friend.needed", Code::friendship},
    {"friend.no_request", Code::friendship},
    {"friend.none", Code::friendship},
    {"friend.self", Code::friendship},
    {"group.gone", Code::no_group},
    {"group.member", Code::forbidden},
    {"group.muted", Code::refused},
    {"group.not_found", Code::no_group},
    {"message.member", Code::refused},
    {"message.refused", Code::refused},
    {"message.unchecked", Code::refused},
    {"peer.blocked", Code::refused},
    {"robot.private", Code::no_user},
    {"robot.wakes", Code::refused},
    {"secret", Code::forbidden},
    {"user.not_found", Code::no_user},
};
// clang-format on

constexpr api::Texts kTexts = {kByCode,
                               {"参数错误", "Token 无效", "权限不足", "资源不存在", "重复", "请求体过大",
                                "请求过于频繁，请稍后重试", "上游服务不可用", "服务暂时不可用", "服务器内部错误"}};

// Only what the contract excepts is told by the status.
int status_of(const Error& error) {
    if (error.code == "method") return 405;
    if (error.code == "path.not_found") return 404;
    if (error.code == "address.blocked") return 429;
    return error.fault == Fault::too_large ? 413 : 200;
}

api::Reply say_fault(const Error& error, const api::Refused& what) {
    json::Writer w;
    w.begin_object().field("errCode", static_cast<int>(code_of(error))).field("errMsg", public_text(error));
    w.key("data").begin_object().end_object();
    if (code_of(error) == Code::internal) w.field("requestId", what.request_id);
    w.end_object();
    return api::reply_json(std::move(w), status_of(error));
}

int always_fine(Fault) { return 200; }

struct PageWanted {
    int64_t number = 1, show = 20;
};
const auto kPage = json::Schema<PageWanted>()
                       .field("pageNumber", &PageWanted::number, {.min = 1, .max = 100000})
                       .field("showNumber", &PageWanted::show, {.min = 1, .max = 100});

}  // namespace

const api::Door kDoor = {"openim",    "Hongyan: openim", "/api/v3",   say_fault,
                         always_fine, "rate.conf",       public_text, "token"};

Code code_of(const Error& error) {
    const auto known = std::find_if(std::begin(kCodes), std::end(kCodes),
                                    [&](const auto& entry) { return entry.first == error.code; });
    if (known != std::end(kCodes)) return known->second;
    switch (error.fault) {
        case Fault::unauthorized: return Code::bad_token;
        case Fault::forbidden: return Code::forbidden;
        case Fault::conflict: return Code::duplicate;
        case Fault::upstream:
        case Fault::unavailable:
        case Fault::internal: return Code::internal;
        default: return Code::bad_args;
    }
}

std::string public_text(const Error& error) {
    if (error.code == "body" || error.code == "query")
        return error.detail.empty() ? "参数错误" : "参数错误: " + error.detail;
    // Not being in it is the same, whatever one wanted.
    if (error.code == "message.member") return "不是群成员";
    // The words of the operator's own system.
    if (error.code == "message.refused" && !error.detail.empty()) return error.detail;
    std::string text(api::text_of(kTexts, error));
    if (error.code.starts_with("user.") && !error.detail.empty()) text += ": " + error.detail;
    return text;
}

api::Reply reply(const api::Call& call, std::string_view data) {
    const bool sdk = call.door == &kSdkDoor;
    json::Writer w;
    w.begin_object().field("errCode", 0).field("errMsg", sdk ? "" : "success");
    if (sdk) w.field("errDlt", "");
    w.key("data").raw(data).end_object();
    return api::reply_json(std::move(w));
}

chat::Speaker speaker_of(const api::Call& call) {
    return {call.identity->principal, call.identity->public_id, call.identity->name, {},
            call.identity->muted,     call.identity->avatar};
}

void require_self(const api::Call& call, const std::string& id) {
    if (!id.empty() && id != call.identity->public_id) throw Error(Fault::forbidden, "foreign");
}

people::Person person_ever(db::Session& s, const std::string& id) {
    const auto found = people::find_ever(s, id);
    if (!found) throw Error(Fault::not_found, "user.not_found", id);
    return *found;
}

people::Person person(db::Session& s, const std::string& id) {
    const auto found = people::find(s, id);
    if (!found) throw Error(Fault::not_found, "user.not_found", id);
    return *found;
}

Page page_of(const json::Value& pagination) {
    if (pagination.is_null()) return {};
    const auto wanted = kPage.read(pagination, "/pagination");
    return {(wanted.number - 1) * wanted.show, wanted.show};
}

}  // namespace hy::openim
