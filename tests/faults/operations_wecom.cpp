// What is written for WeCom: reports, commands, webhooks, devices' connections, and what workers do.
#include "core/activation.h"
#include "core/brains.h"
#include "core/commands.h"
#include "core/deliveries.h"
#include "core/jobs.h"
#include "core/replies.h"
#include "core/statistics.h"
#include "core/third_parties.h"
#include "core/wecom.h"
#include "faults/operations.h"

namespace hy::test {

namespace {

// The user's robot on a device, which answers at once; who asks is the device.
void device(Scene& s) {
    s.people();
    const auto done = s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        const auto code = activation::generate(session, s.world.house, 1, 30, s.user.id).front().code;
        return *activation::activate(session, s.world.house, code, "device-" + s.tag, "{}", pushes).activated;
    });
    s.robot = done.robot;
    s.bearer = done.tokens.access;
    s.world.ask([&](db::Session& session) {
        brains::change(session, s.world.house, s.robot,
                       {.provider = "echo", .reply_delay_min = 0, .reply_delay_max = 0});
    });
}
void its_owner(Scene& s) {
    device(s);
    s.bearer = s.access;
}
void command(Scene& s) {
    device(s);
    s.noted = s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        return commands::create(session, s.world.house, s.robot, R"({"type":"text","titleList":["a"],"content":"x"})",
                                0, pushes)
            .command_id;
    });
}
void sent_command(Scene& s) {
    command(s);
    s.world.ask(
        [&](db::Session& session) { commands::hand_out(session, s.world.house, s.robot.id, commands::kPoll, false); });
}
void webhooks(Scene& s) {
    s.world.ask([&](db::Session& session) {
        // Nobody listens there.
        third_parties::change(session, s.world.house, s.robot,
                              {"http://127.0.0.1:1/m", "http://127.0.0.1:1/r", true, "secret"});
    });
}
void sent_command_and_webhooks(Scene& s) {
    sent_command(s);
    webhooks(s);
}

std::string of_robot(const Scene& s, const std::string& rest) {
    return R"({"robotId":")" + s.robot.public_id + "\"" + rest + "}";
}
Answer report(Scene& s) {
    return s.http(
        "POST /api/robot/messages", "",
        of_robot(s, R"(,"spoken":"hi","rawSpoken":"hi","receivedName":"z","groupName":"g","roomType":1,"atMe":true)"));
}
void reported_to_a_webhook(Scene& s) {
    device(s);
    webhooks(s);
    s.world.ask(
        [&](db::Session& session) { brains::change(session, s.world.house, s.robot, {.mode = "third_party"}); });
    s.http_past("POST /api/robot/messages", "",
                of_robot(s, R"(,"spoken":"hi","rawSpoken":"hi","receivedName":"z","roomType":2)"));
}
void reported_past(Scene& s) {
    device(s);
    s.http_past(
        "POST /api/robot/messages", "",
        of_robot(s, R"(,"spoken":"hi","rawSpoken":"hi","receivedName":"z","groupName":"g","roomType":1,"atMe":true)"));
}
int64_t reports(Scene& s) {
    return s.number(
        "SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.kind = 4 AND c.robot_id = ?"
        " AND m.sender_type = 2",
        {s.robot.id});
}
int64_t commands_of(Scene& s) { return s.number("SELECT COUNT(*) FROM commands WHERE robot_id = ?", {s.robot.id}); }
int64_t in_state(Scene& s, int64_t status) {
    return s.number("SELECT COUNT(*) FROM commands WHERE robot_id = ? AND status = ?", {s.robot.id, status});
}
Answer result(Scene& s) {
    return s.http("POST /api/robot/command-result", "",
                  of_robot(s, R"(,"commandId":")" + s.noted + R"(","errorCode":0)"));
}
int64_t configured(Scene& s) {
    return s.number("SELECT COUNT(*) FROM third_parties WHERE robot_id = ? AND message_url <> ''", {s.robot.id});
}

// ---- its connection ---------------------------------------------------------------------

