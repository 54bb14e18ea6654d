// WeCom from end to end: the documented flow with each brain, webhooks that fail, devices that come and go.
#include <boost/test/unit_test.hpp>

#include <set>
#include <thread>

#include "auth/crypto.h"
#include "base/encode.h"
#include "base/ids.h"
#include "base/text.h"
#include "e2e/device.h"
#include "e2e/processes.h"
#include "support/stand_in.h"

namespace hy::test {

namespace {

// An AI provider that checks what it is asked.
Told openai(const Asked& asked) {
    const auto body = json::parse(asked.body);
    const auto* messages = body ? body->find("messages") : nullptr;
    const bool fine = asked.method == "POST" && asked.path == "/v1/chat/completions" &&
                      asked.header("authorization") == "Bearer sk-mine" && messages && messages->array() &&
                      body->text_or("model") == "stand-in" && body->find("temperature") && body->int_or("max_tokens");
    if (!fine) return {400, R"({"error":"not as documented"})"};
    const std::string text = messages->array()->back().text_or("content");
    return {200, R"({"choices":[{"message":{"role":"assistant","content":)" + json::quoted("answer to " + text) +
                     R"(}}],"usage":{"prompt_tokens":1000,"completion_tokens":500}})"};
}

std::string ai_settings(const StandIn& provider) {
    return R"({"aiProvider":"openai","aiModel":"stand-in","aiBaseUrl":")" + provider.url() +
           R"(/v1","aiApiKey":"sk-mine"})";
}

std::string webhooks(const Device& device, const StandIn& receiver) {
    return R"({"robotId":")" + device.robot + R"(","messageCallbackUrl":")" + receiver.url() +
           R"(/message","resultCallbackUrl":")" + receiver.url() +
           R"(/result","enableSignature":true,"secretKey":"s3"})";
}

json::Value statistics(const Device& device) {
    return *stack().call(device.owner, "GET", "/api/robots/" + device.robot + "/statistics").json().find("data");
}

