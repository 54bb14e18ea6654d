// Who is let in to /ocms/v1/stream and who is not, and what becomes of every kind of frame.
#include <boost/test/unit_test.hpp>

#include "base/ids.h"
#include "e2e/stack.h"

namespace hy::test {

namespace {

int64_t stored(const User& user) {
    return stack().call(user, "GET", "/ocms/chat/history/" + user.name()).json().int_or("total", -1);
}

const std::string kPng("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0", 29);

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

BOOST_AUTO_TEST_CASE(who_is_let_in) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice), secret = stack().new_robot(alice);
    BOOST_TEST(stack().call(alice, "PUT", "/ocms/robots/" + secret.id, R"({"private":true})").status == 200);
    const std::string no_key = "1008 无效的 API Key", no_robot = "1008 缺少 robotId 参数",
                      no_token = "1008 无效的 Token", nobody = "1008 缺少身份信息", unknown = "1008 机器人不存在", in;
    const struct {
        std::string query, headers, closed;
    } rows[] = {
        {"?token=" + alice.access + "&robotId=" + robot.id, "", in},
        {"?token=" + alice.access + "&robot_id=" + robot.id, "", in},
        {"?robotId=" + robot.id, "Authorization: Bearer " + alice.access + "\r\n", in},
        {"?robot_id=" + robot.id, "authorization: bearer " + alice.access + "\r\n", in},
        {"?token=" + bob.access + "&robotId=" + robot.id, "", in},
        {"?token=" + alice.access + "&robotId=" + secret.id, "", in},
        {"?apiKey=" + robot.key, "", in},
        {"?api_key=" + robot.key, "", in},
        {"", "x-api-key: " + robot.key + "\r\n", in},
        {"?robotId=" + robot.id, "X-API-Key: " + robot.key + "\r\n", in},
        {"", "", nobody},
        {"?robotId=" + robot.id, "", nobody},
        {"?token=&apiKey=", "", nobody},
        {"?robotId=" + robot.id, "Authorization: Basic " + alice.access + "\r\n", nobody},
        {"?token=" + alice.access, "", no_robot},
        {"?token=" + alice.access + "&robotId=", "", no_robot},
        {"?token=nonsense&robotId=" + robot.id, "", no_token},
        {"?token=" + alice.access + "x&robotId=" + robot.id, "", no_token},
        {"?token=" + alice.refresh + "&robotId=" + robot.id, "", no_token},
        {"?token=" + robot.key + "&robotId=" + robot.id, "", no_token},
        {"?robotId=" + robot.id, "Authorization: Bearer nonsense\r\n", no_token},
        {"?apiKey=sk-api-nonsense", "", no_key},
        {"?apiKey=" + alice.access, "", no_key},
        {"", "x-api-key: nonsense\r\n", no_key},
        {"?token=" + alice.access + "&robotId=robot_1_nothere1", "", unknown},
        {"?token=" + bob.access + "&robotId=" + secret.id, "", unknown},
    };
    for (const auto& row : rows) {
        auto stream = stack().stream(row.query, row.headers);
        BOOST_TEST_CONTEXT(row.query << " " << row.headers) {
            BOOST_TEST(stream->status() == 101);
            if (row.closed.empty()) BOOST_TEST(stream->live());
            else BOOST_TEST(stream->closed() == row.closed);
        }
    }
}

BOOST_AUTO_TEST_CASE(frames_of_a_user) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    user->text(R"({"type":"check_online"})");
    BOOST_TEST(user->next_json().text_or("error") == "robot_offline");
    auto agent = stack().agent(robot);
    user->text(R"({"type":"check_online"})");
    for (const char* ignored :
         {R"({})", R"({"foo":1})", R"({"text":""})", R"({"type":"x"})", R"({"conversationId":"c"})"})
        user->text(ignored);
    BOOST_TEST((user->live() && agent->live()));
    BOOST_TEST(user->waiting() + agent->waiting() == 0u);
    BOOST_TEST(stored(alice) == 0);
    for (const std::string plain : {"just words", "12", "[1]", R"({"text":)", "\"quoted\""}) {
        user->text(plain);
        const auto heard = agent->next_json();
        BOOST_TEST(data(heard, "text") == plain);
        BOOST_TEST(data(heard, "conversationId") == "default");
        BOOST_TEST(data(heard, "userId") == alice.name());
        BOOST_TEST(data(heard, "id").starts_with("msg_"));
    }
    user->text(R"({"text":7})");
    BOOST_TEST(user->next_json().text_or("type") == "error");
    user->text(user_says(std::string((64 << 10) + 1, 'x')));
    BOOST_TEST(user->next_json().text_or("detail") == "消息过长");
    BOOST_TEST(stored(alice) == 5);
}

