// The gateway of the fourth door: what the document shows; one login for each platform; who may not speak or be there, at
// once; who is there, exactly; and what passes to the third door and back.
#include <boost/test/unit_test.hpp>

#include <set>

#include "base/encode.h"
#include "base/text.h"
#include "e2e/im_user.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

json::Value post(const User& who, const std::string& path, const std::string& body) {
    return json::parse(stack().call(who, "POST", "/api/v3/" + path, body).body).value_or(json::Value());
}

std::string frame_to(const std::string& receiver, const std::string& number, const std::string& more = {}) {
    return R"({"reqIdentifier":1001,"operationID":"op","msgIncr":")" + number + R"(","data":{"recvID":")" + receiver +
           R"(","clientMsgID":")" + number + R"(","contentType":101,"sessionType":1,"content":"hi")" + more + "}}";
}
int64_t code_of(const json::Value& answer) { return answer.int_or("errCode", -1); }

// "online: 1 5"
std::string status_of(const ImAccount& asks, const ImAccount& about) {
    const auto answer = post(asks.user, "manager/get_users_online_status", R"({"userIDs":[")" + about.uid + "\"]}");
    const json::Value* data = answer.find("data");
    const json::Value* list = data ? data->find("onlineStatus") : nullptr;
    if (!list || !list->array() || list->array()->empty()) return "?";
    const json::Value& one = list->array()->front();
    std::string text = one.text_or("status") + ":";
    for (const auto& platform : *one.find("detailPlatformStatus")->array())
        text += " " + std::to_string(platform.int_or("platformID"));
    return text;
}

struct Two {
    ImAccount ann = im_account(), bob = im_account();
    ImConnection oim(const ImAccount& who, const std::string& device = "d") {
        return ImConnection(who, stack().port, device, Speech::openim);
    }
};

User admin() {
    User user = stack().log_in();
    other_driver::execute("UPDATE accounts SET role = 1 WHERE id = " + user.name());
    return user;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(openim)

BOOST_FIXTURE_TEST_CASE(as_the_document_shows_it, Two) {
    ImConnection a = oim(ann), other = oim(ann, "pc"), b = oim(bob);
    BOOST_REQUIRE((a.connected() && other.connected() && b.connected()));
    a.say(R"({"reqIdentifier":1001,"token":")" + ann.user.access + R"(","sendID":")" + ann.uid +
          R"(","operationID":"op123456","msgIncr":"1","data":{"clientMsgID":"client_msg_123","serverMsgID":"",)" +
          R"("createTime":1640995200000,"sendID":")" + ann.uid + R"(","recvID":")" + bob.uid +
          R"(","msgFrom":100,"contentType":101,"platformID":1,"senderNickname":"x","senderFaceURL":"x",)" +
          R"("sessionType":1,"msgType":1,"content":"你好，这是一条实时消息","seq":0,"isRead":false,"status":1}})");
    const json::Value ack = a.frame();
    BOOST_TEST(ack.int_or("reqIdentifier") == 1001);
    BOOST_TEST(ack.text_or("msgIncr") == "1");
    BOOST_TEST(ack.text_or("operationID") == "op123456");
    BOOST_TEST(code_of(ack) == 0);
    BOOST_TEST(ack.find("data")->text_or("clientMsgID") == "client_msg_123");
    BOOST_TEST(ack.find("data")->int_or("seq") == 1);
    const std::string id = ack.find("data")->text_or("serverMsgID");
    for (ImConnection* hearer : {&b, &other}) {
        const json::Value push = hearer->frame();
        BOOST_TEST(push.int_or("reqIdentifier") == 1001);
        BOOST_TEST(push.text_or("msgIncr", "?") == "");
        BOOST_TEST(!push.find("errCode"));
        const json::Value* data = push.find("data");
        BOOST_REQUIRE(data);
        BOOST_TEST(data->text_or("serverMsgID") == id);
        BOOST_TEST(data->text_or("clientMsgID") == "client_msg_123");
        BOOST_TEST(data->text_or("sendID") == ann.uid);
        BOOST_TEST(data->text_or("recvID") == bob.uid);
        BOOST_TEST(data->text_or("content") == "你好，这是一条实时消息");
        BOOST_TEST(data->text_or("senderNickname") == "微信用户");
        BOOST_TEST(data->int_or("platformID", -1) == 1);
        BOOST_TEST(data->int_or("seq") == 1);
        BOOST_TEST(data->int_or("status") == 2);
    }
    // Repeated, it is the same; with another content it is refused.
    a.say(frame_to(bob.uid, "n2"));
    BOOST_TEST(a.frame().find("data")->int_or("seq") == 2);
    a.say(frame_to(bob.uid, "n2"));
    BOOST_TEST(a.frame().find("data")->int_or("seq") == 2);
    BOOST_TEST(b.next(kPatienceMs)->seq == 2);
    BOOST_TEST(!b.next(300));
    // By number.
    b.say(R"({"reqIdentifier":1002,"msgIncr":"9","data":{"seqRanges":[{"conversationID":"single_)" + ann.uid + "_" +
          bob.uid + R"(","begin":2,"end":9}]}})");
    const json::Value pulled = b.frame();
    BOOST_TEST(code_of(pulled) == 0);
    const json::Value* range = pulled.find("data")->find("msgs")->find("single_" + ann.uid + "_" + bob.uid);
    BOOST_REQUIRE(range);
    BOOST_TEST(range->find("Msgs")->array()->size() == 1u);
    BOOST_TEST(range->bool_or("isEnd"));
}

