// What clients of the wukongim door hear: no echoes, what is sent again, groups that are left, where a listener of many
// channels begins; and what floods and crowds do not do.
#include <atomic>

#include "wukongim.h"

using namespace hy::relay::test;
using namespace hy::relay::test::wukongim;

namespace {
std::string other_group() {
    std::string other = group(1, "u5");
    other.replace(other.find("\"channel\":20"), 12, "\"channel\":21");
    other.replace(other.find("\"g1\""), 4, "\"g2\"");
    return other;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(wukongim_pushes)

BOOST_AUTO_TEST_CASE(everybody_sees_his_partner_as_the_channel) {
    World world;
    JsonUser json_user(world);
    BinaryUser binary_user(world);
    world.handlers->publish("live.account.3", person(1, "u2"));
    const Value got = json_user.recv();
    BOOST_TEST(got.text_or("channelId") == "u2");
    BOOST_TEST(got.text_or("fromUid") == "u2");
    BOOST_TEST(got.find("header")->bool_or("redDot"));
    BOOST_TEST(got.int_or("timestamp") == 1705312800);
    BOOST_TEST(payload(got) == "p1");
    const auto sealed = binary_user.side.recv(binary_user.next());
    BOOST_TEST(sealed.genuine);
    BOOST_TEST(sealed.channel == "u2");
    BOOST_TEST(sealed.payload == "p1");
    // What one's other device said: of the same channel, and nothing to count.
    world.handlers->publish("live.account.3", person(2, "u1"));
    const Value own = json_user.recv();
    BOOST_TEST(own.text_or("channelId") == "u2");
    BOOST_TEST(own.text_or("fromUid") == "u1");
    BOOST_TEST(!own.find("header")->bool_or("redDot"));
    BOOST_TEST((binary_user.side.recv(binary_user.next()).flags & 2) == 0);
    // A group's, as another door said it.
    world.handlers->publish("live.channel.20", group(1, "u5"));
    const Value shared = json_user.recv();
    BOOST_TEST(shared.text_or("channelId") == "g1");
    BOOST_TEST(shared.int_or("channelType") == 2);
    BOOST_TEST(payload(shared) == R"({"type":1,"content":"t1"})");
    BOOST_TEST(binary_user.side.recv(binary_user.next()).channel == "g1");
}

BOOST_AUTO_TEST_CASE(no_echo_for_who_said_it) {
    World world;
    JsonUser speaker(world), other(world);
    const std::string conn = world.handlers->wait("ask.wukongim.open", 0)->body.text_or("conn");
    world.handlers->publish("live.channel.20", group(1, "u1", R"(,"from":")" + conn + "\""));
    BOOST_TEST(payload(other.recv()) == R"({"type":1,"content":"t1"})");
    // Also where it comes again by another way, without the name of who said it: message 77 was its own.
    speaker.client->text(R"({"id":"s","method":"send","params":{"channelId":"g1","channelType":2,"payload":"aGk="}})");
    BOOST_TEST(speaker.next().text_or("id") == "s");
    std::string again = group(2, "u1");
    again.replace(again.find("2002"), 4, "77");
    world.handlers->publish("live.channel.20", again);
    BOOST_TEST(other.recv().text_or("messageId") == "77");
    world.handlers->publish("live.channel.20", group(3, "u5"));
    BOOST_TEST(payload(speaker.recv()) == R"({"type":1,"content":"t3"})");
}

BOOST_AUTO_TEST_CASE(what_is_not_acknowledged_is_sent_again_so_often) {
    World world([](auto& config) {
        config.wukongim.resend_seconds = 1;
        config.wukongim.resends = 2;
    });
    JsonUser user(world);
    world.handlers->publish("live.account.3", person(1, "u2"));
    world.handlers->publish("live.account.3", person(2, "u2"));
    const Value first = user.recv();
    BOOST_TEST(!first.find("header")->bool_or("dup"));
    user.recv();
    user.ack(first);
    for (int i = 0; i < 2; ++i) {
        const Value again = user.recv();
        BOOST_TEST(payload(again) == "p2");
        BOOST_TEST(again.find("header")->bool_or("dup"));
    }
    // Then it is left to the client's sync; what is not stored is never sent again.
    world.handlers->publish(
        "live.account.3",
        R"({"v":1,"kind":"message","channel":9,"seq":0,"id":"5","sender":{"id":"u2"},"peers":["u1","u2"],)"
        R"("content":{"kind":"text","text":"typing"}})");
    BOOST_TEST(payload(user.recv()) == R"({"type":1,"content":"typing"})");
    BOOST_TEST(user.client->next_text(true, 2500) == "nothing came");
}

BOOST_AUTO_TEST_CASE(a_binary_client_acknowledges_too) {
    World world([](auto& config) { config.wukongim.resend_seconds = 1; });
    BinaryUser user(world);
    world.handlers->publish("live.account.3", person(1, "u2"));
    world.handlers->publish("live.account.3", person(2, "u2"));
    const auto first = user.side.recv(user.next()), second = user.side.recv(user.next());
    // As one public client rounds it.
    user.client->frame(2, wk::Side::recvack(second.id + (uint64_t{1} << 32), second.seq));
    const auto again = user.side.recv(user.next());
    BOOST_TEST(again.id == first.id);
    BOOST_TEST((again.flags & 8) == 8);
    user.client->frame(2, wk::Side::recvack(first.id, first.seq));
    world.handlers->publish("live.account.3", person(3, "u2"));
    BOOST_TEST(user.side.recv(user.next()).payload == "p3");
}

BOOST_AUTO_TEST_CASE(ends_that_are_told_and_ends_that_are_not) {
    World world;
    const auto kick = [&](int code) {
        const size_t n = world.handlers->asked("ask.wukongim.open").size();
        JsonUser user(world);
        const std::string conn = world.handlers->wait("ask.wukongim.open", n)->body.text_or("conn");
        const std::string relay = conn.substr(0, conn.rfind(':'));
        world.handlers->publish("ctl.conn." + relay, R"({"v":1,"conn":")" + conn + R"(","code":)" +
                                                         std::to_string(code) + R"(,"reason":"why"})");
        return user.client->next_text();
    };
    const auto told = json::parse(kick(4012));
    BOOST_REQUIRE(told.has_value());
    BOOST_TEST(told->text_or("method") == "disconnect");
    BOOST_TEST(told->find("params")->int_or("reasonCode") == 12);
    BOOST_TEST(kick(4100) == "closed 4100");
    BOOST_TEST(kick(1012) == "closed 1012");
}

BOOST_AUTO_TEST_CASE(made_to_sync_it_is_closed_without_a_word) {
    World world;
    JsonUser user(world);
    const std::string conn = world.handlers->wait("ask.wukongim.open")->body.text_or("conn");
    const std::string relay = conn.substr(0, conn.rfind(':'));
    world.handlers->publish("ctl.conn." + relay, R"({"v":1,"conn":")" + conn + R"(","ready":true})");
    BOOST_TEST(user.client->next_text() == "closed 1012");
}

BOOST_AUTO_TEST_CASE(a_group_that_is_no_more_is_heard_no_more) {
    World world;
    JsonUser user(world);
    world.handlers->publish("live.channel.20", group(1, "u5"));
    user.recv();
    world.handlers->publish("live.channel.20", R"({"v":1,"kind":"gone","channel":20,"seq":0})");
    world.handlers->publish("live.channel.20", group(2, "u5"));
    world.handlers->publish("live.account.3", person(1, "u2"));
    BOOST_TEST(user.recv().text_or("channelId") == "u2");
}

BOOST_AUTO_TEST_CASE(who_is_sent_away_hears_nothing_more) {
    World world;
    world.handlers->on("ask.core.range", [](const Value& ask) {
        std::string pushes;
        for (int64_t seq = ask.int_or("from"); seq <= ask.int_or("to"); ++seq)
            pushes += (pushes.empty() ? "" : ",") + group(seq, "u5");
        return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(ask.int_or("to")) + "}";
    });
    JsonUser gone(world), stays(world);
    for (const int seq : {1, 2}) world.handlers->publish("live.channel.20", group(seq, "u5"));
    for (JsonUser* user : {&gone, &stays}) user->recv(), user->recv();
    // As an older handler says it, with a head that is none.
    const std::string conn = world.handlers->wait("ask.wukongim.open", 0)->body.text_or("conn");
    world.handlers->publish("ctl.account.3", R"({"v":1,"leave":["live.channel.20"],"heads":[[20,0]]})");
    for (JsonUser* user : {&gone, &stays}) user->ping();
    world.handlers->publish("live.channel.20", group(3, "u5"));
    // Beyond the wait for gaps, and a round of heads.
    BOOST_TEST(gone.client->next_text(true, 1500) == "nothing came");
    BOOST_TEST(world.handlers->asked("ask.core.range").empty());
}

BOOST_AUTO_TEST_CASE(a_leave_while_coming_up_beats_an_older_answer) {
    World world;
    std::atomic<bool> first{true};
    world.handlers->on("ask.wukongim.ready", [&](const Value&) {
        // Read before the leave, answered after it.
        if (first.exchange(false)) {
            world.handlers->publish("ctl.account.3", R"({"v":1,"leave":["live.channel.20"]})");
            world.handlers->publish("live.channel.20", group(1, "u5"));
        }
        return R"({"v":1,"heads":[[20,0]],"topics":["live.account.3","live.channel.20"]})";
    });
    JsonUser user(world);
    world.handlers->publish("live.channel.20", group(2, "u5"));
    world.handlers->publish("live.account.3", person(1, "u2"));
    BOOST_TEST(user.recv().text_or("channelId") == "u2");
}

BOOST_AUTO_TEST_CASE(topics_are_put_right_with_ready_and_with_the_look) {
    World world([](auto& config) { config.relay.heads_seconds = 3600; });
    world.handlers->on("ask.wukongim.ready", [](const Value&) {
        return R"({"v":1,"heads":[[21,0]],"topics":["live.account.3","live.channel.21"]})";
    });
    JsonUser user(world);
    // Asked as soon as NATS knows the new topic.
    BOOST_REQUIRE(world.handlers->wait("ask.core.heads"));
    world.handlers->publish("live.channel.20", group(1, "u5"));
    world.handlers->publish("live.channel.21", other_group());
    BOOST_TEST(user.recv().text_or("channelId") == "g2");
}

BOOST_AUTO_TEST_CASE(what_a_new_group_heard_before_its_subscription_is_looked_for_at_once) {
    World world([](auto& config) { config.relay.heads_seconds = 3600; });
    world.handlers->on("ask.core.heads",
                       [](const Value&) { return R"({"v":1,"heads":[[21,1]],"now":1,"sessions":[]})"; });
    world.handlers->on("ask.core.range",
                       [](const Value&) { return R"({"v":1,"pushes":[)" + other_group() + R"(],"to":1})"; });
    JsonUser user(world);
    world.handlers->publish("ctl.account.3", R"({"v":1,"join":["live.channel.21"],"heads":[[21,0]]})");
    BOOST_TEST(user.recv().text_or("channelId") == "g2");
    const auto ask = world.handlers->wait("ask.core.heads");
    BOOST_REQUIRE(ask);
    BOOST_TEST(ask->body.find("channels")->array()->size() == 1u);
}

BOOST_AUTO_TEST_CASE(many_packets_in_one_message) {
    World world;
    BinaryUser some(world);
    some.client->frame(2, std::string(200, '\x70'));
    for (int i = 0; i < 200; ++i) BOOST_REQUIRE_EQUAL(hy::to_hex(some.next()), "80");
    some.client->frame(2, std::string(300, '\x70'));
    BOOST_TEST(some.client->close_code() == 1008);
}

BOOST_AUTO_TEST_CASE(who_floods_and_does_not_read_is_not_read) {
    World world;
    Client client(world.relay->stream_port(), 4096);
    wk::Side side;
    client.raw(side.connect("u1", "t"));
    BOOST_REQUIRE(world.handlers->wait("ask.wukongim.ready"));
    // Millions of bytes of pings, as far as the socket takes them: what waits to be told stays small.
    client.flood(std::string(1 << 16, '\x70'), 2000);
    BOOST_TEST(world.metric("hongyan_relay_send_queue_bytes") < 1'000'000u);
    // Others are served meanwhile.
    JsonUser other(world);
    other.ping();
}

BOOST_AUTO_TEST_CASE(a_crowd_on_the_tcp_address_is_sent_away_at_once) {
    World world([](auto& config) { config.limits.connections_per_address = 3; });
    std::vector<std::unique_ptr<Client>> crowd;
    for (int i = 0; i < 3; ++i) crowd.push_back(std::make_unique<Client>(world.relay->stream_port()));
    wk::Side side;
    crowd[2]->raw(side.connect("u1", "t"));
    BOOST_REQUIRE(world.handlers->wait("ask.wukongim.open"));
    Client fourth(world.relay->stream_port());
    BOOST_TEST(fourth.ended());
}

BOOST_AUTO_TEST_CASE(a_base_that_nobody_can_say_is_asked_again) {
    World world([](auto& config) { config.relay.ask_timeout_ms = 200; });
    std::atomic<int> asked{0};
    world.handlers->on("ask.core.base",
                       [&](const Value&) { return ++asked < 6 ? "" : std::string(R"({"v":1,"seen":50})"); });
    world.handlers->on("ask.core.range", [](const Value& ask) {
        std::string pushes;
        for (int64_t seq = ask.int_or("from"); seq <= ask.int_or("to"); ++seq)
            pushes += (pushes.empty() ? "" : ",") + person(seq, "u2");
        return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(ask.int_or("to")) + "}";
    });
    JsonUser user(world);
    world.handlers->publish("live.account.3",
                            person(52, "u2", R"(,"before_at":)" + std::to_string(hy::SystemClock().now_ms())));
    BOOST_TEST(payload(user.recv()) == "p51");
    BOOST_TEST(payload(user.recv()) == "p52");
}

BOOST_AUTO_TEST_CASE(a_channel_first_heard_of_begins_where_the_listener_came) {
    World world;
    const auto range = [&](const Value& ask) {
        std::string pushes;
        for (int64_t seq = ask.int_or("from"); seq <= ask.int_or("to"); ++seq)
            pushes += (pushes.empty() ? "" : ",") + person(seq, "u2");
        return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(ask.int_or("to")) + "}";
    };
    world.handlers->on("ask.core.range", range);
    world.handlers->on("ask.core.base", [](const Value&) { return R"({"v":1,"seen":50})"; });
    JsonUser user(world);
    const int64_t now = hy::SystemClock().now_ms();
    // The one before is old: nothing can be missing.
    std::string old = person(12, "u2", R"(,"before_at":)" + std::to_string(now - 3'600'000));
    world.handlers->publish("live.account.3", old);
    BOOST_TEST(payload(user.recv()) == "p12");
    BOOST_TEST(world.handlers->asked("ask.core.base").empty());
    // Of another channel the second of two comes first, and the one before it is young.
    const auto other = [&](int64_t seq, const std::string& more) {
        std::string push = person(seq, "u2", more);
        push.replace(push.find("\"channel\":9"), 11, "\"channel\":10");
        return push;
    };
    world.handlers->on("ask.core.range", [&](const Value& ask) {
        std::string pushes;
        for (int64_t seq = ask.int_or("from"); seq <= ask.int_or("to"); ++seq)
            pushes += (pushes.empty() ? "" : ",") + other(seq, "");
        return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(ask.int_or("to")) + "}";
    });
    world.handlers->publish("live.account.3", other(52, R"(,"before_at":)" + std::to_string(now)));
    BOOST_TEST(payload(user.recv()) == "p51");
    BOOST_TEST(payload(user.recv()) == "p52");
    world.handlers->publish("live.account.3", other(51, ""));
    world.handlers->publish("live.account.3", other(53, ""));
    BOOST_TEST(payload(user.recv()) == "p53");
    const auto base = world.handlers->wait("ask.core.base");
    BOOST_TEST(base->body.int_or("channel") == 10);
    BOOST_TEST(base->body.int_or("to") == 52);
}

BOOST_AUTO_TEST_SUITE_END()
