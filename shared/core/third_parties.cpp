#include "core/third_parties.h"

#include "base/encode.h"
#include "base/text.h"
#include "core/commands.h"
#include "core/jobs.h"
#include "core/wecom.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::third_parties {

namespace {

constexpr const char* kFind =
    "SELECT message_url, result_url, signs, COALESCE(secret, '') FROM third_parties WHERE robot_id = ?";
constexpr const char* kStore =
    "INSERT INTO third_parties (robot_id, message_url, result_url, signs, secret) VALUES (?, ?, ?, ?, ?)"
    " ON DUPLICATE KEY UPDATE message_url = VALUES(message_url), result_url = VALUES(result_url),"
    " signs = VALUES(signs), secret = VALUES(secret)";

constexpr int64_t kText = 203, kFile = 218;
constexpr int64_t kReply = 5000;

std::string context(const robots::Robot& robot) { return "webhook secret of " + robot.public_id; }

void check_url(const House& house, const std::string& url, const char* field) {
    if (url.empty()) return;
    if (!http::is_outside_address(url, house.config.callable()))
        throw Error(Fault::bad_request, "body",
                    std::string("/") + field + ": a public http or https address is wanted");
}

void write_robot(json::Writer& w, const robots::Robot& robot, const messages::Message& message) {
    w.field("robotId", robot.public_id).field("robotUuid", robots::uuid_of(robot));
    w.field("messageId", message.public_id());
}

void write_file(json::Writer& w, const House& house, const Content& content) {
    if (!content.media) return;
    const Media& media = *content.media;
    w.field("fileUrl", media.file.empty() ? media.url : files::link(house, media.file, media.name));
    w.field("fileName", media.name);
}

}  // namespace

Settings find(db::Session& s, int64_t robot) {
    db::Rows rows = s.query(kFind, {robot});
    if (!rows.next()) return {};
    return {rows.text(1), rows.text(2), rows.integer(3) != 0, rows.text(4)};
}

void change(db::Session& s, const House& house, const robots::Robot& robot, const Changes& changes) {
    check_url(house, changes.message_url, "messageCallbackUrl");
    check_url(house, changes.result_url, "resultCallbackUrl");
    if (!robots::lock(s, robot.id)) throw Error(Fault::not_found, "robot.not_found");
    Settings now = find(s, robot.id);
    if (changes.secret)
        now.sealed_secret = changes.secret->empty() ? "" : house.box.seal(*changes.secret, context(robot));
    if (changes.signs && now.sealed_secret.empty())
        throw Error(Fault::bad_request, "body", "/secretKey: required with enableSignature");
    const auto secret = now.sealed_secret.empty() ? std::nullopt : std::optional<std::string_view>(now.sealed_secret);
    s.execute(kStore,
              {robot.id, changes.message_url, changes.result_url, int64_t{changes.signs}, db::nullable(secret)});
}

std::string message_body(const House& house, const robots::Robot& robot, const messages::Message& message) {
    json::Writer w;
    w.begin_object();
    write_robot(w, robot, message);
    if (const auto raw = json::parse(message.raw); raw && raw->object())
        for (const auto& [name, value] : *raw->object()) w.key(name).raw(json::to_text(value));
    write_file(w, house, message.content);
    w.end_object();
    return std::move(w).take();
}

std::string message_body(const House& house, const robots::Robot& robot, const messages::Message& message,
                         const std::string& sender, const std::string& group) {
    json::Writer w;
    w.begin_object();
    write_robot(w, robot, message);
    w.field("spoken", message.content.text).field("rawSpoken", message.content.text).field("receivedName", sender);
    w.field("groupName", group).field("groupRemark", "").field("roomType", group.empty() ? 2 : 1);
    w.field("atMe", true).field("textType", message.content.media ? 2 : 1);
    w.field("timestamp", iso8601(message.created_at));
    write_file(w, house, message.content);
    w.end_object();
    return std::move(w).take();
}

std::string Ending::key() const { return round ? command_id + "." + std::to_string(round) : command_id; }

Ending Ending::from_key(std::string_view key) {
    const size_t point = key.find('.');
    if (point == std::string_view::npos) return {std::string(key), 0};
    return {std::string(key.substr(0, point)), to_int(key.substr(point + 1)).value_or(0)};
}

std::optional<std::string> result_body(db::Session& s, const robots::Robot& robot, const Ending& ending) {
    const auto command = commands::find(s, ending.command_id);
    if (!command || command->round != ending.round || command->result.empty() || !command->finished_at)
        return std::nullopt;
    const auto result = commands::Result::from_json(command->result);
    const auto params = json::parse(command->params);
    const bool text = !params || params->text_or("type") == "text";
    json::Writer w;
    w.begin_object().field("robotId", robot.public_id).field("commandId", command->command_id);
    w.field("errorCode", result.error_code).field("errorReason", result.reason);
    w.field("runTime", command->finished_at - result.took_ms);
    w.field("timeCost", static_cast<double>(result.took_ms) / 1000).field("type", text ? kText : kFile);
    w.field("rawMsg", command->params);
    const auto list = [&](const char* name, const std::vector<std::string>& names) {
        w.key(name).begin_array();
        for (const auto& one : names) w.string(one);
        w.end_array();
    };
    list("successList", result.success);
    list("failList", result.fail);
    w.end_object();
    return std::move(w).take();
}

std::vector<std::pair<std::string, std::string>> signature(std::string_view secret, int64_t seconds,
                                                           std::string_view body) {
    const std::string at = std::to_string(seconds);
    return {{"X-Signature", to_hex(auth::hmac_sha256(secret, body))},
            {"X-Timestamp", at},
            {"X-Signature-2", "t=" + at + ",v1=" + to_hex(auth::hmac_sha256(secret, at + "." + std::string(body)))}};
}

http::Outgoing request(const House& house, const robots::Robot& robot, const Settings& settings, const std::string& url,
                       const std::string& body, const std::string& delivery_id) {
    http::Outgoing out{.method = "POST", .url = url, .headers = {{"Content-Type", "application/json"}}, .body = body};
    out.headers.emplace_back("X-Delivery-Id", delivery_id);
    out.headers.emplace_back("User-Agent", "Hongyan");
    if (!settings.signs || settings.sealed_secret.empty()) return out;
    const auto secret = house.box.open(settings.sealed_secret, context(robot));
    if (!secret) throw Error(Fault::internal, "box", "", "a webhook's secret cannot be opened; was the key changed?");
    for (auto& header : signature(*secret, house.clock.now_ms() / 1000, body)) out.headers.push_back(std::move(header));
    return out;
}

bool taken(const http::Answer& answer) {
    if (answer.status < 200 || answer.status > 299) return false;
    const auto value = json::parse(answer.body);
    const auto* code = value ? value->find("code") : nullptr;
    return code && code->integer() == 0;
}

std::string reply_in(const http::Answer& answer) {
    const auto value = json::parse(answer.body);
    const auto* data = value ? value->find("data") : nullptr;
    if (!data || data->int_or("type") != kReply) return {};
    const auto* info = data->find("info");
    return info ? info->text_or("text") : std::string();
}

void tell_result(db::Session& s, const House& house, const robots::Robot& robot, const Ending& ending,
                 outbox::Pushes& pushes) {
    if (find(s, robot.id).result_url.empty()) return;
    jobs::add(s, house,
              {.kind = "result",
               .key = ending.key(),
               .tenant = jobs::tenant_of(robot.owner, robot.id),
               .run_at = house.clock.now_ms(),
               .payload = std::to_string(robot.id)},
              pushes);
}

}  // namespace hy::third_parties