BOOST_FIXTURE_TEST_CASE(a_long_talk_is_read_in_parts, Two) {
    ImConnection a = oim(ann), b = oim(bob);
    constexpr int kShort = 30, kLong = 12;
    for (int i = 1; i <= kShort; ++i) a.say(frame_to(bob.uid, "s" + std::to_string(i)));
    // Long ones, which get longer on their way.
    const std::string quotes = [] {
        std::string text;
        for (int i = 0; i < 30'000; ++i) text += "\\\"";
        return text;
    }();
    for (int i = 1; i <= kLong; ++i)
        a.say(R"({"reqIdentifier":1001,"msgIncr":"l","data":{"recvID":")" + bob.uid +
              R"(","contentType":110,"sessionType":1,"content":{"data":")" + quotes + "\"}}}");
    for (int i = 0; i < kShort + kLong; ++i) BOOST_TEST_REQUIRE(code_of(a.frame()) == 0);
    while (b.next(300)) continue;
    const std::string conversation = "single_" + ann.uid + "_" + bob.uid;
    const auto pull = [&](int64_t begin, int64_t end, int64_t most) {
        b.say(R"({"reqIdentifier":1002,"data":{"seqRanges":[{"conversationID":")" + conversation + R"(","begin":)" +
              std::to_string(begin) + R"(,"end":)" + std::to_string(end) + R"(,"num":)" + std::to_string(most) +
              "}]}}");
    };
    const auto page = [&] {
        const json::Value answer = b.frame();
        const json::Value* data = answer.find("data");
        const json::Value* range = data && data->find("msgs") ? data->find("msgs")->find(conversation) : nullptr;
        BOOST_REQUIRE_MESSAGE(range, json::to_text(answer).substr(0, 300));
        return *range;
    };
    pull(1, 30, 2);
    const json::Value two = page();
    BOOST_TEST((two.find("Msgs")->array()->size() == 2u && !two.bool_or("isEnd", true) && two.int_or("endSeq") == 2));
    pull(29, 30, 2);
    BOOST_TEST(page().bool_or("isEnd"));
    pull(5, 4, 0);
    BOOST_TEST((page().find("Msgs")->array()->empty()));
    // From one answer to the next, until the end is told; several at once.
    std::set<int64_t> seen;
    for (int64_t from = 1, rounds = 0; rounds < 40; ++rounds) {
        for (int i = 0; i < 3; ++i) pull(from, INT64_MAX, 0);
        bool end = false;
        for (int i = 0; i < 3; ++i) {
            const json::Value part = page();
            for (const auto& message : *part.find("Msgs")->array()) seen.insert(message.int_or("seq"));
            if (i == 0) from = part.int_or("endSeq") + 1, end = part.bool_or("isEnd");
        }
        if (end) break;
    }
    BOOST_TEST(seen.size() == size_t{kShort + kLong});
    // What is asked for twice is refused; what is nothing of the caller's is left out.
    b.say(R"({"reqIdentifier":1002,"data":{"seqRanges":[{"conversationID":"si_x_y"},{"conversationID":"si_x_y"}]}})");
    BOOST_TEST(code_of(b.frame()) == 1001);
    b.say(R"({"reqIdentifier":1002,"data":{"seqRanges":[{"conversationID":"group_nothing"},{"conversationID":")" +
          conversation + R"(","end":1}]}})");
    BOOST_TEST(page().find("Msgs")->array()->size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(nobody_is_who_a_frame_says, Two) {
    ImConnection a = oim(ann), b = oim(bob);
    const auto answer = [&](const std::string& frame) {
        a.say(frame);
        return code_of(a.frame());
    };
    BOOST_TEST(answer(frame_to(bob.uid, "x", R"(,"sendID":")" + bob.uid + "\"")) == 1003);
    BOOST_TEST(answer(R"({"reqIdentifier":1001,"sendID":")" + bob.uid + R"(","data":{"recvID":"x"}})") == 1003);
    BOOST_TEST(answer(R"({"reqIdentifier":1001,"token":")" + bob.user.access + R"(","data":{"recvID":"x"}})") == 1002);
    BOOST_TEST(answer(R"({"reqIdentifier":1001,"token":"x","data":{"recvID":"x"}})") == 1002);
    BOOST_TEST(answer(R"({"reqIdentifier":1001,"data":5})") == 1001);
    BOOST_TEST(answer(R"({"reqIdentifier":1003,"data":{}})") == 1001);
    BOOST_TEST(answer("x") == 1001);
    BOOST_TEST(answer(frame_to("nobody-at-all", "y")) == 1004);
    BOOST_TEST(!b.next(300));
    const auto refused = [&](const std::string& user, const std::string& platform, const std::string& token) {
        WebSocket socket(stack().port, "/msg_gateway?userID=" + user + "&platformID=" + platform + "&token=" + token);
        return socket.closed();
    };
    BOOST_TEST(refused(ann.uid, "1", bob.user.access).starts_with("1008"));
    BOOST_TEST(refused(ann.uid, "1", ann.user.refresh).starts_with("1008"));
    BOOST_TEST(refused(ann.uid, "1", "x").starts_with("1008"));
    BOOST_TEST(refused(ann.uid, "0", ann.user.access).starts_with("1008"));
    BOOST_TEST(refused(ann.uid, "12", ann.user.access).starts_with("1008"));
}

