// The runner itself: a case that should fail does. Answers are made up here.
#include <boost/test/unit_test.hpp>

#include "cases/match.h"
#include "cases/run_case.h"

namespace {

using namespace hy;
using namespace hy::cases;

struct Canned final : Executor {
    http::Response answer;
    Sent last;
    http::Response send(const Sent& sent) override {
        last = sent;
        return answer;
    }
};

constexpr const char* kRequestId = "0123456789abcdef0123456789abcdef";

Canned canned(int status, const std::string& body) {
    Canned executor;
    executor.answer = {status, {{"Content-Type", "application/json"}, {"X-Request-Id", kRequestId}}, body};
    return executor;
}

std::string case_text(const std::string& expected) {
    return "# A robot\n\n=== is read\nGET /ocms/robots/x\n\n" + expected + "\n";
}

// What playing says of an answer to a case that expects `expected`.
std::string fault_of(const std::string& expected, int status, const std::string& body) {
    Canned executor = canned(status, body);
    const auto played = play(parse_case(case_text(expected)), "pipeline", executor, nullptr);
    BOOST_TEST(played.steps == 1);
    std::string all;
    for (const auto& fault : played.faults) all += fault + "\n";
    return all;
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

constexpr const char* kRobot =
    R"({"robot_id":"robot_1_a","name":"a","n":3,"at":"2024-02-13T10:47:14.567Z","list":[1,2,3]})";
constexpr const char* kExpected =
    "expect 200\n\n{\"robot_id\": \"<id:robot_>\", \"name\": \"a\",\n"
    " \"n\": \"<int>\", \"at\": \"<time>\", \"list\": [1, ...]}";

}  // namespace

BOOST_AUTO_TEST_SUITE(runner)

BOOST_AUTO_TEST_CASE(the_right_answer_passes) { BOOST_TEST(fault_of(kExpected, 200, kRobot) == ""); }

BOOST_AUTO_TEST_CASE(a_wrong_status_fails) {
    BOOST_TEST(holds(fault_of(kExpected, 201, kRobot), "status 200 is expected, got 201"));
}

BOOST_AUTO_TEST_CASE(a_missing_field_fails) {
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": 1, \"b\": 2}", 200, R"({"a":1})"), "/b: missing"));
}

BOOST_AUTO_TEST_CASE(an_extra_field_fails) {
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": 1}", 200, R"({"a":1,"inner":true})"), "/inner: not expected"));
    const std::string nested = fault_of("expect 200\n\n{\"a\": {\"b\": 1}}", 200, R"({"a":{"b":1,"c":2}})");
    BOOST_TEST(holds(nested, "/a/c: not expected"));
}

BOOST_AUTO_TEST_CASE(a_wrong_kind_fails) {
    const std::pair<const char*, const char*> wrong[] = {{"<string>", "1"},
                                                         {"<int>", "\"1\""},
                                                         {"<int>", "1.5"},
                                                         {"<bool>", "1"},
                                                         {"<time>", "\"2024-02-13 10:47:14\""},
                                                         {"<time>", "\"2024-02-13T10:47:14+08:00\""},
                                                         {"<id:robot_>", "\"conv_1\""},
                                                         {"<id:robot_>", "\"robot_\""},
                                                         {"<id:sk-:4>", "\"sk-12345\""},
                                                         {"<token>", "\"eyJ.a\""},
                                                         {"<digits>", "\"12a\""},
                                                         {"<string>", "null"}};
    for (const auto& [kind, value] : wrong) {
        const std::string expected = std::string("expect 200\n\n{\"a\": \"") + kind + "\"}";
        const std::string fault = fault_of(expected, 200, std::string("{\"a\":") + value + "}");
        BOOST_TEST(holds(fault, std::string(kind) + " is expected"), kind << " takes " << value);
    }
}

BOOST_AUTO_TEST_CASE(wrong_values_fail) {
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": \"1\"}", 200, R"({"a":1})"), "/a: "));
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": true}", 200, R"({"a":1})"), "/a: "));
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": null}", 200, R"({"a":""})"), "/a: "));
    BOOST_TEST(holds(fault_of("expect 200\n\n{\"a\": \"x <any> z\"}", 200, R"({"a":"x y"})"), "/a: "));
}

BOOST_AUTO_TEST_CASE(arrays_are_as_long_as_expected) {
    BOOST_TEST(holds(fault_of("expect 200\n\n[1, 2]", 200, "[1,2,3]"), "2 items are expected, got 3"));
    BOOST_TEST(holds(fault_of("expect 200\n\n[1, 2, ...]", 200, "[1]"), "2 or more items are expected, got 1"));
    BOOST_TEST(fault_of("expect 200\n\n[...]", 200, "[]") == "");
}

BOOST_AUTO_TEST_CASE(headers_are_compared) {
    BOOST_TEST(holds(fault_of("expect 200\nAllow: GET\n\n{}", 200, "{}"), "Allow: GET is expected, got none"));
    BOOST_TEST(holds(fault_of("expect 200\nX-Request-Id: <absent>\n\n{}", 200, "{}"), "X-Request-Id"));
}

BOOST_AUTO_TEST_CASE(a_body_where_none_is_expected_fails) {
    BOOST_TEST(holds(fault_of("expect 200", 200, "{}"), "no body is expected"));
}

BOOST_AUTO_TEST_CASE(every_answer_needs_its_request_id) {
    Canned executor = canned(200, "{}");
    executor.answer.headers.pop_back();
    BOOST_TEST(play(parse_case(case_text("expect 200\n\n{}")), "pipeline", executor, nullptr).faults.size() == 1u);
    const std::string other = fault_of("expect 500\n\nbody any", 500, R"({"detail":"x","request_id":"other"})");
    BOOST_TEST(holds(other, "request_id in the body"));
}

BOOST_AUTO_TEST_CASE(inner_text_of_a_fault_fails) {
    const std::string told = fault_of("expect 500\n\nbody any", 500, R"({"detail":"x","what":"SELECT"})");
    BOOST_TEST(holds(told, "/what: has no place"));
}

BOOST_AUTO_TEST_CASE(what_was_saved_is_filled_in) {
    Canned executor = canned(200, R"({"a":"x1","b":[{"c":7}]})");
    const std::string text = case_text("expect 200\n\nbody any\nsave a = /a\nsave c = /b/0/c") +
                             "=== again\nPOST /{{a}}/{{c}}\n\n{\"t\":\"{{repeat 3 字}}\"}\nexpect 200\n\nbody any\n";
    BOOST_TEST(play(parse_case(text), "pipeline", executor, nullptr).faults.empty());
    BOOST_TEST(executor.last.target == "/x1/7");
    BOOST_TEST(executor.last.body == "{\"t\":\"字字字\"}");
    const std::string unknown = "# A case\n=== x\nGET /{{nothing}}\nexpect 200\n\nbody any\n";
    BOOST_TEST(play(parse_case(unknown), "pipeline", executor, nullptr).faults.size() == 1u);
}

BOOST_AUTO_TEST_CASE(broken_files_are_told_by_line) {
    for (const char* text : {"", "# only a title\n", "# t\n=== s\nGET /x\n", "# t\n=== s\nexpect 200\n",
                             "# t\n=== s\nas\nGET /x\nexpect 200\n", "# t\n=== s\nFETCH /x\nexpect 200\n",
                             "# t\n=== s\nGET /x\nexpect fine\n", "# t\n=== s\nGET /x\nexpect 200\n\n{}\nsave a\n",
                             "GET /x\nexpect 200\n"})
        BOOST_CHECK_THROW(parse_case(text), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
