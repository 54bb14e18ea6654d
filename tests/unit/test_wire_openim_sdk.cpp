// The live form of OpenIM's own clients: JSON around protobuf, and what is told of friends and groups.
#include <boost/test/unit_test.hpp>

#include "base/encode.h"
#include "json/value.h"
#include "wire/openim_sdk/frames.h"
#include "wire/openim_sdk/messages.h"
#include "wire/openim_sdk/notices.h"

using namespace hy;
namespace sdk = hy::wire::openim::sdk;
namespace pb = hy::wire::openim::pb;
using Kind = sdk::Decoded::Kind;

namespace {

json::Value value(const std::string& text) {
    const auto parsed = json::parse(text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
    return *parsed;
}
template <typename Message>
Message data_of(const json::Value& frame) {
    Message message;
    const auto bytes = from_base64(frame.text_or("data"));
    BOOST_REQUIRE((bytes && message.ParseFromString(*bytes)));
    return message;
}
pb::PushMessages pushed(const std::optional<std::string>& frame) {
    BOOST_REQUIRE(frame.has_value());
    BOOST_TEST(!sdk::is_text(*frame));
    const auto parsed = value(*frame);
    BOOST_TEST(parsed.int_or("reqIdentifier") == 2001);
    BOOST_TEST(parsed.find("msgIncr")->string()->empty());
    return data_of<pb::PushMessages>(parsed);
}
std::string push(const std::string& place, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":9,"seq":4,"at":1705312800123,"id":"77","client_no":"c-1",)"
           R"("sender":{"type":"account","n":1,"id":"zoe","name":"Z","face":"http://f"},)" +
           place + R"(,"content":{"kind":"text","text":"hi"})" + more + "}";
}
const std::string kPeers = R"("peers":["adam","zoe"])", kGroup = R"("group":"g1")";

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_openim_sdk)

BOOST_AUTO_TEST_CASE(requests) {
    BOOST_TEST(sdk::decode(R"({"type":"ping"})").text == R"({"type":"pong"})");
    const auto sent =
        sdk::decode(R"({"reqIdentifier":1003,"msgIncr":"abc","sendID":"a","operationID":"o","data":"CAE="})");
    BOOST_REQUIRE((sent.kind == Kind::operation));
    const auto op = value(sent.text);
    BOOST_TEST((op.text_or("op") == "request" && op.int_or("id") == 1003 && op.text_or("incr") == "abc"));
    BOOST_TEST((op.text_or("from") == "a" && op.text_or("operation") == "o" && op.text_or("data") == "CAE="));
    BOOST_TEST((sdk::decode(R"({"reqIdentifier":2003})").kind == Kind::leave));
    const auto background = sdk::decode(R"({"reqIdentifier":2004,"msgIncr":"1","data":""})");
    BOOST_TEST((background.kind == Kind::answer && value(background.text).int_or("errCode", -1) == 0));
}

BOOST_AUTO_TEST_CASE(what_is_no_request_is_answered_all_the_same) {
    const std::string much(129, 'x');
    for (const std::string& frame :
         {std::string("x"), std::string(), std::string("[1]"), std::string(R"({"reqIdentifier":1004,"msgIncr":"7"})"),
          std::string(R"({"reqIdentifier":1003,"msgIncr":"7","data":{}})"),
          R"({"reqIdentifier":1003,"msgIncr":")" + much + "\"}", std::string("{\"a\":\"\xff\"}")}) {
        const auto decoded = sdk::decode(frame);
        BOOST_TEST((decoded.kind == Kind::answer), frame);
        const auto answer = value(decoded.text);
        BOOST_TEST(answer.int_or("errCode") == 1001, frame);
        BOOST_TEST(!sdk::is_text(decoded.text));
        BOOST_TEST(answer.text_or("msgIncr").size() <= 128u);
    }
    BOOST_TEST(value(sdk::decode(R"({"reqIdentifier":1004,"msgIncr":"7"})").text).text_or("msgIncr") == "7");
}

BOOST_AUTO_TEST_CASE(texts_are_told_from_binaries) {
    BOOST_TEST(sdk::is_text(sdk::welcome()));
    BOOST_TEST(sdk::is_text(sdk::refusal(1502, "no")));
    BOOST_TEST(sdk::is_text(sdk::decode(R"({"type":"ping"})").text));
    BOOST_TEST(!sdk::is_text(sdk::kicked()));
    BOOST_TEST(value(sdk::kicked()).int_or("reqIdentifier") == 2002);
    BOOST_TEST(value(sdk::refusal(1502, "no")).int_or("errCode") == 1502);
}

