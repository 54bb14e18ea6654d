// Bad requests, through nginx: each is answered in the contract's words or cut off, never by
// a crash; nothing half said is acted on, and nobody else notices.
#include <boost/test/unit_test.hpp>

#include "e2e/bystanders.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

using namespace std::string_literals;

constexpr const char* kRobots = "/ocms/robots/";
constexpr const char* kUpload = "/ocms/upload/file";

struct Scene {
    Bystanders others;
    User user = stack().log_in();

    std::string head(const std::string& method, const std::string& target, const std::string& headers) const {
        return method + " " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + user.access +
               "\r\nConnection: close\r\n" + headers + "\r\n";
    }
    std::string post(const std::string& target, const std::string& body) const {
        return head("POST", target,
                    "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") +
               body;
    }
    std::string form(const std::string& body) const {
        return head("POST", kUpload,
                    "Content-Type: multipart/form-data; boundary=line\r\nContent-Length: " +
                        std::to_string(body.size()) + "\r\n") +
               body;
    }
    size_t robots() const {
        const auto list = stack().call(user, "GET", kRobots).json();
        const json::Value* found = list.array() ? &list : list.find("robots");
        BOOST_REQUIRE(found && found->array());
        return found->array()->size();
    }
    // All of `bytes` are said (as far as they are wanted) and the answer has this status,
    // and the door's form.
    void refused(const std::string& what, const std::string& bytes, int status) {
        RawPeer peer(stack().port);
        peer.say(bytes);
        const std::string answer = peer.hear();
        BOOST_TEST(peer.ended(), what << ": the connection stays open");
        BOOST_TEST(peer.status() == status, what << ": " << answer.substr(0, 300));
        BOOST_TEST(answer.find("\r\n\r\n{\"detail\":\"") != std::string::npos, what << ": " << answer.substr(0, 600));
        others.check(what);
    }
};

std::string repeated(const std::string& text, size_t times) {
    std::string out;
    out.reserve(text.size() * times);
    for (size_t i = 0; i < times; ++i) out += text;
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_input)

