// OpenIM's contents: what clients write, and what others' messages are to them.
#include <boost/test/unit_test.hpp>

#include "json/value.h"
#include "wire/openim_content.h"
#include "wire/wukongim_payload.h"

using namespace hy;
namespace oim = hy::wire::openim;

namespace {

std::optional<oim::Written> read(int64_t type, const std::string& json, const std::vector<std::string>& at = {}) {
    return oim::read(type, *json::parse(json), at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wire_openim)

BOOST_AUTO_TEST_CASE(text_is_the_same_however_it_is_written) {
    for (const char* json : {R"({"text":"hi"})", R"({"content":"hi"})", R"("hi")", R"("{\"content\":\"hi\"}")",
                             R"("{\"text\":\"hi\"}")"}) {
        const auto written = read(oim::kText, json);
        BOOST_TEST_REQUIRE(written.has_value(), json);
        BOOST_TEST(written->raw == R"({"content":"hi"})", json);
        BOOST_TEST(written->content.kind == "text");
        BOOST_TEST(written->content.text == "hi");
    }
    // Text that looks like something else is text.
    for (const char* words : {"{", "{}", "5", "[1]", "{\\\"a\\\":1}", "null"}) {
        const auto written = read(oim::kText, "\"" + std::string(words) + "\"");
        BOOST_TEST_REQUIRE(written.has_value(), words);
        BOOST_TEST(written->content.text == *json::parse("\"" + std::string(words) + "\"")->string());
    }
}

BOOST_AUTO_TEST_CASE(what_is_no_content) {
    for (const char* json : {"5", "[]", "true", "null", R"("")", R"({"text":""})", R"({"text":5})", R"({"words":"x"})"})
        BOOST_TEST(!read(oim::kText, json).has_value(), json);
    for (const char* json : {"5", R"("x")", R"("[]")", "[]"}) BOOST_TEST(!read(oim::kPicture, json).has_value(), json);
    for (const int64_t type : {0, 100, 111, 112, 116, 121, 1201, 2101, -1}) BOOST_TEST(!oim::sendable(type), type);
    for (const int64_t type : {101, 110, 113, 120}) BOOST_TEST(oim::sendable(type), type);
    BOOST_TEST(oim::fleeting(oim::kTyping));
    BOOST_TEST(!oim::fleeting(oim::kText));
}

BOOST_AUTO_TEST_CASE(who_is_mentioned) {
    const auto at = read(oim::kAt, R"({"text":"@b hi","atUserList":["b","AtAllTag","b",5]})", {"c", "b"});
    BOOST_TEST_REQUIRE(at.has_value());
    BOOST_TEST(at->content.text == "@b hi");
    BOOST_TEST((at->content.at == std::vector<std::string>{"b", "all", "c"}));
    BOOST_TEST((read(oim::kText, R"("x")", {"AtAllTag"})->content.at == std::vector<std::string>{"all"}));
}

BOOST_AUTO_TEST_CASE(media_and_answers) {
    const auto picture =
        read(oim::kPicture, R"({"sourcePicture":{"url":"https://x/a.png","width":3,"height":4,"size":5}})");
    BOOST_TEST(picture->content.kind == "image");
    BOOST_TEST(picture->content.media->url == "https://x/a.png");
    BOOST_TEST(picture->content.media->height == 4);
    // What others cannot open is nothing to them, and must not become a file of ours.
    const auto local = read(oim::kPicture, R"({"sourcePicture":{"url":"file:///etc/passwd"}})");
    BOOST_TEST(local->content.kind == "custom");
    BOOST_TEST(!local->content.media.has_value());
    const auto voice = read(oim::kVoice, R"({"sourceUrl":"http://x/v","duration":2,"dataSize":9})");
    BOOST_TEST(voice->content.kind == "voice");
    BOOST_TEST(voice->content.media->ms == 2000);
    const auto file = read(oim::kFile, R"({"sourceUrl":"http://x/f","fileName":"a.txt","fileSize":7})");
    BOOST_TEST(file->content.media->name == "a.txt");
    const auto quote = read(oim::kQuote, R"({"text":"yes","quoteMessage":{"serverMsgID":"17"}})");
    BOOST_TEST(quote->content.kind == "text");
    BOOST_TEST(quote->content.reply_to == "17");
    BOOST_TEST(read(oim::kQuote, R"({"text":"yes","quoteMessage":{"serverMsgID":"x"}})")->content.reply_to == "");
    BOOST_TEST(read(oim::kLocation, R"({"description":"here","longitude":1,"latitude":2})")->content.kind ==
               "location");
    BOOST_TEST(read(oim::kCard, R"({"userID":"b"})")->content.kind == "card");
    BOOST_TEST(read(oim::kCustom, R"({"data":"d"})")->content.kind == "custom");
}

BOOST_AUTO_TEST_CASE(ones_own_form_comes_back_unchanged) {
    const std::string raw = R"({"data":"d","x":[1,2]})";
    const auto told = oim::tell("oim:110", raw, {.kind = "custom"}, false);
    BOOST_TEST(told.type == 110);
    BOOST_TEST(told.content == raw);
    BOOST_TEST(oim::plain(told) == raw);
    BOOST_TEST(oim::plain(oim::tell("oim:101", R"({"content":"a\nb"})", {}, false)) == "a\nb");
    BOOST_TEST(oim::tell("oim:101", R"({"content":"a"})", {}, true).type == oim::kRecalled);
}

BOOST_AUTO_TEST_CASE(others_messages) {
    BOOST_TEST(oim::tell("wk", R"({"type":1,"content":"hi"})", {.text = "hi"}, false).content == R"({"content":"hi"})");
    const auto custom = oim::tell("wk", R"({"type":9})", {.kind = "custom"}, false);
    BOOST_TEST(custom.type == oim::kCustom);
    BOOST_TEST(json::parse(custom.content)->text_or("data") == R"({"type":9})");
    // Bytes that are no text travel as Base64.
    BOOST_TEST(json::parse(oim::tell("wk", "\xff\x01", {.kind = "custom"}, false).content)->text_or("data") == "/wE=");
    Content image{.kind = "image", .media = Media{"", "https://x/a.png", "image/png", "a.png", 5, 3, 4, 0}};
    const auto picture = oim::tell("ocms", "", image, false);
    BOOST_TEST(picture.type == oim::kPicture);
    BOOST_TEST(json::parse(picture.content)->find("sourcePicture")->text_or("url") == "https://x/a.png");
    image.text = "look";
    BOOST_TEST(oim::plain(oim::tell("ocms", "", image, false)) == "look\nhttps://x/a.png");
    image = {.kind = "file", .media = Media{"", "https://x/f", "text/plain", "f.txt", 5, 0, 0, 0}};
    BOOST_TEST(json::parse(oim::tell("ocms", "", image, false).content)->text_or("fileName") == "f.txt");
    image.kind = "voice";
    BOOST_TEST(oim::tell("ocms", "", image, false).type == oim::kVoice);
    image.kind = "video";
    BOOST_TEST(oim::tell("ocms", "", image, false).type == oim::kVideo);
    const auto at = oim::tell("wk", "", {.text = "hi", .at = {"b", "all"}}, false);
    BOOST_TEST(at.type == oim::kAt);
    BOOST_TEST((json::texts(json::parse(at.content)->find("atUserList")) == std::vector<std::string>{"b", "AtAllTag"}));
    // And what is written here is read there.
    BOOST_TEST(wire::wukongim::payload_of(read(oim::kText, R"("hi")")->content) == R"({"type":1,"content":"hi"})");
}

BOOST_AUTO_TEST_SUITE_END()
