// Talks, from the first login to a history that outlives everything: devices, agents,
// those who are away, and repeats.
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "e2e/stack.h"

namespace hy::test {

namespace {

const std::string kOffline =
    R"({"sender":"系统","text":"机器人不在线，消息已保存，上线后会收到","error":"robot_offline"})";

using other_driver::delivered;
using other_driver::unconfirmed;

// Says it with a number of its own, and returns the id of the acknowledgement.
std::string say_acknowledged(WebSocket& stream, const std::string& text, const std::string& number,
                             const std::string& conversation = {}) {
    stream.text(user_says(text, conversation, number));
    const auto ack = stream.next_json();
    BOOST_TEST(ack.text_or("type") == "ack");
    BOOST_TEST(ack.text_or("clientMsgId") == number);
    return ack.text_or("id");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(talk)

BOOST_AUTO_TEST_CASE(a_history_outlives_a_restart_of_everything) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    const auto made =
        stack().call(alice, "POST", "/ocms/conversations/", R"({"robot_id":")" + robot.id + R"(","title":"重启"})");
    BOOST_REQUIRE(made.status == 200);
    const std::string conversation = made.text("id");
    const std::string where = "/ocms/chat/history/" + alice.name() + "?conversation_id=" + conversation;
    {
        auto agent = stack().agent(robot);
        auto user = stack().user(alice, robot, "&conversationId=" + conversation);
        for (const std::string& text :
             std::vector<std::string>{"你好", "emoji 🪿 and \"quotes\" \\ back", std::string(2000, 'x')}) {
            user->text(user_says(text));
            const auto heard = agent->next_json();
            BOOST_TEST(data(heard, "text") == text);
            BOOST_TEST(data(heard, "conversationId") == conversation);
            BOOST_TEST(data(heard, "userId") == alice.name());
            agent->text(agent_says("答：" + text, conversation));
            const auto reply = user->next_json();
            BOOST_TEST(reply.text_or("text") == "答：" + text);
            BOOST_TEST(reply.text_or("conversationId") == conversation);
        }
    }
    const auto before = stack().call(alice, "GET", where);
    BOOST_TEST(before.json().int_or("total") == 6);
    const auto rows = other_driver::messages(alice, robot, conversation);
    BOOST_TEST(rows.size() == 6u);
    BOOST_TEST(without_holes(rows));
    const auto known = before.json();
    const json::Array& messages = *known.find("messages")->array();
    for (size_t i = 0; i < rows.size() && i < messages.size(); ++i) {
        BOOST_TEST(rows[i].id == messages[i].text_or("id"));
        BOOST_TEST(rows[i].sender_type == (messages[i].text_or("sender") == "robot" ? "1" : "0"));
        BOOST_TEST(json::parse(rows[i].content)->text_or("text") == messages[i].text_or("text"));
    }

    stack().supervisor("restart all");
    stack().heal();
    const auto after = stack().call(alice, "GET", where);
    BOOST_TEST(after.status == 200);
    BOOST_TEST(after.body == before.body);
    auto agent = stack().agent(robot);
    auto user = stack().user(alice, robot, "&conversationId=" + conversation);
    user->text(user_says("noch da?"));
    // What the agent had confirmed does not come again.
    BOOST_TEST(data(agent->next_json(), "text") == "noch da?");
    BOOST_TEST(without_holes(other_driver::messages(alice, robot, conversation)));
    BOOST_TEST(other_driver::messages(alice, robot, conversation).size() == 7u);
}

BOOST_AUTO_TEST_CASE(both_devices_get_the_reply_and_no_echo) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    auto phone = stack().user(alice, robot), desk = stack().user(alice, robot);
    phone->text(user_says("eins"));
    BOOST_TEST(data(agent->next_json(), "text") == "eins");
    agent->text(agent_says("zwei", "default", alice.name()));
    const auto at_phone = phone->next(), at_desk = desk->next();
    BOOST_TEST(at_phone == at_desk);
    BOOST_TEST(json::parse(at_phone)->text_or("text") == "zwei");
    BOOST_TEST(json::parse(at_phone)->text_or("sender") == "Robot");
    BOOST_TEST(json::parse(at_phone)->text_or("robotId") == robot.id);
    BOOST_TEST((phone->live() && desk->live()));
    BOOST_TEST(phone->waiting() + desk->waiting() + agent->waiting() == 0u);
}

BOOST_AUTO_TEST_CASE(agents_share_talks_and_a_talk_stays_with_its_agent) {
    const User owner = stack().log_in();
    const Robot robot = stack().new_robot(owner);
    auto first = stack().agent(robot), second = stack().agent(robot);
    std::vector<Stream> users;
    for (int i = 0; i < 4; ++i) users.push_back(stack().user(stack().log_in(), robot));
    std::set<std::string> ids;
    for (int round = 0; round < 3; ++round)
        for (size_t i = 0; i < users.size(); ++i)
            ids.insert(say_acknowledged(*users[i], std::to_string(i), std::to_string(round)));
    BOOST_TEST(ids.size() == 12u);
    BOOST_TEST(eventually([&] { return first->waiting() + second->waiting() == 12 && unconfirmed(robot) == 0; }));
    std::map<std::string, std::set<WebSocket*>> agents_of;
    std::map<WebSocket*, size_t> talks;
    for (WebSocket* agent : {first.get(), second.get()})
        while (agent->waiting()) {
            const auto heard = agent->next_json();
            BOOST_TEST(ids.erase(data(heard, "id")) == 1u);
            if (agents_of[data(heard, "userId")].insert(agent).second) ++talks[agent];
        }
    for (const auto& [user, agents] : agents_of) BOOST_TEST(agents.size() == 1u);
    BOOST_TEST(talks[first.get()] == 2u);
    BOOST_TEST(talks[second.get()] == 2u);
}

BOOST_AUTO_TEST_CASE(what_an_agent_left_unconfirmed_goes_to_the_other) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    auto mute = stack().agent(robot, false);
    const auto one = say_acknowledged(*user, "eins", "1"), two = say_acknowledged(*user, "zwei", "2");
    BOOST_TEST(data(mute->next_json(), "id") == one);
    BOOST_TEST(data(mute->next_json(), "id") == two);
    auto other = stack().agent(robot);
    const auto three = say_acknowledged(*user, "drei", "3");
    BOOST_TEST(data(mute->next_json(), "id") == three);
    BOOST_TEST(other->waiting() == 0u);
    mute->drop();
    for (const auto& id : {one, two, three}) BOOST_TEST(data(other->next_json(), "id") == id);
    const auto four = say_acknowledged(*user, "vier", "4");
    BOOST_TEST(data(other->next_json(), "id") == four);
    BOOST_TEST(eventually([&] { return unconfirmed(robot) == 0; }));
}

