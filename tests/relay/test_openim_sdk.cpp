// The gateway of OpenIM's own clients on the relay: the one text that lets them in, binary frames, what each sees of a push,
// how they are refused, and whom they follow.
#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "json/writer.h"
#include "support.h"
#include "wire/openim_sdk/messages.h"

using namespace hy::relay::test;
using hy::json::Value;
namespace json = hy::json;
namespace pb = hy::wire::openim::pb;

namespace {

constexpr const char* kTarget =
    "/openim/gateway?sendID=u1&token=t&platformID=5&operationID=o&isBackground=false&isMsgResp=true&sdkType=js";

struct Gateway : Stack {
    explicit Gateway(const std::function<void(hy::Config&)>& change = {}) : Stack(change) {
        handlers->on("ask.openim-sdk.open", [](const Value&) {
            return R"({"v":1,"session":"s1","topics":["live.account.3","live.channel.20"],)"
                   R"("view":{"door":"openim-sdk","uid":"u1","principal":"account.3","tenant":"account.3",)"
                   R"("kicks":["account.3"]}})";
        });
        handlers->on("ask.openim-sdk.ready", [](const Value&) { return R"({"v":1,"heads":[[20,0]]})"; });
        handlers->on("ask.openim-sdk.close", [](const Value&) { return R"({"v":1})"; });
        handlers->on("ask.openim-sdk.frames", [](const Value& ask) {
            json::Writer w;
            w.begin_object().field("v", 1).key("out").begin_array();
            for (const Value& op : *ask.find("frames")->array())
                w.begin_object()
                    .field("op", "answer")
                    .field("id", op.int_or("id"))
                    .field("incr", op.text_or("incr"))
                    .field("operation", "")
                    .field("code", 0)
                    .field("text", "")
                    .field("data", op.text_or("data"))
                    .end_object();
            w.end_array().key("follow").begin_object().key("join").begin_array().string("live.status.account.9");
            w.string("live.account.77").end_array().end_object().end_object();
            return std::move(w).take();
        });
    }
    std::unique_ptr<Client> client() {
        auto made = std::make_unique<Client>(relay->port());
        BOOST_REQUIRE_EQUAL(made->handshake(kTarget), 101);
        BOOST_REQUIRE_EQUAL(made->next_text(), R"({"errCode":0,"errMsg":"","errDlt":""})");
        return made;
    }
};

// The next binary message.
Value next(Client& client) {
    const auto frame = client.next();
    BOOST_REQUIRE(frame.has_value());
    BOOST_TEST(frame->opcode == 2);
    auto value = json::parse(frame->payload);
    BOOST_REQUIRE_MESSAGE(value.has_value(), frame->payload);
    return *value;
}
pb::PushMessages messages(const Value& frame) {
    pb::PushMessages all;
    BOOST_TEST(frame.int_or("reqIdentifier") == 2001);
    BOOST_REQUIRE(all.ParseFromString(hy::from_base64(frame.text_or("data")).value_or("x")));
    return all;
}
std::string message(int64_t seq, const std::string& sender) {
    return R"({"v":1,"kind":"message","channel":20,"seq":)" + std::to_string(seq) + R"(,"at":1,"id":")" +
           std::to_string(1000 + seq) + R"(","sender":{"type":"account","n":5,"id":")" + sender +
           R"("},"group":"g","content":{"kind":"text","text":"t"}})";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openim_sdk_door)

BOOST_AUTO_TEST_CASE(a_request_is_asked_and_answered) {
    Gateway gateway;
    const auto client = gateway.client();
    const auto opened = gateway.handlers->wait("ask.openim-sdk.open");
    BOOST_REQUIRE(opened);
    BOOST_TEST(opened->body.find("query")->text_or("sendID") == "u1");
    client->text(R"({"type":"ping"})");
    BOOST_TEST(client->next_text() == R"({"type":"pong"})");
    client->frame(2, R"({"reqIdentifier":1006,"msgIncr":"i","data":"CAE="})");
    const Value answer = next(*client);
    BOOST_TEST((answer.int_or("reqIdentifier") == 1006 && answer.text_or("msgIncr") == "i" &&
                answer.text_or("data") == "CAE="));
    const auto asked = gateway.handlers->wait("ask.openim-sdk.frames");
    BOOST_REQUIRE(asked);
    BOOST_TEST(asked->body.find("frames")->array()->front().text_or("op") == "request");
    client->frame(2, "x");
    BOOST_TEST(next(*client).int_or("errCode") == 1001);
}

