// A second account against the first: over every endpoint and every frame, nothing of
// alice's can be read, changed, deleted or received by bob. An endpoint without a row here
// fails the test.
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <functional>
#include <map>
#include <set>

#include "base/ids.h"
#include "base/text.h"
#include "e2e/routes.h"
#include "e2e/stack.h"

namespace hy::test {

namespace {

// Whether a device or an agent is there changes by itself.
std::string without_status(std::string body) {
    const size_t at = body.find(R"("status":"online")");
    if (at != std::string::npos) body.replace(at, 17, R"("status":"offline")");
    return body;
}

struct Scene {
    User alice = stack().log_in(), bob = stack().log_in();
    Robot robot = stack().new_robot(alice, "Alices"), bobs_robot = stack().new_robot(bob, "Bobs");
    std::string conversation, file, file_name, command;

    Scene() {
        conversation =
            stack()
                .call(alice, "POST", "/ocms/conversations/", R"({"robot_id":")" + robot.id + R"(","title":"Alices"})")
                .text("id");
        const auto uploaded = stack().upload(alice.headers(), "alice.txt", "text/plain", "alices words");
        file = uploaded.text("file_path");
        file_name = uploaded.text("file_name");
        command =
            stack()
                .call(alice, "POST", "/api/robot/send-message",
                      R"({"robotId":")" + robot.id + R"(","type":"text","titleList":["a"],"content":"alices words"})")
                .json()
                .find("data")
                ->text_or("commandId");
        auto agent = stack().agent(robot);
        auto user = stack().user(alice, robot);
        user->text(user_says("alices words", conversation, "alices-number", file));
        BOOST_REQUIRE(user->next_json().text_or("type") == "ack");
        agent->text(agent_says("a reply to alice", conversation));
        BOOST_REQUIRE(user->next_json().text_or("text") == "a reply to alice");
        // Confirmed, so that it comes to nobody again.
        BOOST_REQUIRE(eventually(
            [&] { return other_driver::unconfirmed(robot) == 0 && other_driver::delivered(alice, robot) == 2; }));
        // And counted, so that her numbers stay.
        BOOST_REQUIRE(eventually([&] {
            return other_driver::number(
                       "SELECT COUNT(*) FROM tallies WHERE robot_id ="
                       " (SELECT id FROM robots WHERE public_id = '" +
                       robot.id + "')") == 0;
        }));
    }

