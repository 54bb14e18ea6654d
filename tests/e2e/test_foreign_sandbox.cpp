// A second account against the first, at the fifth door: benches are apart. Bob asks for everything that alice has by the
// names that she gave it, and nothing of hers is read, changed or answered. An endpoint without a row here fails the test.
#include <boost/test/unit_test.hpp>
#include <map>

#include "e2e/im_user.h"
#include "e2e/routes.h"
#include "e2e/stack.h"

namespace hy::test {

namespace {

Answer post(const User& who, const std::string& path, const std::string& body) {
    return stack().call(who, "POST", "/api/v1/sandbox/" + path, body);
}
std::string says(const std::string& sub, const std::string& peer, const std::string& sender) {
    return R"({"subEvent":")" + sub + R"(","contact":{"peer":")" + peer + R"("},"sender":{"userId":")" + sender +
           R"("},"elements":[{"type":"text","text":"alices words"}]})";
}

struct Scene {
    User alice = stack().log_in(), bob = stack().log_in();
    Robot robot = stack().new_robot(alice, "Alices");
    std::string message;

    Scene() {
        const auto fine = [&](const std::string& path, const std::string& body) {
            const auto answer = post(alice, path, body);
            BOOST_REQUIRE_MESSAGE(answer.status == 200, path << " " << answer.body);
            return answer;
        };
        fine("friend/create", R"({"id":"af","nick":"alices friend","avatar":"a"})");
        fine("group/create",
             R"({"groupId":"ag","name":"alices group","member":{"userId":"am","name":"alices member"}})");
        message = fine("webhook", says("friend", "af", "af")).json().find("data")->text_or("messageId");
        fine("webhook", says("group", "ag", "am"));
    }
    std::string view() const {
        std::string all;
        for (const auto& [path, body] :
             std::map<std::string, std::string>{{"self", ""},
                                                {"friend/list", ""},
                                                {"group/list", ""},
                                                {"group/member/list", R"({"groupId":"ag"})"},
                                                {"msg/list", R"({"type":"friend","targetId":"af"})"}})
            all += post(alice, path, body).body + "\n";
        return all + post(alice, "msg/list", R"({"type":"group","targetId":"ag"})").body;
    }
};

struct Row {
    int status;
    std::string (*body)(const Scene&);
};
#define HY_BODY(text)                   \
    [](const Scene& s) -> std::string { \
        (void)s;                        \
        return text;                    \
    }
// clang-format off
const std::map<std::string, Row> kRows = {
    {"url", {200, HY_BODY("{}")}},
    {"self", {200, HY_BODY("")}},
    {"self/update", {200, HY_BODY(R"({"nick":"bobs"})")}},
    {"self/bind", {403, HY_BODY(R"({"robotId":")" + s.robot.id + "\"}")}},
    {"friend/create", {200, HY_BODY(R"({"id":"bf","nick":"bobs","avatar":"b"})")}},
    {"friend/list", {200, HY_BODY("")}},
    {"friend/update", {404, HY_BODY(R"({"userId":"af","nick":"x"})")}},
    {"friend/delete", {404, HY_BODY(R"({"id":"af"})")}},
    {"group/create", {200, HY_BODY(R"({"groupId":"bg","name":"bobs"})")}},
    {"group/list", {200, HY_BODY("")}},
    {"group/update", {404, HY_BODY(R"({"groupId":"ag","name":"x"})")}},
    {"group/delete", {404, HY_BODY(R"({"id":"ag"})")}},
    {"group/member/list", {404, HY_BODY(R"({"groupId":"ag"})")}},
    {"group/member/create", {404, HY_BODY(R"({"groupId":"ag","userId":"x"})")}},
    {"group/member/update", {404, HY_BODY(R"({"groupId":"ag","userId":"am","card":"x"})")}},
    {"group/member/delete", {404, HY_BODY(R"({"groupId":"ag","userId":"am"})")}},
    {"webhook", {404, HY_BODY(says("group", "ag", "am"))}},
    {"msg/list", {404, HY_BODY(R"({"type":"group","targetId":"ag"})")}},
    {"msg/recall", {404, HY_BODY(R"({"messageId":")" + s.message + "\"}")}},
};
// clang-format on
#undef HY_BODY

}  // namespace

BOOST_AUTO_TEST_SUITE(foreign)

