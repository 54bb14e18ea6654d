// Frames to the handlers and answers back: batches, repeats, giving up, confirming.
#include <boost/test/unit_test.hpp>

#include "support.h"

using namespace hy::relay::test;
using hy::json::Value;

namespace {
const hy::json::Array& ops(const Asked& asked) { return *asked.body.find("frames")->array(); }
}  // namespace

BOOST_AUTO_TEST_SUITE(uplinks)

BOOST_AUTO_TEST_CASE(said_asked_acknowledged) {
    Stack stack;
    stack.handlers->on("ask.ocms.frames", [](const Value& body) {
        const auto& op = (*body.find("frames")->array())[0];
        return R"({"v":1,"out":[{"op":"ack","client_no":")" + op.text_or("client_no") + R"(","id":"msg_7"}]})";
    });
    auto client = stack.live();
    client->text(R"({"text":"你好","conversationId":"c","clientMsgId":"m1"})");
    BOOST_TEST(client->next_text() == R"({"type":"ack","clientMsgId":"m1","id":"msg_7"})");
    const auto asked = *stack.handlers->wait("ask.ocms.frames");
    BOOST_TEST(asked.body.text_or("session") == "s1");
    BOOST_TEST(asked.body.int_or("n") == 1);
    BOOST_TEST(asked.body.text_or("tenant") == "account.2");
    BOOST_TEST(stack.handlers->wait("ask.ocms.ready")->body.text_or("tenant") == "account.2");
    BOOST_TEST(ops(asked)[0].bool_or("own_no"));
    client->text("plain");
    const auto second = *stack.handlers->wait("ask.ocms.frames", 1);
    BOOST_TEST(ops(second)[0].text_or("client_no") == second.body.text_or("conn") + ":2:0");
}

BOOST_AUTO_TEST_CASE(one_request_in_flight_and_the_rest_in_batches) {
    Stack stack;
    std::mutex mutex;
    std::condition_variable let;
    bool go = false;
    stack.handlers->on("ask.ocms.frames", [&](const Value&) {
        std::unique_lock lock(mutex);
        let.wait_for(lock, std::chrono::seconds(4), [&] { return go; });
        return R"({"v":1,"out":[]})";
    });
    auto client = stack.live();
    for (int i = 0; i < 200; ++i) client->text(std::to_string(i));
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.frames"));
    // Everything else has to wait for that one; a ping passes only while the socket is read.
    BOOST_TEST(stack.handlers->asked("ask.ocms.frames").size() == 1u);
    {
        std::lock_guard lock(mutex);
        go = true;
        let.notify_all();
    }
    std::vector<std::string> texts;
    BOOST_REQUIRE(eventually([&] {
        texts.clear();
        for (const auto& asked : stack.handlers->asked("ask.ocms.frames"))
            for (const auto& op : ops(asked)) texts.push_back(op.text_or("text"));
        return texts.size() == 200;
    }));
    for (int i = 0; i < 200; ++i) BOOST_TEST(texts[static_cast<size_t>(i)] == std::to_string(i));
    for (const auto& asked : stack.handlers->asked("ask.ocms.frames")) BOOST_TEST(ops(asked).size() <= 8u);
    BOOST_TEST(stack.handlers->asked("ask.ocms.frames").size() < 40u);
}

BOOST_AUTO_TEST_CASE(busy_is_asked_again_with_the_same_n_then_given_up) {
    Stack stack;
    stack.handlers->on("ask.ocms.frames", [](const Value&) { return R"({"v":1,"busy":true})"; });
    auto client = stack.live();
    client->text("x");
    BOOST_TEST(client->close_code() == 1013);
    const auto asked = stack.handlers->asked("ask.ocms.frames");
    BOOST_TEST(asked.size() == 4u);
    for (const auto& ask : asked) BOOST_TEST(ask.text == asked[0].text);
}

BOOST_AUTO_TEST_CASE(nobody_listens_then_somebody_does) {
    Stack stack;
    auto client = stack.live();
    stack.handlers->absent("ask.ocms.frames");
    client->text("x");
    BOOST_TEST(
        eventually([&] { return stack.metric("hongyan_relay_asks_total{process=\"t\",result=\"no_responder\"") > 0; }));
    stack.handlers->on("ask.ocms.frames",
                       [](const Value&) { return R"({"v":1,"out":[{"op":"error","detail":"d"}]})"; });
    BOOST_TEST(client->next_text() == R"({"type":"error","detail":"d"})");
}

