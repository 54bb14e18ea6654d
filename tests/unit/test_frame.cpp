// The RFC 6455 reader and encoder, without sockets.
#include <boost/test/unit_test.hpp>

#include "frame.h"

using namespace hy::relay;
using namespace std::string_literals;

namespace {
std::string masked(int first, const std::string& payload, int form = 0) {
    std::string out(1, static_cast<char>(first));
    const size_t size = payload.size();
    if (!form) form = size < 126 ? 1 : size <= 0xffff ? 126 : 127;
    out += static_cast<char>(0x80 | (form == 1 ? static_cast<int>(size) : form));
    for (int i = form == 1 ? 0 : form == 126 ? 2 : 8; i-- > 0;) out += static_cast<char>(size >> (8 * i));
    out += "abcd";
    for (size_t i = 0; i < size; ++i) out += static_cast<char>(payload[i] ^ "abcd"[i & 3]);
    return out;
}

int fault_of(const std::string& bytes, size_t limit = 1000) {
    FrameReader reader(limit);
    std::string_view in = bytes;
    while (reader.next(in)) continue;
    return reader.fault();
}
}  // namespace

BOOST_AUTO_TEST_SUITE(frame)

BOOST_AUTO_TEST_CASE(every_length_in_pieces_of_every_size) {
    for (const size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u, 70000u})
        for (const size_t piece : {1u, 7u, 100000u}) {
            const std::string payload(size, 'y'), bytes = masked(0x81, payload);
            FrameReader reader(100000);
            std::optional<Frame> frame;
            for (size_t at = 0; at < bytes.size(); at += piece) {
                std::string_view in = std::string_view(bytes).substr(at, piece);
                BOOST_TEST(!frame);
                frame = reader.next(in);
            }
            BOOST_REQUIRE(frame);
            BOOST_TEST((frame->payload == payload));
            BOOST_TEST((frame->opcode == Opcode::text));
        }
}

BOOST_AUTO_TEST_CASE(fragments_and_what_comes_between) {
    const std::string bytes = masked(0x01, "a") + masked(0x89, "p") + masked(0x00, "b") + masked(0x8a, "q") +
                              masked(0x80, "c") + masked(0x82, "bin");
    FrameReader reader(100);
    std::string_view in = bytes;
    std::string all;
    while (auto frame = reader.next(in)) all += std::to_string(static_cast<int>(frame->opcode)) + frame->payload + " ";
    BOOST_TEST(all == "9p 10q 1abc 2bin ");
    BOOST_TEST(reader.fault() == 0);
}

BOOST_AUTO_TEST_CASE(faults) {
    const std::string huge("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    BOOST_TEST(fault_of("\x81\x01x"s) == 1002);
    for (const int rsv : {0xc1, 0xa1, 0x91}) BOOST_TEST(fault_of(masked(rsv, "x")) == 1002);
    for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
        BOOST_TEST(fault_of(masked(0x80 | opcode, "x")) == 1002);
    BOOST_TEST(fault_of(masked(0x09, "x")) == 1002);
    BOOST_TEST(fault_of(masked(0x89, std::string(126, 'x'))) == 1002);
    BOOST_TEST(fault_of(masked(0x80, "x")) == 1002);
    BOOST_TEST(fault_of(masked(0x01, "x") + masked(0x81, "x")) == 1002);
    BOOST_TEST(fault_of("\x81\xff" + huge + "abcd") == 1002);
    BOOST_TEST(fault_of("\x81\xff\x7f" + huge.substr(1) + "abcd") == 1009);
    BOOST_TEST(fault_of(masked(0x81, "short", 126)) == 1002);
    BOOST_TEST(fault_of(masked(0x81, "short", 127)) == 1002);
    BOOST_TEST(fault_of(masked(0x81, std::string(1000, 'x'))) == 0);
    BOOST_TEST(fault_of(masked(0x81, std::string(1001, 'x'))) == 1009);
    BOOST_TEST(fault_of(masked(0x01, std::string(1000, 'x')) + masked(0x80, "x")) == 1009);
    BOOST_TEST(fault_of(masked(0x81, "\xc0\x80")) == 1007);
    BOOST_TEST(fault_of(masked(0x82, "\xc0\x80")) == 0);
    BOOST_TEST(fault_of(masked(0x01, "\xe4\xbd") + masked(0x80, "\xa0")) == 0);
}

BOOST_AUTO_TEST_CASE(encoded) {
    BOOST_TEST((encode_frame(Opcode::text, "hi") == "\x81\x02hi"s));
    BOOST_TEST((encode_frame(Opcode::text, std::string(126, 'x')).substr(0, 4) == "\x81\x7e\x00\x7e"s));
    BOOST_TEST((encode_frame(Opcode::text, std::string(65536, 'x')).substr(0, 10) == "\x81\x7f\0\0\0\0\0\x01\0\0"s));
    BOOST_TEST((encode_close(1008, "no") == "\x88\x04\x03\xf0no"s));
    // Cut between characters, never within one.
    std::string reason;
    for (int i = 0; i < 60; ++i) reason += "字";
    BOOST_TEST(encode_close(1008, reason).size() == 2 + 2 + 123u);
}

BOOST_AUTO_TEST_CASE(closes) {
    BOOST_TEST(read_close("").code == 1005);
    BOOST_TEST(read_close("\x03\xe8").valid);
    for (const int code : {0, 999, 1004, 1005, 1006, 1015, 2999, 5000}) {
        const std::string body{static_cast<char>(code >> 8), static_cast<char>(code)};
        BOOST_TEST(!read_close(body).valid);
    }
    BOOST_TEST(read_close("\x0f\xa1").code == 4001);
    BOOST_TEST(read_close("\x03\xe8\xff").code == 1007);
    BOOST_TEST(!read_close("x").valid);
}

BOOST_AUTO_TEST_SUITE_END()