Answer open(Scene& s) {
    return s.ask("ask.workbot.open", R"({"v":1,"conn":")" + s.conn + R"(","relay":")" + s.host + R"(","address":")" +
                                         s.address + R"(","query":)" + of_robot(s, R"(,"token":")" + s.bearer + "\"") +
                                         "}");
}
int64_t connected(Scene& s) {
    return s.number("SELECT COUNT(*) FROM connections WHERE door = 'workbot' AND conn = ?", {std::string_view(s.conn)});
}
void command_and_session(Scene& s) {
    command(s);
    s.noted = open(s).text("session");
}
Answer ready(Scene& s) {
    return s.ask("ask.workbot.ready", R"({"v":1,"conn":")" + s.conn + R"(","relay":")" + s.host + R"(","session":")" +
                                          s.noted + R"(","first":true})");
}
void with_connection(Scene& s) {
    device(s);
    s.noted = open(s).text("session");
}
Answer close(Scene& s) {
    return s.ask("ask.workbot.close", R"({"v":1,"conns":[{"conn":")" + s.conn + R"(","session":")" + s.noted + "\"}]}");
}
int64_t disconnected(Scene& s) { return 1 - connected(s); }

// ---- in the background ------------------------------------------------------------------

void late_command(Scene& s) {
    device(s);
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) {
        commands::create(session, s.world.house, s.robot, "{}", 5000, pushes);
    });
}
void old_command(Scene& s) {
    command(s);
    s.world.clock.advance((s.config.workbot.command_hours + 1) * 3'600'000);
}
void tallies(Scene& s) { reported_past(s); }
int64_t counted(Scene& s) {
    return s.number("SELECT COALESCE(MAX(messages), 0) FROM robot_days WHERE day = 0 AND robot_id = ?", {s.robot.id});
}
void gone_robot(Scene& s) {
    reported_past(s);
    s.world.act(
        [&](db::Session& session, outbox::Pushes& pushes) { robots::remove(session, s.world.house, s.robot, pushes); });
    s.world.clock.advance((s.config.robots.keep_deleted_days + 1) * 86'400'000);
}
Answer purge(Scene& s) {
    Answer answer;
    do answer = s.chore("robots");
    while (answer.status == 200 && answer.body != "0");
    return answer;
}
int64_t purged(Scene& s) {
    return s.number("SELECT COUNT(*) FROM robots WHERE id = ? AND purged_at IS NOT NULL", {s.robot.id});
}
void finished_command(Scene& s) {
    sent_command_and_webhooks(s);
    s.http_past("POST /api/robot/command-result", "",
                of_robot(s, R"(,"commandId":")" + s.noted + R"(","errorCode":0)"));
}
void failed_command(Scene& s) {
    sent_command_and_webhooks(s);
    s.world.ask([&](db::Session& session) {
        session.execute("UPDATE commands SET status = 3, finished_at = ?, result = '{}' WHERE command_id = ?",
                        {s.world.clock.now_ms(), std::string_view(s.noted)});
        // It ended, and was counted.
        statistics::note_finished(session, s.robot.id, s.world.clock.now_ms(), false);
    });
    s.bearer = s.access;
}
// The result of a command that nobody took, and a message's.
void given_up_result(Scene& s) {
    failed_command(s);
    s.world.ask([&](db::Session& session) {
        deliveries::note(session, s.world.house,
                         {"dlv_" + s.noted, s.robot.id, true, deliveries::Outcome::given_up, 6, 502, "HTTP 502"});
    });
}
void given_up_message(Scene& s) {
    reported_to_a_webhook(s);
    s.world.ask([&](db::Session& session) {
        session.execute("DELETE FROM jobs WHERE kind = 'reply' AND tenant = ?",
                        {jobs::tenant_of(s.robot.owner, s.robot.id)});
        db::Rows row = session.query(
            "SELECT m.message_id FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.robot_id = ?",
            {s.robot.id});
        row.next();
        s.noted = row.text(1) + "_" + std::to_string(s.robot.id);
        deliveries::note(session, s.world.house,
                         {"dlv_" + s.noted, s.robot.id, false, deliveries::Outcome::given_up, 6, 0, "timeout"});
    });
    s.bearer = s.access;
}
Answer deliver_again(Scene& s) {
    return s.http("POST /api/deliveries/{deliveryId}/retry", "/api/deliveries/dlv_" + s.noted + "/retry", "");
}
int64_t waits_again(Scene& s) {
    return s.number(
        "SELECT COUNT(*) FROM deliveries d JOIN jobs j ON j.tenant = ? AND j.kind IN ('reply', 'result')"
        " WHERE d.robot_id = ? AND d.status = 0",
        {jobs::tenant_of(s.robot.owner, s.robot.id), s.robot.id});
}
int64_t tried(Scene& s) {
    return s.number("SELECT COUNT(*) FROM deliveries WHERE robot_id = ? AND attempts > 0", {s.robot.id});
}