BOOST_AUTO_TEST_CASE(a_message_to_its_reader_and_to_its_writer) {
    const auto body = value(push(kPeers));
    const auto others = pushed(sdk::encode_push(body));
    BOOST_REQUIRE(others.msgs().count("si_adam_zoe") == 1u);
    const auto& m = others.msgs().at("si_adam_zoe").msgs(0);
    BOOST_TEST((m.sendid() == "zoe" && m.recvid() == "adam" && m.groupid().empty() && m.sessiontype() == 1));
    BOOST_TEST((m.clientmsgid() == "c-1" && m.servermsgid() == "77" && m.seq() == 4 && m.sendtime() == 1705312800123));
    BOOST_TEST((m.sendernickname() == "Z" && m.senderfaceurl() == "http://f" && m.contenttype() == 101));
    BOOST_TEST(value(m.content()).text_or("content") == "hi");
    BOOST_TEST((m.status() == 2 && m.msgfrom() == 100 && m.options().empty()));
    const auto mine = pushed(sdk::encode_push_for(body, "zoe"));
    BOOST_TEST(mine.msgs().at("si_adam_zoe").msgs(0).options().at("unreadCount") == false);
    const auto group = pushed(sdk::encode_push(value(push(kGroup))));
    BOOST_TEST(
        (group.msgs().at("sg_g1").msgs(0).groupid() == "g1" && group.msgs().at("sg_g1").msgs(0).sessiontype() == 3));
}

BOOST_AUTO_TEST_CASE(what_counts_for_nobody) {
    const auto quiet = pushed(sdk::encode_push(value(push(kPeers, R"(,"flags":1)"))));
    BOOST_TEST(quiet.msgs().at("si_adam_zoe").msgs(0).options().at("unreadCount") == false);
    // A command's number counts, and nobody sees it.
    const auto command = pushed(sdk::encode_push(value(push(kPeers, R"(,"flags":2)"))));
    BOOST_TEST(command.msgs().at("si_adam_zoe").msgs(0).options().at("conversationUpdate") == false);
    std::string fleeting = push(kPeers);
    fleeting.replace(fleeting.find("\"seq\":4"), 7, "\"seq\":0");
    const auto online = pushed(sdk::encode_push(value(fleeting)));
    const auto& options = online.msgs().at("si_adam_zoe").msgs(0).options();
    BOOST_TEST((options.count("conversationUpdate") == 0u && options.at("unreadCount") == false));
    BOOST_TEST(!sdk::encode_push_for(value(fleeting), "zoe").has_value());
    BOOST_TEST(!sdk::encode_push(value(push(R"("x":1)"))).has_value());
}

BOOST_AUTO_TEST_CASE(answers_and_presence) {
    const auto answer = value(*sdk::encode_out(
        value(R"({"op":"answer","id":1003,"incr":"i","operation":"o","code":1302,"text":"no","data":""})")));
    BOOST_TEST((answer.int_or("reqIdentifier") == 1003 && answer.text_or("msgIncr") == "i"));
    BOOST_TEST(
        (answer.int_or("errCode") == 1302 && answer.text_or("errMsg") == "no" && answer.text_or("operationID") == "o"));
    BOOST_TEST(!sdk::encode_out(value(R"({"op":"ack"})")).has_value());
    const auto there = value(*sdk::encode_push(value(R"({"v":1,"kind":"presence","user":"u","platforms":[5,1]})")));
    BOOST_TEST(there.int_or("reqIdentifier") == 2005);
    const auto tips = data_of<pb::SubUserOnlineStatusTips>(there);
    BOOST_TEST((tips.subscribers(0).userid() == "u" && tips.subscribers(0).onlineplatformids_size() == 2));
}

std::vector<sdk::Notice> notices(const std::string& event, const std::string& payload, const std::string& uid,
                                 bool group = false) {
    return sdk::notices_of(value(R"({"v":1,"kind":"event","event":")" + event + "\"," +
                                 (group ? R"("channel":9,)" : R"("event_seq":3,)") + R"("payload":)" + payload + "}"),
                           uid);
}
std::vector<int> types(const std::vector<sdk::Notice>& list) {
    std::vector<int> found;
    for (const auto& one : list) found.push_back(one.type);
    return found;
}