BOOST_AUTO_TEST_CASE(an_absent_agent_is_announced_once_and_finds_everything_later) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    std::vector<std::string> ids{say_acknowledged(*user, "0", "n0")};
    BOOST_TEST(user->next() == kOffline);
    // An acknowledgement follows an acknowledgement: no second notice came between.
    for (int i = 1; i < 6; ++i) ids.push_back(say_acknowledged(*user, std::to_string(i), "n" + std::to_string(i)));
    // Another talk has a minute of its own.
    ids.push_back(say_acknowledged(*user, "6", "n6", "conv_other"));
    BOOST_TEST(user->next() == kOffline);
    {
        auto agent = stack().agent(robot);
        for (const auto& id : ids) BOOST_TEST(data(agent->next_json(), "id") == id);
        BOOST_TEST(eventually([&] { return unconfirmed(robot) == 0; }));
        BOOST_TEST(agent->waiting() == 0u);
    }
    auto again = stack().agent(robot);
    const auto fence = say_acknowledged(*user, "fence", "n7");
    BOOST_TEST(data(again->next_json(), "id") == fence);
}

BOOST_AUTO_TEST_CASE(an_absent_user_finds_replies_once_confirmed_ones_not_again) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    stack().user(alice, robot)->text(user_says("bin gleich weg"));
    BOOST_TEST(data(agent->next_json(), "text") == "bin gleich weg");
    std::vector<std::string> ids;
    for (const std::string text : {"a", "b", "c"}) {
        agent->text(agent_says(text, "default", alice.name(), "reply-" + text));
        const auto ack = agent->next_json();
        BOOST_TEST(ack.text_or("type") == "ack");
        ids.push_back(ack.text_or("id"));
    }
    // A device that never confirms leaves them for the next one.
    for (const bool pongs : {false, true}) {
        auto device = stack().user(alice, robot, "", pongs);
        for (const auto& id : ids) BOOST_TEST(device->next_json().text_or("id") == id);
        BOOST_TEST(device->waiting() == 0u);
        if (!pongs) BOOST_TEST(delivered(alice, robot) == 0);
        else BOOST_TEST(eventually([&] { return delivered(alice, robot) == 4; }));
    }
    auto device = stack().user(alice, robot);
    agent->text(agent_says("d", "default", alice.name()));
    BOOST_TEST(device->next_json().text_or("text") == "d");
}

BOOST_AUTO_TEST_CASE(a_repeat_is_the_same_message) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto agent = stack().agent(robot);
    auto user = stack().user(alice, robot);
    const auto id = say_acknowledged(*user, "einmal", "number-1");
    const auto rows = other_driver::messages(alice, robot, "default");
    BOOST_REQUIRE(rows.size() == 1u);
    BOOST_TEST(rows[0].id == id);
    BOOST_TEST(rows[0].client_no == "number-1");
    BOOST_TEST(say_acknowledged(*user, "einmal", "number-1") == id);
    auto other_device = stack().user(alice, robot);
    BOOST_TEST(say_acknowledged(*other_device, "einmal", "number-1") == id);
    user->text(user_says("anders", "", "number-1"));
    BOOST_TEST(user->next() == R"({"type":"error","detail":"clientMsgId 已用于另一条消息"})");
    BOOST_TEST(other_driver::messages(alice, robot, "default").size() == 1u);
    BOOST_TEST(data(agent->next_json(), "id") == id);
    const auto next = say_acknowledged(*user, "weiter", "number-2");
    BOOST_TEST(data(agent->next_json(), "id") == next);
    // An agent's numbers are its robot's own.
    for (int i = 0; i < 2; ++i) {
        agent->text(agent_says("antwort", "default", alice.name(), "number-1"));
        BOOST_TEST(agent->next_json().text_or("type") == "ack");
    }
    BOOST_TEST(other_driver::messages(alice, robot, "default").size() == 3u);
    BOOST_TEST(user->next_json().text_or("text") == "antwort");
    BOOST_TEST((user->live() && user->waiting() == 0u));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
