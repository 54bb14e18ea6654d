// Those who were away for long: everything waits for them, however much it is, and comes in
// order and once.
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "e2e/stack.h"

namespace hy::test {

namespace {

void expect_numbered(WebSocket& stream, int from, int to, bool agent) {
    for (int i = from; i < to; ++i) {
        const auto frame = stream.next_json(20'000);
        const std::string text = agent ? data(frame, "text") : frame.text_or("text");
        BOOST_REQUIRE_EQUAL(text.substr(0, text.find(' ')), std::to_string(i));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backlog)

// More messages than one answer holds, then more bytes than NATS carries at once.
BOOST_AUTO_TEST_CASE(all_replies_wait_for_a_user) {
    const struct {
        int count;
        size_t size;
    } rows[] = {{450, 10}, {30, 60'000}};
    for (const auto& row : rows) {
        const User alice = stack().log_in();
        const Robot robot = stack().new_robot(alice);
        {
            auto user = stack().user(alice, robot);
            user->text(user_says("hello"));
            BOOST_TEST(user->next_json().text_or("error") == "robot_offline");
        }
        auto agent = stack().agent(robot);
        BOOST_TEST(data(agent->next_json(), "text") == "hello");
        for (int i = 0; i < row.count; ++i) {
            agent->text(agent_says(std::to_string(i) + " " + std::string(row.size, 'x'), "default", alice.name(),
                                   "n" + std::to_string(i)));
            BOOST_REQUIRE_EQUAL(agent->next_json().text_or("type"), "ack");
        }
        auto user = stack().user(alice, robot);
        expect_numbered(*user, 0, row.count, false);
        // All of it was confirmed: nothing comes twice.
        BOOST_REQUIRE(eventually([&] { return other_driver::delivered(alice, robot) == row.count + 1; }));
        auto again = stack().user(alice, robot);
        BOOST_TEST(again->live());
        BOOST_TEST(again->waiting() == 0u);
    }
}

BOOST_AUTO_TEST_CASE(all_messages_wait_for_an_agent) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    const int count = 30;
    for (int i = 0; i < count; ++i) {
        user->text(user_says(std::to_string(i) + " " + std::string(60'000, 'y'), {}, "n" + std::to_string(i)));
        while (user->next_json().text_or("type") != "ack") continue;
    }
    auto agent = stack().agent(robot);
    expect_numbered(*agent, 0, count, true);
    BOOST_TEST(eventually([&] { return other_driver::unconfirmed(robot) == 0; }));
}

// Six times as long on its way as it is: what is fetched in ranges must fit all the same.
BOOST_AUTO_TEST_CASE(texts_that_grow_when_escaped_arrive) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    {
        auto user = stack().user(alice, robot);
        user->text(user_says("hello"));
        BOOST_TEST(user->next_json().text_or("error") == "robot_offline");
    }
    auto agent = stack().agent(robot);
    BOOST_TEST(data(agent->next_json(), "text") == "hello");
    for (int i = 0; i < 8; ++i) {
        const std::string tail(i < 7 ? 40'000 : 3, '\x01');
        agent->text(agent_says(std::to_string(i) + " " + tail, "default", alice.name(), "n" + std::to_string(i)));
        BOOST_REQUIRE_EQUAL(agent->next_json().text_or("type"), "ack");
    }
    auto user = stack().user(alice, robot);
    expect_numbered(*user, 0, 8, false);
}

BOOST_AUTO_TEST_CASE(a_text_too_long_is_refused_in_words) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    for (const std::string& text :
         {std::string(65'537, 'x'), user_says(std::string(65'537, 'x')), std::string(200'000, '\x01')}) {
        user->text(text);
        BOOST_TEST(user->next_json().text_or("detail") == "消息过长");
    }
    BOOST_TEST(user->live());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
