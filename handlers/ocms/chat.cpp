// The history of a user's talks with robots.
#include "core/audit.h"
#include "core/conversations.h"
#include "core/files.h"
#include "core/history.h"
#include "door.h"

namespace hy::ocms {

namespace {

constexpr const char* kHistoryExample =
    R"({"user_id":"123","total":1,"limit":100,"offset":0,"messages":[{"id":"msg_1707821234567","timestamp":1707821234567,)"
    R"("sender":"user","text":"你好","robot_id":"robot_001","conversation_id":"default"}]})";

void write(json::Writer& w, const House& house, const history::Entry& entry) {
    const auto& m = entry.message;
    w.begin_object().field("id", m.public_id()).field("timestamp", m.created_at);
    w.field("sender", m.sender.type == PrincipalType::robot ? "robot" : "user").field("text", m.content.text);
    w.field("robot_id", entry.robot_id).field("conversation_id", entry.conversation_id);
    if (m.content.media) {
        const Media& media = *m.content.media;
        const char* name = m.sender.type == PrincipalType::robot ? "mediaUrl" : "filePath";
        w.field(name, media.file.empty() ? media.url : files::link(house, media.file, media.name));
        w.field("mediaType", media.mime);
    }
    if (m.recalled) w.field("recalled", true);
    w.end_object();
}

// The channel of the talk that the query names.
channels::Channel channel_in_query(db::Session& s, const api::Call& call, int64_t account, const std::string& id) {
    const std::string robot_id = call.query_text("robot_id");
    const auto robot = robot_id.empty() ? std::nullopt : robots::find(s, robot_id);
    if (!robot_id.empty() && !robot) throw Error(Fault::not_found, "robot.not_found");
    if (id == conversations::kDefault) {
        const auto key = channels::person_key(account_principal(account), robot_principal(robot->id));
        auto found = channels::find_by_key(s, channels::Kind::person, key);
        return found ? *found : channels::Channel{};
    }
    return *channels::find(s, conversations::owned(s, account, id, robot ? robot->id : 0).channel);
}

api::Reply get_history(api::Call& call) {
    const int64_t account = account_in_path(call);
    const int64_t limit = call.query_int("limit", 100, 1, 500), offset = call.query_int("offset", 0, 0, INT32_MAX);
    const std::string conversation = call.query_text("conversation_id");
    const auto page = call.services.db.read([&](db::Session& s) {
        if (conversation.empty()) return history::page(s, account, limit, offset);
        if (conversation == conversations::kDefault && call.query_text("robot_id").empty())
            return history::page_of_defaults(s, account, limit, offset);
        return history::page_of_channel(s, account, channel_in_query(s, call, account, conversation), limit, offset);
    });
    json::Writer w;
    w.begin_object()
        .field("user_id", std::to_string(account))
        .field("total", page.total)
        .field("limit", limit)
        .field("offset", offset);
    w.key("messages").begin_array();
    for (const auto& entry : page.entries) write(w, call.services.house, entry);
    w.end_array().end_object();
    return api::reply_json(std::move(w));
}

api::Reply clear_history(api::Call& call) {
    const int64_t account = account_in_path(call);
    call.services.db.transaction([&](db::Session& s) {
        history::clear(s, account);
        if (account != call.account())
            audit::write(s, call.services.clock.now_ms(), call.identity->principal.name(), "history.clear",
                         std::to_string(account));
    });
    json::Writer w;
    w.begin_object()
        .field("success", true)
        .field("message", "用户 " + std::to_string(account) + " 的聊天记录已清空")
        .end_object();
    return api::reply_json(std::move(w));
}

const std::vector<api::QueryParam> kHistoryQuery = {
    {"limit", "integer", "1 to 500 (100)"},
    {"offset", "integer", "counted back from the newest (0)"},
    {"conversation_id", "string", "only this conversation"},
    {"robot_id", "string", "which robot's conversation, where one id is used with several"}};

// clang-format off
const api::Route kRoutes[] = {
    {"GET", "/ocms/chat/history/{user_id}", api::Auth::talker, api::Rate::normal, get_history,
     "What was said, oldest first, counted back from the newest",
     {.answer = kHistoryExample, .query = kHistoryQuery, .errors = {400, 401, 403, 404}}},
    {"DELETE", "/ocms/chat/history/{user_id}", api::Auth::talker, api::Rate::normal, clear_history, "Clear the history",
     {.answer = R"({"success":true,"message":"用户 123 的聊天记录已清空"})", .errors = {401, 403}}},
};
// clang-format on

}  // namespace

const api::Group kChat = {kDoor, "ocms-chat", kRoutes};

}  // namespace hy::ocms