BOOST_AUTO_TEST_CASE(silence_is_asked_again) {
    Stack stack([](auto& config) { config.relay.ask_timeout_ms = 300; });
    auto client = stack.live();
    std::atomic<int> tries = 0;
    stack.handlers->on("ask.ocms.frames", [&](const Value&) {
        return std::string(
            tries++ == 0 ? "" : R"({"v":1,"out":[{"op":"robot_offline"}],"close":{"code":4001,"reason":"r"}})");
    });
    client->text(R"({"type":"check_online"})");
    BOOST_TEST(client->next_text().find("robot_offline") != std::string::npos);
    BOOST_TEST(client->close_code() == 4001);
    BOOST_TEST(tries == 2);
}

// Killed with the ask in its hands: nobody says that it is lost, and the next one can be asked at once.
BOOST_AUTO_TEST_CASE(what_a_handler_took_along_is_asked_again_when_one_starts) {
    Stack stack([](auto& config) { config.relay.ask_timeout_ms = 60'000; });
    auto client = stack.live();
    const auto asks = [&] { return stack.handlers->asked("ask.ocms.frames").size(); };
    const auto starts = [&](const std::string& subject) {
        stack.handlers->publish("ctl.handlers", R"({"v":1,"subjects":["ask.ocms.close",")" + subject + "\"]}");
    };
    stack.handlers->on("ask.ocms.frames", [](const Value&) { return std::string(); });
    client->text("x");
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.frames"));
    hy::StopSignal().wait_ms(400);
    starts("ask.other.frames");
    client->text(R"({"type":"ping"})");
    BOOST_TEST(client->next_text() == R"({"type":"pong"})");
    BOOST_TEST(asks() == 1u);
    stack.handlers->on("ask.ocms.frames",
                       [](const Value&) { return R"({"v":1,"out":[{"op":"error","detail":"d"}]})"; });
    starts("ask.ocms.frames");
    BOOST_TEST(client->next_text() == R"({"type":"error","detail":"d"})");
    const auto all = stack.handlers->asked("ask.ocms.frames");
    BOOST_TEST(all.size() == 2u);
    BOOST_TEST(all[0].text == all[1].text);
}

// One that starts within a tenth of a second: what was out then may be in good hands, and is given the usual time.
BOOST_AUTO_TEST_CASE(what_was_asked_just_before_one_starts_is_not_left_to_the_timeout) {
    Stack stack([](auto& config) { config.relay.ask_timeout_ms = 60'000; });
    auto client = stack.live();
    stack.handlers->on("ask.ocms.frames", [](const Value&) { return std::string(); });
    client->text("x");
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.frames"));
    stack.handlers->on("ask.ocms.frames",
                       [](const Value&) { return R"({"v":1,"out":[{"op":"error","detail":"d"}]})"; });
    stack.handlers->publish("ctl.handlers", R"({"v":1,"subjects":["ask.ocms.frames"]})");
    BOOST_TEST(client->next_text() == R"({"type":"error","detail":"d"})");
    BOOST_TEST(stack.handlers->asked("ask.ocms.frames").size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_was_said_before_the_close_is_asked_and_the_end_is_told_until_answered) {
    Stack stack;
    std::atomic<int> closes = 0;
    stack.handlers->on("ask.ocms.close", [&](const Value&) {
        return std::string(closes++ == 0 ? R"({"v":1,"busy":true})" : R"({"v":1})");
    });
    auto client = stack.live();
    client->text("last words");
    client->frame(8, "\x03\xe8");
    BOOST_TEST(client->close_code() == 1000);
    BOOST_TEST(client->ended());
    const auto asked = stack.handlers->wait("ask.ocms.frames");
    BOOST_REQUIRE(asked);
    BOOST_TEST(ops(*asked)[0].text_or("text") == "last words");
    const auto close = stack.handlers->wait("ask.ocms.close", 1);
    BOOST_REQUIRE(close);
    BOOST_TEST((*close->body.find("conns")->array())[0].text_or("session") == "s1");
}

BOOST_AUTO_TEST_CASE(a_bell_that_stalls_holds_no_connection) {
    Stack stack([](auto& config) { config.relay.loops = 1; });
    auto innocent = stack.live();
    std::vector<std::unique_ptr<Client>> loud;
    for (int i = 0; i < 80; ++i) loud.push_back(stack.live());
    stack.nats.freeze();
    // More than the sockets on the way take.
    for (auto& client : loud)
        for (int i = 0; i < 4; ++i) client->text(std::string(60'000, 'x'));
    for (int i = 0; i < 20; ++i) {
        innocent->frame(9, std::to_string(i));
        const auto pong = innocent->next(1000);
        BOOST_REQUIRE_MESSAGE(pong && pong->opcode == 10, "no pong " << i << " while NATS stalls");
        hy::StopSignal().wait_ms(50);
    }
    stack.nats.thaw();
    // Every frame arrives all the same.
    const auto heard = [&] {
        size_t count = 0;
        for (const auto& asked : stack.handlers->asked("ask.ocms.frames")) count += ops(asked).size();
        return count;
    };
    BOOST_TEST(eventually([&] { return heard() >= 320u; }));
}

BOOST_AUTO_TEST_CASE(said_and_closed_before_it_was_opened) {
    Stack stack;
    Client client(stack.relay->port());
    BOOST_REQUIRE_EQUAL(client.handshake(), 101);
    client.raw(masked(1, "in a hurry") + masked(8, "\x03\xe8"));
    BOOST_TEST(client.close_code() == 1000);
    const auto asked = stack.handlers->wait("ask.ocms.frames");
    BOOST_REQUIRE(asked);
    BOOST_TEST(ops(*asked)[0].text_or("text") == "in a hurry");
}

// NATS carries 1 MB in a message, and together these sessions are more.
BOOST_AUTO_TEST_CASE(long_sessions_are_told_in_parts) {
    Stack stack;
    const std::string open = kOpen, mark = R"("session":"s1")";
    stack.handlers->on("ask.ocms.open", [&](const Value&) {
        return std::string(open).replace(open.find(mark), mark.size(),
                                         R"("session":")" + std::string(20'000, 's') + '"');
    });
    constexpr size_t kClients = 80;
    std::vector<std::unique_ptr<Client>> clients;
    for (size_t i = 0; i < kClients; ++i) clients.push_back(stack.live());
    stack.handlers->publish("live.account.3", push_text(9, 1, "one"));
    for (auto& client : clients) {
        BOOST_TEST(client->next()->opcode == 1);
        client->frame(10, client->next()->payload);
    }
    const auto told = [&](const char* subject) {
        size_t count = 0;
        for (const auto& asked : stack.handlers->asked(subject)) {
            BOOST_TEST(asked.text.size() < 600'000u);
            count += asked.body.find("conns")->array()->size();
        }
        return count;
    };
    BOOST_TEST(eventually([&] { return told("ask.ocms.confirm") == kClients; }));
    clients.clear();
    BOOST_TEST(eventually([&] { return told("ask.ocms.close") == kClients; }));
    for (const auto& asked : stack.handlers->asked("ask.core.heads")) BOOST_TEST(asked.text.size() < 600'000u);
}

// One that no handler can answer is given up in the end, and holds nobody for ever.
BOOST_AUTO_TEST_CASE(an_entry_that_is_never_answered_is_dropped) {
    Stack stack([](hy::Config& config) { config.relay.ask_timeout_ms = 50; });
    stack.handlers->on("ask.ocms.close", [](const Value& body) -> std::string {
        return hy::json::to_text(body).find("poison") == std::string::npos ? R"({"v":1})" : "";
    });
    const std::string open = kOpen, mark = R"("session":"s1")";
    stack.handlers->on("ask.ocms.open", [&](const Value& body) {
        const bool bad = body.find("query") && body.find("query")->text_or("token") == "bad";
        return std::string(open).replace(open.find(mark), mark.size(), bad ? R"("session":"poison")" : mark);
    });
    auto bad = stack.live("/ocms/v1/stream?token=bad&robotId=robot_1");
    bad.reset();
    BOOST_REQUIRE(stack.handlers->wait("ask.ocms.close"));
    auto good = stack.live();
    good.reset();
    BOOST_TEST(eventually(
        [&] {
            const auto all = stack.handlers->asked("ask.ocms.close");
            return !all.empty() && all.back().text.find("poison") == std::string::npos;
        },
        20'000));
}

BOOST_AUTO_TEST_CASE(pongs_confirm_and_what_is_left_goes_with_the_close) {
    Stack stack;
    auto client = stack.live();
    stack.handlers->publish("live.account.3", push_text(9, 1, "one"));
    BOOST_TEST(client->next()->opcode == 1);
    const auto ping = client->next();
    BOOST_REQUIRE(ping && ping->opcode == 9);
    BOOST_TEST(!ping->payload.empty());
    client->frame(10, ping->payload);
    const auto asked = stack.handlers->wait("ask.ocms.confirm");
    BOOST_REQUIRE(asked);
    const auto& entry = (*asked->body.find("conns")->array())[0];
    BOOST_TEST(entry.text_or("session") == "s1");
    BOOST_TEST(hy::json::to_text(*entry.find("confirmed")) == "[[9,1]]");
    stack.handlers->publish("live.account.3", push_text(9, 2, "two"));
    BOOST_TEST(client->next()->opcode == 1);
    const auto second = client->next();
    client->frame(10, second->payload);
    client->frame(8, "\x03\xe8");
    const auto close = stack.handlers->wait("ask.ocms.close");
    BOOST_REQUIRE(close);
    BOOST_TEST(hy::json::to_text(*(*close->body.find("conns")->array())[0].find("confirmed")) == "[[9,2]]");
}

BOOST_AUTO_TEST_SUITE_END()
