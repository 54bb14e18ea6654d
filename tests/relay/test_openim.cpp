// The openim door on the relay: frames and their answers, pushes, what is said before a connection is closed.
#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "json/writer.h"
#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;
namespace json = hy::json;

namespace {

struct Gateway : Stack {
    explicit Gateway(const std::function<void(hy::Config&)>& change = {}) : Stack(change) {
        handlers->on("ask.openim.open", [](const Value&) {
            return R"({"v":1,"session":"s1","topics":["live.account.3","live.channel.20"],)"
                   R"("view":{"door":"openim","uid":"u1","principal":"account.3","tenant":"account.3",)"
                   R"("kicks":["account.3"]}})";
        });
        handlers->on("ask.openim.ready", [](const Value&) { return R"({"v":1,"heads":[[20,0]]})"; });
        handlers->on("ask.openim.close", [](const Value&) { return R"({"v":1})"; });
        handlers->on("ask.openim.frames", [](const Value& ask) {
            json::Writer w;
            w.begin_object().field("v", 1).key("out").begin_array();
            for (const Value& op : *ask.find("frames")->array())
                w.begin_object()
                    .field("op", "sent")
                    .field("incr", op.text_or("incr"))
                    .field("operation", op.text_or("operation"))
                    .field("code", 0)
                    .field("text", "success")
                    .key("data")
                    .begin_object()
                    .field("clientMsgID", op.text_or("client_no"))
                    .end_object()
                    .end_object();
            w.end_array().end_object();
            return std::move(w).take();
        });
    }
    std::unique_ptr<Client> client() {
        auto made = std::make_unique<Client>(relay->port());
        BOOST_REQUIRE_EQUAL(made->handshake("/msg_gateway?token=t&userID=u1&platformID=1"), 101);
        // The pong comes once it has been let in.
        made->text(R"({"type":"ping"})");
        BOOST_REQUIRE_EQUAL(made->next_text(), R"({"type":"pong"})");
        return made;
    }
};

Value next(Client& client) {
    const std::string text = client.next_text();
    auto value = json::parse(text);
    BOOST_REQUIRE_MESSAGE(value.has_value(), text);
    return *value;
}

std::string message(int64_t channel, int64_t seq, const std::string& place, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":)" + std::to_string(channel) + R"(,"seq":)" + std::to_string(seq) +
           R"(,"at":1,"id":")" + std::to_string(1000 + seq) + R"(","sender":{"type":"account","n":5,"id":"u5"},)" +
           place + more + R"(,"content":{"kind":"text","text":"t)" + std::to_string(seq) + "\"}}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openim_door)

BOOST_AUTO_TEST_CASE(a_frame_is_asked_and_answered) {
    Gateway gateway;
    const auto client = gateway.client();
    const auto opened = gateway.handlers->wait("ask.openim.open");
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->body.find("query")->text_or("platformID") == "1");
    client->text(R"({"reqIdentifier":1001,"operationID":"op","msgIncr":"7","data":{"recvID":"b","clientMsgID":"c"}})");
    const Value answer = next(*client);
    BOOST_TEST((answer.int_or("reqIdentifier") == 1001 && answer.text_or("msgIncr") == "7"));
    BOOST_TEST((answer.text_or("operationID") == "op" && answer.int_or("errCode", -1) == 0));
    BOOST_TEST(answer.find("data")->text_or("clientMsgID") == "c");
    const auto asked = gateway.handlers->wait("ask.openim.frames");
    BOOST_REQUIRE(asked);
    const Value& op = asked->body.find("frames")->array()->front();
    BOOST_TEST((op.text_or("op") == "send" && op.bool_or("own_no")));
    // A client without a number gets one, the same where it is asked again.
    client->text(R"({"reqIdentifier":1001,"data":{"recvID":"b"}})");
    BOOST_TEST(next(*client).find("data")->text_or("clientMsgID").find(":2:0") != std::string::npos);
    // What is malformed is answered here.
    client->text("x");
    BOOST_TEST(next(*client).int_or("errCode") == 1001);
    client->text(R"({"reqIdentifier":5})");
    BOOST_TEST(next(*client).int_or("errCode") == 1001);
    BOOST_TEST(gateway.handlers->asked("ask.openim.frames").size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_is_pushed) {
    Gateway gateway;
    const auto client = gateway.client(), other = gateway.client();
    const std::string conn = gateway.handlers->wait("ask.openim.open")->body.text_or("conn");
    gateway.handlers->publish("live.account.3", message(9, 1, R"("peers":["u1","u5"])"));
    const Value push = next(*client);
    BOOST_TEST((push.int_or("reqIdentifier") == 1001 && !push.find("errCode")));
    BOOST_TEST(push.find("data")->text_or("recvID") == "u1");
    next(*other);
    // A group's, out of order: each once, by number. Who said one hears no echo.
    gateway.handlers->publish("live.channel.20", message(20, 2, R"("group":"g")"));
    gateway.handlers->publish("live.channel.20", message(20, 1, R"("group":"g")", R"(,"from":")" + conn + "\""));
    gateway.handlers->publish("live.channel.20", message(20, 2, R"("group":"g")"));
    BOOST_TEST(next(*client).find("data")->int_or("seq") == 2);
    BOOST_TEST(next(*other).find("data")->int_or("seq") == 1);
    BOOST_TEST(next(*other).find("data")->int_or("seq") == 2);
    // What is no business of this door's is not heard: a talk with a robot through the first door, a read mark.
    gateway.handlers->publish("live.account.3", push_text(30, 1, "x"));
    gateway.handlers->publish("live.account.3",
                              R"({"v":1,"kind":"event","event":"read","seq":0,"payload":{"channel":9}})");
    gateway.handlers->publish("live.channel.20",
                              R"({"v":1,"kind":"event","event":"recall","channel":20,"seq":0,)"
                              R"("payload":{"message_seq":1,"id":"1001","by_id":"u5","group":"g"}})");
    const Value recall = next(*client);
    BOOST_TEST(recall.find("data")->int_or("contentType") == 2101);
    BOOST_TEST(recall.find("data")->text_or("groupID") == "g");
}

BOOST_AUTO_TEST_CASE(who_is_replaced_or_has_no_right_any_more_is_told) {
    Gateway gateway;
    for (const int code : {4006, 1008, 1012}) {
        const auto client = gateway.client();
        const std::string conn =
            gateway.handlers->wait("ask.openim.open", gateway.handlers->asked("ask.openim.open").size() - 1)
                ->body.text_or("conn");
        gateway.handlers->publish("ctl.conn." + gateway.relay->id(), R"({"v":1,"conn":")" + conn + R"(","code":)" +
                                                                         std::to_string(code) + R"(,"reason":"why"})");
        if (code != 1012) BOOST_TEST(next(*client).int_or("reqIdentifier") == 2002);
        BOOST_TEST(client->close_code() == code);
    }
    // Who was never let in is told nothing but the reason.
    gateway.handlers->on("ask.openim.open",
                         [](const Value&) { return R"({"v":1,"close":{"code":1008,"reason":"Token 无效"}})"; });
    Client refused(gateway.relay->port());
    BOOST_TEST(refused.handshake("/msg_gateway?token=x") == 101);
    std::string reason;
    BOOST_TEST(refused.close_code(&reason) == 1008);
    BOOST_TEST(reason == "Token 无效");
}

BOOST_AUTO_TEST_CASE(silence_ends_it) {
    Gateway gateway([](hy::Config& config) {
        config.openim.idle_seconds = 1;
        config.relay.ping_seconds = 600;
    });
    const auto client = gateway.client();
    BOOST_TEST(client->close_code() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
