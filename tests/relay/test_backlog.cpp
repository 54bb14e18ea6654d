// What a connection is given at once: much of it, a part of it, nothing of it; and what
// becomes of connections whose admission nobody answered.
#include <boost/test/unit_test.hpp>

#include <set>

#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;

namespace {
std::string text_of(const std::string& frame) {
    const auto value = hy::json::parse(frame);
    return value ? value->text_or("text") : frame;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(backlog)

BOOST_AUTO_TEST_CASE(much_at_once_is_not_slowness) {
    Stack stack([](auto& config) { config.relay.send_queue_bytes = 64 << 10; });
    const std::string long_text(20'000, 'x');
    stack.handlers->on("ask.ocms.ready", [&](const Value&) {
        std::string pending;
        for (int64_t seq = 1; seq <= 10; ++seq)
            pending += (seq > 1 ? "," : "") + push_text(9, seq, std::to_string(seq) + long_text);
        return R"({"v":1,"heads":[[9,10]],"pending":[)" + pending + "]}";
    });
    Client client(stack.relay->port());
    BOOST_REQUIRE(client.handshake() == 101);
    for (int seq = 1; seq <= 10; ++seq)
        BOOST_REQUIRE_EQUAL(text_of(client.next_text()), std::to_string(seq) + long_text);
    BOOST_TEST(stack.metric("hongyan_relay_drops_total{process=\"t\",reason=\"slow\"") == 0u);
}

BOOST_AUTO_TEST_CASE(what_a_list_leaves_out_is_fetched) {
    Stack stack;
    stack.handlers->on("ask.ocms.ready", [](const Value&) {
        return R"({"v":1,"heads":[[9,2]],"cut":[[9,4]],"pending":[)" + push_text(9, 1, "m1") + "," +
               push_text(9, 2, "m2") + "]}";
    });
    stack.handlers->on("ask.core.range", [](const Value& body) {
        // One at a time: an answer may cover less than was asked for.
        const int64_t seq = body.int_or("from");
        return R"({"v":1,"pushes":[)" + push_text(9, seq, "m" + std::to_string(seq)) + R"(],"to":)" +
               std::to_string(seq) + "}";
    });
    Client client(stack.relay->port());
    BOOST_REQUIRE(client.handshake() == 101);
    for (int seq = 1; seq <= 4; ++seq) BOOST_REQUIRE_EQUAL(text_of(client.next_text()), "m" + std::to_string(seq));
}

BOOST_AUTO_TEST_CASE(gaps_of_many_channels_are_asked_for_a_few_at_a_time) {
    Stack stack([](auto& config) {
        config.relay.loops = 1;
        config.relay.ask_timeout_ms = 1000;
    });
    constexpr int kChannels = 200;
    std::string heads, cut;
    for (int channel = 1; channel <= kChannels; ++channel) {
        const std::string number = std::to_string(channel), comma = channel > 1 ? "," : "";
        heads += comma + "[" + number + ",0]";
        cut += comma + "[" + number + ",1]";
    }
    stack.handlers->on("ask.ocms.ready", [&](const Value&) {
        return R"({"v":1,"heads":[)" + heads + R"(],"cut":[)" + cut + R"(],"pending":[]})";
    });
    std::atomic<bool> answers = false;
    stack.handlers->on("ask.core.range", [&](const Value& body) {
        const int64_t channel = body.int_or("channel");
        if (!answers) return std::string();
        return R"({"v":1,"pushes":[)" + push_text(channel, 1, std::to_string(channel)) + R"(],"to":1})";
    });
    const auto asked = [&] {
        std::set<int64_t> channels;
        for (const auto& ask : stack.handlers->asked("ask.core.range")) channels.insert(ask.body.int_or("channel"));
        return channels.size();
    };
    Client client(stack.relay->port());
    BOOST_REQUIRE(client.handshake() == 101);
    BOOST_TEST(eventually([&] { return asked() == 16u; }));
    client.text(R"({"type":"ping"})");
    BOOST_TEST(client.next_text() == R"({"type":"pong"})");
    BOOST_TEST(asked() == 16u);
    BOOST_TEST(stack.handlers->wait("ask.core.range")->body.text_or("tenant") == "range");
    answers = true;
    std::set<std::string> heard;
    for (int i = 0; i < kChannels; ++i) heard.insert(text_of(client.next_text()));
    BOOST_TEST(heard.size() == static_cast<size_t>(kChannels));
}

BOOST_AUTO_TEST_CASE(what_is_said_at_the_door_waits_in_the_socket_and_arrives) {
    Stack stack([](auto& config) { config.relay.ask_timeout_ms = 300; });
    std::atomic<bool> opens = false;
    stack.handlers->on("ask.ocms.open", [&](const Value&) { return std::string(opens ? kOpen : ""); });
    Client client(stack.relay->port());
    BOOST_REQUIRE(client.handshake() == 101);
    const std::string long_text(60'000, 'x');
    client.text("first");
    client.text(long_text);
    client.text("last");
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.open"));
    opens = true;
    std::vector<size_t> sizes;
    BOOST_TEST(eventually([&] {
        sizes.clear();
        for (const auto& asked : stack.handlers->asked("ask.ocms.frames"))
            for (const auto& op : *asked.body.find("frames")->array()) sizes.push_back(op.text_or("text").size());
        return sizes.size() == 3;
    }));
    BOOST_TEST((sizes == std::vector<size_t>{5, 60'000, 4}));
}

BOOST_AUTO_TEST_CASE(talks_with_other_robots_are_no_gap) {
    Stack stack;
    auto client = stack.live();
    std::string other = push_text(10, 7, "for another robot");
    const size_t at = other.find("robot_1");
    BOOST_REQUIRE(at != std::string::npos);
    for (size_t from = at; from != std::string::npos; from = other.find("robot_1", from + 7))
        other.replace(from, 7, "robot_2");
    stack.handlers->publish("live.account.3", other);
    stack.handlers->publish("live.account.3", push_text(9, 1, "m1"));
    BOOST_TEST(text_of(client->next_text()) == "m1");
    BOOST_TEST(stack.handlers->asked("ask.core.range").size() == 0u);
}

BOOST_AUTO_TEST_CASE(an_open_that_nobody_answered_is_ended) {
    Stack stack([](auto& config) { config.relay.ask_timeout_ms = 100; });
    stack.handlers->on("ask.ocms.open", [](const Value&) { return R"({"v":1,"busy":true})"; });
    Client client(stack.relay->port());
    BOOST_REQUIRE(client.handshake() == 101);
    BOOST_TEST(client.close_code() == 1013);
    // A handler that comes late may still have written the connection down.
    const auto close = stack.handlers->wait("ask.ocms.close");
    BOOST_REQUIRE(close);
    const Value* conns = close->body.find("conns");
    BOOST_REQUIRE((conns && conns->array() && conns->array()->size() == 1));
    BOOST_TEST(conns->array()->front().text_or("conn") ==
               stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn"));
}

BOOST_AUTO_TEST_SUITE_END()
