// The wukongim door: introductions in both protocols and over plain TCP, refusals, and what is told at the end.
#include "wukongim.h"

using namespace hy::relay::test;
using namespace hy::relay::test::wukongim;

BOOST_AUTO_TEST_SUITE(wukongim)

BOOST_AUTO_TEST_CASE(json_is_introduced_sends_and_is_answered) {
    World world;
    JsonUser user(world);
    const auto asked = world.handlers->wait("ask.wukongim.open");
    BOOST_TEST(asked->body.find("query")->text_or("uid") == "u1");
    BOOST_TEST(asked->body.find("query")->text_or("token") == "t");
    BOOST_TEST(asked->body.find("query")->text_or("deviceFlag") == "1");
    user.client->text(
        R"({"id":"s1","method":"send","params":{"channelId":"u2","channelType":1,"payload":"aGk=","clientMsgNo":"n"}})");
    const Value sent = user.next();
    BOOST_TEST(sent.text_or("id") == "s1");
    BOOST_TEST(sent.find("result")->text_or("messageId") == "77");
    BOOST_TEST(sent.find("result")->int_or("messageSeq") == 5);
    BOOST_TEST(sent.find("result")->int_or("reasonCode") == 1);
    const auto frames = world.handlers->wait("ask.wukongim.frames");
    const Value& op = frames->body.find("frames")->array()->at(0);
    BOOST_TEST(op.text_or("channel") == "u2");
    BOOST_TEST(op.text_or("payload") == "aGk=");
    BOOST_TEST(op.text_or("client_no") == "n");
}

BOOST_AUTO_TEST_CASE(binary_is_introduced_sends_and_is_answered_at_every_version) {
    World world;
    for (const int version : {2, 3, 4, 5}) {
        BinaryUser user(world, version);
        user.client->frame(2, user.side.send(41, "n", "u2", 1, "hello") + std::string(1, '\x70'));
        // Each packet in a message of its own; the pong needs nobody, and comes first.
        BOOST_TEST(hy::to_hex(user.next()) == "80");
        const auto ack = wk::sendack(user.next());
        BOOST_TEST(ack.client_seq == 41u);
        BOOST_TEST(ack.id == 77u);
        BOOST_TEST(ack.seq == 5u);
        BOOST_TEST(ack.reason == 1);
    }
    const auto frames = world.handlers->wait("ask.wukongim.frames", 3);
    BOOST_TEST(frames->body.find("frames")->array()->at(0).text_or("payload") == hy::base64("hello"));
}

