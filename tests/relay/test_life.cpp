// How connections end: slow, idle, expired, kicked, unknown, and with the relay itself.
#include <boost/test/unit_test.hpp>

#include <thread>

#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;

BOOST_AUTO_TEST_SUITE(life)

BOOST_AUTO_TEST_CASE(a_slow_reader_is_closed_and_harms_nobody) {
    Stack stack([](auto& config) { config.relay.send_queue_bytes = 64 << 10; });
    Client slow(stack.relay->port(), 4096);
    BOOST_REQUIRE_EQUAL(slow.handshake(), 101);
    auto quick = stack.live();
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.ready", 1));
    const std::string big(32 << 10, 'x');
    int seq = 0;
    const bool closed = eventually([&] {
        stack.handlers->publish("live.account.3", push_text(9, ++seq, big));
        BOOST_REQUIRE(quick->next_text().find(big) != std::string::npos);
        return stack.metric("hongyan_relay_drops_total{process=\"t\",reason=\"slow\"") == 1;
    });
    BOOST_TEST(closed);
    BOOST_TEST(slow.close_code() == 1013);
    stack.handlers->publish("live.account.3", push_text(9, ++seq, "after"));
    BOOST_TEST(quick->next_text().find("after") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(silence_is_pinged_then_closed) {
    Stack stack([](auto& config) {
        config.relay.ping_seconds = 1;
        config.relay.idle_seconds = 3;
    });
    auto client = stack.live();
    const auto ping = client->next();
    BOOST_REQUIRE(ping);
    BOOST_TEST(ping->opcode == 9);
    std::string reason;
    BOOST_TEST(client->close_code(&reason) == 1000);
    BOOST_TEST(reason == "心跳超时");
    // The peer does not answer the close: its socket is closed all the same.
    BOOST_TEST(client->ended());
}

BOOST_AUTO_TEST_CASE(a_message_that_is_never_whole_is_given_up) {
    Stack stack([](auto& config) { config.relay.idle_seconds = 2; });
    auto endless = stack.live(), patient = stack.live();
    endless->frame(1, "{", false);
    // Both are heard all the time; only one of them finishes what it says.
    const bool closed = eventually([&] {
        endless->frame(9, "");
        endless->frame(0, " ", false);
        patient->frame(1, "{\"text\":", false);
        patient->frame(0, "7}");
        const auto seen = endless->next(50);
        return seen && seen->opcode == 8 && seen->code() == 1008;
    });
    BOOST_TEST(closed);
    patient->text(R"({"type":"ping"})");
    // Behind what was said of its sevens.
    BOOST_TEST(eventually([&] { return patient->next_text() == R"({"type":"pong"})"; }));
}

BOOST_AUTO_TEST_CASE(expiry_closes) {
    Stack stack;
    stack.handlers->on("ask.ocms.open", [&](const Value&) {
        std::string open = kOpen;
        open.insert(open.size() - 1, R"(,"expires":)" + std::to_string(stack.clock.now_ms() + 1000));
        return open;
    });
    auto client = stack.live();
    std::string reason;
    BOOST_TEST(client->close_code(&reason) == 1008);
    BOOST_TEST(reason == "无效的 Token");
}

BOOST_AUTO_TEST_CASE(kicks_respect_door_family_and_exception) {
    Stack stack;
    auto client = stack.live();
    const auto kick = [&](const std::string& whom, const std::string& more) {
        stack.handlers->publish("ctl.kick." + whom, R"({"v":1,"code":1008,"reason":"r")" + more + "}");
    };
    kick("account.3", R"(,"door":"openim")");
    kick("account.3", R"(,"family":"f")");
    kick("talk.5", R"(,"except":"account.3")");
    client->text(R"({"type":"ping"})");
    BOOST_TEST(client->next_text() == R"({"type":"pong"})");
    kick("talk.5", R"(,"except":"account.4")");
    BOOST_TEST(client->close_code() == 1008);
}

BOOST_AUTO_TEST_CASE(one_connection_is_closed_by_name) {
    Stack stack;
    auto client = stack.live();
    const std::string conn = stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn");
    stack.handlers->publish("ctl.conn." + stack.relay->id(),
                            R"({"v":1,"conn":")" + conn + R"(","code":4000,"reason":"连接已被替换"})");
    std::string reason;
    BOOST_TEST(client->close_code(&reason) == 4000);
    BOOST_TEST(reason == "连接已被替换");
}

BOOST_AUTO_TEST_CASE(what_the_house_does_not_know_is_closed) {
    Stack stack([](auto& config) { config.relay.heartbeat_seconds = 1; });
    auto client = stack.live();
    const std::string conn = stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn");
    stack.handlers->on("ask.core.relay", [&](const Value&) { return R"({"v":1,"unknown":[")" + conn + "\"]}"; });
    BOOST_TEST(client->close_code() == 1012);
}

// It stood still for longer than its lease, and found all in order when it went on.
BOOST_AUTO_TEST_CASE(a_house_that_gave_the_relay_up_hears_its_connections_at_once) {
    Stack stack([](auto& config) { config.relay.heartbeat_seconds = 1; });
    auto client = stack.live();
    stack.handlers->on("ask.core.relay", [&](const Value& body) {
        const Value* list = body.find("list");
        if (!list) return std::string(R"({"v":1,"list":true})");
        return R"({"v":1,"unknown":)" + hy::json::to_text(*list) + "}";
    });
    BOOST_TEST(client->close_code() == 1012);
}

// A naming that was repeated for long, as while the database is away, is older than who came meanwhile: he is not
// closed for it, and not forgotten either.
BOOST_AUTO_TEST_CASE(who_came_while_a_naming_was_repeated_is_named_again_soon) {
    std::atomic<bool> asked{false}, back{false};
    std::atomic<int> beats{0};
    std::string conn;
    Stack stack([](auto& config) {
        config.relay.heartbeat_seconds = 1;
        config.relay.ask_timeout_ms = 50;
    });
    stack.handlers->on("ask.core.relay", [&](const Value& body) {
        if (!body.find("list")) return ++beats, std::string(asked ? R"({"v":1})" : R"({"v":1,"list":true})");
        asked = true;
        return back ? R"({"v":1,"unknown":[")" + conn + "\"]}" : std::string();
    });
    BOOST_REQUIRE(eventually([&] { return asked.load(); }));
    auto client = stack.live();
    conn = stack.handlers->asked("ask.ocms.open")[0].body.text_or("conn");
    back = true;
    BOOST_TEST(client->close_code() == 1012);
    BOOST_TEST(beats < 8);
}