BOOST_FIXTURE_TEST_CASE(one_login_for_each_platform, Two) {
    ImConnection first = oim(ann), pc = oim(ann, "pc");
    ImConnection second = oim(ann);
    BOOST_REQUIRE(second.connected());
    BOOST_TEST(first.frame().int_or("reqIdentifier") == 2002);
    BOOST_TEST(first.closed().starts_with("4006"));
    // Its token lives on, and so does the other platform.
    BOOST_TEST(second.send("nothing", "n", "x").value_or(0) == -1005);
    BOOST_TEST(pc.send("nothing", "n", "x").value_or(0) == -1005);
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1 5"; }));
    // Of twenty at once one stays.
    std::vector<std::unique_ptr<ImConnection>> many(20);
    {
        std::vector<std::jthread> threads;
        for (auto& one : many)
            threads.emplace_back([&] { one = std::make_unique<ImConnection>(ann, stack().port, "d", Speech::openim); });
    }
    const std::string rows =
        "SELECT COUNT(*) FROM connections WHERE door = 'openim' AND device = '1' AND principal_id = " + ann.user.name();
    BOOST_TEST(eventually([&] { return other_driver::number(rows) == 1; }));
    const auto alive = [&] {
        return std::count_if(many.begin(), many.end(),
                             [](const auto& one) { return one->connected() && one->closed(1).empty(); });
    };
    BOOST_TEST(eventually([&] { return alive() == 1; }));
}

BOOST_FIXTURE_TEST_CASE(who_is_there, Two) {
    BOOST_TEST(status_of(bob, ann) == "offline:");
    {
        ImConnection a = oim(ann);
        BOOST_REQUIRE(a.connected());
        BOOST_TEST(status_of(bob, ann) == "online: 1");
        ImConnection third(ann, stack().port);
        BOOST_TEST(eventually([&] { return status_of(bob, ann) == "online: 1 5"; }, 2000));
    }
    BOOST_TEST(eventually([&] { return status_of(bob, ann) == "offline:"; }, 2000));
}