BOOST_AUTO_TEST_CASE(heads) {
    Scene scene;
    const auto get = [&](const std::string& target, const std::string& headers = {}) {
        return scene.head("GET", target, headers);
    };
    scene.refused("a header of 10 MB", get(kRobots, "X-Long: " + std::string(10 << 20, 'x') + "\r\n"), 400);
    scene.refused("a path of 10 MB", get("/ocms/robots/" + std::string(10 << 20, 'x')), 414);
    scene.refused("100,000 headers", get(kRobots, repeated("X-Many: y\r\n", 100'000)), 400);
    scene.refused("two different lengths", get(kRobots, "Content-Length: 1\r\nContent-Length: 2\r\n"), 400);
    scene.refused("the same length twice", get(kRobots, "Content-Length: 1\r\nContent-Length: 1\r\n") + "x", 400);
    for (const char* length : {"-1", "x", "1x", "0x10", "1 2", "+1", "99999999999999999999", ""})
        scene.refused("Content-Length: "s + length, get(kRobots, "Content-Length: "s + length + "\r\n"), 400);
    scene.refused("length and chunks",
                  get(kRobots, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400);
    scene.refused("NUL in a header", get(kRobots, "X-Nul: a\0b\r\n"s), 400);
    scene.refused("NUL in a path", get("/ocms/robots/a%00b"), 400);
    scene.refused("a path that is not UTF-8", get("/ocms/robots/%ff%fe"), 400);
    scene.refused("raw bytes in a path", get("/ocms/robots/\xc0\xaf"), 400);
    scene.refused("a query that is not UTF-8", get("/ocms/conversations/?robot_id=%ff"), 400);
    scene.refused("a broken escape in a query", get("/ocms/conversations/?robot_id=%f"), 400);
    scene.refused("65 parameters", get("/ocms/conversations/?" + repeated("a=b&", 65)), 400);
}

BOOST_AUTO_TEST_CASE(bodies_that_are_no_json) {
    Scene scene;
    const size_t robots = scene.robots();
    const auto post = [&](const std::string& what, const std::string& body) {
        scene.refused(what, scene.post(kRobots, body), 400);
    };
    post("bytes that are not UTF-8", "{\"name\":\"\xff\xfe\"}");
    post("a surrogate in UTF-8", "{\"name\":\"\xed\xa0\x80\"}");
    post("NUL in a body", "{\"name\":\"a\0b\"}"s);
    post("nothing but NUL", std::string(1000, '\0'));
    post("100,000 brackets", std::string(100'000, '['));
    post("100,000 objects in each other", repeated("{\"a\":", 100'000));
    post("a number of 1 MB", "{\"name\":" + std::string((1 << 20) - 20, '1') + "}");
    post("a fraction of 1 MB", "{\"name\":1." + std::string((1 << 20) - 20, '1') + "}");
    post("a text of 1 MB", "{\"name\":\"" + std::string((1 << 20) - 20, 'x') + "\"}");
    post("half a million nulls", "[" + repeated("0,", 500'000) + "0]");
    post("lists without end", "[" + repeated("[],", 340'000) + "0]");
    post("the same name twice", "{\"name\":\"a\",\"name\":\"b\"}");
    std::string names = "{\"name\":5";
    for (int i = 0; names.size() < (1 << 20) - 20; ++i) names += ",\"" + std::to_string(i) + "\":0";
    post("as many names as fit", names + "}");
    BOOST_TEST(scene.robots() == robots);
}

BOOST_AUTO_TEST_CASE(bodies_that_are_too_large) {
    Scene scene;
    const std::string json = "Content-Type: application/json\r\n",
                      form = "Content-Type: multipart/form-data; boundary=line\r\n";
    const std::string two_gb = "Content-Length: 2147483648\r\n", chunked = "Transfer-Encoding: chunked\r\n";
    scene.refused("2 GB of JSON declared", scene.head("POST", kRobots, json + two_gb) + "{\"name\":\"x\"}", 413);
    scene.refused("2 GB of a file declared", scene.head("POST", kUpload, form + two_gb) + "--line\r\n", 413);
    const std::string chunk = "10000\r\n" + std::string(65536, 'x') + "\r\n";
    scene.refused("chunks without end", scene.head("POST", kRobots, json + chunked) + repeated(chunk, 400), 413);
    scene.refused("a file in chunks without end", scene.head("POST", kUpload, form + chunked) + repeated(chunk, 400),
                  413);
    scene.refused("a chunk of 2^63 bytes", scene.head("POST", kRobots, json + chunked) + "8000000000000000\r\nx", 400);
    scene.refused("a chunk of no size", scene.head("POST", kRobots, json + chunked) + "x\r\ny\r\n", 400);
}

BOOST_AUTO_TEST_CASE(bodies_that_stop) {
    Scene scene;
    const size_t robots = scene.robots();
    const std::string body = R"({"name":"half"})";
    const std::string longer =
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size() + 9) + "\r\n";
    const std::string chunked = "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    for (const std::string& said :
         {scene.head("POST", kRobots, longer) + body, scene.head("POST", kRobots, chunked) + "f\r\n" + body + "\r\n"}) {
        RawPeer gone(stack().port), silent(stack().port);
        gone.say(said);
        gone.finish();
        BOOST_TEST(gone.hear().empty());
        silent.say(said);
        scene.others.check("a body that stops");
        BOOST_TEST(!silent.ended());
        silent.drop();
    }
    BOOST_TEST(scene.robots() == robots);
    // What comes whole after such a one is made: the same count would not show it.
    RawPeer whole(stack().port);
    whole.say(scene.post(kRobots, body));
    whole.hear();
    BOOST_TEST(whole.status() == 200);
    BOOST_TEST(scene.robots() == robots + 1);
}

BOOST_AUTO_TEST_CASE(forms) {
    Scene scene;
    const std::string part = "--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n";
    const int64_t before = other_driver::number("SELECT COUNT(*) FROM files");
    scene.refused("a form without its end", scene.form(part + "\r\nhalf a file"), 400);
    scene.refused("a form that ends in its boundary", scene.form(part + "\r\nhalf a file\r\n--line-"), 400);
    scene.refused("10,000 parts", scene.form(repeated(part + "\r\nx\r\n", 10'000) + "--line--\r\n"), 400);
    scene.refused("a part's header of 1 MB",
                  scene.form(part + "X-Long: " + std::string(1 << 20, 'x') + "\r\n\r\nx\r\n--line--\r\n"), 400);
    scene.refused("a part's name of 1 MB",
                  scene.form("--line\r\nContent-Disposition: form-data; name=\"" + std::string(1 << 20, 'x') +
                             "\"\r\n\r\nx\r\n--line--\r\n"),
                  400);
    scene.refused("10,000 headers of a part", scene.form(part + repeated("X: y\r\n", 10'000) + "\r\nx\r\n--line--\r\n"),
                  400);
    scene.refused("1 MB before the first boundary", scene.form(std::string(1 << 20, '-')), 400);
    scene.refused("no boundary at all", scene.form(""), 400);
    BOOST_TEST(other_driver::number("SELECT COUNT(*) FROM files") == before);
    RawPeer whole(stack().port);
    whole.say(scene.form(part + "Content-Type: text/plain\r\n\r\na whole file\r\n--line--\r\n"));
    whole.hear();
    BOOST_TEST(whole.status() == 200);
    BOOST_TEST(other_driver::number("SELECT COUNT(*) FROM files") == before + 1);
}

// nginx gives a head 15 s and a pause in a body 30 s; the relay a handshake 10 s.
BOOST_AUTO_TEST_CASE(who_falls_silent_is_let_go) {
    Scene scene;
    RawPeer in_head(stack().port), in_body(stack().port), in_handshake(stack().port + 1), nothing(stack().port + 1);
    in_head.say("GET /ocms/robots/ HTTP/1.1\r\nHost: lo");
    in_body.say(scene.head("POST", kRobots, "Content-Type: application/json\r\nContent-Length: 500\r\n") + "{\"na");
    in_handshake.say("GET /ocms/v1/stream HTTP/1.1\r\nUpgrade: web");
    scene.others.check("four who fell silent");
    for (RawPeer* peer : {&in_handshake, &nothing, &in_head, &in_body}) {
        peer->hear(60'000);
        BOOST_TEST(peer->ended());
        BOOST_TEST((peer->status() == 0 || peer->status() == 400 || peer->status() == 408));
    }
    scene.others.check("four who were let go");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
