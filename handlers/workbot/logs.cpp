// The log and the health of the house, for administrators.
#include "core/logs.h"

#include "base/text.h"
#include "house_health.h"

namespace hy::workbot {

namespace {

constexpr const char* kListExample =
    R"({"code":0,"message":"success","data":{"total":100,"list":[{"id":1,"logType":"api","level":"error",)"
    R"("message":"激活码不存在","details":{"code":"code.not_found","requestId":"req_xxx"},"ipAddress":"1.2.3.4",)"
    R"("createdAt":"2024-12-01T10:00:00Z"}]}})";

api::Reply list(api::Call& call) {
    const auto paging = paging_of(call);
    const std::string type_text = call.query_text("logType"), level_text = call.query_text("level");
    const auto type = logs::type_named(type_text);
    const auto level = logs::level_named(level_text);
    if (!type && !type_text.empty())
        throw Error(Fault::bad_request, "query", "logType: application, api, error, audit, websocket or ai");
    if (!level && !level_text.empty()) throw Error(Fault::bad_request, "query", "level: debug, info, warn or error");
    const auto page =
        call.services.db.read([&](db::Session& s) { return logs::list(s, type, level, paging.page, paging.size); });
    json::Writer w;
    w.begin_object().field("total", page.total).key("list").begin_array();
    for (const auto& entry : page.entries) {
        w.begin_object().field("id", entry.id).field("logType", logs::name_of(entry.type));
        w.field("level", logs::name_of(entry.level)).field("message", entry.message);
        w.key("details").raw(entry.details).field("ipAddress", entry.address);
        w.field("createdAt", iso8601(entry.at)).end_object();
    }
    w.end_array().end_object();
    return reply("success", w.text());
}

const std::vector<api::QueryParam> kQuery = {{"logType", "string", "application, api, error, audit, websocket or ai"},
                                             {"level", "string", "debug, info, warn or error"},
                                             {"page", "integer", "from 1 on (1)"},
                                             {"pageSize", "integer", "1 to 100 (20)"}};

// clang-format off
const api::Route kRoutes[] = {
    {"GET", "/api/admin/health", api::Auth::admin, api::Rate::normal, house_health, "How the house is, process by process",
     {.answer = kHealthExample, .errors = {401, 403, 429}}},
    {"GET", "/api/admin/logs", api::Auth::admin, api::Rate::normal, list, "Entries of the log, newest first",
     {.answer = kListExample, .query = kQuery, .errors = {400, 401, 403, 429}}},
};
// clang-format on

}  // namespace

const api::Group kLogs = {kDoor, "workbot-logs", kRoutes};

}  // namespace hy::workbot
