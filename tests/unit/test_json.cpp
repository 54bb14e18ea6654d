// What is JSON and what is not, what a Schema says of a body, what the writer writes.
#include <boost/test/unit_test.hpp>

#include <cmath>

#include "json/schema.h"
#include "base/encode.h"

using namespace hy;
using namespace hy::json;
using namespace std::string_literals;

namespace {
std::string nested(size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

struct Body {
    std::string name, mode;
    int64_t count = 7;
    std::optional<bool> flag;
    std::optional<std::string> note;
};
const Schema<Body> kBody = Schema<Body>()
                               .field("name", &Body::name, {.required = true, .max_chars = 3})
                               .field("mode", &Body::mode, {.one_of = {"a", "b"}})
                               .field("count", &Body::count, {.min = 1, .max = 500})
                               .field("flag", &Body::flag)
                               .field("note", &Body::note, {.min_chars = 2});

std::string faults_of(const std::string& text) {
    try {
        kBody.parse(text);
    } catch (const Error& e) {
        BOOST_TEST((e.fault == Fault::bad_request));
        BOOST_TEST(e.code == "body");
        return e.detail;
    }
    return "";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(json_text)

BOOST_AUTO_TEST_CASE(what_is_json) {
    for (const auto& good :
         {"{}"s, "[]"s, " {\"a\":1} \n"s, "[1,\"x\",true,false,null,1.5,-1,0,-0,1e3,1E-2,0.5]"s, "{\"a\":{\"b\":[]}}"s,
          "\"x\""s, "1"s, "null"s, "{\"\":1}"s, "[\"\\ud83d\\ude00\\u00e9\\/\\b\\f\\n\\r\\t\"]"s, nested(32)})
        BOOST_TEST(json::parse(good).has_value(), good);
}

BOOST_AUTO_TEST_CASE(what_is_not) {
    const std::string bad[] = {"",
                               " ",
                               "{",
                               "}",
                               "[",
                               "[1",
                               "[1,]",
                               "[,1]",
                               "{\"a\"}",
                               "{\"a\":}",
                               "{\"a\":1,}",
                               "{a:1}",
                               "{'a':1}",
                               "{\"a\":1 \"b\":2}",
                               "{\"a\" 1}",
                               "{1:2}",
                               "{null:1}",
                               "{} {}",
                               "{}x",
                               "{}]",
                               "[]]",
                               "[1] 2",
                               "1 2",
                               "\"a\" \"b\"",
                               "null null",
                               "{},",
                               "[01]",
                               "[-01]",
                               "[1.]",
                               "[.5]",
                               "[+1]",
                               "[-]",
                               "[1e]",
                               "[1e+]",
                               "[0x10]",
                               "[1_000]",
                               "[NaN]",
                               "[nan]",
                               "[Infinity]",
                               "[-Infinity]",
                               "[inf]",
                               "[tru]",
                               "[truee]",
                               "[True]",
                               "[nul]",
                               "[1 2]",
                               "[\"a\"\"b\"]",
                               "// c\n{}",
                               "{}// c",
                               "/* c */{}",
                               "[1/*c*/]",
                               "{} # c",
                               "[\"\\x41\"]",
                               "[\"\\u12\"]",
                               "[\"\\u12g4\"]",
                               "[\"\\\"]",
                               "[\"a]",
                               "[\"\\ud800\"]",
                               "[\"\\udc00\"]",
                               "[\"\\ud800\\u0041\"]",
                               "[\"\\ud800x\"]",
                               "[\"\\udc00\\ud800\"]",
                               "[\"a\nb\"]",
                               "[\"a\tb\"]",
                               "[\"\x01\"]",
                               "{\"a\":1,\"a\":2}",
                               "{\"x\":{\"a\":1,\"a\":1}}",
                               "{\"a\":1,\"\\u0061\":2}",
                               "[\"\xC3\x28\"]",
                               "[\"\xED\xA0\x80\"]",
                               "\xEF\xBB\xBF{}",
                               nested(33),
                               nested(100000),
                               "{}\0"s,
                               "[1,\0 2]"s,
                               "[\"a\0b\"]"s};
    for (const auto& text : bad) {
        std::string why;
        BOOST_TEST(!json::parse(text, &why), text.substr(0, 60));
        BOOST_TEST(!why.empty(), text.substr(0, 60));
    }
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_kind) {
    const auto v = *json::parse(
        "[1.5, \"12\", true, 9223372036854775807, -9223372036854775808, 9223372036854775808,"
        " 18446744073709551615, 1.0, 1e2, 2147483648, -2147483649, 0, -0]");
    const Array& a = *v.array();
    for (const size_t none : {0u, 1u, 2u, 5u, 6u, 7u, 8u}) BOOST_TEST(!a[none].integer(), none);
    BOOST_TEST(*a[3].integer() == INT64_MAX);
    BOOST_TEST(*a[4].integer() == INT64_MIN);
    BOOST_TEST(*a[9].integer() == 2147483648);
    BOOST_TEST(*a[10].integer() == -2147483649);
    BOOST_TEST(*a[11].integer() == 0);
    BOOST_TEST(*a[0].number() == 1.5);
    BOOST_TEST(*a[6].number() == 18446744073709551615.0);
    BOOST_TEST(!a[1].number());
    BOOST_TEST(!a[2].number());
    BOOST_TEST(!a[11].boolean());
    BOOST_TEST(!a[1].boolean());
    BOOST_TEST(*a[2].boolean());
    BOOST_TEST(!a[2].string());
}

BOOST_AUTO_TEST_CASE(numbers_beyond_what_holds_them) {
    BOOST_TEST(*json::parse("18446744073709551616")->number() == 18446744073709551616.0);
    BOOST_TEST(*json::parse("-9223372036854775809")->number() == -9223372036854775809.0);
    BOOST_TEST(!json::parse("-9223372036854775809")->integer());
    BOOST_TEST(!json::parse("1e999").has_value());
}

// More members than are compared one with another.
BOOST_AUTO_TEST_CASE(many_members_are_told_apart) {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += ",\"k" + std::to_string(i) + "\":" + std::to_string(i);
    const std::string fine = "{" + text.substr(1) + "}", twice = "{\"k999\":1" + text + "}";
    BOOST_TEST(json::parse(fine)->int_or("k777") == 777);
    BOOST_TEST(!json::parse(twice).has_value());
}

BOOST_AUTO_TEST_CASE(members_and_escapes) {
    const auto v = *json::parse(R"({"a":"\ud83d\ude00\u00e9\n\u0001","n":null,"i":3,"s":"x","l":["p",1,"q"]})");
    BOOST_TEST(v.text_or("a") == "😀é\n\x01");
    BOOST_TEST(v.find("n")->is_null());
    BOOST_TEST(!v.find("zz"));
    BOOST_TEST(v.int_or("s", 9) == 9);
    BOOST_TEST(v.int_or("i", 9) == 3);
    BOOST_TEST(v.text_or("i", "f") == "f");
    BOOST_TEST(!v.bool_or("i", false));
    BOOST_TEST((texts(v.find("l")) == std::vector<std::string>{"p", "q"}));
    BOOST_TEST(texts(v.find("s")).empty());
    BOOST_TEST(to_text(v) == R"({"a":"😀é\n\u0001","n":null,"i":3,"s":"x","l":["p",1,"q"]})");
}

BOOST_AUTO_TEST_CASE(the_writer) {
    Writer w;
    w.begin_object()
        .field("a", "x\"\\/\b\n\r\t\x1f")
        .field("b", true)
        .field("i", int64_t{INT64_MIN})
        .field("u", uint64_t{UINT64_MAX});
    w.field("d", 1.5)
        .field("nan", std::nan(""))
        .key("l")
        .begin_array()
        .number(1)
        .null()
        .begin_array()
        .end_array()
        .begin_object();
    w.end_object().raw("{\"r\":1}").end_array().field("", "").end_object();
    BOOST_TEST(w.text() ==
               "{\"a\":\"x\\\"\\\\/\\u0008\\n\\r\\t\\u001f\",\"b\":true,\"i\":-9223372036854775808,"
               "\"u\":18446744073709551615,\"d\":1.5,\"nan\":null,\"l\":[1,null,[],{},{\"r\":1}],\"\":\"\"}");
    BOOST_TEST(json::parse(w.text()).has_value());
}

BOOST_AUTO_TEST_CASE(the_writer_mends_what_is_not_utf8) {
    for (const auto& bad : {"a\xFFz"s, "\xC3\x28"s, "\xED\xA0\x80"s, "ok\xE4\xB8"s, "\0"s, "\x7f"s}) {
        const auto back = json::parse(quoted(bad));
        BOOST_TEST(back.has_value(), to_hex(bad));
    }
    BOOST_TEST(quoted("a\xFFz") == "\"a\xEF\xBF\xBDz\"");
    BOOST_TEST(quoted("鸿\xFF雁") == "\"鸿\xEF\xBF\xBD雁\"");
    BOOST_TEST(quoted("鸿\"") == "\"鸿\\\"\"");
}

// Bytes are looked at one by one or eight together: each special one at each place of both.
BOOST_AUTO_TEST_CASE(the_writer_escapes_wherever_it_stands) {
    const std::pair<std::string, std::string> specials[] = {{"\"", "\\\""},
                                                            {"\\", "\\\\"},
                                                            {"\n", "\\n"},
                                                            {"\x1f", "\\u001f"},
                                                            {"\0"s, "\\u0000"},
                                                            {"\x80", "\xEF\xBF\xBD"},
                                                            {"\xE9\xB8", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                                                            {"鸿", "鸿"},
                                                            {"\x7f", "\x7f"},
                                                            {" ", " "}};
    for (const auto& [special, escaped] : specials)
        for (size_t before = 0; before < 18; ++before)
            for (size_t behind = 0; behind < 18; behind += 3) {
                const std::string a(before, 'a'), z(behind, 'z');
                BOOST_TEST(quoted(a + special + z) == "\"" + a + escaped + z + "\"");
                BOOST_TEST(valid_utf8(a + special + z) == (special[0] > 0 || special == "鸿" || special == "\0"s));
            }
}

BOOST_AUTO_TEST_CASE(the_writer_takes_texts_of_any_size) {
    for (const std::string& piece : {"a"s, "鸿"s, "\""s, "\x80"s, "\1"s})
        for (const size_t times : {1000u, 1023u, 1024u, 1025u, 5000u}) {
            std::string text;
            for (size_t i = 0; i < times; ++i) text += piece;
            Writer w;
            w.begin_object().field(text, text).field("b", 1).end_object();
            BOOST_TEST(w.text() == "{" + quoted(text) + ":" + quoted(text) + ",\"b\":1}");
        }
}

BOOST_AUTO_TEST_CASE(schema_reads) {
    const Body body = kBody.parse(R"({"name":"鸿雁😀","mode":"b","count":500,"flag":false,"note":null,"extra":{}})");
    BOOST_TEST(body.name == "鸿雁😀");
    BOOST_TEST(body.mode == "b");
    BOOST_TEST(body.count == 500);
    BOOST_TEST(!*body.flag);
    BOOST_TEST(!body.note);
    BOOST_TEST(kBody.parse(R"({"name":"a"})").count == 7);
}

BOOST_AUTO_TEST_CASE(schema_tells_every_fault) {
    BOOST_TEST(faults_of(R"({"mode":"c","count":0,"flag":1,"note":"x"})") ==
               "/name: required; /mode: unknown value; /count: from 1 to 500; /flag: true or false is wanted; "
               "/note: must not be empty");
    BOOST_TEST(faults_of(R"({"name":"abcd"})") == "/name: at most 3 characters");
    BOOST_TEST(faults_of(R"({"name":""})") == "/name: must not be empty");
    BOOST_TEST(faults_of(R"({"name":null})") == "/name: required");
    for (const auto* count : {"\"12\"", "1.5", "true", "1.0", "9223372036854775808", "[1]"})
        BOOST_TEST(
            faults_of("{\"name\":\"a\",\"count\":" + std::string(count) + "}") == "/count: a whole number is wanted",
            count);
    for (const auto* name : {"1", "true", "[\"a\"]", "{}"})
        BOOST_TEST(faults_of("{\"name\":" + std::string(name) + "}") == "/name: a string is wanted", name);
    for (const auto* no_object : {"[]", "\"a\"", "1", "null", "true"})
        BOOST_TEST(faults_of(no_object) == "an object is wanted", no_object);
    for (const auto* no_json : {"", "{", "{\"name\":\"a\"}x", "{\"name\":\"a\",\"name\":\"b\"}"})
        BOOST_TEST(!faults_of(no_json).empty(), no_json);
}

BOOST_AUTO_TEST_CASE(schema_describes_itself) {
    Writer w;
    kBody.describe(w);
    const auto v = json::parse(w.text());
    BOOST_REQUIRE(v);
    const auto* name = v->find("properties")->find("name");
    BOOST_TEST(name->text_or("type") == "string");
    BOOST_TEST(name->int_or("maxLength") == 3);
    BOOST_TEST(v->find("properties")->find("count")->int_or("maximum") == 500);
    BOOST_TEST(v->find("properties")->find("flag")->text_or("type") == "boolean");
    BOOST_TEST((texts(v->find("required")) == std::vector<std::string>{"name"}));
}

// A reader that compares each name with all before it would take minutes here.
BOOST_AUTO_TEST_CASE(many_names_cost_no_more_than_their_length, *boost::unit_test::timeout(60)) {
    std::string text = "{\"x\":0";
    for (int i = 0; i < 200'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
    BOOST_TEST(parse(text + "}").has_value());
    BOOST_TEST(!parse(text + ",\"x\":1}"));
    BOOST_TEST(!parse(text + ",\"77777\":1}"));
    for (const size_t names : {2u, 31u, 32u, 33u, 34u, 100u}) {
        std::string some = "{\"x\":0";
        for (size_t i = 1; i < names; ++i) some += ",\"" + std::to_string(i) + "\":0";
        BOOST_TEST(parse(some + "}")->object()->size() == names);
        BOOST_TEST(!parse(some + ",\"x\":0}"));
        BOOST_TEST(!parse(some + ",\"" + std::to_string(names - 1) + "\":0}"));
    }
}

BOOST_AUTO_TEST_CASE(what_was_read_is_written_as_it_was) {
    for (const char* text : {"[9223372036854775808,18446744073709551615]", "[5.0,-0.0,1e+22,0.1]",
                             "[9223372036854775807,-9223372036854775808]", "[123456789012345680.0]"}) {
        const std::string written = to_text(*parse(text));
        BOOST_TEST(written == text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
