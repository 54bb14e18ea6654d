// The gateway's frames in the document's form.
#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "json/value.h"
#include "wire/openim.h"

using namespace hy;
namespace oim = hy::wire::openim;
using Kind = oim::Decoded::Kind;

namespace {

json::Value value(const std::string& text) {
    const auto parsed = json::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
    return *parsed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_openim_live)

BOOST_AUTO_TEST_CASE(what_a_frame_means) {
    BOOST_TEST(oim::decode(R"({"type":"ping"})").text == R"({"type":"pong"})");
    const auto sent = oim::decode(R"({"reqIdentifier":1001,"token":"t","sendID":"a","operationID":"o","msgIncr":"1",)"
                                  R"("data":{"clientMsgID":"c","recvID":"b"}})");
    BOOST_TEST((sent.kind == Kind::operation && !sent.needs_number));
    const auto op = value(sent.text);
    BOOST_TEST((op.text_or("op") == "send" && op.text_or("client_no") == "c" && op.bool_or("own_no")));
    BOOST_TEST((op.text_or("incr") == "1" && op.text_or("operation") == "o" && op.text_or("token") == "t"));
    BOOST_TEST(op.find("data")->text_or("recvID") == "b");
    const auto numberless = oim::decode(R"({"reqIdentifier":1001,"msgIncr":7,"data":{}})");
    BOOST_TEST((numberless.kind == Kind::operation && numberless.needs_number));
    BOOST_TEST(value(numberless.text).text_or("incr") == "7");
    BOOST_TEST(value(oim::decode(R"({"reqIdentifier":1002,"data":{"seqRanges":[]}})").text).text_or("op") == "pull");
}

BOOST_AUTO_TEST_CASE(what_is_no_frame) {
    for (const char* frame :
         {"", "x", "5", "[]", "null", "\"x\"", "{}", R"({"reqIdentifier":"1001","data":{}})",
          R"({"reqIdentifier":1001})", R"({"reqIdentifier":1001,"data":[]})", R"({"reqIdentifier":1001,"data":"x"})",
          R"({"reqIdentifier":2001,"data":{}})", R"({"reqIdentifier":1001.5,"data":{}})", R"({"type":"pong"})"}) {
        const auto decoded = oim::decode(frame);
        BOOST_TEST((decoded.kind == Kind::answer), frame);
        const auto answer = value(decoded.text);
        BOOST_TEST(answer.int_or("errCode") == 1001, frame);
        BOOST_TEST((answer.find("reqIdentifier") && answer.find("msgIncr") && answer.find("data")), frame);
    }
    const std::string data = R"(,"data":{"recvID":"b"}})";
    for (const char* member : {R"("token":5)", R"("sendID":[])", R"("operationID":1)", R"("msgIncr":1.5)"}) {
        const auto decoded = oim::decode(std::string(R"({"reqIdentifier":1001,)") + member + data);
        BOOST_TEST((decoded.kind == Kind::answer), member);
    }
    // Deeper than a handler's own levels leave room for.
    const auto deep = [](int levels) {
        std::string content = "1";
        for (int i = 0; i < levels; ++i) content = "{\"a\":" + content + "}";
        return oim::decode(R"({"reqIdentifier":1001,"data":{"content":)" + content + "}}").kind;
    };
    BOOST_TEST((deep(18) == Kind::operation));
    BOOST_TEST((deep(20) == Kind::answer));
    BOOST_TEST((deep(28) == Kind::answer));
    // What a client repeats is bounded.
    const std::string longer(5000, 'x');
    BOOST_TEST(oim::decode(R"({"msgIncr":")" + longer + R"(","reqIdentifier":1})").text.size() < 1000);
    BOOST_TEST(oim::decode(R"({"operationID":")" + longer + R"(","reqIdentifier":1001,"data":{}})").text.size() < 1000);
}

BOOST_AUTO_TEST_CASE(a_push_is_as_the_document_shows_it) {
    const auto push = value(
        R"({"v":1,"kind":"message","channel":9,"seq":1,"at":1640995200000,"id":"77","sender":{"type":"account","n":3,)"
        R"("id":"user456","name":"李四","face":"https://example.com/avatar.jpg"},"peers":["user123","user456"],)"
        R"("client_no":"client_msg_456","extra":{"platform":1},"form":"oim:101","raw":")" +
        base64(R"({"content":"收到，谢谢！"})") + R"(","content":{"kind":"text","text":"收到，谢谢！"}})");
    BOOST_TEST(
        oim::encode_push(push).value() ==
        R"({"reqIdentifier":1001,"msgIncr":"","operationID":"","data":{"clientMsgID":"client_msg_456",)"
        R"("serverMsgID":"77","createTime":1640995200000,"sendTime":1640995200000,"sendID":"user456",)"
        R"("recvID":"user123","groupID":"","msgFrom":100,"contentType":101,"platformID":1,)"
        R"("senderNickname":"李四","senderFaceURL":"https://example.com/avatar.jpg","sessionType":1,"msgType":1,)"
        R"("content":"收到，谢谢！","seq":1,"isRead":false,"status":2}})");
}

