// What the sandbox's WebSocket says of pushes.
#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "wire/sandbox.h"

namespace json = hy::json;

namespace {

constexpr const char* kBench = R"("bench":{"type":"group","id":"g1","name":"group","nick":"Bot","sex":"female"})";

json::Value said(const std::string& push, const char* action) {
    const auto text = hy::wire::sandbox::encode_push(json::parse(push).value());
    BOOST_REQUIRE(text);
    const auto value = json::parse(*text);
    BOOST_REQUIRE(value);
    BOOST_TEST(value->text_or("action") == action);
    return *value->find("param");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_sandbox)

BOOST_AUTO_TEST_CASE(what_the_robot_says) {
    const auto p = said(
        std::string(
            R"({"kind":"message","id":"17","seq":3,"at":5,"sender":{"type":"robot","n":1,"id":"robot_1","name":"x"},)") +
            kBench + R"(,"content":{"kind":"image","text":"look","media":{"url":"https://x/a.jpg","name":"a"}}})",
        "sendMsg");
    BOOST_TEST((p.text_or("type") == "group" && p.text_or("targetId") == "g1" && p.int_or("seq") == 3 &&
                p.int_or("time") == 5));
    BOOST_TEST((p.text_or("messageId") == "17" && p.text_or("selfId") == "sandbox"));
    BOOST_TEST((p.find("sender")->text_or("userId") == "sandbox" && p.find("sender")->text_or("nick") == "Bot"));
    BOOST_TEST((p.find("contact")->text_or("scene") == "group" && p.find("contact")->text_or("name") == "group"));
    const auto& elements = *p.find("elements")->array();
    BOOST_TEST((elements.size() == 2u && elements[0].text_or("file") == "https://x/a.jpg" &&
                elements[1].text_or("text") == "look"));
}

BOOST_AUTO_TEST_CASE(what_was_reported) {
    const std::string raw = R"({"elements":[{"type":"dice","n":3}],"contact":{},"sender":{"userId":"m1","card":"c"}})";
    const auto p = said(
        std::string(
            R"({"kind":"message","id":"17","seq":3,"at":5,"sender":{"type":"guest","n":1,"id":"m1","name":"M"},)") +
            kBench + R"(,"form":"seg","raw":")" + hy::base64(raw) + R"(","content":{"kind":"custom","text":""}})",
        "webhook");
    BOOST_TEST((p.int_or("messageSeq") == 3 && !p.find("targetId")));
    BOOST_TEST(p.find("elements")->array()->front().int_or("n") == 3);
    BOOST_TEST(p.find("sender")->text_or("card") == "c");
    BOOST_TEST(p.find("rawEvent")->find("elements"));
    const auto gone = said(
        std::string(
            R"({"kind":"message","id":"17","seq":3,"at":5,"recalled":true,"sender":{"type":"guest","n":1,"id":"m1","name":"M"},)") +
            kBench + R"(,"content":{"kind":"text","text":""}})",
        "webhook");
    BOOST_TEST((gone.bool_or("recalled") && gone.find("elements")->array()->empty()));
}

BOOST_AUTO_TEST_CASE(what_else_it_says_and_what_not) {
    BOOST_TEST(
        said(R"({"kind":"event","event":"sandbox.recall","payload":{"id":"17"}})", "recallMsg").text_or("messageId") ==
        "17");
    BOOST_TEST(said(R"({"kind":"bench","payload":{"id":"sandbox","name":"Bot"}})", "init").text_or("name") == "Bot");
    for (const char* push : {R"({"kind":"message","sender":{"type":"robot"}})", R"({"kind":"message","bench":{}})",
                             R"({"kind":"event","event":"recall","payload":{}})",
                             R"({"kind":"event","event":"sandbox.recall"})", R"({"kind":"presence"})", "{}", "[]"})
        BOOST_TEST(!hy::wire::sandbox::encode_push(json::parse(push).value()), push);
}

BOOST_AUTO_TEST_SUITE_END()
