// The WebSocket of the fifth door: who may hear a bench, and what is heard there.
#include <boost/test/unit_test.hpp>

#include "e2e/processes.h"
#include "e2e/stack.h"
#include "json/value.h"
#include "json/writer.h"
#include "support/stand_in.h"
#include "support/wait.h"

namespace hy::test {

namespace {

Answer post(const User& who, const std::string& path, const std::string& body = {}) {
    return stack().call(who, "POST", "/api/v1/sandbox/" + path, body);
}
std::string key_of(const User& who, const std::string& body = "{}") {
    const auto answer = post(who, "url", body);
    BOOST_REQUIRE(answer.status == 200);
    return answer.json().find("data")->text_or("authKey");
}
const json::Value& param(const json::Value& frame, const char* action) {
    BOOST_TEST(frame.text_or("action") == action);
    const json::Value* found = frame.find("param");
    BOOST_REQUIRE(found);
    return *found;
}

struct Bench {
    User alice = stack().log_in();
    Robot robot = stack().new_robot(alice);
    std::string key = key_of(alice);

    Bench() {
        const auto fine = [&](const Answer& answer) { BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body); };
        fine(stack().call(alice, "PUT", "/api/robots/" + robot.id, R"({"aiMode":"builtin"})"));
        fine(post(alice, "self/bind", R"({"robotId":")" + robot.id + "\"}"));
        fine(post(alice, "friend/create", R"({"id":"f1","nick":"friend","avatar":"a"})"));
    }
    std::string say(const std::string& text) const {
        const auto answer = post(
            alice, "webhook",
            R"({"subEvent":"friend","contact":{"peer":"f1"},"sender":{"userId":"f1","nick":"F"},"elements":[{"type":"text","text":")" +
                text + "\"}]}");
        BOOST_REQUIRE(answer.status == 200);
        return answer.json().find("data")->text_or("messageId");
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox)

BOOST_FIXTURE_TEST_CASE(a_bench_is_heard, Bench) {
    WebSocket page(stack().port, "/sandbox?authorization=" + key),
        other(stack().port, "/sandbox", "Authorization: " + key + "\r\n");
    for (WebSocket* one : {&page, &other}) {
        const auto init = param(one->next_json(), "init");
        BOOST_TEST((init.text_or("userId") == "sandbox" && init.text_or("id") == "sandbox" &&
                    !init.text_or("nick").empty() && init.find("avatar")));
    }
    const std::string id = say("hello");
    std::string answered;
    for (WebSocket* one : {&page, &other}) {
        const auto reported = param(one->next_json(), "webhook");
        BOOST_TEST((reported.text_or("messageId") == id && reported.find("sender")->text_or("nick") == "F"));
        const auto answer = param(one->next_json(), "sendMsg");
        BOOST_TEST(
            (answer.text_or("type") == "friend" && answer.text_or("targetId") == "f1" && answer.int_or("seq") == 2));
        BOOST_TEST(answer.find("elements")->array()->back().text_or("text") == "[echo] hello");
        answered = answer.text_or("messageId");
    }
    BOOST_REQUIRE(post(alice, "msg/recall", R"({"messageId":")" + answered + "\"}").status == 200);
    for (WebSocket* one : {&page, &other})
        BOOST_TEST(param(one->next_json(), "recallMsg").text_or("messageId") == answered);
    BOOST_TEST(page.live());
}