BOOST_AUTO_TEST_CASE(frames_of_an_agent) {
    const User alice = stack().log_in(), stranger = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    auto agent = stack().agent(robot);
    user->text(user_says("hallo", "conv_001"));
    BOOST_TEST(data(agent->next_json(), "conversationId") == "conv_001");
    for (const char* ignored :
         {R"({})", R"({"type":"x"})", R"({"type":"message","data":{}})", R"({"type":"check_online"})"})
        agent->text(ignored);
    BOOST_TEST((agent->live() && agent->waiting() == 0u));
    const std::string missing = R"({"type":"error","detail":"对话不存在"})";
    agent->text(agent_says("x", "", stranger.name()));
    BOOST_TEST(agent->next() == missing);
    agent->text(agent_says("x", "conv_nothere"));
    BOOST_TEST(agent->next() == missing);
    for (const char* wrong : {"plain", R"({"type":"message"})", R"({"type":"message","data":{"text":1}})"}) {
        agent->text(wrong);
        BOOST_TEST(agent->next_json().text_or("type") == "error");
    }
    agent->text(agent_says("x", "conv_001", "", "", "file:///etc/passwd"));
    BOOST_TEST(agent->next_json().text_or("detail") == "mediaUrl 无效");
    BOOST_TEST(stored(stranger) == 0);
    // By conversation, by recipientId, by `to` as text and as a number.
    agent->text(agent_says("1", "conv_001"));
    agent->text(agent_says("2", "", alice.name()));
    agent->text(R"({"type":"message","data":{"text":"3","to":")" + alice.name() + R"("}})");
    agent->text(R"({"type":"message","data":{"text":"4","to":)" + alice.name() + "}}");
    for (const std::string text : {"1", "2", "3", "4"}) {
        const auto reply = user->next_json();
        BOOST_TEST(reply.text_or("text") == text);
        BOOST_TEST(reply.text_or("conversationId") == "conv_001");
    }
    agent->text(agent_says("5", "conv_001", "", "", "https://example.org/a.png"));
    BOOST_TEST(user->next_json().text_or("mediaUrl") == "https://example.org/a.png");
}

BOOST_AUTO_TEST_CASE(files_travel_as_links_that_work) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    auto agent = stack().agent(robot);
    const auto own = stack().upload(alice.headers(), "a.png", "image/png", kPng);
    BOOST_REQUIRE_MESSAGE(own.status == 200, own.body);
    const auto foreign = stack().upload(bob.headers(), "b.txt", "text/plain", "bobs");
    BOOST_REQUIRE_MESSAGE(foreign.status == 200, foreign.body);
    for (const std::string& path : {foreign.text("file_path"), foreign.text("url"),
                                    std::string("/ocms/files/none/a.png"), std::string("/etc/passwd")}) {
        user->text(user_says("x", "", "", path));
        BOOST_TEST(user->next() == R"({"type":"error","detail":"文件不存在"})");
    }
    for (const std::string& path : {own.text("file_path"), own.text("url")}) {
        user->text(user_says("", "", "", path));
        const auto heard = agent->next_json();
        BOOST_TEST(data(heard, "mediaType") == "image/png");
        const auto file = http(stack().url, "GET", path_of(data(heard, "filePath")));
        BOOST_TEST(file.status == 200);
        BOOST_TEST((file.body == kPng));
    }
    const auto made = stack().upload({{"x-api-key", robot.key}}, "report.txt", "text/plain", "from the agent");
    BOOST_REQUIRE_MESSAGE(made.status == 200, made.body);
    for (const std::string& path : {made.text("file_path"), made.text("url")}) {
        agent->text(agent_says("here", "default", alice.name(), "", path));
        const auto link = user->next_json().text_or("mediaUrl");
        BOOST_TEST(link.starts_with(stack().config.public_url));
        const auto file = http(stack().url, "GET", path_of(link));
        BOOST_TEST(file.status == 200);
        BOOST_TEST(file.body == "from the agent");
        BOOST_TEST(http(stack().url, "GET", path_of(link) + "0").status == 401);
    }
    // Without a link, only who may.
    const std::string path = own.text("file_path");
    BOOST_TEST(http(stack().url, "GET", path).status == 401);
    BOOST_TEST(stack().call(alice, "GET", path).status == 200);
    BOOST_TEST(stack().call(bob, "GET", path).status == 403);
    BOOST_TEST(http(stack().url, "GET", path, {{"x-api-key", robot.key}}).status == 200);
}