BOOST_AUTO_TEST_CASE(plain_tcp_speaks_the_same) {
    World world;
    Client client(world.relay->stream_port());
    wk::Side side(4);
    const std::string connect = side.connect("u1", "t");
    // In pieces.
    client.raw(connect.substr(0, 7));
    client.raw(connect.substr(7));
    std::string in;
    const auto packet = [&] {
        for (;;) {
            std::string_view all = in;
            const wk::Opened opened = wk::open(all);
            const size_t size = in.empty() ? 0 : opened.type == wk::kPong ? 1 : in.size() - opened.body.size();
            // A packet's length stands in one or two bytes here.
            if (size && opened.type != wk::kPong) {
                size_t length = static_cast<unsigned char>(in[1]) % 128;
                if (size == 3) length += static_cast<size_t>(static_cast<unsigned char>(in[2])) * 128;
                if (opened.body.size() >= length) {
                    const std::string one = in.substr(0, size + length);
                    in.erase(0, size + length);
                    return one;
                }
            } else if (size) {
                const std::string one = in.substr(0, 1);
                in.erase(0, 1);
                return one;
            }
            const std::string more = client.some();
            if (more.empty()) return std::string();
            in += more;
        }
    };
    BOOST_REQUIRE_EQUAL(side.connack(packet()), 1);
    client.raw(side.send(1, "n", "u2", 1, "a") + side.send(2, "m", "u2", 1, "b"));
    BOOST_TEST(wk::sendack(packet()).client_seq == 1u);
    BOOST_TEST(wk::sendack(packet()).client_seq == 2u);
    world.handlers->publish("live.account.3", person(1, "u2"));
    const auto recv = side.recv(packet());
    BOOST_TEST(recv.genuine);
    BOOST_TEST(recv.payload == "p1");
    client.raw(std::string(1, '\x70'));
    BOOST_TEST(hy::to_hex(packet()) == "80");
    world.handlers->publish("ctl.kick.account.3", R"({"v":1,"code":1008,"reason":"gone"})");
    const auto bye = wk::open(packet());
    BOOST_TEST(bye.type == wk::kDisconnect);
    BOOST_TEST(static_cast<int>(bye.body.at(0)) == 2);
    BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(a_stream_without_sense_ends) {
    World world;
    for (const std::string& bytes :
         {std::string("GET / HTTP/1.1\r\n\r\n"), std::string("\x10\xff\xff\xff\xff\xff"), std::string("\x70"),
          wk::packet(wk::kSend, 2, std::string(40, '\0')), wk::packet(wk::kConnect, 0, "short")}) {
        Client client(world.relay->stream_port());
        client.raw(bytes);
        BOOST_TEST(client.ended(), hy::to_hex(bytes));
    }
    BOOST_TEST(world.handlers->asked("ask.wukongim.open").empty());
}

BOOST_AUTO_TEST_CASE(who_does_not_introduce_himself_goes) {
    World world([](auto& config) { config.wukongim.connect_seconds = 1; });
    JsonUser silent(world, false), hasty(world, false);
    hasty.client->text(R"({"id":"p","method":"ping"})");
    const Value refused = hasty.next();
    BOOST_TEST(refused.find("error")->int_or("code") == 2);
    BOOST_TEST(hasty.client->close_code() == 1008);
    BOOST_TEST(silent.client->close_code() == 1008);
    Client plain(world.relay->stream_port());
    BOOST_TEST(plain.ended());
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_the_protocol) {
    World world;
    world.handlers->on("ask.wukongim.open", [](const Value&) { return refusal(4002); });
    JsonUser user(world, false);
    user.client->text(R"({"id":"c","method":"connect","params":{"uid":"u1","token":"bad"}})");
    const Value answer = user.next();
    BOOST_TEST(answer.text_or("id") == "c");
    BOOST_TEST(answer.find("error")->int_or("code") == 2);
    BOOST_TEST(!answer.find("result"));
    BOOST_TEST(user.client->close_code() == 4002);
    auto client = world.web();
    wk::Side side;
    client->frame(2, side.connect("u1", "bad"));
    BOOST_TEST(side.connack(client->next()->payload) == 2);
    // The house's own trouble is the transport's: a client that is told so would stay away for good.
    world.handlers->on("ask.wukongim.open", [](const Value&) { return refusal(1013); });
    JsonUser later(world, false);
    later.client->text(R"({"id":"c","method":"connect","params":{"uid":"u1","token":"t"}})");
    BOOST_TEST(later.client->next_text() == "closed 1013");
}

BOOST_AUTO_TEST_CASE(a_client_without_a_key_is_told) {
    World world;
    auto client = world.web();
    wk::Side side;
    const std::string body = "\x02" + std::string(1, '\0') + wk::text("d") + wk::text("u1") + wk::text("t") +
                             wk::big_endian(1, 8) + wk::text("no key");
    client->frame(2, wk::packet(wk::kConnect, 0, body));
    BOOST_TEST(side.connack(client->next()->payload) == 21);
    BOOST_TEST(client->close_code() == 1008);
}

BOOST_AUTO_TEST_CASE(what_is_said_before_the_welcome) {
    World world;
    // One JSON object behind the other: it is heard when the client is in.
    JsonUser user(world, false);
    user.client->text(R"({"id":"c","method":"connect","params":{"uid":"u1","token":"t"}}{"id":"p","method":"ping"})");
    BOOST_TEST(user.next().text_or("id") == "c");
    BOOST_TEST(user.next().text_or("id") == "p");
    // A binary client has no key yet, and sends it again by itself.
    auto client = world.web();
    wk::Side side;
    client->raw(masked(2, side.connect("u1", "t")) + masked(2, wk::packet(wk::kSend, 2, std::string(40, '\0'))));
    BOOST_REQUIRE_EQUAL(side.connack(client->next()->payload), 1);
    client->frame(2, side.send(1, "n", "u2", 1, "x"));
    BOOST_TEST(wk::sendack(client->next()->payload).client_seq == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_changed_on_the_way_is_refused) {
    World world;
    BinaryUser user(world);
    std::string changed = user.side.send(9, "n", "u2", 1, "hello");
    changed.back() = changed.back() == 'A' ? 'B' : 'A';
    user.client->frame(2, changed);
    const auto ack = wk::sendack(user.next());
    BOOST_TEST(ack.reason == 8);
    BOOST_TEST(ack.client_seq == 9u);
    BOOST_TEST(world.handlers->asked("ask.wukongim.frames").empty());
}

BOOST_AUTO_TEST_CASE(rpc_that_means_nothing_is_answered_and_the_connection_stays) {
    World world;
    JsonUser user(world);
    user.client->text(R"({"id":"x","method":"fly"})");
    const Value answer = user.next();
    BOOST_TEST(answer.text_or("id") == "x");
    BOOST_TEST(answer.find("error")->int_or("code") == 0);
    user.client->text(R"({"id":"s","method":"send","params":{"channelId":"u","channelType":1,"payload":"no base64"}})");
    BOOST_TEST(user.next().find("result")->int_or("reasonCode") == 9);
    user.ping();
}

BOOST_AUTO_TEST_SUITE_END()
