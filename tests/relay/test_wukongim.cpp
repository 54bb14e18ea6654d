// The wukongim door: introductions in both protocols and over plain TCP, what is told at the end, echoes, what is sent
// again, and where a listener of many channels begins.
#include <atomic>
#include <boost/test/unit_test.hpp>

#include "json/writer.h"
#include "support.h"
#include "support/wukong.h"

using namespace hy::relay::test;
using hy::json::Value;
namespace json = hy::json;
namespace wk = hy::test::wukong;

namespace {

constexpr const char* kOpen1 =
    R"({"v":1,"session":"s1","topics":["live.account.3","live.channel.20"],)"
    R"("view":{"door":"wukongim","uid":"u1","principal":"account.3","tenant":"account.3","kicks":["account.3"]}})";

std::string refusal(int code) { return R"({"v":1,"close":{"code":)" + std::to_string(code) + R"(,"reason":"no"}})"; }

// Handlers that let u1 in, and answer each send with number 5.
struct World : Stack {
    explicit World(const std::function<void(hy::Config&)>& change = {})
        : Stack([&](hy::Config& config) {
              config.wukongim.tcp_listen = "127.0.0.1:0";
              if (change) change(config);
          }) {
        handlers->on("ask.wukongim.open", [](const Value&) { return kOpen1; });
        handlers->on("ask.wukongim.ready", [](const Value&) { return R"({"v":1,"heads":[[20,0]]})"; });
        handlers->on("ask.wukongim.close", [](const Value&) { return R"({"v":1})"; });
        handlers->on("ask.wukongim.frames", [](const Value& ask) {
            json::Writer w;
            w.begin_object().field("v", 1).key("out").begin_array();
            for (const Value& op : *ask.find("frames")->array())
                w.begin_object()
                    .field("op", "sent")
                    .field("ref", op.text_or("ref"))
                    .field("id", "77")
                    .field("seq", 5)
                    .end_object();
            w.end_array().end_object();
            return std::move(w).take();
        });
    }
    std::unique_ptr<Client> web() {
        auto client = std::make_unique<Client>(relay->port());
        BOOST_REQUIRE_EQUAL(client->handshake("/im/stream"), 101);
        return client;
    }
};

// Speaks JSON-RPC.
struct JsonUser {
    explicit JsonUser(World& world, bool connect = true) : client(world.web()) {
        if (!connect) return;
        client->text(
            R"({"jsonrpc":"2.0","id":"c","method":"connect","params":{"uid":"u1","token":"t","deviceFlag":1}})");
        const auto answer = next();
        BOOST_REQUIRE(answer.find("result"));
        BOOST_REQUIRE_EQUAL(answer.find("result")->int_or("reasonCode"), 1);
    }
    Value next() {
        const std::string text = client->next_text();
        auto value = json::parse(text);
        BOOST_REQUIRE_MESSAGE(value.has_value(), text);
        return *value;
    }
    Value recv() {
        const Value push = next();
        BOOST_REQUIRE_EQUAL(push.text_or("method"), "recv");
        return *push.find("params");
    }
    void ack(const Value& params) {
        client->text(R"({"method":"recvack","params":{"header":{},"messageId":")" + params.text_or("messageId") +
                     R"(","messageSeq":)" + std::to_string(params.int_or("messageSeq")) + "}}");
    }
    // What came before is dealt with when this returns.
    void ping() {
        client->text(R"({"id":"p","method":"ping"})");
        BOOST_REQUIRE_EQUAL(next().text_or("id"), "p");
    }
    std::unique_ptr<Client> client;
};

// Speaks the binary protocol, on a WebSocket.
struct BinaryUser {
    explicit BinaryUser(World& world, int version = 2) : client(world.web()), side(version) {
        client->frame(2, side.connect("u1", "t"));
        BOOST_REQUIRE_EQUAL(side.connack(next()), 1);
    }
    std::string next() {
        while (auto seen = client->next()) {
            if (seen->opcode == 9) client->frame(10, seen->payload);
            if (seen->opcode == 2) return seen->payload;
            if (seen->opcode == 8) return "closed " + std::to_string(seen->code());
        }
        return "nothing";
    }
    std::unique_ptr<Client> client;
    wk::Side side;
};

std::string person(int64_t seq, const std::string& from, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":9,"seq":)" + std::to_string(seq) + R"(,"at":1705312800123,"id":")" +
           std::to_string(1000 + seq) + R"(","sender":{"type":"account","n":4,"id":")" + from +
           R"("},"peers":["u1","u2"],"form":"wk","raw":")" + hy::base64("p" + std::to_string(seq)) +
           R"(","content":{"kind":"custom","text":""})" + more + "}";
}
std::string group(int64_t seq, const std::string& from, const std::string& more = {}) {
    return R"({"v":1,"kind":"message","channel":20,"seq":)" + std::to_string(seq) + R"(,"at":1705312800123,"id":")" +
           std::to_string(2000 + seq) + R"(","sender":{"type":"account","n":4,"id":")" + from +
           R"("},"group":"g1","content":{"kind":"text","text":"t)" + std::to_string(seq) + R"("})" + more + "}";
}

std::string payload(const Value& params) { return hy::from_base64(params.text_or("payload")).value_or("?"); }

}  // namespace

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
    World world;
    world.handlers->on("ask.wukongim.ready", [](const Value&) {
        return R"({"v":1,"heads":[[21,0]],"topics":["live.account.3","live.channel.21"]})";
    });
    JsonUser user(world);
    std::string other = group(1, "u5");
    other.replace(other.find("\"channel\":20"), 12, "\"channel\":21");
    other.replace(other.find("\"g1\""), 4, "\"g2\"");
    world.handlers->publish("live.channel.20", group(1, "u5"));
    world.handlers->publish("live.channel.21", other);
    BOOST_TEST(user.recv().text_or("channelId") == "g2");
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