BOOST_AUTO_TEST_CASE(no_endpoint_of_the_fifth_door_gives_bob_what_is_alices) {
    const Scene scene;
    const std::string before = scene.view();
    BOOST_TEST(before.find("alices words") != std::string::npos);
    for (const auto& route : paths_below("/api/v1/sandbox/")) BOOST_TEST(kRows.contains(route), "no row for " << route);
    for (const auto& [path, row] : kRows) {
        const auto answer = post(scene.bob, path, row.body(scene));
        BOOST_TEST(answer.status == row.status, path << " answered " << answer.body);
        BOOST_TEST(answer.body.find("alices") == std::string::npos, path << " tells " << answer.body);
        BOOST_TEST(post({}, path, row.body(scene)).status == 401);
    }
    BOOST_TEST(scene.view() == before);
}

// Nothing of it comes to the account's connections at other doors.
BOOST_AUTO_TEST_CASE(what_is_said_at_a_bench_stays_there) {
    const Scene scene;
    ImAccount alice{scene.alice, {}};
    alice.uid = stack().call(alice.user, "GET", "/api/v1/im/config").json().find("data")->text_or("uid");
    BOOST_REQUIRE(stack().call(scene.alice, "PUT", "/api/robots/" + scene.robot.id, R"({"aiMode":"builtin"})").status ==
                  200);
    BOOST_REQUIRE(post(scene.alice, "self/bind", R"({"robotId":")" + scene.robot.id + "\"}").status == 200);
    auto ocms = stack().user(scene.alice, scene.robot);
    ImConnection third(alice, stack().port), fourth(alice, stack().port, "d", Speech::openim),
        sdk(alice, stack().port, "pc", Speech::openim_sdk);
    BOOST_REQUIRE((third.connected() && fourth.connected() && sdk.connected()));
    BOOST_REQUIRE(post(scene.alice, "webhook", says("friend", "af", "af")).status == 200);
    BOOST_TEST(eventually([&] {
        return post(scene.alice, "msg/list", R"({"type":"friend","targetId":"af"})").body.find("[echo]") !=
               std::string::npos;
    }));
    const auto nothing = [](const json::Value& frame) { return !frame.object() || frame.object()->empty(); };
    BOOST_TEST((nothing(third.frame(300)) && nothing(fourth.frame(300)) && nothing(sdk.frame(300))));
    BOOST_TEST(ocms->next(300) == "nothing came");
    // They live, and hear what is theirs.
    ocms->text(user_says("hello"));
    BOOST_TEST(ocms->next_json().text_or("text") == "[echo] hello");
}

// A robot answers at its owner's bench: through the pipeline all doors share.
BOOST_AUTO_TEST_CASE(a_bound_robot_answers_and_an_unbound_one_does_not) {
    const Scene scene;
    const auto texts = [&] { return post(scene.alice, "msg/list", R"({"type":"friend","targetId":"af"})").body; };
    BOOST_REQUIRE(stack().call(scene.alice, "PUT", "/api/robots/" + scene.robot.id, R"({"aiMode":"builtin"})").status ==
                  200);
    BOOST_REQUIRE(post(scene.alice, "self/bind", R"({"robotId":")" + scene.robot.id + "\"}").status == 200);
    BOOST_REQUIRE(post(scene.alice, "webhook", says("friend", "af", "af")).status == 200);
    BOOST_TEST(eventually([&] { return texts().find("[echo] alices words") != std::string::npos; }));
    // An agent answers where it is told.
    BOOST_REQUIRE(stack().call(scene.alice, "PUT", "/api/robots/" + scene.robot.id, R"({"aiMode":"agent"})").status ==
                  200);
    auto agent = stack().agent(scene.robot);
    BOOST_REQUIRE(post(scene.alice, "webhook", says("friend", "af", "af")).status == 200);
    const auto asked = agent->next_json();
    const json::Value* data = asked.find("data");
    BOOST_REQUIRE(data);
    BOOST_TEST(data->text_or("text") == "alices words");
    const std::string conversation = data->text_or("conversationId");
    BOOST_TEST(conversation.starts_with("sandbox_"));
    BOOST_TEST(data->text_or("userId").starts_with("sandbox_"));
    agent->text(agent_says("by an agent", conversation));
    BOOST_TEST(eventually([&] { return texts().find("by an agent") != std::string::npos; }));
    // Deleted, it is bound no more.
    BOOST_REQUIRE(stack().call(scene.alice, "DELETE", "/api/robots/" + scene.robot.id, "").status == 200);
    BOOST_TEST(other_driver::number("SELECT COUNT(*) FROM sandboxes WHERE robot_id IS NOT NULL AND account_id = " +
                                    scene.alice.name()) == 0);
    BOOST_TEST(other_driver::house_faults() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
