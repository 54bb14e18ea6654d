// The ocms codec: what frames mean, and how pushes read.
#include <boost/test/unit_test.hpp>

#include "wire/ocms.h"

using namespace hy::wire::ocms;

namespace {
struct Row {
    const char* frame;
    Decoded::Kind kind;
    const char* text;
    bool needs_number = false;
};
constexpr auto kOp = Decoded::Kind::operation;
constexpr auto kAnswer = Decoded::Kind::answer;
constexpr auto kIgnored = Decoded::Kind::ignored;

void check(const Row& row, Role role) {
    const Decoded decoded = decode(row.frame, role);
    BOOST_TEST((decoded.kind == row.kind), row.frame);
    BOOST_TEST(decoded.text == row.text);
    BOOST_TEST(decoded.needs_number == row.needs_number);
}

std::string push(const char* sender, const char* id, const char* content) {
    return std::string(R"({"v":1,"kind":"message","channel":12,"seq":7,"id":"71","sender":{"type":")") + sender +
           R"(","n":3,"id":")" + id + R"("},"conversation":"conv_001","user":"3","content":)" + content + "}";
}
std::string encoded(const std::string& push, Role role) {
    return encode_push(*hy::json::parse(push), role, "robot_001").value_or("nothing");
}
std::string out(const char* operation) { return encode_out(*hy::json::parse(operation)).value_or("nothing"); }
}  // namespace

BOOST_AUTO_TEST_SUITE(wire_ocms)

BOOST_AUTO_TEST_CASE(an_answer_that_grows) {
    const std::string partial =
        R"({"v":1,"kind":"partial","stream":"70","robot":"robot_001","conversation":"c1","text":"你"})";
    BOOST_TEST(encoded(partial, Role::user) ==
               R"({"type":"partial","streamId":"msg_70","text":"你","robotId":"robot_001","conversationId":"c1"})");
    BOOST_TEST(encoded(partial, Role::agent) == "nothing");
    // At a test bench it is not the talk's.
    BOOST_TEST(encoded(partial.substr(0, partial.size() - 1) + R"(,"bench":{"type":"friend","id":"f"}})", Role::user) ==
               "nothing");
    std::string last = push("robot", "robot_001", R"({"text":"你好"})");
    last.insert(last.size() - 1, R"(,"client_no":"reply:70")");
    BOOST_TEST(encoded(last, Role::user).ends_with(R"("id":"msg_71","streamId":"msg_70"})"));
}