BOOST_FIXTURE_TEST_CASE(each_brain_answers_at_the_bench, Bench) {
    const auto say_and_hear = [&](WebSocket& page, const std::string& text) {
        const std::string id = say(text);
        BOOST_TEST(param(page.next_json(), "webhook").text_or("messageId") == id);
        const auto answer = param(page.next_json(), "sendMsg");
        return answer.find("elements")->array()->back().text_or("text");
    };
    const auto set = [&](const std::string& settings) {
        BOOST_REQUIRE(stack().call(alice, "PUT", "/api/robots/" + robot.id, settings).status == 200);
    };
    WebSocket page(stack().port, "/sandbox?authorization=" + key);
    BOOST_TEST(param(page.next_json(), "init").text_or("robotId") == robot.id);

    const StandIn provider([](const Asked& asked) {
        const auto body = json::parse(asked.body);
        const std::string text = body->find("messages")->array()->back().text_or("content");
        return Told{200, R"({"choices":[{"message":{"role":"assistant","content":)" + json::quoted("AI: " + text) +
                             R"(}}],"usage":{"prompt_tokens":10,"completion_tokens":5}})"};
    });
    set(R"({"aiProvider":"openai","aiModel":"m","aiBaseUrl":")" + provider.url() + R"(/v1","aiApiKey":"sk-mine"})");
    BOOST_TEST(say_and_hear(page, "one") == "AI: one");

    const StandIn webhook([](const Asked& asked) {
        const auto body = json::parse(asked.body);
        return Told{200, R"({"code":0,"data":{"type":5000,"info":{"text":)" +
                             json::quoted("hook: " + body->text_or("spoken") + " of " + body->text_or("receivedName")) +
                             "}}}"};
    });
    set(R"({"aiMode":"third_party"})");
    BOOST_REQUIRE(stack()
                      .call(alice, "POST", "/api/robot/third-party/config",
                            R"({"robotId":")" + robot.id + R"(","messageCallbackUrl":")" + webhook.url() + "\"}")
                      .status == 200);
    BOOST_TEST(say_and_hear(page, "two") == "hook: two of friend");

    set(R"({"aiMode":"agent"})");
    auto agent = stack().agent(robot);
    const std::string id = say("three");
    BOOST_TEST(param(page.next_json(), "webhook").text_or("messageId") == id);
    const auto asked = agent->next_json();
    BOOST_TEST(data(asked, "text") == "three");
    agent->text(agent_says("agent: three", data(asked, "conversationId")));
    BOOST_TEST(param(page.next_json(), "sendMsg").find("elements")->array()->back().text_or("text") == "agent: three");

    // Without a conversation the recipient decides.
    agent->text(agent_says("agent: more", "", data(asked, "userId")));
    BOOST_TEST(param(page.next_json(), "sendMsg").find("elements")->array()->back().text_or("text") == "agent: more");

    // All three talks count, once each; so do the four answers.
    BOOST_TEST(eventually([&] {
        const auto found = stack().call(alice, "GET", "/api/robots/" + robot.id + "/statistics").json();
        return found.find("data")->int_or("totalMessages") == 3 && found.find("data")->int_or("totalAICalls") == 4;
    }));
}

BOOST_FIXTURE_TEST_CASE(nobody_answers_at_a_bench_without_a_robot, Bench) {
    WebSocket page(stack().port, "/sandbox?authorization=" + key);
    param(page.next_json(), "init");
    BOOST_REQUIRE(post(alice, "self/bind", R"({"robotId":""})").status == 200);
    say("anybody there?");
    param(page.next_json(), "webhook");
    BOOST_TEST(page.next(500) == "nothing came");
    // An agent is not given what was said at a bench that it left.
    BOOST_REQUIRE(stack().call(alice, "PUT", "/api/robots/" + robot.id, R"({"aiMode":"agent"})").status == 200);
    BOOST_REQUIRE(post(alice, "self/bind", R"({"robotId":")" + robot.id + "\"}").status == 200);
    say("for an agent");
    BOOST_REQUIRE(post(alice, "self/bind", R"({"robotId":""})").status == 200);
    auto agent = stack().agent(robot);
    BOOST_TEST(agent->next(300) == "nothing came");
    BOOST_TEST(other_driver::house_faults() == "");
}

BOOST_FIXTURE_TEST_CASE(who_has_no_key_hears_nothing, Bench) {
    const User bob = stack().log_in();
    for (const std::string& target :
         {std::string("/sandbox"), std::string("/sandbox?authorization=x"), "/sandbox?authorization=" + alice.access,
          "/sandbox?authorization=" + key + "x"}) {
        WebSocket nobody(stack().port, target);
        BOOST_TEST(nobody.closed() == "1008 鉴权失败", target.substr(0, 30));
    }
    WebSocket mine(stack().port, "/sandbox?authorization=" + key),
        bobs(stack().port, "/sandbox?authorization=" + key_of(bob));
    param(mine.next_json(), "init"), param(bobs.next_json(), "init");
    say("for alice alone");
    param(mine.next_json(), "webhook");
    BOOST_TEST(bobs.next(300) == "nothing came");
    // Another key: the old one is good for nothing, whoever came in with it is out.
    const std::string fresh = key_of(alice, R"({"renew":true})");
    BOOST_TEST(fresh != key);
    for (;;) {
        const std::string frame = mine.next();
        if (frame.starts_with("closed")) break;
        BOOST_REQUIRE(frame != "nothing came");
    }
    BOOST_TEST(mine.closed() == "1008 鉴权失败");
    WebSocket old(stack().port, "/sandbox?authorization=" + key), now(stack().port, "/sandbox?authorization=" + fresh);
    BOOST_TEST(old.closed() == "1008 鉴权失败");
    param(now.next_json(), "init");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
