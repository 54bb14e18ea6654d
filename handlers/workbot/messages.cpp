// What devices report and do, and what is sent through them: reports, commands, results.
#include "core/messages.h"

#include "base/encode.h"
#include "base/text.h"
#include "core/commands.h"
#include "core/files.h"
#include "core/replies.h"
#include "core/wecom.h"
#include "door.h"

namespace hy::workbot {

namespace {

// 10 MB decoded, and the fields around it.
constexpr int64_t kMostFile = 10 << 20;
constexpr int64_t kMostReport = kMostFile / 3 * 4 + (1 << 20);
constexpr int64_t kMostText = 64 << 10;

struct ReportBody {
    std::string robot_id, spoken, raw_spoken, contact, group, group_remark, file, timestamp;
    int64_t room_type = 0, text_type = 1;
    bool at_me = false;
};
const auto kReport =
    json::Schema<ReportBody>()
        .field("robotId", &ReportBody::robot_id, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("spoken", &ReportBody::spoken, {.max_bytes = kMostText})
        .field("rawSpoken", &ReportBody::raw_spoken, {.max_bytes = kMostText})
        .field("receivedName", &ReportBody::contact, {.required = true, .min_chars = 1, .max_chars = 200})
        .field("groupName", &ReportBody::group, {.max_chars = 200})
        .field("groupRemark", &ReportBody::group_remark, {.max_chars = 200})
        .field("roomType", &ReportBody::room_type,
               {.required = true,
                .min = 1,
                .max = 4,
                .note = "1 external group, 2 external contact, 3 internal group, "
                        "4 internal contact"})
        .field("atMe", &ReportBody::at_me)
        .field("textType", &ReportBody::text_type, {.min = 0, .max = 255})
        .field("fileBase64", &ReportBody::file, {.max_chars = SIZE_MAX, .note = "at most 10 MB decoded"})
        .field("timestamp", &ReportBody::timestamp, {.max_chars = 64});

struct Send {
    std::string robot_id, type, content, file_url, file_type = "*", object_name, extra_text;
    std::vector<std::string> titles, at;
};
const auto kSend =
    json::Schema<Send>()
        .field("robotId", &Send::robot_id, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("type", &Send::type, {.required = true, .one_of = {"text", "image", "file"}})
        .field("titleList", &Send::titles, {.required = true, .max_chars = 200, .min_items = 1, .max_items = 100})
        .field("content", &Send::content, {.max_bytes = kMostText})
        .field("atList", &Send::at, {.max_chars = 200, .max_items = 100})
        .field("fileUrl", &Send::file_url, {.max_chars = 2048})
        .field("fileType", &Send::file_type, {.one_of = {"image", "audio", "video", "*"}})
        .field("objectName", &Send::object_name, {.max_chars = 200})
        .field("extraText", &Send::extra_text, {.max_bytes = kMostText});

struct ResultBody {
    std::string robot_id, command_id, reason;
    int64_t error_code = 0, took_ms = 0;
    std::vector<std::string> success, fail;
};
const auto kResult =
    json::Schema<ResultBody>()
        .field("robotId", &ResultBody::robot_id, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("commandId", &ResultBody::command_id, {.required = true, .min_chars = 1, .max_chars = 64})
        .field("errorCode", &ResultBody::error_code, {.required = true, .note = "0: it was done"})
        .field("errorReason", &ResultBody::reason, {.max_chars = 500})
        .field("executionTimeMs", &ResultBody::took_ms, {.min = 0, .max = 86'400'000})
        .field("successList", &ResultBody::success, {.max_chars = 200, .max_items = 100})
        .field("failList", &ResultBody::fail, {.max_chars = 200, .max_items = 100});

constexpr const char* kReportedExample =
    R"({"code":0,"message":"消息已接收","data":{"messageId":"msg_1703123456789123456"}})";
constexpr const char* kSentExample =
    R"({"code":0,"message":"指令已下发","data":{"commandId":"cmd_1703123456789_abc123de","status":"pending"}})";
constexpr const char* kCommandsExample =
    R"({"code":0,"message":"success","data":{"commands":[{"commandId":"cmd_1703123456789_abc123de",)"
    R"("commandType":"send_message","commandParams":{"type":"text","titleList":["张三"],"content":"你好！"},)"
    R"("createdAt":"2024-12-01T10:30:00Z"}]}})";
constexpr const char* kResultExample = R"({"code":0,"message":"结果已记录","data":null})";

// A device speaks for its own robot alone.
void require_own(const api::Call& call, const std::string& robot_id) {
    if (call.device->robot_id != robot_id) throw Error(Fault::forbidden, "robot.foreign");
}

robots::Robot robot_of_device(db::Session& s, const api::Call& call) {
    const auto robot = robots::find_partner(s, call.device->robot, 0);
    if (!robot) throw Error(Fault::forbidden, "robot.deleted");
    return robot->robot;
}

files::File keep_file(api::Call& call, const std::string& bytes) {
    auto& services = call.services;
    size_t at = 0;
    const auto read = [&](char* to, size_t size) {
        const size_t some = std::min(size, bytes.size() - at);
        std::copy_n(bytes.data() + at, some, to);
        at += some;
        return some;
    };
    const std::string kind = files::sniff(std::string_view(bytes).substr(0, 512));
    const size_t slash = kind.find('/');
    const std::string ending =
        kind == "application/octet-stream" || kind == "text/plain" ? "bin" : kind.substr(slash + 1);
    return files::take(services.db, services.house, *services.store, call.identity->principal, "report." + ending, kind,
                       read);
}

// Base64 as devices write it: in lines, padded or not. RFC 4648 in the end.
std::string padded(std::string text) {
    std::erase_if(text, [](char c) { return c == '\r' || c == '\n' || c == ' '; });
    while (text.ends_with('=')) text.pop_back();
    while (text.size() % 4 > 1) text.push_back('=');
    return text;
}

wecom::Report report_of(const ReportBody& body) {
    wecom::Report report{
        body.spoken, body.raw_spoken, body.contact, body.group, body.group_remark, body.room_type, body.text_type,
        body.at_me,  body.timestamp,  {},           {}};
    if (report.in_group() && report.group.empty())
        throw Error(Fault::bad_request, "body", "/groupName: required in a group");
    if (!report.in_group()) report.group.clear();
    return report;
}

api::Reply report(api::Call& call) {
    const auto body = call.read(kReport);
    require_own(call, body.robot_id);
    auto report = report_of(body);
    std::string bytes;
    if (!body.file.empty()) {
        auto decoded = from_base64(padded(body.file));
        if (!decoded) throw Error(Fault::bad_request, "body", "/fileBase64: not Base64");
        if (static_cast<int64_t>(decoded->size()) > kMostFile) throw Error(Fault::too_large, "body.size");
        bytes = std::move(*decoded);
        report.file_hash = to_hex(auth::sha256(bytes));
    }
    auto& services = call.services;
    if (!bytes.empty()) {
        // Looked for first: a report that comes again leaves no second file.
        const auto known = services.db.read([&](db::Session& s) {
            robots::Robot robot;
            robot.id = call.device->robot;
            return wecom::find_reported(s, services.house, robot, report);
        });
        if (!known) report.file = keep_file(call, bytes);
    }
    const auto message = services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = robot_of_device(s, call);
        devices::seen(s, services.house, robot.id);
        auto done = wecom::report(s, services.house, robot, report, pushes);
        if (!done.repeated)
            replies::wake(s, services.house, robot, done.channel, done.message, done.draft,
                          !report.in_group() || report.at_me, pushes);
        return done.message;
    });
    json::Writer w;
    w.begin_object().field("messageId", message.public_id()).end_object();
    return reply("消息已接收", w.text());
}

void write_list(json::Writer& w, const char* name, const std::vector<std::string>& list) {
    w.key(name).begin_array();
    for (const auto& one : list) w.string(one);
    w.end_array();
}

std::string params_of(const Send& wanted) {
    json::Writer w;
    w.begin_object().field("type", wanted.type);
    write_list(w, "titleList", wanted.titles);
    if (wanted.type == "text") {
        if (wanted.content.empty()) throw Error(Fault::bad_request, "body", "/content: required for text");
        w.field("content", wanted.content);
        write_list(w, "atList", wanted.at);
    } else {
        if (!http::is_web_address(wanted.file_url))
            throw Error(Fault::bad_request, "body", "/fileUrl: an http or https address is wanted");
        w.field("fileUrl", wanted.file_url);
        w.field("fileType", wanted.type == "image" && wanted.file_type == "*" ? "image" : wanted.file_type);
        w.field("objectName", wanted.object_name);
        if (!wanted.extra_text.empty()) w.field("extraText", wanted.extra_text);
    }
    w.end_object();
    return std::move(w).take();
}

// The owner's, or the key's own.
robots::Robot sending_robot(db::Session& s, const api::Call& call, const std::string& robot_id) {
    if (call.identity->principal.type == PrincipalType::account)
        return robots::owned(s, robot_id, call.account(), call.is_admin());
    if (call.identity->public_id != robot_id) throw Error(Fault::forbidden, "robot.foreign");
    const auto robot = robots::find(s, robot_id);
    if (!robot) throw Error(Fault::not_found, "robot.not_found");
    return *robot;
}

api::Reply send_message(api::Call& call) {
    const auto wanted = call.read(kSend);
    const std::string params = params_of(wanted);
    const auto command = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = sending_robot(s, call, wanted.robot_id);
        // What a robot is made to say, its owner says.
        const auto owner = accounts::find(s, robot.owner);
        if (owner && owner->muted) throw Error(Fault::forbidden, "account.muted");
        // Held against its deletion.
        if (!robots::find_partner(s, robot.id, 0)) throw Error(Fault::not_found, "robot.not_found");
        commands::require_room(s, robot.id);
        if (call.identity->principal.type == PrincipalType::account)
            robots::note_foreign(s, call.services.house, robot, call.identity->principal, "robot.send");
        return commands::create(s, call.services.house, robot, params, 0, pushes);
    });
    json::Writer w;
    w.begin_object()
        .field("commandId", command.command_id)
        .field("status", commands::name_of(command.status))
        .end_object();
    return reply("指令已下发", w.text());
}

api::Reply list_commands(api::Call& call) {
    const std::string robot_id = call.query_text("robotId");
    if (robot_id.empty()) throw Error(Fault::bad_request, "query", "robotId");
    require_own(call, robot_id);
    const House& house = call.services.house;
    const auto due = call.services.db.transaction([&](db::Session& s) {
        devices::seen(s, house, call.device->robot);
        return commands::hand_out(s, house, call.device->robot, commands::kPoll, false);
    });
    json::Writer w;
    w.begin_object().key("commands").begin_array();
    for (const auto& command : due) w.raw(commands::render(command));
    w.end_array().end_object();
    return reply("success", w.text());
}

api::Reply command_result(api::Call& call) {
    const auto body = call.read(kResult);
    require_own(call, body.robot_id);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = robot_of_device(s, call);
        devices::seen(s, call.services.house, robot.id);
        commands::report(s, call.services.house, robot, body.command_id,
                         {body.error_code, body.reason, body.took_ms, body.success, body.fail}, pushes);
    });
    return done("结果已记录");
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/robot/messages", api::Auth::device, api::Rate::normal, report, "A device reports a message",
     {.body = &kReport, .answer = kReportedExample, .errors = {400, 401, 403, 413, 429}, .most_bytes = kMostReport}},
    {"POST", "/api/robot/send-message", api::Auth::user_or_key, api::Rate::normal, send_message,
     "Have a robot send a text, an image or a file", {.body = &kSend, .answer = kSentExample, .errors = {400, 401, 403, 404, 413, 429}}},
    {"GET", "/api/robot/commands", api::Auth::device, api::Rate::normal, list_commands,
     "What a device is to do, where it has no connection", {.answer = kCommandsExample,
      .query = {{"robotId", "string", "its own"}}, .errors = {400, 401, 403, 429}}},
    {"POST", "/api/robot/command-result", api::Auth::device, api::Rate::normal, command_result, "A device reports how a command ended",
     {.body = &kResult, .answer = kResultExample, .errors = {400, 401, 403, 404, 413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kMessages = {kDoor, "workbot-messages", kRoutes};

}  // namespace hy::workbot