// clang-format off
const Operation kOperations[] = {
    {"POST /api/robot/messages", device, report, reports},
    {"POST /api/robot/send-message", its_owner,
     [](Scene& s) { return s.http("POST /api/robot/send-message", "", of_robot(s, R"(,"type":"text","titleList":["z"],"content":"x")")); },
     commands_of, Again::more},
    {"POST /api/robots/{robotId}/commands/{commandId}/retry", failed_command,
     [](Scene& s) { return s.http("POST /api/robots/{robotId}/commands/{commandId}/retry",
                                  "/api/robots/" + s.robot.public_id + "/commands/" + s.noted + "/retry", ""); },
     [](Scene& s) { return in_state(s, 0); }, Again::same, false, 200, 409},
    {"POST /api/deliveries/{deliveryId}/retry (a result)", given_up_result, deliver_again, waits_again, Again::same, false, 200, 409},
    {"POST /api/deliveries/{deliveryId}/retry (a message)", given_up_message, deliver_again, waits_again, Again::same, false, 200, 409},
    {"GET /api/robot/commands", command,
     [](Scene& s) { return s.http("GET /api/robot/commands", "/api/robot/commands?robotId=" + s.robot.public_id, ""); },
     [](Scene& s) { return in_state(s, 1); }},
    {"POST /api/robot/command-result", sent_command, result, [](Scene& s) { return in_state(s, 2); }},
    {"POST /api/robot/command-result (told to a webhook)", sent_command_and_webhooks, result,
     [](Scene& s) { return s.number("SELECT COUNT(*) FROM jobs WHERE kind = 'result' AND job_key = ?", {std::string_view(s.noted)}); }},
    {"POST /api/robot/third-party/config", its_owner,
     [](Scene& s) { return s.http("POST /api/robot/third-party/config", "",
                                  of_robot(s, R"(,"messageCallbackUrl":"https://example.com/m")")); }, configured},
    {"ask.workbot.open", device, open, connected, Again::same, true},
    {"ask.workbot.ready", command_and_session, ready, [](Scene& s) { return in_state(s, 1); }},
    {"ask.workbot.close", with_connection, close, disconnected},
    {"chore commands", old_command, [](Scene& s) { return s.chore("commands"); }, [](Scene& s) { return in_state(s, 4); }},
    {"chore statistics", tallies, [](Scene& s) { return s.chore("statistics"); }, counted},
    {"chore robots", gone_robot, purge, purged, Again::same, true},
    {"job reply", reported_past, [](Scene& s) { return s.job("reply"); }, commands_of, Again::same, true},
    {"job reply (a webhook that is away)", reported_to_a_webhook, [](Scene& s) { return s.job("reply"); }, tried, Again::same, true},
    {"job command", late_command, [](Scene& s) { return s.job("command"); },
     [](Scene& s) { return 1 - s.number("SELECT COUNT(*) FROM jobs WHERE kind = 'command' AND payload = ?",
                                        {std::string_view(s.robot.public_id)}); }, Again::same, true},
    {"job result (a webhook that is away)", finished_command, [](Scene& s) { return s.job("result"); }, tried, Again::same, true},
};
// clang-format on

}  // namespace

std::span<const Operation> wecom_operations() { return kOperations; }

}  // namespace hy::test