std::string command_of(const json::Value& frame, const char* name) {
    const auto* data = frame.find("data");
    const auto* params = data ? data->find("commandParams") : nullptr;
    return params ? params->text_or(name) : "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wecom)

BOOST_AUTO_TEST_CASE(the_documented_flow) {
    const StandIn provider(openai);
    const Device device(stack().log_in());
    BOOST_TEST(device.activated.status == 201);
    BOOST_REQUIRE(device.set(ai_settings(provider)).status == 200);
    auto line = device.connect();
    BOOST_REQUIRE(line->live());
    BOOST_REQUIRE(device.report("营业时间？").status == 200);
    const auto frame = line->next_json();
    BOOST_TEST(frame.text_or("type") == "command");
    BOOST_TEST(data(frame, "commandType") == "send_message");
    BOOST_TEST(command_of(frame, "content") == "answer to 营业时间？");
    BOOST_TEST(device.result(data(frame, "commandId")).status == 200);
    BOOST_TEST(eventually([&] {
        return statistics(device).find("successRate")->number() == 100.0 &&
               statistics(device).int_or("totalAICalls") == 1 && statistics(device).int_or("totalMessages") == 1;
    }));
    const auto mine = stack().call(device.owner, "GET", "/api/user/statistics").json();
    BOOST_TEST(mine.find("data")->find("aiCost")->number().value_or(0) >= 0);
    const auto logs = stack().call(admin(), "GET", "/api/admin/logs?logType=websocket&pageSize=100");
    BOOST_TEST((logs.body.find(device.robot) != std::string::npos));
    BOOST_TEST(provider.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_provider_that_fails_is_asked_again) {
    std::atomic<int> times{0};
    const StandIn provider([&](const Asked& asked) { return ++times <= 2 ? Told{503, "{}"} : openai(asked); });
    const Device device(stack().log_in());
    BOOST_REQUIRE(device.set(ai_settings(provider)).status == 200);
    auto line = device.connect();
    BOOST_REQUIRE(line->live());
    device.report("x");
    BOOST_TEST(command_of(line->next_json(20000), "content") == "answer to x");
    BOOST_TEST(provider.count() == 3u);
}

BOOST_AUTO_TEST_CASE(a_provider_that_refuses_is_not) {
    const StandIn provider([](const Asked&) { return Told{401, R"({"error":"no such key: sk-mine"})"}; });
    const Device device(stack().log_in());
    BOOST_REQUIRE(device.set(ai_settings(provider)).status == 200);
    device.report("x");
    BOOST_TEST(eventually([&] {
        const auto logs = stack().call(admin(), "GET", "/api/admin/logs?logType=ai&pageSize=100").body;
        BOOST_TEST((logs.find("sk-mine") == std::string::npos));
        return logs.find(device.robot) != std::string::npos;
    }));
    BOOST_TEST(provider.count() == 1u);
    BOOST_TEST(device.poll().empty());
}

BOOST_AUTO_TEST_CASE(a_webhook_that_fails_twice) {
    std::atomic<int> messages{0};
    std::mutex mutex;
    std::map<std::string, int> taken;  // delivery: how often it was taken
    std::vector<std::string> wrong;
    const StandIn receiver([&](const Asked& asked) {
        const bool message = asked.path == "/message";
        const std::string mine = to_hex(auth::hmac_sha256("s3", asked.body)), at = asked.header("x-timestamp");
        const std::lock_guard lock(mutex);
        if (asked.header("x-signature") != mine) wrong.push_back("X-Signature");
        if (asked.header("x-signature-2") !=
            "t=" + at + ",v1=" + to_hex(auth::hmac_sha256("s3", at + "." + asked.body)))
            wrong.push_back("X-Signature-2");
        if (asked.header("content-length") != std::to_string(asked.body.size())) wrong.push_back("Content-Length");
        if (message && ++messages <= 2) return messages == 1 ? Told{500, "{}"} : Told{200, R"({"code":1})"};
        ++taken[asked.header("x-delivery-id")];
        return message ? Told{200, R"({"code":0,"data":{"type":5000,"info":{"text":"from the webhook"}}})"} : Told{};
    });
    const Device device(stack().log_in());
    BOOST_REQUIRE(device.set(R"({"aiMode":"third_party"})").status == 200);
    BOOST_REQUIRE(
        stack().call(device.owner, "POST", "/api/robot/third-party/config", webhooks(device, receiver)).status == 200);
    auto line = device.connect();
    BOOST_REQUIRE(line->live());
    // In a group, and not even mentioned: a webhook hears it and decides.
    device.report("你好", "李四", "测试群1", false);
    const auto frame = line->next_json(20000);
    BOOST_TEST(command_of(frame, "content") == "from the webhook");
    device.result(data(frame, "commandId"));
    BOOST_TEST(eventually([&] { return receiver.count() == 4u; }));
    const auto asked = receiver.asked();
    BOOST_REQUIRE(asked.size() == 4u);
    for (int i = 1; i < 3; ++i) {
        BOOST_TEST(asked[static_cast<size_t>(i)].header("x-delivery-id") == asked[0].header("x-delivery-id"));
        BOOST_TEST(asked[static_cast<size_t>(i)].body == asked[0].body);
    }
    const auto body = json::parse(asked[0].body);
    BOOST_TEST(body->text_or("groupName") == "测试群1");
    BOOST_TEST(body->text_or("receivedName") == "李四");
    BOOST_TEST(body->text_or("robotUuid").size() == 36u);
    const auto result = json::parse(asked[3].body);
    BOOST_TEST(asked[3].path == "/result");
    BOOST_TEST(result->text_or("commandId") == data(frame, "commandId"));
    BOOST_TEST(result->int_or("type") == 203);
    BOOST_TEST(result->find("timeCost")->number().value_or(0) == 2.5);
    BOOST_TEST(json::parse(result->text_or("rawMsg"))->text_or("content") == "from the webhook");
    const std::lock_guard lock(mutex);
    BOOST_TEST(wrong.empty());
    BOOST_TEST(taken.size() == 2u);
    for (const auto& [delivery, times] : taken) BOOST_TEST(times == 1, delivery);
}

BOOST_AUTO_TEST_CASE(a_webhook_that_hangs_delays_nobody_else) {
    const StandIn hanging([](const Asked&) { return Told{200, R"({"code":0})", 8000}; });
    const User owner = stack().log_in();
    const Device slow(owner), quick(stack().log_in());
    BOOST_REQUIRE(slow.set(R"({"aiMode":"third_party"})").status == 200);
    BOOST_REQUIRE(stack().call(owner, "POST", "/api/robot/third-party/config", webhooks(slow, hanging)).status == 200);
    auto line = quick.connect();
    BOOST_REQUIRE(line->live());
    for (int i = 0; i < 30; ++i) slow.report("waits " + std::to_string(i));
    BOOST_REQUIRE(eventually([&] { return hanging.count() > 0; }));
    const int64_t from = monotonic_us();
    for (int i = 0; i < 5; ++i) {
        quick.report("now " + std::to_string(i));
        BOOST_TEST(command_of(line->next_json(), "content") == "[echo] now " + std::to_string(i));
    }
    // The first would have waited for two whole patiences of the webhook's (3 s each) otherwise.
    BOOST_TEST(monotonic_us() - from < 5'000'000);
    slow.set(R"({"aiMode":"builtin"})");
}

BOOST_AUTO_TEST_CASE(an_agent_answers_in_wecom) {
    const User owner = stack().log_in();
    const Robot robot = stack().new_robot(owner);
    const std::string code = new_code(admin(), owner.id);
    BOOST_REQUIRE(
        stack()
            .call(owner, "POST", "/api/robots/" + robot.id + "/activation-code", R"({"code":")" + code + "\"}")
            .status == 200);
    const Device device(owner, code, "device-" + robot.id);
    BOOST_TEST(device.activated.status == 201);
    BOOST_TEST(device.robot == robot.id);
    auto agent = stack().agent(robot);
    auto line = device.connect();
    BOOST_REQUIRE(line->live());
    device.report("@雁 你好", "王五", "测试群2");
    const auto heard = agent->next_json();
    BOOST_TEST(data(heard, "text") == "@雁 你好");
    BOOST_TEST(data(heard, "userId").starts_with("wecom_"));
    BOOST_TEST(data(heard, "conversationId").starts_with("wecom_"));
    agent->text(agent_says("你好，王五", data(heard, "conversationId")));
    const auto frame = line->next_json();
    BOOST_TEST(command_of(frame, "content") == "你好，王五");
    const auto* params = frame.find("data")->find("commandParams");
    BOOST_TEST(json::texts(params->find("titleList")).front() == "测试群2");
    BOOST_TEST(json::texts(params->find("atList")).front() == "王五");
    // Without a conversation the recipient decides: the private talk with that contact.
    device.report("只问你", "王五");
    const auto private_one = agent->next_json();
    agent->text(agent_says("只答你", "", data(private_one, "userId")));
    const auto answered = line->next_json();
    BOOST_TEST(command_of(answered, "content") == "只答你");
    BOOST_TEST(json::texts(answered.find("data")->find("commandParams")->find("titleList")).front() == "王五");
    // Not mentioned: nobody is asked. Another robot's agent may not speak here.
    device.report("unter uns", "王五", "测试群2", false);
    const Robot other = stack().new_robot(owner);
    auto stranger = stack().agent(other);
    stranger->text(agent_says("x", data(heard, "conversationId")));
    BOOST_TEST(stranger->next_json().text_or("type") == "error");
    stranger->text(agent_says("x", "", data(private_one, "userId")));
    BOOST_TEST(stranger->next_json().text_or("type") == "error");
    BOOST_TEST((agent->live() && agent->waiting() == 0u));
    BOOST_TEST((line->live() && line->waiting() == 0u));
}

BOOST_AUTO_TEST_CASE(a_brain_answers_at_ocms_too) {
    const User owner = stack().log_in(), user = stack().log_in();
    const Robot robot = stack().new_robot(owner);
    BOOST_REQUIRE(
        stack().call(owner, "PUT", "/api/robots/" + robot.id, R"({"aiMode":"builtin","aiProvider":"echo"})").status ==
        200);
    auto line = stack().user(user, robot);
    line->text(user_says("你好"));
    BOOST_TEST(line->next_json().text_or("text") == "[echo] 你好");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(devices)

BOOST_AUTO_TEST_CASE(who_comes_in) {
    const Device device(stack().log_in()), other(stack().log_in());
    const auto refused = [&](const std::string& query) { return WebSocket(stack().port, "/ws" + query).closed(); };
    BOOST_TEST(refused("").starts_with("4001"));
    BOOST_TEST(refused("?robotId=" + device.robot).starts_with("4001"));
    BOOST_TEST(refused("?token=" + device.token).starts_with("4001"));
    BOOST_TEST(refused("?robotId=" + device.robot + "&token=" + other.token).starts_with("4001"));
    BOOST_TEST(refused("?robotId=" + device.robot + "&token=" + device.refresh).starts_with("4001"));
    BOOST_TEST(refused("?robotId=" + device.robot + "&token=" + device.owner.access).starts_with("4001"));
    auto line = device.connect();
    line->text(R"({"type":"ping"})");
    const auto status = [&] {
        const auto answer = stack().call(device.owner, "GET", "/api/robots/" + device.robot).json();
        return data(answer, "status");
    };
    BOOST_TEST(eventually([&] { return status() == "online"; }));
    // A newer connection takes the older one's place.
    auto newer = device.connect();
    BOOST_TEST(line->closed() == "4000 连接已被替换");
    BOOST_TEST(newer->live());
}

BOOST_AUTO_TEST_CASE(what_ends_a_connection) {
    const User boss = admin();
    const auto post = [&](const std::string& path, const std::string& body = {}) {
        BOOST_REQUIRE(stack().call(boss, "POST", path, body).status == 200);
    };
    const Device disabled(stack().log_in()), unbound(stack().log_in()), banned(stack().log_in()),
        gone(stack().log_in());
    auto a = disabled.connect(), b = unbound.connect(), c = banned.connect(), d = gone.connect();
    for (auto* line : {&a, &b, &c, &d}) BOOST_REQUIRE((*line)->live());
    post("/api/admin/activation-codes/" + disabled.code + "/disable");
    post("/api/admin/unbind-device", R"({"code":")" + unbound.code + R"(","reason":"换机"})");
    post("/api/admin/users/" + banned.owner.name() + "/disable");
    BOOST_REQUIRE(stack().call(gone.owner, "DELETE", "/api/robots/" + gone.robot).status == 200);
    for (auto* line : {&a, &b, &c, &d}) BOOST_TEST((*line)->closed().starts_with("4001"));
    for (const Device* device : {&disabled, &unbound, &banned, &gone}) {
        BOOST_TEST(device->report("still here").status == 401);
        BOOST_TEST(device->connect()->closed().starts_with("4001"));
    }
    post("/api/admin/users/" + banned.owner.name() + "/enable");
}

BOOST_AUTO_TEST_CASE(commands_follow_the_device) {
    const Device device(stack().log_in());
    const std::string first = data(device.send("1").json(), "commandId"),
                      second = data(device.send("2").json(), "commandId");
    const OwnRelay relay("moved" + random_text(6, kLowerDigits));
    auto line = device.connect();
    BOOST_TEST(data(line->next_json(), "commandId") == first);
    BOOST_TEST(data(line->next_json(), "commandId") == second);
    BOOST_TEST(device.poll().empty(), "it has them already");
    device.result(first);
    // On another relay: what has no result comes again, in its order and with the same id.
    auto moved = device.connect(relay.port());
    BOOST_TEST(line->closed().starts_with("4000"));
    BOOST_TEST(data(moved->next_json(), "commandId") == second);
    const std::string third = data(device.send("3").json(), "commandId");
    BOOST_TEST(data(moved->next_json(), "commandId") == third);
    device.result(second, 7);
    // A failure is tried again after a second.
    BOOST_TEST(data(moved->next_json(), "commandId") == second);
    BOOST_TEST((moved->live() && moved->waiting() == 0u));
    moved.reset();
    device.result(second);
    device.result(third);
    BOOST_TEST(device.poll().empty());
}

BOOST_AUTO_TEST_CASE(two_hundred_devices_and_one_code) {
    for (int round = 0; round < 20; ++round) {
        const std::string code = new_code(admin(), 0);
        std::atomic<int> first{0}, refused{0}, other{0};
        std::vector<std::jthread> devices;
        for (int i = 0; i < 200; ++i)
            devices.emplace_back([&, i] {
                const auto answer =
                    http(stack().url, "POST", "/api/robot-ids/activate", {{"Content-Type", "application/json"}},
                         R"({"code":")" + code + R"(","deviceInfo":{"deviceId":"racer-)" + std::to_string(i) + "\"}}");
                ++(answer.status == 201 ? first : answer.status == 409 ? refused : other);
            });
        devices.clear();
        BOOST_TEST(first == 1);
        BOOST_TEST(refused == 199);
        BOOST_TEST(other == 0);
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_reports_while_everything_is_killed) {
    constexpr int kReports = 1000;
    const Device device(stack().log_in());
    std::atomic<bool> done{false};
    std::set<std::string> executed;  // ids, by which a device knows what it has done
    std::map<std::string, int> answers;
    std::jthread worker([&] {
        Stream line;
        while (!done) {
            if (!line) line = device.connect();
            const std::string text = line->next(500);
            if (text.starts_with("closed")) {
                line.reset();
                std::this_thread::sleep_for(std::chrono::milliseconds(100));
                continue;
            }
            const auto frame = json::parse(text).value_or(json::Value{});
            const std::string command = data(frame, "commandId");
            if (command.empty()) continue;
            if (executed.insert(command).second) ++answers[command_of(frame, "content")];
            // Told until it is heard; 404 is no answer that may come.
            while (!done && device.result(command).status != 200)
                std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    });
    const char* const victims[] = {"jobs-replies", "ws-relay", "nats-server", "mariadbd"};
    for (int i = 0; i < kReports; ++i) {
        if (i % 200 == 100) signal_all(victims[i / 200 % 4], SIGKILL);
        // What was not acknowledged is reported again.
        while (device.report("report " + std::to_string(i), "张三", "", true, std::to_string(i)).status != 200)
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    const auto open = [&] {
        return other_driver::number("SELECT COUNT(*) FROM commands WHERE status <> 2 AND robot_id = " +
                                    std::to_string(device.number()));
    };
    const auto all = [&] {
        return other_driver::number("SELECT COUNT(*) FROM commands WHERE robot_id = " +
                                    std::to_string(device.number()));
    };
    BOOST_TEST(eventually([&] { return all() == kReports && open() == 0; }, 120'000));
    done = true;
    worker.join();
    BOOST_TEST(all() == kReports);
    BOOST_TEST(open() == 0);
    BOOST_TEST(answers.size() == static_cast<size_t>(kReports));
    for (const auto& [text, times] : answers) BOOST_TEST(times == 1, text);
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
