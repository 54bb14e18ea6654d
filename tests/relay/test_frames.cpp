// What clients may get wrong on the wire, and the close codes they get for it.
#include <boost/test/unit_test.hpp>

#include "support.h"

using namespace hy::relay::test;

BOOST_AUTO_TEST_SUITE(frames)

BOOST_AUTO_TEST_CASE(faults_and_their_codes) {
    Stack stack([](auto& config) { config.relay.frame_bytes = 1000; });
    using namespace std::string_literals;
    const struct {
        const char* what;
        std::string bytes;
        int code;
    } rows[] = {
        {"unmasked", "\x81\x02hi"s, 1002},
        {"RSV1", "\xc1\x80\0\0\0\0"s, 1002},
        {"opcode 3", "\x83\x80\0\0\0\0"s, 1002},
        {"control of 126", "\x89\xfe\0\x7e\0\0\0\0"s, 1002},
        {"2^63", "\x81\xff\x80\0\0\0\0\0\0\0\0\0\0\0"s, 1002},
        {"2^62", "\x81\xff\x40\0\0\0\0\0\0\0\0\0\0\0"s, 1009},
        {"continuation of nothing", masked(0, "x"), 1002},
        {"a message within a message", masked(1, "x", false) + masked(1, "y"), 1002},
        {"not UTF-8", masked(1, "\xff\xfe"), 1007},
        {"too big", masked(1, std::string(1001, 'x')), 1009},
        {"too big in pieces", masked(1, std::string(600, 'x'), false) + masked(0, std::string(600, 'x')), 1009},
        {"binary", masked(2, "x"), 1003},
        {"close of one byte", masked(8, "x"), 1002},
        {"close 1005", masked(8, "\x03\xed"), 1002},
        {"close 1000", masked(8, "\x03\xe8"), 1000},
        {"empty close", masked(8, ""), 1000},
    };
    for (const auto& row : rows) {
        auto client = stack.live();
        client->raw(row.bytes);
        BOOST_TEST(client->close_code() == row.code, row.what);
        client->frame(8, "\x03\xe8");
        BOOST_TEST(client->ended(), row.what);
    }
}

BOOST_AUTO_TEST_CASE(in_pieces_with_a_ping_between_byte_by_byte) {
    Stack stack;
    auto client = stack.live();
    const std::string bytes = masked(1, "one ", false) + masked(9, "p") + masked(0, "two");
    for (const char byte : bytes) client->raw(std::string(1, byte));
    const auto pong = client->next();
    BOOST_REQUIRE(pong);
    BOOST_TEST(pong->opcode == 10);
    BOOST_TEST(pong->payload == "p");
    const auto frames = stack.handlers->wait("ask.ocms.frames");
    BOOST_REQUIRE(frames);
    BOOST_TEST((*frames->body.find("frames")->array())[0].text_or("text") == "one two");
}

BOOST_AUTO_TEST_SUITE_END()