BOOST_AUTO_TEST_CASE(few_opens_at_once_and_all_get_their_turn) {
    Stack stack([](auto& config) { config.relay.opens_in_flight = 2; });
    auto silent = [](const Value&) { return std::string(); };
    stack.handlers->on("ask.ocms.open", silent);
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<Client>(stack.relay->port()));
        BOOST_REQUIRE_EQUAL(clients.back()->handshake(), 101);
    }
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.open", 1));
    BOOST_TEST(stack.handlers->asked("ask.ocms.open").size() == 2u);
    stack.handlers->on("ask.ocms.open", [](const Value&) { return kOpen; });
    // The first two are asked again after their timeout.
    BOOST_TEST(eventually([&] { return stack.handlers->asked("ask.ocms.ready").size() == 6; }));
}

BOOST_AUTO_TEST_CASE(the_relay_says_goodbye) {
    Stack stack;
    auto one = stack.live(), two = stack.live();
    std::thread stop([&] { stack.relay->stop(); });
    BOOST_TEST(one->close_code() == 1001);
    BOOST_TEST(two->close_code() == 1001);
    one->frame(8, "\x03\xe9");
    two->frame(8, "\x03\xe9");
    stop.join();
    size_t told = 0;
    for (const auto& close : stack.handlers->asked("ask.ocms.close")) told += close.body.find("conns")->array()->size();
    BOOST_TEST(told == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
