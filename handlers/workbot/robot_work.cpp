// What a robot was told to do and how it ended, what its webhooks were told and whether they took it, and once more of
// either.
#include "core/commands.h"
#include "core/deliveries.h"

#include "base/text.h"
#include "core/accounts.h"
#include "robots.h"

namespace hy::workbot {

const char* const kWorkCommandsExample =
    R"({"code":0,"message":"success","data":{"list":[{"commandId":"cmd_1703123456789_abc123de","status":"failed",)"
    R"("commandParams":{"type":"text","titleList":["张三"],"content":"你好！"},"attempts":4,)"
    R"("createdAt":"2024-12-01T10:30:00Z","sentAt":"2024-12-01T10:30:01Z","finishedAt":"2024-12-01T10:30:09Z",)"
    R"("result":{"errorCode":1,"errorReason":"未找到联系人","executionTimeMs":800,"successList":[],"failList":["张三"]}}],)"
    R"("next":"1024"}})";
const char* const kDeliveriesExample =
    R"({"code":0,"message":"success","data":{"list":[{"deliveryId":"dlv_118212345678901234_7","type":"message",)"
    R"("status":"failed","attempts":6,"httpStatus":502,"fault":"HTTP 502 without {\"code\":0}",)"
    R"("createdAt":"2024-12-01T10:30:00Z","updatedAt":"2024-12-01T10:41:09Z"}],"next":null}})";
const char* const kRetriedCommandExample =
    R"({"code":0,"message":"指令已重新下发","data":{"commandId":"cmd_1703123456789_abc123de","status":"pending"}})";
const char* const kRetriedDeliveryExample =
    R"({"code":0,"message":"已重新投递","data":{"deliveryId":"dlv_118212345678901234_7","status":"pending"}})";

namespace {

struct Keyed {
    int64_t before, size;
};
Keyed keyed_of(const api::Call& call) {
    return {call.query_int("before", 0, 0, std::numeric_limits<int64_t>::max()), call.query_int("limit", 20, 1, 100)};
}

template <typename Row>
void write_page(json::Writer& w, const std::vector<Row>& rows, bool more, void (*write)(json::Writer&, const Row&)) {
    w.begin_object().key("list").begin_array();
    for (const Row& row : rows) write(w, row);
    w.end_array();
    if (more) w.field("next", std::to_string(rows.back().id));
    else w.key("next").null();
    w.end_object();
}

void write_command(json::Writer& w, const commands::Command& command) {
    w.begin_object().field("commandId", command.command_id).field("status", commands::name_of(command.status));
    w.key("commandParams").raw(command.params).field("attempts", command.attempts);
    w.field("createdAt", iso8601(command.created_at));
    write_time(w, "sentAt", command.sent_at);
    write_time(w, "finishedAt", command.finished_at);
    w.key("result").raw(command.result.empty() ? "null" : command.result).end_object();
}

void write_delivery(json::Writer& w, const deliveries::Delivery& delivery) {
    w.begin_object().field("deliveryId", delivery.delivery_id);
    w.field("type", delivery.is_result ? "result" : "message").field("status", deliveries::name_of(delivery.outcome));
    w.field("attempts", delivery.attempts).field("httpStatus", delivery.http_status).field("fault", delivery.fault);
    w.field("createdAt", iso8601(delivery.created_at)).field("updatedAt", iso8601(delivery.updated_at)).end_object();
}

// What a robot is made to say, its owner says.
void require_owners_voice(db::Session& s, const robots::Robot& robot) {
    const auto owner = accounts::find(s, robot.owner);
    if (owner && owner->muted) throw Error(Fault::forbidden, "account.muted");
}

}  // namespace

api::Reply list_robot_commands(api::Call& call) {
    const auto page = keyed_of(call);
    const std::string name = call.query_text("status");
    const auto status = commands::status_named(name);
    if (!name.empty() && !status)
        throw Error(Fault::bad_request, "query", "status: pending, sent, success, failed or expired");
    const auto found = call.services.db.read(
        [&](db::Session& s) { return commands::list(s, own_robot(s, call).id, status, page.before, page.size); });
    json::Writer w;
    write_page(w, found.commands, found.more, write_command);
    return reply("success", w.text());
}

api::Reply retry_command(api::Call& call) {
    const auto command = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto robot = own_robot(s, call);
        require_owners_voice(s, robot);
        if (!robots::find_partner(s, robot.id, 0)) throw Error(Fault::not_found, "robot.not_found");
        robots::note_foreign(s, call.services.house, robot, call.identity->principal, "command.retry");
        return commands::retry(s, call.services.house, robot, call.param("commandId"), pushes);
    });
    json::Writer w;
    w.begin_object().field("commandId", command.command_id).field("status", commands::name_of(command.status));
    w.end_object();
    return reply("指令已重新下发", w.text());
}

api::Reply list_deliveries(api::Call& call) {
    const auto page = keyed_of(call);
    const std::string name = call.query_text("status");
    const auto outcome = deliveries::outcome_named(name);
    if (!name.empty() && !outcome) throw Error(Fault::bad_request, "query", "status: pending, success or failed");
    auto found = call.services.db.read([&](db::Session& s) {
        return deliveries::list(s, own_robot(s, call).id, outcome, page.before, page.size + 1);
    });
    const bool more = static_cast<int64_t>(found.size()) > page.size;
    if (more) found.pop_back();
    json::Writer w;
    write_page(w, found, more, write_delivery);
    return reply("success", w.text());
}

api::Reply retry_delivery(api::Call& call) {
    const std::string& id = call.param("deliveryId");
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto delivery = deliveries::find(s, id);
        // Whoever may not see the robot may not learn of its deliveries either.
        const auto robot = delivery ? robots::find_by_id(s, delivery->robot) : std::nullopt;
        if (!robot || (robot->owner != call.account() && !call.is_admin()))
            throw Error(Fault::not_found, "delivery.not_found");
        require_owners_voice(s, *robot);
        if (!robots::find_partner(s, robot->id, 0)) throw Error(Fault::not_found, "robot.not_found");
        robots::note_foreign(s, call.services.house, *robot, call.identity->principal, "delivery.retry");
        deliveries::retry(s, call.services.house, *robot, id, pushes);
    });
    json::Writer w;
    w.begin_object().field("deliveryId", id);
    w.field("status", deliveries::name_of(deliveries::Outcome::under_way)).end_object();
    return reply("已重新投递", w.text());
}

}  // namespace hy::workbot
