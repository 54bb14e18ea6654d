// Answers that come piece by piece, and what is asked for them.
#include <boost/test/unit_test.hpp>

#include "core/ai.h"

using namespace hy;

namespace {

ai::Stream heard(std::string_view bytes, bool dify = false, size_t piece = 1) {
    ai::Stream stream(dify);
    while (!bytes.empty()) {
        stream.feed(bytes.substr(0, piece));
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
    stream.finish();
    return stream;
}

std::string chunk(const std::string& content, const std::string& rest = "") {
    return "data: {\"choices\":[{\"delta\":{\"content\":\"" + content + "\"}" + rest + "}]}\n\n";
}
const std::string kStop = ",\"finish_reason\":\"stop\"";

std::optional<ai::Said> read(const ai::Stream& stream, std::string* why, bool dify = false, int status = 200) {
    ai::Question question;
    question.provider = dify ? "dify" : "openai";
    return ai::read(question, stream, status, why);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ai_streams)

BOOST_AUTO_TEST_CASE(words_add_up_however_they_come) {
    const std::string all =
        "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n" + chunk("你") + ": a comment\n\n" +
        chunk("好，") + chunk("世界", kStop) +
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
    for (const size_t piece : {size_t{1}, size_t{2}, size_t{7}, size_t{1000}}) {
        std::string why;
        const auto said = read(heard(all, false, piece), &why);
        BOOST_REQUIRE(said);
        BOOST_TEST(said->text == "你好，世界");
        BOOST_TEST(said->tokens_in == 7);
        BOOST_TEST(said->tokens_out == 3);
    }
}

BOOST_AUTO_TEST_CASE(what_was_said_so_far_can_be_seen) {
    ai::Stream stream(false);
    BOOST_TEST(stream.feed(chunk("a")));
    BOOST_TEST(stream.text() == "a");
    BOOST_TEST(!stream.complete());
    BOOST_TEST(stream.feed(chunk("b", kStop)));
    BOOST_TEST(stream.text() == "ab");
    BOOST_TEST(stream.complete());
}

BOOST_AUTO_TEST_CASE(lines_may_end_as_they_like) {
    std::string why;
    std::string all = chunk("a") + chunk("b", kStop);
    for (size_t at = 0; (at = all.find('\n', at)) != std::string::npos; at += 2) all.replace(at, 1, "\r\n");
    BOOST_TEST(read(heard(all), &why)->text == "ab");
    BOOST_TEST(read(heard("data:" + chunk("c", kStop).substr(6)), &why)->text == "c");
    const std::string last = chunk("d", kStop);
    BOOST_TEST(read(heard(last.substr(0, last.size() - 2)), &why)->text == "d");
}

BOOST_AUTO_TEST_CASE(who_does_not_stream_is_read_as_before) {
    std::string why;
    const std::string whole =
        R"({"choices":[{"message":{"content":"whole"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}})";
    const auto said = read(heard(whole, false, 5), &why);
    BOOST_REQUIRE(said);
    BOOST_TEST(said->text == "whole");
    BOOST_TEST(said->tokens_out == 4);
    BOOST_TEST(!read(heard("<html>"), &why));
    BOOST_TEST(!read(heard(""), &why));
}

BOOST_AUTO_TEST_CASE(what_broke_off_is_no_answer) {
    std::string why;
    BOOST_TEST(!read(heard(chunk("half a sent")), &why));
    BOOST_TEST(why == "the answer broke off");
    BOOST_TEST(!read(heard(chunk("a") + "data: {\"error\":{\"message\":\"secret words\"}}\n\n"), &why));
    BOOST_TEST(why == "the provider broke off");
    BOOST_TEST(!read(heard(chunk("a") + "data: {not JSON\n\n"), &why));
    BOOST_TEST(why == "an event is no JSON");
    BOOST_TEST(!read(heard(chunk("  ", kStop)), &why));
    BOOST_TEST(why == "the answer holds no text");
    BOOST_TEST(!read(heard(R"({"error":{}})"), &why, false, 429));
    BOOST_TEST(why == "HTTP 429");
    BOOST_TEST(!read(heard(chunk("a", kStop)), &why, false, 500));
}

BOOST_AUTO_TEST_CASE(half_a_character_does_not_cost_the_answer) {
    std::string why;
    const auto said = read(heard(chunk("a\\ud83d") + chunk("\\uDE00b \\ud83d\\ude00", kStop)), &why);
    BOOST_REQUIRE(said);
    BOOST_TEST(said->text.starts_with("a\uFFFD"));
    BOOST_TEST(said->text.ends_with("b \U0001F600"));
}

BOOST_AUTO_TEST_CASE(nothing_after_the_end_undoes_it) {
    std::string why;
    for (const char* after : {"data: {not JSON\n\n", "data: {\"error\":{\"message\":\"x\"}}\n\n"}) {
        BOOST_TEST(read(heard(chunk("a", kStop) + after), &why)->text == "a");
        BOOST_TEST(read(heard(chunk("a", kStop) + "data: [DONE] \n\n" + after), &why)->text == "a");
    }
    ai::Stream stream(false);
    BOOST_TEST(!stream.feed(chunk("a", kStop) + "data: [DONE]\n\n"));
    BOOST_TEST(read(heard("\xEF\xBB\xBF" + chunk("b", kStop)), &why)->text == "b");
}

BOOST_AUTO_TEST_CASE(dify_says_it_in_its_own_way) {
    const std::string all =
        "event: ping\n\ndata: {\"event\":\"message\",\"answer\":\"Hel\",\"conversation_id\":\"c-1\"}\n\n"
        "data: {\"event\":\"agent_message\",\"answer\":\"lo\"}\n\n"
        "data: {\"event\":\"message_end\",\"metadata\":{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}}\n\n";
    std::string why;
    const auto said = read(heard(all, true), &why, true);
    BOOST_REQUIRE(said);
    BOOST_TEST(said->text == "Hello");
    BOOST_TEST(said->session == "c-1");
    BOOST_TEST(said->tokens_in == 5);
    const std::string replaced =
        "data: {\"event\":\"message\",\"answer\":\"bad\"}\n\ndata: "
        "{\"event\":\"message_replace\",\"answer\":\"good\"}\n\n"
        "data: {\"event\":\"message_end\"}\n\n";
    BOOST_TEST(read(heard(replaced, true), &why, true)->text == "good");
    BOOST_TEST(!read(heard("data: {\"event\":\"message\",\"answer\":\"a\"}\n\ndata: {\"event\":\"error\"}\n\n", true),
                     &why, true));
    BOOST_TEST(!read(heard("data: {\"event\":\"message\",\"answer\":\"a\"}\n\n", true), &why, true));
}

BOOST_AUTO_TEST_CASE(nobody_fills_memory) {
    ai::Stream stream(false);
    const std::string word = chunk(std::string(1000, 'x'));
    for (int i = 0; i < 200; ++i) BOOST_TEST(stream.feed(word));
    BOOST_TEST(stream.text().size() == 64u << 10);
    BOOST_TEST(!stream.feed("data: " + std::string(300 << 10, 'y')));
    BOOST_TEST(stream.fault() == "a line is too long");
    ai::Stream document(false);
    for (int i = 0; i < 40; ++i) BOOST_TEST(document.feed(std::string(64 << 10, 'z')));
    BOOST_TEST(document.document().size() == 1u << 20);
    std::string why;
    const auto counted =
        read(heard(chunk("a", kStop) + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":99999999999,"
                                       "\"completion_tokens\":-5}}\n\n"),
             &why);
    BOOST_TEST(counted->tokens_in == 10'000'000);
    BOOST_TEST(counted->tokens_out == 0);
}

BOOST_AUTO_TEST_CASE(it_is_asked_for) {
    ai::Question question;
    question.provider = "openai";
    question.base_url = "https://ai.example";
    question.stream = true;
    BOOST_TEST(ai::request(question).body.find(R"("stream":true,"stream_options":{"include_usage":true})") !=
               std::string::npos);
    question.stream = false;
    BOOST_TEST(ai::request(question).body.find("stream_options") == std::string::npos);
    question.provider = "dify";
    BOOST_TEST(ai::request(question).body.find(R"("response_mode":"blocking")") != std::string::npos);
    question.stream = true;
    BOOST_TEST(ai::request(question).body.find(R"("response_mode":"streaming")") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
