// Bad WebSocket bytes, through nginx and straight at the relay's port: each is answered with
// the close code it deserves, and everybody else's connection lives on.
#include <boost/test/unit_test.hpp>

#include "e2e/bystanders.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

using namespace std::string_literals;

std::string masked(int first, const std::string& payload) {
    std::string out(1, static_cast<char>(first));
    const size_t size = payload.size();
    const int extra = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    out += static_cast<char>(0x80 | (extra == 0 ? static_cast<int>(size) : extra == 2 ? 126 : 127));
    for (int i = extra; i-- > 0;) out += static_cast<char>(size >> (8 * i));
    out += "mask";
    for (size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ "mask"[i & 3]);
    return out;
}

struct Scene {
    Bystanders others;
    User user = stack().log_in();
    Robot robot = stack().new_robot(user);

    std::string handshake() const {
        return "GET /ocms/v1/stream?token=" + user.access + "&robotId=" + robot.id +
               " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    }
    // A stream that is live.
    RawPeer stream(int port) const {
        RawPeer peer(port);
        peer.say(handshake() + masked(0x81, R"({"type":"ping"})"));
        BOOST_REQUIRE(peer.hear_until("\x81\x0f{\"type\":\"pong\"}"));
        return peer;
    }
};

// The code of the first close frame behind the pong; 0: the socket ended without one.
int close_code(const std::string& heard) {
    size_t at = heard.find("{\"type\":\"pong\"}") + 15;
    while (at + 2 <= heard.size()) {
        const size_t size = static_cast<uint8_t>(heard[at + 1]);
        if (heard[at] == '\x88' && size >= 2 && at + 4 <= heard.size())
            return static_cast<uint8_t>(heard[at + 2]) << 8 | static_cast<uint8_t>(heard[at + 3]);
        at += 2 + (size == 126 ? 2 + (static_cast<uint8_t>(heard[at + 2]) << 8 | static_cast<uint8_t>(heard[at + 3]))
                               : size);
    }
    return 0;
}

struct Bad {
    const char* what;
    std::string bytes;
    int code;
};

const Bad kBad[] = {
    {"a frame without a mask", "\x81\x05hello", 1002},
    {"a reserved bit", masked(0xc1, "x"), 1002},
    {"all reserved bits", masked(0xf1, "x"), 1002},
    {"reserved opcode 3", masked(0x83, "x"), 1002},
    {"reserved opcode 15", masked(0x8f, "x"), 1002},
    {"a ping in fragments", masked(0x09, "x"), 1002},
    {"a ping of 126 bytes", masked(0x89, std::string(126, 'x')), 1002},
    {"a close of 126 bytes", masked(0x88, "\x03\xe8"s + std::string(124, 'x')), 1002},
    {"a close of one byte", masked(0x88, "x"), 1002},
    {"a close with code 1005", masked(0x88, "\x03\xed"s), 1002},
    {"a close with code 999", masked(0x88, "\x03\xe7"s), 1002},
    {"a close with code 5000", masked(0x88, "\x13\x88"s), 1002},
    {"a close whose reason is not UTF-8", masked(0x88, "\x03\xe8\xff"s), 1007},
    {"a continuation of nothing", masked(0x80, "x"), 1002},
    {"a message inside another", masked(0x01, "x") + masked(0x81, "y"), 1002},
    {"a length in a longer form", "\x81\xfe\x00\x05mask....."s, 1002},
    {"a frame of 2^63 bytes", "\x81\xff\x80\x00\x00\x00\x00\x00\x00\x00mask"s, 1002},
    {"a frame of 2^63 - 1 bytes", "\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xffmask"s, 1009},
    {"fragments above the limit", masked(0x01, std::string(200 << 10, 'x')) + masked(0x80, std::string(60 << 10, 'x')),
     1009},
    {"a text that is not UTF-8", masked(0x81, "{\"text\":\"\xff\"}"), 1007},
    {"not UTF-8 across fragments", masked(0x01, "\xed") + masked(0x80, "\xa0\x80"), 1007},
    {"a character cut at the end", masked(0x01, "\xe9") + masked(0x80, "\x9b"), 1007},
    {"a binary message", masked(0x82, "x"), 1003},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_frames)

BOOST_AUTO_TEST_CASE(each_is_closed_with_its_code) {
    Scene scene;
    for (const int port : {stack().port, stack().port + 1})
        for (const Bad& bad : kBad) {
            RawPeer peer = scene.stream(port);
            peer.say(bad.bytes);
            // What a client says on after its fault changes nothing.
            peer.say(masked(0x81, user_says("said after a fault")));
            const int code = close_code(peer.hear());
            BOOST_TEST(code == bad.code, bad.what << " at port " << port << " was closed with " << code);
            BOOST_TEST(peer.ended(), bad.what << ": the socket stays open");
        }
    scene.others.check("bad frames");
    BOOST_TEST(other_driver::messages(scene.user, scene.robot, "default").empty());
}

BOOST_AUTO_TEST_CASE(half_a_frame_is_never_a_message) {
    Scene scene;
    const std::string whole = masked(0x81, user_says("half of it"));
    for (const int port : {stack().port, stack().port + 1})
        for (const size_t size : {size_t{1}, size_t{2}, size_t{5}, whole.size() - 1}) {
            RawPeer gone = scene.stream(port), silent = scene.stream(port);
            gone.say(whole.substr(0, size));
            silent.say(whole.substr(0, size));
            gone.drop();
            scene.others.check("half a frame");
            BOOST_TEST(!silent.ended());
            // It was only slow: the rest makes the message whole, and its connection was waited for.
            silent.say(whole.substr(size) + masked(0x89, "still here"));
            BOOST_TEST(silent.hear_until("\x8a\x0astill here"));
            silent.say(masked(0x88, "\x03\xe8"s));
            silent.hear();
            BOOST_TEST(silent.ended());
        }
    BOOST_TEST(eventually([&] { return other_driver::messages(scene.user, scene.robot, "default").size() == 8; }));
}

BOOST_AUTO_TEST_CASE(handshakes) {
    Scene scene;
    const std::string head = scene.handshake();
    const int relay = stack().port + 1;
    const auto status = [&](int port, const std::string& bytes) {
        RawPeer peer(port);
        peer.say(bytes);
        peer.hear_until("\r\n\r\n");
        // nginx keeps a connection for the client's next request.
        if (port == relay) peer.hear();
        BOOST_TEST((port != relay || peer.ended()));
        return peer.status();
    };
    const auto with = [&](const std::string& line) { return head.substr(0, head.size() - 2) + line + "\r\n\r\n"; };
    for (const int port : {stack().port, relay}) {
        RawPeer gone(port);
        gone.say(head.substr(0, head.size() / 2));
        gone.drop();
        BOOST_TEST(status(port, with("X-Long: " + std::string(10 << 20, 'x'))) == 400);
        BOOST_TEST(status(port, with("Content-Length: 5") + "hello") == 400);
        BOOST_TEST(status(port, with("Content-Length: x")) == 400);
    }
    BOOST_TEST(status(stack().port, with("no colon and no sense\0"s)) == 400);
    BOOST_TEST(status(relay, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s) == 400);
    BOOST_TEST(status(relay, "\r\n\r\n") == 400);
    BOOST_TEST(status(relay, with("Transfer-Encoding: chunked")) == 400);
    BOOST_TEST(status(relay, with("Content-Length: -5")) == 400);
    scene.others.check("bad handshakes");
}

// What is JSON by its brackets alone, as large as a frame may be.
BOOST_AUTO_TEST_CASE(texts_that_are_costly_to_read) {
    Scene scene;
    std::string names = "{\"a\":0";
    for (int i = 0; names.size() < 200'000; ++i) names += ",\"" + std::to_string(i) + "\":0";
    for (const std::string& text : {std::string(200'000, '['), names + "}", "[" + std::string(200'000, '1') + "]",
                                    "{\"text\":\"" + std::string(250'000, 'x') + "\"}"}) {
        RawPeer peer = scene.stream(stack().port);
        peer.say(masked(0x81, text) + masked(0x89, "still here"));
        BOOST_TEST(peer.hear_until("\x8a\x0astill here"));
        scene.others.check("a costly text");
    }
    BOOST_TEST(other_driver::messages(scene.user, scene.robot, "default").empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
