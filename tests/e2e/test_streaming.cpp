// Answers that are seen while they are written: partial frames for who talks to the robot, and one message in the end.
#include <boost/test/unit_test.hpp>

#include <atomic>

#include "e2e/stack.h"
#include "json/value.h"
#include "json/writer.h"
#include "support/stand_in.h"
#include "support/wait.h"

namespace hy::test {

namespace {

std::string chunk(const std::string& content, bool last = false) {
    return "data: {\"choices\":[{\"delta\":{\"content\":" + json::quoted(content) + "}" +
           (last ? ",\"finish_reason\":\"stop\"" : "") + "}]}\n\n";
}

// A provider that goes on when it is told to.
class SlowProvider {
public:
    explicit SlowProvider(std::vector<std::string> pieces, bool ends = true)
        : pieces_(std::move(pieces)), ends_(ends), provider_([this](const Asked& asked) { return answer(asked); }) {}
    ~SlowProvider() { allowed_ = 1000; }
    void go_on() { ++allowed_; }
    std::string settings() const {
        return R"({"aiMode":"builtin","aiProvider":"openai","aiModel":"m","aiBaseUrl":")" + provider_.url() +
               R"(/v1","aiApiKey":"sk-mine"})";
    }
    size_t asked() const { return provider_.count(); }

private:
    Told answer(const Asked& asked) {
        if (asked.body.find(R"("stream":true)") == std::string::npos) return {400, "{}"};
        return {.status = 200, .pieces = pieces_, .before = [this](size_t piece) {
                    const auto count = static_cast<int>(piece);
                    if (!ends_ && piece + 1 == pieces_.size()) return false;
                    return eventually([&] { return allowed_ > count; });
                }};
    }
    const std::vector<std::string> pieces_;
    const bool ends_;
    std::atomic<int> allowed_{1};
    StandIn provider_;
};

