// WuKongIM's two codecs: what packets and JSON-RPC frames mean, how answers and pushes read, sealing, and payloads.
#include <boost/test/unit_test.hpp>

#include "json/value.h"
#include "support/wukong.h"
#include "wire/wukongim_binary.h"
#include "wire/wukongim_crypt.h"
#include "wire/wukongim_payload.h"
#include "wire/wukongim_rpc.h"

using namespace hy::wire::wukongim;
namespace client = hy::test::wukong;

namespace {

template <typename T>
T as(const std::string& bytes, int version = 2) {
    const auto packet = decode(bytes, version);
    BOOST_REQUIRE(packet.has_value());
    BOOST_REQUIRE(std::holds_alternative<T>(*packet));
    return std::get<T>(*packet);
}

// A client and the server's half of its keys.
struct Pair {
    explicit Pair(int v = 2) : version(v), side(v) {
        const auto connect = as<Connect>(side.connect("u1", "t", 1, "d1", 500));
        ack.version = version;
        sealing.emplace(*Sealing::agree(connect.client_key, ack.server_key));
        ack.salt = sealing->salt();
        ack.time_diff = 7;
        BOOST_REQUIRE(side.connack(encode(ack, version)) == 1);
    }
    int version;
    client::Side side;
    Connack ack;
    std::optional<Sealing> sealing;
};

Recv message() {
    Recv r;
    r.from = "u2";
    r.channel_id = "u2";
    r.channel_type = 1;
    r.client_no = "no-1";
    r.message_id = 7162034234523648;
    r.seq = 4000000001;
    r.time_s = 1705312800;
    r.payload = R"({"type":1,"content":"你好"})";
    return r;
}

hy::json::Value json(const std::string& text) {
    auto value = hy::json::parse(text);
    BOOST_REQUIRE(value.has_value());
    return *value;
}
std::vector<rpc::Heard> heard(const char* frame) { return rpc::decode(frame); }
std::string fault(const char* frame) {
    const auto all = heard(frame);
    BOOST_REQUIRE(all.size() == 1u);
    return all[0].fault;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_wukongim)

BOOST_AUTO_TEST_CASE(packets_are_cut_from_a_stream) {
    const std::string ping(1, '\x70'), connect = client::Side().connect("u", "t");
    const std::string all = ping + connect + ping;
    for (size_t size = 0; size <= all.size(); ++size) {
        std::string_view in = std::string_view(all).substr(0, size);
        bool fault = false;
        std::vector<std::string> packets;
        while (const auto packet = cut_packet(in, 1 << 18, fault)) packets.emplace_back(*packet);
        BOOST_TEST(!fault);
        const size_t whole = size == 0 ? 0 : size < 1 + connect.size() ? 1 : size == all.size() ? 3 : 2;
        BOOST_TEST(packets.size() == whole, "after " << size << " bytes");
    }
}

BOOST_AUTO_TEST_CASE(lengths_that_are_none) {
    const auto judge = [](std::string bytes, size_t most) {
        std::string_view in = bytes;
        bool fault = false;
        return !cut_packet(in, most, fault) && fault;
    };
    BOOST_TEST(judge("\x30\xff\xff\xff\xff\x01", SIZE_MAX));  // five bytes of it
    BOOST_TEST(judge("\x30\xff\xff\xff\x7f", 1 << 18));       // 256 MB, promised
    BOOST_TEST(judge("\x30\x81\x01", 128));
    BOOST_TEST(!judge("\x30\x80\x01", 128));  // not whole yet
    BOOST_TEST(!judge("\x30\xff\xff\xff", SIZE_MAX));
}

BOOST_AUTO_TEST_CASE(connect_is_read) {
    const auto c = as<Connect>(client::Side(5).connect("u1", "token", 2, "device", 1705312800000));
    BOOST_TEST(c.version == 5);
    BOOST_TEST(c.device_flag == 2);
    BOOST_TEST(c.device_id == "device");
    BOOST_TEST(c.uid == "u1");
    BOOST_TEST(c.token == "token");
    BOOST_TEST(c.client_time == 1705312800000);
    BOOST_TEST(hy::from_base64(c.client_key)->size() == 32u);
}

BOOST_AUTO_TEST_CASE(a_packet_that_is_cut_or_too_long_means_nothing) {
    const std::string connect = client::Side().connect("u", "t");
    for (size_t size = 0; size < connect.size(); ++size) BOOST_TEST(!decode(connect.substr(0, size), 2));
    BOOST_TEST(!decode(connect + "x", 2));
    // A text that reaches beyond the packet, or is no UTF-8.
    BOOST_TEST(!decode(client::packet(client::kConnect, 0, "\x02\x01" + client::big_endian(500, 2) + "d"), 2));
    BOOST_TEST(!decode(client::packet(client::kConnect, 0,
                                      "\x02\x01" + client::text("\xff\xfe") + client::text("u") + client::text("t") +
                                          client::big_endian(1, 8) + client::text("k")),
                       2));
    BOOST_TEST(std::holds_alternative<Other>(*decode(client::packet(10, 0, "anything"), 2)));
    BOOST_TEST(std::holds_alternative<Ping>(*decode("\x70", 2)));
}

BOOST_AUTO_TEST_CASE(what_a_client_sends_is_opened_at_every_version) {
    for (const int version : {2, 3, 4, 5}) {
        Pair pair(version);
        BOOST_TEST(pair.side.server_version == (version >= 3 ? version : 0));
        BOOST_TEST(pair.side.has_node == (version >= 4));
        BOOST_TEST(pair.side.time_diff == 7);
        const auto send = as<Send>(pair.side.send(9, "no-1", "u2", 1, "hello", 2 | 4), version);
        BOOST_TEST(send.client_seq == 9u);
        BOOST_TEST(send.client_no == "no-1");
        BOOST_TEST(send.channel_id == "u2");
        BOOST_TEST(send.channel_type == 1);
        BOOST_TEST(send.header.red_dot);
        BOOST_TEST(send.header.sync_once);
        BOOST_TEST(!send.header.no_persist);
        BOOST_TEST(pair.sealing->genuine(send));
        BOOST_TEST(*pair.sealing->open(send.payload) == "hello");
    }
}

BOOST_AUTO_TEST_CASE(what_was_changed_on_the_way_is_not_genuine) {
    Pair pair;
    const auto good = as<Send>(pair.side.send(9, "no-1", "u2", 1, "hello"));
    const auto changed = [&](auto change) {
        Send send = good;
        change(send);
        return pair.sealing->genuine(send);
    };
    BOOST_TEST(changed([](Send&) {}));
    BOOST_TEST(!changed([](Send& s) { s.channel_id = "u3"; }));
    BOOST_TEST(!changed([](Send& s) { s.channel_type = 2; }));
    BOOST_TEST(!changed([](Send& s) { s.client_no = "no-2"; }));
    BOOST_TEST(!changed([](Send& s) { s.client_seq = 10; }));
    BOOST_TEST(!changed([](Send& s) { s.payload += "="; }));
    BOOST_TEST(!changed([](Send& s) { s.message_key = ""; }));
    const Pair other;
    BOOST_TEST(!other.sealing->genuine(good));
    BOOST_TEST(!other.sealing->open(good.payload));
}

BOOST_AUTO_TEST_CASE(what_is_pushed_is_read_by_a_client_at_every_version) {
    for (const int version : {2, 3, 4, 5}) {
        Pair pair(version);
        Recv r = message();
        r.header.sync_once = true;
        r.topic = "t";
        r.expire = 60;
        r.setting = kReceipt;
        const std::string payload = pair.sealing->seal(r.payload);
        const auto got = pair.side.recv(encode(r, version, payload, pair.sealing->key_of(r, payload)));
        BOOST_TEST(got.genuine);
        BOOST_TEST(got.payload == r.payload);
        BOOST_TEST(got.from == "u2");
        BOOST_TEST(got.channel == "u2");
        BOOST_TEST(got.channel_type == 1);
        BOOST_TEST(got.client_no == "no-1");
        BOOST_TEST(got.id == r.message_id);
        BOOST_TEST(got.seq == 4000000001u);
        BOOST_TEST(got.time == 1705312800u);
        BOOST_TEST(got.topic == "t");
        BOOST_TEST(got.setting == (kReceipt | kTopic));
        BOOST_TEST(got.expire == (version >= 3 ? 60u : 0u));
        BOOST_TEST(got.flags == (2 | 4));
    }
}

BOOST_AUTO_TEST_CASE(sendack_pong_and_disconnect) {
    const auto ack = client::sendack(encode(Sendack{(uint64_t{1} << 63) - 1, 77, 5, Reason::not_subscriber}));
    BOOST_TEST(ack.id == (uint64_t{1} << 63) - 1);
    BOOST_TEST(ack.client_seq == 77u);
    BOOST_TEST(ack.seq == 5u);
    BOOST_TEST(ack.reason == 3);
    BOOST_TEST(hy::to_hex(encode_pong()) == "80");
    BOOST_TEST(hy::to_hex(encode_disconnect(Reason::kicked, "x")) == "90040c000178");
}

BOOST_AUTO_TEST_CASE(a_client_without_a_key_of_its_own) {
    std::string key;
    for (const char* wrong : {"", "x", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="})
        BOOST_TEST(!Sealing::agree(wrong, key), wrong);
}

// ---- JSON-RPC ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(rpc_requests_are_read) {
    auto all = heard(R"({"jsonrpc":"2.0","method":"connect","id":"1","params":{"uid":"u1","token":"t","deviceFlag":2,)"
                     R"("deviceId":"d","clientTimestamp":5}} {"method":"ping","id":"2"}
                        {"method":"send","id":"3","params":{"clientMsgNo":"no","channelId":"g","channelType":2,)"
                     R"("payload":"aGk=","header":{"noPersist":true,"redDot":false},"setting":{"receipt":true}}})");
    BOOST_REQUIRE(all.size() == 3u);
    const auto& connect = std::get<Connect>(all[0].packet);
    BOOST_TEST(connect.uid == "u1");
    BOOST_TEST(connect.device_flag == 2);
    BOOST_TEST(all[0].id == "1");
    BOOST_TEST(std::holds_alternative<Ping>(all[1].packet));
    const auto& send = std::get<Send>(all[2].packet);
    BOOST_TEST(send.payload == "aGk=");
    BOOST_TEST(send.header.no_persist);
    BOOST_TEST(!send.header.red_dot);
    BOOST_TEST(send.setting == kReceipt);
    for (const auto& one : all) BOOST_TEST(one.fault == "");
}

BOOST_AUTO_TEST_CASE(rpc_notifications_are_read) {
    const auto all = heard(
        R"({"method":"recvack","params":{"messageId":"18446744073709551615","messageSeq":3}}{"method":"disconnect"})");
    BOOST_REQUIRE(all.size() == 2u);
    BOOST_TEST(std::get<Recvack>(all[0].packet).message_id == UINT64_MAX);
    BOOST_TEST(std::holds_alternative<Disconnect>(all[1].packet));
    // What nobody asked for, and what others tell each other.
    BOOST_TEST(fault(R"({"method":"event","params":{}})") == "");
    BOOST_TEST(fault(R"({"id":"1","result":{}})") == "");
}

BOOST_AUTO_TEST_CASE(rpc_header_without_a_dot_is_told_apart_from_no_header) {
    const auto dot = [](const char* header) {
        const std::string frame =
            std::string(R"({"method":"send","id":"1","params":{"channelId":"u","channelType":1,)") +
            R"("payload":"aGk=")" + header + "}}";
        return std::get<Send>(rpc::decode(frame).at(0).packet).header.red_dot;
    };
    BOOST_TEST(dot(""));
    BOOST_TEST(dot(R"(,"header":{})"));
    BOOST_TEST(dot(R"(,"header":{"redDot":true})"));
    BOOST_TEST(dot(R"(,"header":{"redDot":1})"));
    BOOST_TEST(!dot(R"(,"header":{"redDot":false})"));
    BOOST_TEST(!dot(R"(,"header":{"redDot":0})"));
}

BOOST_AUTO_TEST_CASE(rpc_that_means_nothing) {
    BOOST_TEST(fault("{") != "");
    BOOST_TEST(fault("[]") != "");
    BOOST_TEST(fault(R"({"id":1,"method":"ping"})") == "id: a string is wanted");
    BOOST_TEST(fault(R"({"jsonrpc":"1.0","id":"1","method":"ping"})") == "jsonrpc: 2.0 is spoken here");
    BOOST_TEST(fault(R"({"id":"1","method":"fly"})") == "unknown method");
    BOOST_TEST(fault(R"({"id":"1","method":"subscribe"})") == "subscribe: not supported");
    BOOST_TEST(fault(R"({"id":"1","method":"send","params":[]})") == "params: an object is wanted");
    BOOST_TEST(fault(R"({"id":"1","method":"send","params":{"channelId":5,"payload":"x"}})") ==
               "channelId: a string is wanted");
    BOOST_TEST(fault(R"({"id":"1","method":"send","params":{"channelType":"1","payload":"x"}})") ==
               "channelType: a whole number is wanted");
    BOOST_TEST(fault(R"({"id":"1","method":"send","params":{"payload":{"type":1}}})") == "payload: a string is wanted");
    BOOST_TEST(fault(R"({"id":"1","method":"send","params":{}})") == "payload: required");
    BOOST_TEST(heard("").empty());
    BOOST_TEST(heard("  ").empty());
    // However many stand in one frame, some are enough.
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "{}";
    BOOST_TEST(rpc::decode(many).size() == 65u);
    BOOST_TEST(rpc::decode(many).back().fault == "too many objects in a frame");
}

BOOST_AUTO_TEST_CASE(rpc_answers_suit_strict_clients) {
    const auto connected = json(rpc::encode(Connack{.version = 5, .time_diff = -3}, "c1"));
    BOOST_TEST(connected.text_or("jsonrpc") == "2.0");
    BOOST_TEST(connected.text_or("id") == "c1");
    BOOST_TEST(connected.find("result")->int_or("reasonCode") == 1);
    BOOST_TEST(connected.find("result")->int_or("timeDiff") == -3);
    BOOST_TEST(!connected.find("error"));
    const auto sent = json(rpc::encode(Sendack{.message_id = UINT64_MAX, .seq = 9, .reason = Reason::success}, "s"));
    BOOST_TEST(sent.find("result")->text_or("messageId") == "18446744073709551615");
    BOOST_TEST(sent.find("result")->int_or("messageSeq") == 9);
    const auto pong = json(rpc::encode_pong("p"));
    BOOST_TEST(pong.find("result")->object() != nullptr);
    const auto refused = json(rpc::encode_error("c", 2, "no"));
    BOOST_TEST(refused.find("error")->int_or("code") == 2);
    BOOST_TEST(!refused.find("result"));
    const auto bye = json(rpc::encode_disconnect(Reason::kicked, "elsewhere"));
    BOOST_TEST(bye.text_or("method") == "disconnect");
    BOOST_TEST(bye.find("params")->int_or("reasonCode") == 12);
    BOOST_TEST(!bye.find("id"));
}

BOOST_AUTO_TEST_CASE(rpc_recv_suits_strict_clients) {
    const auto push = json(rpc::encode(message()));
    const auto* p = push.find("params");
    BOOST_TEST(push.text_or("method") == "recv");
    BOOST_TEST(!push.find("id"));
    BOOST_TEST(p->find("header")->object() != nullptr);
    BOOST_TEST(p->find("header")->bool_or("redDot"));
    BOOST_TEST(p->text_or("messageId") == "7162034234523648");
    BOOST_TEST(p->int_or("messageSeq") == 4000000001);
    BOOST_TEST(p->int_or("timestamp") == 1705312800);
    BOOST_TEST(p->text_or("fromUid") == "u2");
    BOOST_TEST(p->text_or("channelId") == "u2");
    BOOST_TEST(p->int_or("channelType") == 1);
    BOOST_TEST(*hy::from_base64(p->text_or("payload")) == R"({"type":1,"content":"你好"})");
}

// ---- payloads ---------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_payload_of_text_is_text_elsewhere) {
    const auto c = content_of(
        R"({"type":1,"content":"hi","mention":{"all":1,"uids":["u1","robot_1"]},"reply":{"message_id":"12"}})");
    BOOST_TEST(c.kind == "text");
    BOOST_TEST(c.text == "hi");
    BOOST_TEST((c.at == std::vector<std::string>{"all", "u1", "robot_1"}));
    BOOST_TEST(c.reply_to == "12");
}

BOOST_AUTO_TEST_CASE(other_payloads_mean_nothing_elsewhere) {
    for (const char* other : {"", "\xff", "plain", "[1]", R"({"type":2,"url":"u"})", R"({"type":"1","content":"x"})",
                              R"({"type":1,"content":5})", R"({"content":"x"})"}) {
        const auto c = content_of(other);
        BOOST_TEST(c.kind == "custom", other);
        BOOST_TEST(c.text == "");
    }
    BOOST_TEST(content_of(std::string("{\0}", 3)).kind == "custom");
    BOOST_TEST(content_of(R"({"type":9,"mention":{"uids":["r"]}})").at.size() == 1u);
    BOOST_TEST(content_of(R"({"type":1,"content":"x","reply":{"message_id":"<b>"}})").reply_to == "");
}

BOOST_AUTO_TEST_CASE(what_was_said_elsewhere_is_a_payload_here) {
    const auto of = [](const hy::Content& c) { return payload_of(c); };
    BOOST_TEST(of({.kind = "text", .text = "hi"}) == R"({"type":1,"content":"hi"})");
    BOOST_TEST(of({.kind = "text", .text = ""}) == R"({"type":1,"content":""})");
    BOOST_TEST(of({.kind = "text", .text = "hi", .media = {}, .at = {"u1", "all"}}) ==
               R"({"type":1,"content":"hi","mention":{"uids":["u1"],"all":1}})");
    BOOST_TEST(of({.kind = "image", .text = "", .media = hy::Media{.url = "http://a/b", .width = 3, .height = 4}}) ==
               R"({"type":2,"url":"http://a/b","width":3,"height":4})");
    BOOST_TEST(of({.kind = "file", .text = "see", .media = hy::Media{.url = "http://a/b", .name = "n.pdf"}}) ==
               R"({"type":1,"content":"see\n[文件] n.pdf http://a/b"})");
    BOOST_TEST(of({.kind = "custom", .text = ""}) == R"({"type":1,"content":"[消息]"})");
    // And back again.
    BOOST_TEST(content_of(of({.kind = "text", .text = "你\"好"})).text == "你\"好");
}

BOOST_AUTO_TEST_SUITE_END()