    // All that alice has, as she sees it; links differ by the second and are left out.
    std::string alices_view() const {
        std::string view;
        for (const std::string& path :
             {std::string("/ocms/robots/"), "/ocms/robots/" + robot.id, std::string("/ocms/conversations/"),
              "/ocms/conversations/" + conversation, file, "/api/robots/" + robot.id, std::string("/api/user/info")})
            view += without_status(stack().call(alice, "GET", path).body) + "\n";
        const auto page = stack().call(alice, "GET", "/ocms/chat/history/" + alice.name()).json();
        if (const auto* list = page.find("messages"); list && list->array())
            for (const auto& m : *list->array()) view += m.text_or("id") + " " + m.text_or("text") + "\n";
        return view;
    }
    Answer bob_asks(const std::string& method, const std::string& path, const std::string& body = {}) const {
        return stack().call(bob, method, path, body);
    }
    std::string alices(const std::string& rest) const { return "/ocms/robots/" + robot.id + rest; }
};

// Nothing that is alice's stands in an answer to bob.
bool tells_nothing(const Scene& scene, const Answer& answer) {
    for (const std::string& word :
         {scene.robot.key, scene.conversation, scene.file_name, scene.alice.access, std::string("alices words"),
          std::string("a reply to alice"), std::string("Alices")})
        if (answer.body.find(word) != std::string::npos) return false;
    return true;
}

// A phone that nobody has, with a code that was never sent.
std::string phone() { return R"({"phone":"139)" + random_text(8, "0123456789") + R"(","code":"000000"})"; }

using Attempt = std::function<std::vector<Answer>(const Scene&)>;
struct Row {
    std::set<int> statuses;  // that may be answered
    Attempt attempt;
};

const std::string kOther = R"({"name":"Bobs now","title":"Bobs now","private":true})";

const std::map<std::string, Row> kRows = {
    {"POST /ocms/auth/weapp/token",
     {{200},
      [](const Scene&) {
          const auto answer = http(stack().url, "POST", "/ocms/auth/weapp/token",
                                   {{"Content-Type", "application/json"}}, R"({"code":"e2e-somebody","user_id":"1"})");
          stack().secrets.insert(stack().secrets.end(), {answer.text("access_token"), answer.text("refresh_token")});
          return std::vector{answer};
      }}},
    {"POST /ocms/auth/refresh",
     {{401},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/ocms/auth/refresh", R"({"refresh_token":")" + s.bob.access + "\"}")};
      }}},
    {"POST /ocms/robots/",
     {{200},
      [](const Scene& s) {
          const auto answer =
              s.bob_asks("POST", "/ocms/robots/",
                         R"({"name":"n","robot_id":")" + s.robot.id + R"(","creator_id":")" + s.alice.name() + "\"}");
          BOOST_TEST(answer.text("creator_id") == s.bob.name());
          BOOST_TEST(answer.text("robot_id") != s.robot.id);
          stack().secrets.push_back(answer.text("api_key"));
          return std::vector{answer};
      }}},
    {"GET /ocms/robots/",
     {{200},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", "/ocms/robots/"),
                             s.bob_asks("GET", "/ocms/robots?user_id=" + s.alice.name())};
      }}},
    {"GET /ocms/robots/{robot_id}",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", s.alices("")), s.bob_asks("GET", s.alices("/"))};
      }}},
    {"PUT /ocms/robots/{robot_id}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("PUT", s.alices(""), kOther)}; }}},
    {"DELETE /ocms/robots/{robot_id}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("DELETE", s.alices(""))}; }}},
    {"POST /ocms/robots/{robot_id}/api-key",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("POST", s.alices("/api-key"))}; }}},
    {"POST /ocms/conversations/",
     {{200},
      [](const Scene& s) {
          const auto answer = s.bob_asks("POST", "/ocms/conversations/",
                                         R"({"robot_id":")" + s.robot.id + R"(","user_id":")" + s.alice.name() +
                                             R"(","id":")" + s.conversation + "\"}");
          BOOST_TEST(answer.text("user_id") == s.bob.name());
          return std::vector{answer};
      }}},
    {"GET /ocms/conversations/",
     {{200},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("GET", "/ocms/conversations/"),
              s.bob_asks("GET", "/ocms/conversations/?robot_id=" + s.robot.id + "&user_id=" + s.alice.name())};
      }}},
    {"GET /ocms/conversations/{conversation_id}",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", "/ocms/conversations/" + s.conversation),
                             s.bob_asks("GET", "/ocms/conversations/" + s.conversation + "?robot_id=" + s.robot.id)};
      }}},
    {"PUT /ocms/conversations/{conversation_id}",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("PUT", "/ocms/conversations/" + s.conversation, kOther)}; }}},
    {"DELETE /ocms/conversations/{conversation_id}",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("DELETE", "/ocms/conversations/" + s.conversation)}; }}},
    {"POST /ocms/upload/file",
     {{200},
      [](const Scene& s) {
          const auto answer = stack().upload(s.bob.headers(), s.file_name, "text/plain", "bobs");
          BOOST_TEST(answer.text("file_path") != s.file);
          return std::vector<Answer>{{answer.status}};  // the name is bob's own choice
      }}},
    {"GET /ocms/files/{key}/{name}",
     {{401, 403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", s.file), s.bob_asks("GET", s.file + "?e=99999999999&s=AAAA"),
                             http(stack().url, "GET", s.file, {{"x-api-key", s.bobs_robot.key}}),
                             http(stack().url, "GET", s.file)};
      }}},
    {"GET /ocms/download/file",
     {{401, 403},
      [](const Scene& s) {
          const std::string path = "/ocms/download/file?user_id=" + s.alice.name() + "&file_name=" + s.file_name;
          return std::vector{s.bob_asks("GET", path),
                             http(stack().url, "GET", path, {{"x-api-key", s.bobs_robot.key}})};
      }}},
    {"GET /ocms/chat/history/{user_id}",
     {{403},
      [](const Scene& s) {
          const std::string own = "/ocms/chat/history/" + s.bob.name() + "?conversation_id=";
          return std::vector{s.bob_asks("GET", "/ocms/chat/history/" + s.alice.name()),
                             s.bob_asks("GET", own + s.conversation),
                             s.bob_asks("GET", own + s.conversation + "&robot_id=" + s.robot.id)};
      }}},
    {"DELETE /ocms/chat/history/{user_id}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("DELETE", "/ocms/chat/history/" + s.alice.name())}; }}},
    {"POST /api/user/send-sms",
     {{200}, [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/user/send-sms", phone())}; }}},
    {"POST /api/user/login",
     {{400}, [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/user/login", phone())}; }}},
    {"GET /api/user/info",
     {{200},
      [](const Scene& s) {
          const auto answer = s.bob_asks("GET", "/api/user/info?userId=" + s.alice.name());
          BOOST_TEST(answer.body.find("\"userId\":" + s.bob.name() + ",") != std::string::npos);
          return std::vector{answer};
      }}},
    {"POST /api/user/refresh-token",
     {{401},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/user/refresh-token", R"({"refreshToken":")" + s.bob.access + "\"}")};
      }}},
    {"POST /api/user/bind-phone",
     {{400},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/user/bind-phone",
                                        R"({"phone":"13900000009","code":"0","userId":)" + s.alice.name() + "}")};
      }}},
    {"GET /api/user/export",
     {{200},
      [](const Scene& s) {
          std::vector<Answer> all;
          for (const char* from : {"", "&from=c:0", "&from=f:0", "&from=m:0:0"})
              all.push_back(s.bob_asks("GET", "/api/user/export?userId=" + s.alice.name() + from));
          BOOST_TEST(all[0].body.find("\"userId\":" + s.bob.name() + ",") != std::string::npos);
          return all;
      }}},
    {"POST /api/user/delete",
     {{200},
      [](const Scene& s) {
          // Whoever leaves is whom the token names.
          const User third = stack().log_in();
          return std::vector{stack().call(third, "POST", "/api/user/delete", R"({"userId":)" + s.alice.name() + "}")};
      }}},
    {"GET /api/admin/users/{userId}/export",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/admin/users/" + s.alice.name() + "/export")}; }}},
    {"POST /api/admin/users/{userId}/delete",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/admin/users/" + s.alice.name() + "/delete")};
      }}},
    {"POST /api/robot-ids/activate",
     {{404},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/robot-ids/activate",
                                        R"({"code":"AAAAAAAA","deviceInfo":{"deviceId":")" + s.robot.id + "\"}}")};
      }}},
    {"POST /api/robot/refresh-token",
     {{401},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/robot/refresh-token", R"({"refreshToken":")" + s.bob.refresh + "\"}")};
      }}},
    {"POST /api/robots/claim",
     {{404},
      [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/robots/claim", R"({"code":"AAAAAAAA"})")}; }}},
    {"GET /api/robots",
     {{200},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", "/api/robots"),
                             s.bob_asks("GET", "/api/robots?userId=" + s.alice.name() + "&status=offline")};
      }}},
    {"POST /api/robots",
     {{200},
      [](const Scene& s) {
          const auto answer =
              s.bob_asks("POST", "/api/robots",
                         R"({"name":"n","userId":)" + s.alice.name() + R"(,"robotId":")" + s.robot.id + "\"}");
          BOOST_TEST(answer.body.find(s.robot.id) == std::string::npos);
          return std::vector{answer};
      }}},
    {"GET /api/robots/{robotId}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robots/" + s.robot.id)}; }}},
    {"PUT /api/robots/{robotId}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("PUT", "/api/robots/" + s.robot.id, kOther)}; }}},
    {"DELETE /api/robots/{robotId}",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("DELETE", "/api/robots/" + s.robot.id)}; }}},
    {"POST /api/robots/{robotId}/activation-code",
     {{403},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/robots/" + s.robot.id + "/activation-code", R"({"code":"AAAAAAAA"})")};
      }}},
    {"GET /api/robots/{robotId}/statistics/daily",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("GET", "/api/robots/" + s.robot.id + "/statistics/daily")};
      }}},
    {"POST /api/robots/{robotId}/api-key",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/robots/" + s.robot.id + "/api-key")}; }}},
    {"POST /api/robots/{robotId}/brain/test",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/robots/" + s.robot.id + "/brain/test", R"({"text":"hi"})")};
      }}},
    {"GET /api/robots/{robotId}/commands",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robots/" + s.robot.id + "/commands")}; }}},
    // The command of one robot is none of another's.
    {"POST /api/robots/{robotId}/commands/{commandId}/retry",
     {{403, 404},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/robots/" + s.robot.id + "/commands/" + s.command + "/retry"),
              s.bob_asks("POST", "/api/robots/" + s.bobs_robot.id + "/commands/" + s.command + "/retry")};
      }}},
    {"GET /api/robots/{robotId}/deliveries",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robots/" + s.robot.id + "/deliveries")}; }}},
    {"POST /api/deliveries/{deliveryId}/retry",
     {{404},
      [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/deliveries/dlv_" + s.command + "/retry")}; }}},
    {"GET /api/admin/health",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/admin/health")}; }}},
    {"POST /api/admin/activation-codes",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/admin/activation-codes", R"({"count":1,"validityPeriod":30})")};
      }}},
    {"GET /api/admin/activation-codes",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/admin/activation-codes")}; }}},
    {"POST /api/admin/activation-codes/{code}/disable",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("POST", "/api/admin/activation-codes/AAAAAAAA/disable")}; }}},
    {"POST /api/admin/unbind-device",
     {{403},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/admin/unbind-device", R"({"code":"AAAAAAAA","adminId":)" + s.bob.name() + "}")};
      }}},
    {"GET /api/admin/users",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/admin/users?role=user")}; }}},
    {"POST /api/admin/users/{userId}/disable",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/admin/users/" + s.alice.name() + "/disable")};
      }}},
    {"POST /api/admin/users/{userId}/enable",
     {{403},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/admin/users/" + s.alice.name() + "/enable")};
      }}},
    {"POST /api/robot/messages",
     {{401},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/robot/messages",
                                        R"({"robotId":")" + s.robot.id + R"(","receivedName":"x","roomType":2})")};
      }}},
    {"POST /api/robot/send-message",
     {{403},
      [](const Scene& s) {
          const std::string body =
              R"({"robotId":")" + s.robot.id + R"(","type":"text","titleList":["x"],"content":"x"})";
          return std::vector{
              s.bob_asks("POST", "/api/robot/send-message", body),
              http(stack().url, "POST", "/api/robot/send-message",
                   {{"Authorization", "Bearer " + s.bobs_robot.key}, {"Content-Type", "application/json"}}, body)};
      }}},
    {"GET /api/robot/commands",
     {{401},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robot/commands?robotId=" + s.robot.id)}; }}},
    {"POST /api/robot/command-result",
     {{401},
      [](const Scene& s) {
          return std::vector{s.bob_asks("POST", "/api/robot/command-result",
                                        R"({"robotId":")" + s.robot.id + R"(","commandId":"cmd_1","errorCode":0})")};
      }}},
    {"POST /api/robot/third-party/config",
     {{403},
      [](const Scene& s) {
          return std::vector{
              s.bob_asks("POST", "/api/robot/third-party/config",
                         R"({"robotId":")" + s.robot.id + R"(","messageCallbackUrl":"https://bob.example/x"})")};
      }}},
    {"GET /api/robot/third-party/config/{robotId}",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robot/third-party/config/" + s.robot.id)}; }}},
    {"GET /api/robots/{robotId}/statistics",
     {{403},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/robots/" + s.robot.id + "/statistics")}; }}},
    {"GET /api/user/statistics",
     {{200},
      [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/user/statistics?userId=" + s.alice.name())}; }}},
    {"GET /api/admin/logs",
     {{403}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/api/admin/logs?logType=audit")}; }}},
    {"GET /healthz", {{200}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/healthz")}; }}},
    {"GET /metrics", {{200}, [](const Scene& s) { return std::vector{s.bob_asks("GET", "/metrics")}; }}},
};

std::set<std::string> routes() {
    std::set<std::string> found;
    for (const auto& [method, path] : all_routes())
        // The third to fifth doors' are in test_foreign_wukongim.cpp, test_foreign_openim.cpp and test_foreign_sandbox.cpp.
        if (!path.starts_with("/api/v1/im/") && !path.starts_with("/api/v3/") && !path.starts_with("/openim/") &&
            !path.starts_with("/api/v1/sandbox/"))
            found.insert(method + " " + path);
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(foreign)

BOOST_AUTO_TEST_CASE(every_endpoint) {
    const Scene scene;
    const std::string before = scene.alices_view();
    const auto all = routes();
    BOOST_TEST(all.size() >= 20u);
    for (const auto& [name, row] : kRows) BOOST_TEST(all.contains(name), "no such endpoint any more: " << name);
    for (const auto& name : all) {
        const auto row = kRows.find(name);
        BOOST_TEST((row != kRows.end()), "no row for " << name);
        if (row == kRows.end()) continue;
        BOOST_TEST_CONTEXT(name) {
            for (const auto& answer : row->second.attempt(scene)) {
                BOOST_TEST(row->second.statuses.contains(answer.status), answer.status << " " << answer.body);
                BOOST_TEST(tells_nothing(scene, answer), answer.body);
            }
            BOOST_TEST(scene.alices_view() == before);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_frame) {
    const Scene scene;
    const std::string before = scene.alices_view();
    auto bob = stack().user(scene.bob, scene.robot);
    auto bobs_agent = stack().agent(scene.bobs_robot);
    auto agent = stack().agent(scene.robot);
    // A user's frames: alice's conversation, her file, her number.
    bob->text(user_says("x", scene.conversation));
    BOOST_TEST(bob->next_json().text_or("detail") == "对话不存在");
    bob->text(user_says("x", "", "", scene.file));
    BOOST_TEST(bob->next_json().text_or("detail") == "文件不存在");
    bob->text(user_says("mine", "", "alices-number"));
    BOOST_TEST(bob->next_json().text_or("type") == "ack");
    BOOST_TEST(data(agent->next_json(), "text") == "mine");
    // Who one says to be counts for nothing.
    bob->text(R"({"text":"as alice","sender":"Robot","userId":")" + scene.alice.name() + R"(","user_id":")" +
              scene.alice.name() + R"(","token":"x","robotId":")" + scene.bobs_robot.id + "\"}");
    BOOST_TEST(data(agent->next_json(), "userId") == scene.bob.name());
    bob->text(R"({"type":"message","data":{"text":"as the robot","recipientId":")" + scene.alice.name() + "\"}}");
    bob->text(R"({"op":"confirmed","items":[[1,1]]})");
    bob->text(R"({"type":"check_online"})");
    BOOST_TEST((bob->live() && bob->waiting() == 0u && bobs_agent->waiting() == 0u));
    // An agent's frames, of a robot that alice never wrote to.
    const std::string none = "对话不存在";
    for (const auto& frame :
         {agent_says("x", scene.conversation), agent_says("x", scene.conversation, scene.alice.name()),
          agent_says("x", "", scene.alice.name()), agent_says("x", "default", scene.alice.name())}) {
        bobs_agent->text(frame);
        BOOST_TEST(bobs_agent->next_json().text_or("detail") == none);
    }
    auto own = stack().user(scene.bob, scene.bobs_robot);
    own->text(user_says("hello"));
    BOOST_TEST(data(bobs_agent->next_json(), "text") == "hello");
    bobs_agent->text(agent_says("x", "default", scene.bob.name(), "", scene.file));
    BOOST_TEST(bobs_agent->next_json().text_or("detail") == "文件不存在");
    BOOST_TEST((own->live() && own->waiting() == 0u));
    BOOST_TEST(scene.alices_view() == before);
}

BOOST_AUTO_TEST_CASE(bob_hears_nothing_while_alice_talks) {
    const Scene scene;
    auto agent = stack().agent(scene.robot), bobs_agent = stack().agent(scene.bobs_robot);
    auto alice = stack().user(scene.alice, scene.robot), with_hers = stack().user(scene.bob, scene.robot),
         named = stack().user(scene.bob, scene.robot, "&conversationId=" + scene.conversation),
         with_his = stack().user(scene.bob, scene.bobs_robot);
    for (const std::string& conversation : {std::string("default"), scene.conversation, std::string("conv_new")}) {
        alice->text(user_says("for the robot alone", conversation));
        BOOST_TEST(data(agent->next_json(), "conversationId") == conversation);
        agent->text(agent_says("for alice alone", conversation, scene.alice.name()));
        BOOST_TEST(alice->next_json().text_or("text") == "for alice alone");
    }
    // What comes to bob first is his own.
    with_hers->text(user_says("bob"));
    BOOST_TEST(data(agent->next_json(), "userId") == scene.bob.name());
    agent->text(agent_says("for bob", "default", scene.bob.name()));
    for (auto* stream : {&with_hers, &named}) BOOST_TEST((*stream)->next_json().text_or("text") == "for bob");
    with_his->text(user_says("bob"));
    BOOST_TEST(data(bobs_agent->next_json(), "text") == "bob");
    bobs_agent->text(agent_says("his", "default", scene.bob.name()));
    BOOST_TEST(with_his->next_json().text_or("text") == "his");
    BOOST_TEST((alice->live() && alice->waiting() == 0u));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
