// Paths, queries and multipart bodies as hostile clients send them.
#include <boost/test/unit_test.hpp>

#include "base/errors.h"
#include "http/client.h"
#include "http/multipart.h"

using namespace hy;
using namespace hy::http;
using namespace std::string_literals;
using Segments = std::vector<std::string>;

namespace {

// Gives its text in pieces of `step` bytes.
class Pieces final : public BodySource {
public:
    Pieces(std::string text, size_t step) : text_(std::move(text)), step_(step) {}
    size_t read(char* out, size_t size) override {
        const size_t n = std::min({size, step_, text_.size() - at_});
        text_.copy(out, n, at_);
        at_ += n;
        return n;
    }

private:
    std::string text_;
    size_t step_, at_ = 0;
};

struct Seen {
    Part part;
    std::string body;
};

std::vector<Seen> parts_of(const std::string& body, size_t step = 1 << 20,
                           const std::string& type = "multipart/form-data; boundary=B-1", bool consume = true) {
    Pieces source(body, step);
    std::vector<Seen> seen;
    read_multipart(type, source, [&](const Part& part, const std::function<size_t(char*, size_t)>& read) {
        seen.push_back({part, ""});
        char buffer[7];
        while (consume)
            if (const size_t n = read(buffer, sizeof buffer)) seen.back().body.append(buffer, n);
            else break;
    });
    return seen;
}

std::string part(const std::string& head, const std::string& body) {
    return "--B-1\r\n" + head + "\r\n\r\n" + body + "\r\n";
}
std::string field(const std::string& name, const std::string& body) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"", body);
}
bool refused(const std::string& body, const std::string& type = "multipart/form-data; boundary=B-1") {
    try {
        parts_of(body, 5, type);
    } catch (const Error& e) {
        return e.fault == Fault::bad_request && e.code == "multipart";
    }
    return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_values)

BOOST_AUTO_TEST_CASE(paths_that_are_fine) {
    const std::pair<std::string, Segments> table[] = {{"/", {}},
                                                      {"/a", {"a"}},
                                                      {"/a/", {"a"}},
                                                      {"/a/b?x=/../", {"a", "b"}},
                                                      {"/%E9%B8%BF%e9%9b%81", {"鸿雁"}},
                                                      {"/a+b", {"a+b"}},
                                                      {"/a%2Bb%20c%25", {"a+b c%"}},
                                                      {"/...", {"..."}},
                                                      {"/.a", {".a"}},
                                                      {"/a?", {"a"}}};
    for (const auto& [target, want] : table) {
        const auto got = path_segments(target);
        BOOST_TEST_CONTEXT(target) {
            BOOST_REQUIRE(got);
            BOOST_TEST((*got == want));
        }
    }
}

BOOST_AUTO_TEST_CASE(paths_that_are_not) {
    for (const auto& bad :
         {""s,       "a"s,      "?a"s,      "*"s,       "//"s,     "///"s,        "//a"s,       "/a//b"s,
          "/a//"s,   "/a/./b"s, "/a/../b"s, "/.."s,     "/."s,     "/../"s,       "/%2e%2e/a"s, "/%2E"s,
          "/.%2e/"s, "/a%2fb"s, "/a%2Fb"s,  "/%2F"s,    "/a%00b"s, "/a\0b"s,      "/%"s,        "/%4"s,
          "/%zz"s,   "/%4g"s,   "/%-1"s,    "/%C3%28"s, "/\xFF"s,  "/%ED%A0%80"s, "http://x/a"s})
        BOOST_TEST(!path_segments(bad), bad);
}

BOOST_AUTO_TEST_CASE(queries) {
    const auto query = parse_query("/a?b=1&c=%E9%B8%BF+x&d&=e&b=2&&f=a=b&g=%2B");
    BOOST_REQUIRE(query);
    BOOST_TEST(query->size() == 7u);
    BOOST_TEST(*find(*query, "b") == "1");
    BOOST_TEST(*find(*query, "c") == "鸿 x");
    BOOST_TEST(*find(*query, "d") == "");
    BOOST_TEST(*find(*query, "f") == "a=b");
    BOOST_TEST(*find(*query, "g") == "+");
    BOOST_TEST(!find(*query, "B"));
    BOOST_TEST(parse_query("/a")->empty());
    BOOST_TEST(parse_query("/a?")->empty());
    for (const auto* bad : {"/?a=%", "/?a=%4", "/?%zz=1", "/?a=%00", "/?a=%FF", "/?a=\xC3\x28"})
        BOOST_TEST(!parse_query(bad), bad);
    std::string many = "/?";
    for (int i = 0; i < 64; ++i) many += "a=1&";
    BOOST_TEST(parse_query(many)->size() == 64u);
    BOOST_TEST(!parse_query(many + "b=1"));
}

BOOST_AUTO_TEST_CASE(encoding_and_back) {
    BOOST_TEST(percent_encode("a-._~Z9") == "a-._~Z9");
    BOOST_TEST(percent_encode("a/b?é %") == "a%2Fb%3F%C3%A9%20%25");
    for (const auto& text : {"鸿雁 1.jpg"s, "a+b&c=d"s, "%2F"s, "😀"s})
        BOOST_TEST(path_segments("/" + percent_encode(text))->at(0) == text);
}

