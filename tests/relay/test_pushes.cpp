// Pushes: order, doubles, gaps, what was lost, and who hears what.
#include <boost/test/unit_test.hpp>

#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;

namespace {
std::string text_of(const std::string& frame) {
    const auto value = hy::json::parse(frame);
    return value ? value->text_or("text") : frame;
}

// Answers ask.core.range from a channel whose message n says "m<n>".
std::string range(const Value& body) {
    std::string pushes;
    for (int64_t seq = body.int_or("from"); seq <= body.int_or("to"); ++seq)
        pushes += (pushes.empty() ? "" : ",") + push_text(body.int_or("channel"), seq, "m" + std::to_string(seq));
    return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(body.int_or("to")) + "}";
}

void expect(Client& client, int from, int to) {
    for (int i = from; i <= to; ++i) BOOST_REQUIRE_EQUAL(text_of(client.next_text()), "m" + std::to_string(i));
}

void push(Stack& stack, int seq, const std::string& topic = "live.account.3") {
    stack.handlers->publish(topic, push_text(9, seq, "m" + std::to_string(seq)));
}
}  // namespace

BOOST_AUTO_TEST_SUITE(pushes)

BOOST_AUTO_TEST_CASE(in_order_without_doubles) {
    Stack stack;
    auto client = stack.live();
    for (const int seq : {1, 2, 2, 1, 3}) push(stack, seq);
    expect(*client, 1, 3);
    push(stack, 4);
    expect(*client, 4, 4);
    BOOST_TEST(stack.handlers->asked("ask.core.range").size() == 0u);
}

BOOST_AUTO_TEST_CASE(swapped_pushes_are_put_right_without_asking) {
    Stack stack([](auto& config) { config.relay.gap_wait_ms = 5000; });
    auto client = stack.live();
    for (const int seq : {1, 3, 2}) push(stack, seq);
    expect(*client, 1, 3);
    BOOST_TEST(stack.handlers->asked("ask.core.range").size() == 0u);
}

BOOST_AUTO_TEST_CASE(a_gap_is_filled_and_what_no_longer_exists_is_passed_over) {
    Stack stack;
    stack.handlers->on("ask.core.range",
                       [](const Value&) { return R"({"v":1,"pushes":[)" + push_text(9, 3, "m3") + R"(],"to":4})"; });
    auto client = stack.live();
    for (const int seq : {1, 5}) push(stack, seq);
    expect(*client, 1, 1);
    expect(*client, 3, 3);
    expect(*client, 5, 5);
}

BOOST_AUTO_TEST_CASE(a_long_gap_takes_several_ranges) {
    Stack stack;
    stack.handlers->on("ask.core.range", range);
    stack.handlers->on("ask.ocms.ready", [](const Value&) { return R"({"v":1,"heads":[[9,10]],"pending":[]})"; });
    auto client = stack.live();
    push(stack, 700);
    expect(*client, 11, 700);
}

BOOST_AUTO_TEST_CASE(a_lost_last_message_is_found_by_the_heads) {
    Stack stack;
    stack.handlers->on("ask.core.range", range);
    stack.handlers->on("ask.core.heads",
                       [](const Value&) { return R"({"v":1,"heads":[[9,2]],"now":5,"sessions":[]})"; });
    auto client = stack.live();
    push(stack, 1);
    expect(*client, 1, 2);
}

BOOST_AUTO_TEST_CASE(a_new_channel_whose_only_message_was_lost) {
    Stack stack;
    stack.handlers->on("ask.core.range", range);
    stack.handlers->on("ask.core.heads", [](const Value& body) {
        std::string sessions;
        for (const auto& session : *body.find("sessions")->array())
            sessions += R"({"conn":")" + session.text_or("conn") + R"(","heads":[[9,0]]})";
        return R"({"v":1,"heads":[[9,1]],"now":5,"sessions":[)" + sessions + "]}";
    });
    auto client = stack.live();
    expect(*client, 1, 1);
}

BOOST_AUTO_TEST_CASE(ready_first_then_what_came_meanwhile_above_the_heads) {
    Stack stack;
    Handlers* handlers = stack.handlers.get();
    handlers->on("ask.ocms.ready", [handlers](const Value&) {
        for (const int seq : {4, 5, 6})
            handlers->bus().publish("live.account.3", push_text(9, seq, "m" + std::to_string(seq)));
        handlers->bus().flush(1000);
        return R"({"v":1,"heads":[[9,5]],"pending":[)" + push_text(9, 2, "m2") + "," + push_text(9, 3, "m3") + "]}";
    });
    Client client(stack.relay->port());
    BOOST_REQUIRE_EQUAL(client.handshake(), 101);
    expect(client, 2, 3);
    expect(client, 6, 6);
    push(stack, 7);
    expect(client, 7, 7);
}

