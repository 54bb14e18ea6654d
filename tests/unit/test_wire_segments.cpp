// Message segments of the sandbox: what they say to everybody else, and what others say as segments.
#include <boost/test/unit_test.hpp>

#include "wire/segments.h"

namespace segments = hy::wire::segments;
namespace json = hy::json;
using hy::Content;

namespace {

Content read(const std::string& text) {
    const auto value = json::parse(text);
    BOOST_REQUIRE((value && segments::valid(*value)));
    return segments::content_of(*value);
}
std::string written(const Content& content, const std::string& url = {}) {
    json::Writer w;
    segments::write(w, content, url);
    return std::string(w.text());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_segments)

BOOST_AUTO_TEST_CASE(what_is_a_list_of_segments) {
    std::string many = "[";
    for (int i = 0; i < 101; ++i) many += std::string(i ? "," : "") + R"({"type":"face","id":1})";
    for (const std::string& text : {std::string("[]"), std::string("{}"), std::string("null"), std::string("\"x\""),
                                    std::string("[1]"), std::string(R"([{"text":"x"}])"),
                                    std::string(R"([{"type":""}])"), std::string(R"([{"type":1}])"), many + "]"})
        BOOST_TEST(!segments::valid(json::parse(text).value()), text.substr(0, 40));
    BOOST_TEST(segments::valid(json::parse(R"([{"type":"whatever"}])").value()));
}

BOOST_AUTO_TEST_CASE(what_segments_say) {
    const Content words = read(
        R"([{"type":"reply","messageId":"17"},{"type":"at","targetId":"m1","name":"Ann"},{"type":"text","text":"hi "},{"type":"markdown","markdown":"*you*"}])");
    BOOST_TEST((words.kind == "text" && words.text == "@Ann hi *you*" && words.reply_to == "17"));
    BOOST_TEST((words.at == std::vector<std::string>{"m1"}));
    const Content picture = read(
        R"([{"type":"image","file":"https://example.com/a.jpg"},{"type":"text","text":"look"},{"type":"image","file":"b"}])");
    BOOST_TEST((picture.kind == "image" && picture.text == "look" && picture.media &&
                picture.media->url == "https://example.com/a.jpg"));
    BOOST_TEST(read(R"([{"type":"record","file":"a"}])").kind == "voice");
    BOOST_TEST(read(R"([{"type":"json","data":"{}"}])").text == "{}");
    const Content all = read(R"([{"type":"at","all":true},{"type":"text","text":"hi"}])");
    BOOST_TEST((all.at == std::vector<std::string>{"all"} && all.text == "@所有人 hi"));
    // Nothing that anybody else knows.
    const Content dice = read(R"([{"type":"dice","number":3}])");
    BOOST_TEST((dice.kind == "custom" && dice.text.empty() && !dice.media));
}

BOOST_AUTO_TEST_CASE(who_is_named) {
    const auto list = json::parse(R"([{"type":"at","targetId":"sandbox"},{"type":"text","text":"m1"}])").value();
    BOOST_TEST(segments::names(list, "sandbox"));
    BOOST_TEST(!segments::names(list, "m1"));
}

BOOST_AUTO_TEST_CASE(what_others_say_as_segments) {
    Content content;
    content.text = "hi";
    BOOST_TEST(written(content) == R"([{"type":"text","text":"hi"}])");
    content.reply_to = "17";
    content.kind = "voice";
    content.media = hy::Media{"key", "", "audio/mpeg", "a.mp3", 1, 0, 0, 0};
    BOOST_TEST(
        written(content, "https://x/a.mp3") ==
        R"([{"type":"reply","messageId":"17"},{"type":"record","file":"https://x/a.mp3","name":"a.mp3"},{"type":"text","text":"hi"}])");
    content.kind = "whatever";
    BOOST_TEST(written(content, "u").find(R"("type":"file")") != std::string::npos);
    BOOST_TEST(written(Content{}) == "[]");
}

BOOST_AUTO_TEST_SUITE_END()