BOOST_FIXTURE_TEST_CASE(who_may_not_speak_or_be_there, Two) {
    const User boss = admin();
    const auto forbid = [&](int type) {
        return code_of(post(boss, "manager/forbid_user",
                            R"({"userID":")" + ann.uid + R"(","forbiddenType":)" + std::to_string(type) + "}"));
    };
    ImConnection a = oim(ann), third(ann, stack().port), b = oim(bob);
    int number = 0;
    const auto says = [&] {
        a.say(frame_to(bob.uid, "m" + std::to_string(++number)));
        for (;;) {
            const json::Value frame = a.frame();
            if (frame.find("errCode") || !frame.find("reqIdentifier")) return code_of(frame);
        }
    };
    BOOST_TEST(says() == 0);
    BOOST_TEST(b.next(kPatienceMs).has_value());
    BOOST_TEST(forbid(2) == 0);
    BOOST_TEST(eventually([&] { return says() == 1008; }, 2000));
    // At the third door too: 25, a ban on sending.
    const auto says_there = [&] {
        const std::string no = "third" + std::to_string(++number);
        third.say(R"({"jsonrpc":"2.0","id":")" + no + R"(","method":"send","params":{"channelId":")" + bob.uid +
                  R"(","channelType":1,"clientMsgNo":")" + no + R"(","payload":"aGk="}})");
        for (json::Value frame = third.frame(); !frame.is_null(); frame = third.frame())
            if (frame.text_or("id") == no) return frame.find("result")->int_or("reasonCode");
        return int64_t{-1};
    };
    BOOST_TEST(eventually([&] { return says_there() == 25; }, 2000));
    BOOST_TEST(code_of(post(ann.user, "msg/get_conversation_msg",
                            R"({"conversationID":"single_)" + ann.uid + "_" + bob.uid + "\"}")) == 0);
    BOOST_TEST(forbid(0) == 0);
    BOOST_TEST(eventually([&] { return says() == 0; }, 2000));
    BOOST_TEST(forbid(1) == 0);
    json::Value last;
    for (json::Value frame = a.frame(3000); frame.find("reqIdentifier"); frame = a.frame(3000)) last = frame;
    BOOST_TEST(last.int_or("reqIdentifier") == 2002);
    BOOST_TEST(a.closed(3000).starts_with("1008"));
    BOOST_TEST(!oim(ann).connected());
    BOOST_TEST(forbid(0) == 0);
}

BOOST_FIXTURE_TEST_CASE(through_both_doors, Two) {
    ImConnection a = oim(ann), b(bob, stack().port);
    const std::string group = im_group(ann, {bob});
    BOOST_TEST(eventually([&] { return a.send(group, "warm", "x").value_or(0) > 0 && b.next(1000).has_value(); }));
    while (b.next(200)) continue;
    // To the third door, to the fourth, and taken back at both.
    const int64_t seq = a.send(group, "to-three", "一").value_or(0);
    const auto heard = b.next(kPatienceMs);
    BOOST_TEST_REQUIRE(heard.has_value());
    BOOST_TEST(heard->seq == seq);
    BOOST_TEST(heard->number == "to-three");
    const int64_t back = b.send(group, "to-four", "二").value_or(0);
    BOOST_TEST(back == seq + 1);
    const json::Value push = a.frame();
    BOOST_TEST(push.find("data")->text_or("content") == "二");
    BOOST_TEST(push.find("data")->int_or("contentType") == 101);
    BOOST_TEST(push.find("data")->int_or("seq") == back);
    BOOST_TEST(code_of(post(ann.user, "msg/revoke_msg",
                            R"({"conversationID":"group_)" + group + R"(","seq":)" + std::to_string(seq) + "}")) == 0);
    const json::Value recalled = a.frame();
    BOOST_TEST(recalled.find("data")->int_or("contentType") == 2101);
    BOOST_TEST(recalled.find("data")->int_or("seq") == seq);
    BOOST_TEST(recalled.find("data")->text_or("clientMsgID") == "to-three");
    const json::Value command = b.frame();
    const json::Value* params = command.find("params");
    BOOST_REQUIRE(params);
    BOOST_TEST(params->text_or("channelId") == group);
    BOOST_TEST(params->find("header")->bool_or("noPersist"));
    const auto payload = json::parse(from_base64(params->text_or("payload")).value_or(""));
    BOOST_REQUIRE(payload);
    BOOST_TEST(payload->text_or("cmd") == "messageRevoke");
    BOOST_TEST(payload->find("param")->int_or("message_seq") == seq);
    // What is for those who are there is heard, and not stored.
    a.say(R"({"reqIdentifier":1001,"msgIncr":"t","data":{"groupID":")" + group +
          R"(","sessionType":3,"contentType":101,"content":"now","isOnlineOnly":true}})");
    BOOST_TEST(code_of(a.frame()) == 0);
    BOOST_TEST(b.next(kPatienceMs)->seq == 0);
    BOOST_TEST(im_sync(bob, group, back).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