BOOST_AUTO_TEST_CASE(nothing_is_lost_while_nats_is_away) {
    Stack stack;
    stack.handlers->on("ask.core.range", range);
    std::atomic<int> head = 1;
    stack.handlers->on("ask.core.heads", [&](const Value&) {
        return R"({"v":1,"heads":[[9,)" + std::to_string(head) + R"(]],"now":5,"sessions":[]})";
    });
    auto client = stack.live();
    push(stack, 1);
    expect(*client, 1, 1);
    stack.nats.kill();
    BOOST_REQUIRE(eventually([&] { return !stack.bus->connected(); }));
    client->text("said while it was away");
    head = 4;
    stack.nats.start();
    expect(*client, 2, 4);
    const auto frames = stack.handlers->wait("ask.ocms.frames");
    BOOST_REQUIRE(frames);
    bool listed = false;
    BOOST_TEST(eventually([&] {
        for (const auto& beat : stack.handlers->asked("ask.core.relay"))
            if (const Value* list = beat.body.find("list")) listed = list->array()->size() == 1;
        return listed;
    }));
}

BOOST_AUTO_TEST_CASE(two_members_of_one_channel_each_by_their_own_topic) {
    Stack stack;
    stack.handlers->on("ask.core.range", range);
    stack.handlers->on("ask.ocms.open", [](const Value& body) {
        const std::string n = body.find("query")->text_or("token");
        return R"({"v":1,"session":"s","topics":["live.account.)" + n +
               R"("],"view":{"role":"user","robot":"robot_1"}})";
    });
    auto one = stack.live("/ocms/v1/stream?token=3"), two = stack.live("/ocms/v1/stream?token=4");
    for (const int seq : {1, 2}) push(stack, seq, "live.account.3");
    for (const int seq : {1, 2}) push(stack, seq, "live.account.4");
    for (const int seq : {3}) push(stack, seq, "live.account.4");
    push(stack, 3, "live.account.3");
    expect(*one, 1, 3);
    expect(*two, 1, 3);
}

BOOST_AUTO_TEST_CASE(two_devices_both_hear_and_a_push_for_one_reaches_one) {
    Stack stack([](auto& config) { config.relay.loops = 2; });
    auto one = stack.live(), two = stack.live();
    push(stack, 1);
    expect(*one, 1, 1);
    expect(*two, 1, 1);
    const std::string conn = stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn");
    stack.handlers->publish("live.account.3", push_text(30, 77, "only you", conn));
    push(stack, 2);
    BOOST_TEST(text_of(one->next_text()) == "only you");
    expect(*one, 2, 2);
    expect(*two, 2, 2);
}

BOOST_AUTO_TEST_CASE(joining_and_leaving_change_what_is_heard) {
    Stack stack;
    auto client = stack.live();
    stack.handlers->publish("ctl.account.3", R"({"v":1,"join":["live.channel.9"],"leave":[],"heads":[[9,4]]})");
    // The subscription is the relay's to make; the push that comes behind it is filled by number.
    stack.handlers->on("ask.core.range", range);
    BOOST_REQUIRE(eventually([&] {
        push(stack, 5, "live.channel.9");
        return client->next_text(true, 200).find("m5") != std::string::npos;
    }));
    push(stack, 6, "live.channel.9");
    expect(*client, 6, 6);
    stack.handlers->publish("ctl.account.3", R"({"v":1,"join":[],"leave":["live.channel.9"]})");
    stack.handlers->publish("ctl.account.3", R"({"v":1,"join":[],"leave":[]})");
    // What comes behind it on the same line finds that done.
    stack.handlers->publish("live.account.3", push_text(10, 1, "left"));
    BOOST_TEST(text_of(client->next_text()) == "left");
    push(stack, 7, "live.channel.9");
    stack.handlers->publish("live.account.3", push_text(10, 2, "other"));
    BOOST_TEST(text_of(client->next_text()) == "other");
}

BOOST_AUTO_TEST_CASE(made_to_sync_asks_ready_again) {
    Stack stack;
    auto client = stack.live();
    const std::string conn = stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn");
    stack.handlers->on("ask.ocms.ready",
                       [](const Value&) { return R"({"v":1,"heads":[],"pending":[)" + push_text(9, 1, "m1") + "]}"; });
    stack.handlers->publish("ctl.conn." + stack.relay->id(), R"({"v":1,"conn":")" + conn + R"(","ready":true})");
    expect(*client, 1, 1);
}

BOOST_AUTO_TEST_SUITE_END()