BOOST_AUTO_TEST_CASE(users_frames) {
    const Row rows[] = {
        {R"({"text":"你好","conversationId":"conv_001"})", kOp,
         R"({"op":"say","text":"你好","conversation":"conv_001"})", true},
        {R"({"text":"a","clientMsgId":"m"})", kOp, R"({"op":"say","text":"a","client_no":"m","own_no":true})"},
        {R"({"filePath":"/f","mediaType":"image"})", kOp, R"({"op":"say","file":"/f","media_type":"image","text":""})",
         true},
        {"hello", kOp, R"({"op":"say","text":"hello"})", true},
        {"{broken", kOp, R"({"op":"say","text":"{broken"})", true},
        {"123", kOp, R"({"op":"say","text":"123"})", true},
        {"[1]", kOp, R"({"op":"say","text":"[1]"})", true},
        {R"({"type":"ping"})", kAnswer, R"({"type":"pong"})"},
        {R"({"type":"check_online"})", kOp, R"({"op":"check_online"})"},
        {R"({"other":1})", kIgnored, ""},
        {R"({"text":"","filePath":null})", kIgnored, ""},
        {"{}", kIgnored, ""},
        {"", kIgnored, ""},
        {R"({"text":5})", kAnswer, R"({"type":"error","detail":"/text 应为字符串"})"},
        {R"({"text":"a","clientMsgId":[]})", kAnswer, R"({"type":"error","detail":"/clientMsgId 应为字符串"})"},
    };
    for (const Row& row : rows) check(row, Role::user);
}

BOOST_AUTO_TEST_CASE(agents_frames) {
    const Row rows[] = {
        {R"({"type":"message","data":{"text":"a","conversationId":"c","recipientId":"3"}})", kOp,
         R"({"op":"say","text":"a","conversation":"c","to":"3"})", true},
        {R"({"type":"message","data":{"text":"a","to":3}})", kOp, R"({"op":"say","text":"a","to":"3"})", true},
        {R"({"type":"message","data":{"mediaUrl":"http://x/y","mediaType":"image","clientMsgId":"m"}})", kOp,
         R"({"op":"say","media_url":"http://x/y","media_type":"image","text":"","client_no":"m","own_no":true})"},
        {R"({"type":"ping"})", kAnswer, R"({"type":"pong"})"},
        {R"({"type":"message"})", kAnswer, R"({"type":"error","detail":"/data 应为对象"})"},
        {R"({"type":"message","data":{"text":[]}})", kAnswer, R"({"type":"error","detail":"/data/text 应为字符串"})"},
        {R"({"type":"message","data":{}})", kIgnored, ""},
        {R"({"type":"other"})", kIgnored, ""},
        {"hello", kAnswer, R"({"type":"error","detail":"消息应为 JSON 对象"})"},
    };
    for (const Row& row : rows) check(row, Role::agent);
}

BOOST_AUTO_TEST_CASE(pushes_by_reader) {
    const std::string text = R"({"kind":"text","text":"你好"})";
    const std::string image = R"({"kind":"image","text":"","media":{"url":"http://h/f","mime":"image/png"}})";
    BOOST_TEST(encoded(push("robot", "robot_001", text.c_str()), Role::user) ==
               R"({"sender":"Robot","robotId":"robot_001","text":"你好","conversationId":"conv_001","id":"msg_71"})");
    BOOST_TEST(encoded(push("robot", "robot_001", image.c_str()), Role::user) ==
               R"({"sender":"Robot","robotId":"robot_001","text":"","mediaUrl":"http://h/f","mediaType":"image/png",)"
               R"("conversationId":"conv_001","id":"msg_71"})");
    BOOST_TEST(encoded(push("account", "u", text.c_str()), Role::agent) ==
               R"({"type":"message","data":{"userId":"3","text":"你好","conversationId":"conv_001","id":"msg_71"}})");
    BOOST_TEST(encoded(push("account", "u", image.c_str()), Role::agent) ==
               R"({"type":"message","data":{"userId":"3","text":"","conversationId":"conv_001","id":"msg_71",)"
               R"("filePath":"http://h/f","mediaType":"image/png"}})");
    // What somebody else said is not a user's to see here, nor a robot's own words the agent's.
    BOOST_TEST(encoded(push("account", "u", text.c_str()), Role::user) == "nothing");
    BOOST_TEST(encoded(push("robot", "robot_002", text.c_str()), Role::user) == "nothing");
    BOOST_TEST(encoded(push("robot", "robot_001", text.c_str()), Role::agent) == "nothing");
    BOOST_TEST(encoded(R"({"v":1,"kind":"event","event":{}})", Role::user) == "nothing");
}

BOOST_AUTO_TEST_CASE(answers) {
    BOOST_TEST(out(R"({"op":"ack","client_no":"m","id":"msg_7"})") ==
               R"({"type":"ack","clientMsgId":"m","id":"msg_7"})");
    BOOST_TEST(out(R"({"op":"error","detail":"对话不存在"})") == R"({"type":"error","detail":"对话不存在"})");
    BOOST_TEST(out(R"({"op":"robot_offline"})") ==
               R"({"sender":"系统","text":"机器人不在线，消息已保存，上线后会收到","error":"robot_offline"})");
    BOOST_TEST(out(R"({"op":"unheard_of"})") == "nothing");
}

BOOST_AUTO_TEST_SUITE_END()