BOOST_AUTO_TEST_CASE(multipart_whatever_the_pieces) {
    const std::string tricky = "x\r\n--B-\r\n--B-2\r\n-\r\r\n";
    const std::string body = "preamble\r\n" + field("a", "1") +
                             part(
                                 "Content-Disposition: form-data; name=\"file\"; filename=\"../../照片 "
                                 "\\\"1\\\".jpg\"\r\nContent-Type: image/jpeg",
                                 tricky) +
                             field("empty", "") + "--B-1--\r\n";
    for (const size_t step : {1u, 2u, 3u, 7u, 16u, 100u, 100000u}) {
        BOOST_TEST_CONTEXT("pieces of " << step) {
            const auto seen = parts_of(body, step);
            BOOST_REQUIRE(seen.size() == 3u);
            BOOST_TEST(seen[0].part.name == "a");
            BOOST_TEST(seen[0].body == "1");
            BOOST_TEST(seen[1].part.name == "file");
            BOOST_TEST(seen[1].part.content_type == "image/jpeg");
            BOOST_TEST(!seen[1].part.file_name.empty());
            BOOST_TEST(seen[1].body == tricky);
            BOOST_TEST(seen[2].body == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(multipart_parts_that_nobody_reads) {
    const auto seen = parts_of(field("a", std::string(100000, 'x')) + field("b", "y") + "--B-1--", 1000,
                               "multipart/form-data; boundary=\"B-1\"", false);
    BOOST_REQUIRE(seen.size() == 2u);
    BOOST_TEST(seen[1].part.name == "b");
}

BOOST_AUTO_TEST_CASE(multipart_refused) {
    const std::string good = field("a", "1");
    BOOST_TEST(!refused(good + "--B-1--\r\n"));
    BOOST_TEST(refused(""));
    BOOST_TEST(refused("no boundary at all"));
    BOOST_TEST(refused(good), "no end");
    BOOST_TEST(refused(good + "--B-1"), "half an end");
    BOOST_TEST(refused(good + "--B-1-"), "half an end");
    BOOST_TEST(refused("--B-1\r\nContent-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\nhalf a file"),
               "cut in a part");
    BOOST_TEST(refused("--B-1\r\nContent-Dispo"), "cut in a head");
    BOOST_TEST(refused(part("Content-Disposition: form-data", "1") + "--B-1--"), "no name");
    BOOST_TEST(refused(part("Content-Type: text/plain", "1") + "--B-1--"), "no disposition");
    BOOST_TEST(refused(part("Content-Disposition: attachment; name=\"a\"", "1") + "--B-1--"), "no form-data");
    BOOST_TEST(refused(part("X: " + std::string(200000, 'x') + "\r\nContent-Disposition: form-data; name=\"a\"", "1") +
                       "--B-1--"),
               "a huge header");
    std::string heads;
    for (int i = 0; i < 40; ++i) heads += "X" + std::to_string(i) + ": y\r\n";
    BOOST_TEST(refused(part(heads + "Content-Disposition: form-data; name=\"a\"", "1") + "--B-1--"), "many headers");
    std::string many;
    for (int i = 0; i < 16; ++i) many += good;
    BOOST_TEST(!refused(many + "--B-1--"));
    BOOST_TEST(refused(many + good + "--B-1--"), "17 parts");
    for (const auto* type :
         {"", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=B-1",
          "application/json; boundary=B-1", "multipart/form-data; boundary=other"})
        BOOST_TEST(refused(good + "--B-1--", type), type);
    BOOST_TEST(refused(good + "--B-1--", "multipart/form-data; boundary=" + std::string(71, 'b')));
}

BOOST_AUTO_TEST_CASE(multipart_contents_that_look_like_boundaries) {
    for (const std::string& content : {"a list\n--"s, "a list\n---"s, "\r\n--"s, "\r\n--B-"s, "\r"s, "\n"s, "\r\n"s,
                                       "\r\n\r"s, "--"s, "--B-1--"s, "x--B-1--\n"s, "\n--B-1\n"s, "\r\n--B"s, ""s})
        for (const size_t piece : {1u, 3u, 100000u}) {
            const auto parts = parts_of(field("file", content) + "--B-1--\r\n", piece);
            BOOST_TEST(parts.size() == 1u);
            BOOST_TEST(parts.at(0).body == content);
        }
    // The last boundary stands at a line's beginning: this is a file that was cut short.
    BOOST_TEST(refused("--B-1\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nx--B-1--"));
}

BOOST_AUTO_TEST_CASE(a_gate_is_left_as_often_as_entered) {
    CallGate gate(2);
    BOOST_TEST(gate.enter());
    BOOST_TEST(gate.enter());
    BOOST_TEST(!gate.enter());
    BOOST_TEST(!gate.enter());
    gate.leave();
    BOOST_TEST(gate.enter());
    BOOST_TEST(!gate.enter());
}

BOOST_AUTO_TEST_SUITE_END()