BOOST_AUTO_TEST_CASE(pushes_of_other_kinds) {
    const auto data = [](const std::string& push) {
        const auto frame = oim::encode_push(value(push));
        BOOST_REQUIRE_MESSAGE(frame.has_value(), push);
        return *value(*frame).find("data");
    };
    // A group's, of another door, with a number of the house's making.
    const auto group = data(R"({"kind":"message","seq":4,"id":"8","group":"g","flags":4,"client_no":"conn:1:1",)"
                            R"("sender":{"id":"a"},"content":{"kind":"text","text":"hi"}})");
    BOOST_TEST((group.text_or("groupID") == "g" && group.text_or("recvID", "?") == ""));
    BOOST_TEST((group.int_or("sessionType") == 3 && group.text_or("clientMsgID") == "8"));
    BOOST_TEST(group.text_or("content") == "hi");
    const auto picture = data(R"({"kind":"message","group":"g","content":{"kind":"image","text":"",)"
                              R"("media":{"url":"https://x/a.png","w":3}}})");
    BOOST_TEST(picture.int_or("contentType") == 102);
    BOOST_TEST(value(picture.text_or("content")).find("sourcePicture")->int_or("width") == 3);
    BOOST_TEST(data(R"({"kind":"message","group":"g","recalled":true,"content":{}})").int_or("contentType") == 2101);
    const auto recall = data(R"({"kind":"event","event":"recall","payload":{"message_seq":3,"id":"7","by_id":"a",)"
                             R"("peers":["a","b"],"client_no":"c","at":5}})");
    BOOST_TEST((recall.int_or("contentType") == 2101 && recall.int_or("seq") == 3 && recall.int_or("status") == 4));
    BOOST_TEST((recall.text_or("recvID") == "b" && recall.text_or("clientMsgID") == "c"));
    for (const char* nothing : {R"({"kind":"event","event":"read","payload":{"channel":1}})", R"({"kind":"gone"})",
                                R"({"kind":"event","event":"recall","payload":{"channel":1}})", "{}", "[]"})
        BOOST_TEST(!oim::encode_push(value(nothing)).has_value(), nothing);
}

BOOST_AUTO_TEST_CASE(answers) {
    BOOST_TEST(oim::encode_out(value(R"({"op":"sent","incr":"1","operation":"o","code":0,"text":"success",)"
                                     R"("data":{"seq":5}})"))
                   .value() == R"({"reqIdentifier":1001,"msgIncr":"1","operationID":"o","errCode":0,)"
                               R"("errMsg":"success","data":{"seq":5}})");
    BOOST_TEST(oim::encode_out(value(R"({"op":"pulled","incr":"1","code":1005,"text":"x"})")).value() ==
               R"({"reqIdentifier":1002,"msgIncr":"1","operationID":"","errCode":1005,"errMsg":"x","data":{}})");
    BOOST_TEST(!oim::encode_out(value(R"({"op":"ack"})")).has_value());
    BOOST_TEST(value(oim::kicked()).int_or("reqIdentifier") == 2002);
}

BOOST_AUTO_TEST_SUITE_END()
