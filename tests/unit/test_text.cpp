// Small questions about text: every decoder must refuse as surely as it accepts.
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "base/encode.h"

using namespace hy;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(utf8_that_is_valid) {
    for (const auto& good :
         {""s, "a"s, "鸿雁"s, "😀"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s,
          "\xEE\x80\x80"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s, "\xF4\x8F\xBF\xBF"s, "a\0b"s})
        BOOST_TEST(valid_utf8(good), to_hex(good));
}

BOOST_AUTO_TEST_CASE(utf8_that_is_not) {
    const std::string bad[] = {"\x80",
                               "\xBF",
                               "\xC0\x80",
                               "\xC1\xBF",  // continuation alone, overlong of two
                               "\xE0\x80\x80",
                               "\xE0\x9F\xBF",  // overlong of three
                               "\xF0\x80\x80\x80",
                               "\xF0\x8F\xBF\xBF",  // overlong of four
                               "\xED\xA0\x80",
                               "\xED\xBF\xBF",  // surrogates
                               "\xF4\x90\x80\x80",
                               "\xF5\x80\x80\x80",
                               "\xFF",  // above U+10FFFF
                               "\xC2",
                               "\xE4\xB8",
                               "\xF0\x9F\x98",
                               "\xE4\xB8"
                               "a",
                               "\xF0\x9F"
                               "aa",
                               "a\xC2"};
    for (const auto& text : bad) BOOST_TEST(!valid_utf8(text), to_hex(text));
}

BOOST_AUTO_TEST_CASE(lengths_and_prefixes) {
    BOOST_TEST(utf8_length("") == 0u);
    BOOST_TEST(utf8_length("a鸿😀") == 3u);
    BOOST_TEST(utf8_prefix("鸿雁", 6) == "鸿雁");
    BOOST_TEST(utf8_prefix("鸿雁", 5) == "鸿");
    BOOST_TEST(utf8_prefix("鸿雁", 3) == "鸿");
    BOOST_TEST(utf8_prefix("鸿雁", 2) == "");
    BOOST_TEST(utf8_prefix("😀", 3) == "");
    BOOST_TEST(utf8_prefix("abc", 0) == "");
}

BOOST_AUTO_TEST_CASE(hexadecimal) {
    BOOST_TEST(to_hex("\0\x0f\xff"s) == "000fff");
    BOOST_TEST(*from_hex("000fFf") == "\0\x0f\xff"s);
    BOOST_TEST(*from_hex("") == "");
    for (const auto* bad : {"0", "0g", "g0", " 00", "0x00", "00 ", "+1", "-1"}) BOOST_TEST(!from_hex(bad), bad);
}

BOOST_AUTO_TEST_CASE(base64_vectors_of_rfc_4648) {
    const std::pair<std::string, std::string> vectors[] = {{"", ""},
                                                           {"f", "Zg=="},
                                                           {"fo", "Zm8="},
                                                           {"foo", "Zm9v"},
                                                           {"foob", "Zm9vYg=="},
                                                           {"fooba", "Zm9vYmE="},
                                                           {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, coded] : vectors) {
        BOOST_TEST(base64(plain) == coded);
        BOOST_TEST(*from_base64(coded) == plain);
        const std::string bare = coded.substr(0, coded.find('='));
        BOOST_TEST(base64url(plain) == bare);
        BOOST_TEST(*from_base64url(bare) == plain);
    }
    BOOST_TEST(base64("\xfb\xff\xfe"s) == "+//+");
    BOOST_TEST(base64url("\xfb\xff\xfe"s) == "-__-");
}

BOOST_AUTO_TEST_CASE(base64_is_strict) {
    for (const auto& bad : {"Zg"s, "Zg="s, "Zg==="s, "Z==="s, "===="s, "="s, "Zh=="s, "Zm9="s, "Zm9v\n"s, " Zm9v"s,
                            "Zm9v===="s, "Z=m9"s, "-__-"s, "Zm9\0"s, "Zg==Zg=="s, "Zm9*"s})
        BOOST_TEST(!from_base64(bad), bad);
    for (const auto& bad : {"Zg=="s, "Z"s, "Zh"s, "Zm9"s, "+//+"s, "Zm9v\n"s, "Zm 9v"s, "AAAAA"s, "Zm9\0"s})
        BOOST_TEST(!from_base64url(bad), bad);
}

BOOST_AUTO_TEST_CASE(times) {
    BOOST_TEST(iso8601(0) == "1970-01-01T00:00:00.000Z");
    BOOST_TEST(iso8601(1707834622007) == "2024-02-13T14:30:22.007Z");
    BOOST_TEST(iso8601(951782399999) == "2000-02-28T23:59:59.999Z");
    BOOST_TEST(iso8601(951782400000) == "2000-02-29T00:00:00.000Z");
    BOOST_TEST(iso8601(-1) == "1969-12-31T23:59:59.999Z");
    BOOST_TEST(iso8601(253402300799999) == "9999-12-31T23:59:59.999Z");
    BOOST_TEST(compact_time(1707834622999) == "20240213_143022");
}

BOOST_AUTO_TEST_CASE(numbers) {
    BOOST_TEST(*to_int("-9223372036854775808") == INT64_MIN);
    BOOST_TEST(*to_uint("18446744073709551615") == UINT64_MAX);
    BOOST_TEST(*to_int("007") == 7);
    for (const auto* bad : {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "1e3", "一"})
        BOOST_TEST(!to_int(bad), bad);
    for (const auto* bad : {"", "-1", "+1", "18446744073709551616", "1\n"}) BOOST_TEST(!to_uint(bad), bad);
}

BOOST_AUTO_TEST_CASE(words) {
    BOOST_TEST(lower("AbZ9_É") == "abz9_É");
    BOOST_TEST(trim(" \t a b\r\n") == "a b");
    BOOST_TEST(trim(" \n") == "");
    BOOST_TEST(split("", ',').size() == 1u);
    BOOST_TEST(split("a,,b,", ',').size() == 4u);
    BOOST_TEST(nearest("databse.socket", {"database.name", "database.socket"}) == "database.socket");
    BOOST_TEST(nearest("zzz", {"database.name", "port"}) == "");
    BOOST_TEST(nearest("", {"port"}) == "");
    BOOST_TEST(nearest("port", {}) == "");
}

BOOST_AUTO_TEST_CASE(networks) {
    const struct {
        const char *address, *network;
        bool within;
    } rows[] = {
        {"10.1.2.3", "10.0.0.0/8", true},
        {"11.1.2.3", "10.0.0.0/8", false},
        {"10.0.0.1", "10.0.0.1", true},
        {"10.0.0.2", "10.0.0.1", false},
        {"10.0.0.2", "0.0.0.0/0", true},
        {"192.168.7.9", "192.168.6.0/23", true},
        {"192.168.8.9", "192.168.6.0/23", false},
        {"fd00::7", "fd00::/8", true},
        {"fe00::7", "fd00::/8", false},
        {"::1", "::1/128", true},
        {"10.0.0.1", "10.0.0.1/33", false},
        {"10.0.0.1", "10.0.0.1/x", false},
        {"10.0.0.1", "fd00::/8", false},
        {"nonsense", "0.0.0.0/0", false},
        {"", "", false},
    };
    for (const auto& row : rows)
        BOOST_TEST(in_network(row.address, row.network) == row.within, row.address << " " << row.network);
}

BOOST_AUTO_TEST_SUITE_END()