BOOST_AUTO_TEST_CASE(its_own_message_counts_for_nobody) {
    Gateway gateway;
    const auto client = gateway.client();
    gateway.handlers->publish("live.channel.20", message(1, "u5"));
    BOOST_TEST(messages(next(*client)).msgs().at("sg_g").msgs(0).options().empty());
    gateway.handlers->publish("live.channel.20", message(2, "u1"));
    BOOST_TEST(!messages(next(*client)).msgs().at("sg_g").msgs(0).options().at("unreadCount"));
    gateway.handlers->publish("live.account.3",
                              R"({"v":1,"kind":"event","event":"friend.request","event_seq":1,"seq":0,)"
                              R"("payload":{"from_id":"x","to_id":"u1"}})");
    BOOST_TEST(messages(next(*client)).notificationmsgs().begin()->second.msgs(0).contenttype() == 1203);
    // What is no news to it, like its own reading, is passed over.
    gateway.handlers->publish("live.account.3",
                              R"({"v":1,"kind":"event","event":"read","event_seq":2,"seq":0,"payload":{}})");
    gateway.handlers->publish("live.channel.20", message(3, "u5"));
    BOOST_TEST(messages(next(*client)).msgs().at("sg_g").msgs(0).seq() == 3);
}

BOOST_AUTO_TEST_CASE(who_is_followed_is_heard_and_nobody_else) {
    Gateway gateway;
    const auto client = gateway.client();
    client->frame(2, R"({"reqIdentifier":2005,"msgIncr":"i","data":""})");
    BOOST_TEST(next(*client).int_or("reqIdentifier") == 2005);
    // Only topics of that kind are joined by such an answer.
    BOOST_REQUIRE(eventually([&] {
        gateway.handlers->publish("live.account.77", R"({"v":1,"kind":"presence","user":"foreign","platforms":[]})");
        gateway.handlers->publish("live.status.account.9",
                                  R"({"v":1,"kind":"presence","seq":0,"user":"nine","platforms":[5]})");
        const auto frame = client->next(200);
        if (!frame) return false;
        const auto value = json::parse(frame->payload);
        BOOST_TEST(value->int_or("reqIdentifier") == 2005);
        pb::SubUserOnlineStatusTips tips;
        BOOST_TEST(tips.ParseFromString(hy::from_base64(value->text_or("data")).value_or("x")));
        BOOST_TEST(tips.subscribers(0).userid() == "nine");
        return true;
    }));
}

BOOST_AUTO_TEST_CASE(who_is_refused_is_told_so_for_good) {
    Gateway gateway;
    const std::pair<int, int> closings[] = {{4502, 1502}, {4501, 1501}, {1013, 500}};
    for (const auto& [code, told] : closings) {
        gateway.handlers->on("ask.openim-sdk.open", [code = code](const Value&) {
            return R"({"v":1,"close":{"code":)" + std::to_string(code) + R"(,"reason":"no"}})";
        });
        Client client(gateway.relay->port());
        BOOST_REQUIRE_EQUAL(client.handshake(kTarget), 101);
        const auto refusal = json::parse(client.next_text());
        BOOST_REQUIRE(refusal);
        BOOST_TEST(refusal->int_or("errCode") == told);
        // Where it shall try again, it is not told that it was sent away.
        if (told != 500) BOOST_TEST(next(client).int_or("reqIdentifier") == 2002);
        BOOST_TEST(client.close_code() == code);
    }
}

BOOST_AUTO_TEST_CASE(whom_another_replaces_is_kicked) {
    Gateway gateway;
    const auto client = gateway.client();
    const std::string conn = gateway.handlers->asked("ask.openim-sdk.open")[0].body.text_or("conn");
    gateway.handlers->publish("ctl.conn." + gateway.relay->id(),
                              R"({"v":1,"conn":")" + conn + R"(","code":4006,"reason":"x"})");
    BOOST_TEST(next(*client).int_or("reqIdentifier") == 2002);
    BOOST_TEST(client->close_code() == 4006);
    const auto other = gateway.client();
    other->frame(2, R"({"reqIdentifier":2003,"msgIncr":"1"})");
    BOOST_TEST(other->close_code() == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