BOOST_AUTO_TEST_CASE(friends_are_told) {
    const std::string pair = R"({"from_id":"a","to_id":"b","words":"w","asked":true})";
    BOOST_TEST(types(notices("friend.request", pair, "b")) == std::vector<int>{1203}, boost::test_tools::per_element());
    BOOST_TEST(notices("friend.request", pair, "a").empty());
    BOOST_TEST(types(notices("friend.added", pair, "a")) == (std::vector<int>{1201, 1204}),
               boost::test_tools::per_element());
    BOOST_TEST(types(notices("friend.added", pair, "b")) == std::vector<int>{1204}, boost::test_tools::per_element());
    BOOST_TEST(types(notices("friend.refused", pair, "a")) == std::vector<int>{1202}, boost::test_tools::per_element());
    BOOST_TEST(types(notices("block.added", pair, "a")) == std::vector<int>{1207}, boost::test_tools::per_element());
    const auto detail = value(notices("friend.request", pair, "b").front().detail);
    BOOST_TEST(detail.find("fromToUserID")->text_or("fromUserID") == "a");
    BOOST_TEST(notices("friend.invented", pair, "a").empty());
    BOOST_TEST(notices("read", R"({"channel":1})", "a").empty());
}

BOOST_AUTO_TEST_CASE(groups_are_told) {
    const std::string group = R"("group":{"id":"g","name":"N","members":2,"muted":true})",
                      seats = R"("seats":[{"id":"x","role":"admin","muted_until":5}])";
    const std::string about = "{" + group + "," + seats + R"(,"how":"invited","by_seat":{"id":"o","role":"owner"}})";
    const std::pair<const char*, int> kinds[] = {{"info", 1502},     {"muted", 1514},   {"unmuted", 1515},
                                                 {"role", 1517},     {"members", 1509}, {"leave", 1511},
                                                 {"silenced", 1512}, {"free", 1513},    {"member", 1516}};
    for (const auto& [what, type] : kinds) {
        const auto list = notices(std::string("group.") + what, about, "", true);
        BOOST_REQUIRE_MESSAGE(list.size() == 1u, what);
        BOOST_TEST(list.front().type == type, what);
        BOOST_TEST(list.front().group == "g");
        const auto detail = value(list.front().detail);
        BOOST_TEST(detail.find("group")->text_or("groupName") == "N");
        BOOST_TEST(detail.find("opUser")->int_or("roleLevel") == 100);
        // It is told once, on the group's topic.
        BOOST_TEST(notices(std::string("group.") + what, about, "x", true).empty());
    }
    BOOST_TEST(value(notices("group.leave", about, "", true).front().detail).find("group")->int_or("status") == 2);
    const auto left = notices("group.leave", R"({"channel":1,"group":{"id":"g"}})", "me");
    BOOST_REQUIRE(left.size() == 1u);
    BOOST_TEST(left.front().type == 1508);
    BOOST_TEST(value(left.front().detail).find("kickedUserList")->array()->front().text_or("userID") == "me");
    BOOST_TEST(types(notices("group.join", R"({"group":{"id":"g"}})", "me")) == std::vector<int>{1501},
               boost::test_tools::per_element());
    const std::string asks = "{" + group + R"(,"account_id":"a","words":"let me in"})";
    BOOST_TEST(types(notices("group.request", asks, "o")) == std::vector<int>{1503}, boost::test_tools::per_element());
    BOOST_TEST(notices("group.request", asks, "a").empty());
    BOOST_TEST(value(notices("group.accepted", asks, "a").front().detail).int_or("receiverAs", -1) == 0);
    BOOST_TEST(value(notices("group.refused", asks, "o").front().detail).int_or("receiverAs", -1) == 1);
}

BOOST_AUTO_TEST_CASE(recalls_and_receipts_are_told) {
    const std::string recall =
        R"({"message_seq":4,"id":"77","by_id":"zoe","at":9,"client_no":"c-1","peers":["adam","zoe"]})";
    const auto list = notices("recall", recall, "adam");
    BOOST_REQUIRE(list.size() == 1u);
    const auto detail = value(list.front().detail);
    BOOST_TEST((list.front().type == 2101 && detail.int_or("seq") == 4 && detail.text_or("clientMsgID") == "c-1"));
    BOOST_TEST((detail.text_or("conversationID") == "si_adam_zoe" && detail.text_or("revokerUserID") == "zoe"));
    const auto read = notices("receipt", R"({"by_id":"adam","peers":["adam","zoe"],"seqs":[3,2],"read_seq":3})", "zoe");
    BOOST_REQUIRE(read.size() == 1u);
    BOOST_TEST(read.front().type == 2200);
    BOOST_TEST(value(read.front().detail).find("seqs")->array()->size() == 2u);
    const auto all = pushed(sdk::encode_push_for(
        value(R"({"kind":"event","event":"recall","event_seq":3,"payload":)" + recall + "}"), "adam"));
    BOOST_TEST(all.msgs().empty());
    const auto& notice = all.notificationmsgs().begin()->second.msgs(0);
    BOOST_TEST((notice.contenttype() == 2101 && !notice.clientmsgid().empty() &&
                value(notice.content()).find("detail")->string()));
}

BOOST_AUTO_TEST_SUITE_END()