struct Scene {
    User owner = stack().log_in(), alice = stack().log_in(), bob = stack().log_in();
    Robot robot = stack().new_robot(owner);
    void use(const SlowProvider& provider) const {
        const auto answer = stack().call(owner, "PUT", "/api/robots/" + robot.id, provider.settings());
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(streaming)

BOOST_FIXTURE_TEST_CASE(an_answer_is_seen_as_it_grows_and_stored_once, Scene) {
    SlowProvider provider({chunk("你好"), chunk("，世界"), chunk("！", true) + "data: [DONE]\n\n"});
    use(provider);
    auto hers = stack().user(alice, robot), his = stack().user(bob, robot);
    hers->text(user_says("hi", "c1", "n1"));
    const auto ack = hers->next_json();
    BOOST_TEST(ack.text_or("type") == "ack");
    const auto first = hers->next_json();
    BOOST_TEST(first.text_or("type") == "partial");
    BOOST_TEST(first.text_or("text") == "你好");
    BOOST_TEST(first.text_or("streamId") == ack.text_or("id"));
    BOOST_TEST(first.text_or("conversationId") == "c1");
    BOOST_TEST(first.text_or("robotId") == robot.id);
    // Nothing of it is stored yet.
    BOOST_TEST(other_driver::messages(alice, robot, "c1").size() == 1u);
    provider.go_on();
    provider.go_on();
    auto frame = hers->next_json();
    while (frame.text_or("type") == "partial") {
        BOOST_TEST(frame.text_or("text").starts_with("你好"));
        frame = hers->next_json();
    }
    BOOST_TEST(frame.text_or("sender") == "Robot");
    BOOST_TEST(frame.text_or("text") == "你好，世界！");
    BOOST_TEST(frame.text_or("streamId") == ack.text_or("id"));
    BOOST_TEST(hers->live());
    BOOST_TEST(hers->waiting() == 0u);
    const auto stored = other_driver::messages(alice, robot, "c1");
    BOOST_REQUIRE(stored.size() == 2u);
    BOOST_TEST(stored[1].content.find("你好，世界！") != std::string::npos);
    // Somebody else who talks to the same robot hears nothing of it.
    BOOST_TEST(his->live());
    BOOST_TEST(his->waiting() == 0u);
}

BOOST_FIXTURE_TEST_CASE(what_breaks_off_is_taken_back, Scene) {
    SlowProvider provider({chunk("half a"), chunk(" sentence")}, false);
    use(provider);
    auto hers = stack().user(alice, robot);
    hers->text(user_says("hi", "c1", "n1"));
    BOOST_TEST(hers->next_json().text_or("type") == "ack");
    auto frame = hers->next_json();
    BOOST_TEST(frame.text_or("text") == "half a");
    while (frame.text_or("type") == "partial" && !frame.text_or("text").empty()) frame = hers->next_json();
    BOOST_TEST(frame.text_or("type") == "partial");
    BOOST_TEST(frame.text_or("text") == "");
    BOOST_TEST(provider.asked() == 3u);
    BOOST_TEST(other_driver::messages(alice, robot, "c1").size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(who_cannot_stream_is_asked_without, Scene) {
    const StandIn provider([](const Asked& asked) {
        if (asked.body.find("stream_options") != std::string::npos) return Told{422, R"({"error":"unknown field"})"};
        return Told{200, R"({"choices":[{"message":{"content":"whole"}}]})"};
    });
    const auto set = stack().call(owner, "PUT", "/api/robots/" + robot.id,
                                  R"({"aiMode":"builtin","aiProvider":"openai","aiModel":"m","aiBaseUrl":")" +
                                      provider.url() + R"(/v1","aiApiKey":"sk-mine"})");
    BOOST_REQUIRE(set.status == 200);
    auto hers = stack().user(alice, robot);
    hers->text(user_says("hi", "c1", "n1"));
    BOOST_TEST(hers->next_json().text_or("type") == "ack");
    BOOST_TEST(hers->next_json().text_or("text") == "whole");
    BOOST_TEST(provider.count() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_bench_sees_it_too, Scene) {
    SlowProvider provider({chunk("one"), chunk(" two", true)});
    use(provider);
    const auto post = [&](const std::string& path, const std::string& body) {
        const auto answer = stack().call(owner, "POST", "/api/v1/sandbox/" + path, body);
        BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
        return *answer.json().find("data");
    };
    const std::string key = post("url", "{}").text_or("authKey");
    post("self/bind", R"({"robotId":")" + robot.id + "\"}");
    post("friend/create", R"({"id":"f1","nick":"friend","avatar":"a"})");
    WebSocket page(stack().port, "/sandbox?authorization=" + key);
    BOOST_TEST(page.next_json().text_or("action") == "init");
    // The same account in a talk of the mini-program's hears nothing of its bench.
    auto talk = stack().user(owner, robot);
    const std::string id =
        post("webhook", R"({"subEvent":"friend","contact":{"peer":"f1"},"sender":{"userId":"f1","nick":"F"},)"
                        R"("elements":[{"type":"text","text":"hi"}]})")
            .text_or("messageId");
    BOOST_TEST(page.next_json().text_or("action") == "webhook");
    const auto partial = page.next_json();
    BOOST_TEST(partial.text_or("action") == "partialMsg");
    const auto* param = partial.find("param");
    BOOST_REQUIRE(param);
    BOOST_TEST(param->text_or("text") == "one");
    BOOST_TEST(param->text_or("streamId") == id);
    BOOST_TEST(param->text_or("targetId") == "f1");
    provider.go_on();
    auto frame = page.next_json();
    while (frame.text_or("action") == "partialMsg") frame = page.next_json();
    BOOST_TEST(frame.text_or("action") == "sendMsg");
    BOOST_TEST(frame.find("param")->text_or("streamId") == id);
    BOOST_TEST(talk->live());
    BOOST_TEST(talk->waiting() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