BOOST_AUTO_TEST_CASE(which_conversation_a_frame_means) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    const auto make = [&](const User& user) {
        return stack().call(user, "POST", "/ocms/conversations/", R"({"robot_id":")" + robot.id + "\"}").text("id");
    };
    const std::string alices = make(alice), bobs = make(bob);
    auto agent = stack().agent(robot);
    const struct {
        std::string url, frame, heard;
    } rows[] = {{"", "", "default"},
                {"", alices, alices},
                {"", "conv_001", "conv_001"},
                {"&conversationId=" + alices, "", alices},
                {"&conversation_id=" + alices, "", alices},
                {"&conversationId=" + alices, "default", "default"},
                {"&conversationId=conv_002", "conv_003", "conv_003"},
                {"&conversationId=conv_004", "", "conv_004"}};
    for (const auto& row : rows) {
        auto user = stack().user(alice, robot, row.url);
        user->text(user_says("x", row.frame));
        BOOST_TEST(data(agent->next_json(), "conversationId") == row.heard);
    }
    const int64_t before = stored(alice);
    auto user = stack().user(alice, robot);
    for (const std::string& id : {bobs, "conv_" + random_text(16, kLowerDigits)}) {
        user->text(user_says("x", id));
        if (id == bobs) BOOST_TEST(user->next() == R"({"type":"error","detail":"对话不存在"})");
    }
    auto on_foreign = stack().user(alice, robot, "&conversationId=" + bobs);
    on_foreign->text(user_says("x"));
    BOOST_TEST(on_foreign->next() == R"({"type":"error","detail":"对话不存在"})");
    BOOST_TEST((user->live() && stored(alice) == before + 1));
    BOOST_TEST(stored(bob) == 0);
    BOOST_TEST(other_driver::messages(bob, robot, bobs).empty());
}

// The house chooses the talk when an agent names none; a repeat is the same message all the same.
BOOST_AUTO_TEST_CASE(a_repeat_is_the_same_message_wherever_the_user_is_by_now) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    auto user = stack().user(alice, robot);
    user->text(user_says("one"));
    BOOST_TEST(data(agent->next_json(), "text") == "one");
    const std::string reply = agent_says("answer", {}, alice.name(), "r1");
    agent->text(reply);
    const std::string id = agent->next_json().text_or("id");
    BOOST_TEST(user->next_json().text_or("conversationId") == "default");
    user->text(user_says("two", "elsewhere"));
    BOOST_TEST(data(agent->next_json(), "text") == "two");
    agent->text(reply);
    const auto again = agent->next_json();
    BOOST_TEST(again.text_or("type") == "ack");
    BOOST_TEST(again.text_or("id") == id);
    BOOST_TEST(stored(alice) == 3);
}

BOOST_AUTO_TEST_CASE(streams_of_one_account_are_bounded) {
    const User alice = stack().log_in(), bob = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    std::vector<Stream> streams;
    for (int64_t i = 0; i < stack().config.limits.connections_per_account; ++i) {
        streams.push_back(stack().user(alice, robot));
        BOOST_REQUIRE(streams.back()->live());
    }
    const std::string query = "?robotId=" + robot.id + "&token=";
    BOOST_TEST(stack().stream(query + alice.access)->closed() == "1008 连接数过多");
    BOOST_TEST(stack().stream(query + bob.access)->live());
    streams.pop_back();
    BOOST_TEST(eventually([&] { return stack().stream(query + alice.access)->live(1000); }));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
