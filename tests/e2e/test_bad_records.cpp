// FastCGI records that lie, straight at a handler's socket, as a broken web server might send
// them: a request that did not come whole is not acted on, and the handler serves the next.
#include <boost/test/unit_test.hpp>

#include "e2e/bystanders.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

using namespace std::string_literals;

enum Type { begin = 1, params = 4, in = 5 };

// `claims`: the length its head names, where it is not the body's.
std::string record(int type, const std::string& body, int claims = -1, int version = 1, int padding = 0) {
    const size_t size = claims < 0 ? body.size() : static_cast<size_t>(claims);
    const char head[] = {static_cast<char>(version),    static_cast<char>(type),    0, 1, static_cast<char>(size >> 8),
                         static_cast<char>(size & 255), static_cast<char>(padding), 0};
    return std::string(head, 8) + body;
}

const std::string kBegin = record(begin, "\0\1\0\0\0\0\0\0"s);

std::string pair(const std::string& name, const std::string& value) {
    std::string out(1, static_cast<char>(name.size()));
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>((value.size() >> shift & 255) | (shift == 24 ? 0x80 : 0));
    return out + name + value;
}

struct Scene {
    Bystanders others;
    User user = stack().log_in();
    const std::string body = R"({"name":"half"})";
    const std::string socket = stack().config.run_dir + "/ocms-robots.sock";

    std::string request(const std::string& length) const {
        const std::string all = pair("REQUEST_METHOD", "POST") + pair("REQUEST_URI", "/ocms/robots/") +
                                pair("CONTENT_TYPE", "application/json") + pair("CONTENT_LENGTH", length) +
                                pair("REMOTE_ADDR", "127.0.0.1") + pair("HTTP_AUTHORIZATION", "Bearer " + user.access);
        return kBegin + record(params, all) + record(params, "");
    }
    std::string length() const { return std::to_string(body.size()); }
    std::string answer(const std::string& bytes) const {
        RawPeer peer(socket);
        peer.say(bytes);
        peer.finish();
        const std::string heard = peer.hear();
        BOOST_TEST(peer.ended(), "a handler holds on to what will never be whole");
        return heard;
    }
    size_t robots() const {
        const auto list = stack().call(user, "GET", "/ocms/robots/").json();
        const json::Value* found = list.array() ? &list : list.find("robots");
        BOOST_REQUIRE(found && found->array());
        return found->array()->size();
    }
};

bool says(const std::string& heard, int status) {
    return heard.find("Status: " + std::to_string(status)) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_records)

BOOST_AUTO_TEST_CASE(half_a_body_is_not_acted_on) {
    Scene scene;
    const size_t robots = scene.robots();
    const std::string longer = scene.request("100");
    BOOST_TEST(says(scene.answer(longer + record(in, scene.body) + record(in, "")), 400));
    const std::string lies[] = {
        longer + record(in, scene.body),
        scene.request(scene.length()) + record(in, scene.body.substr(0, 9), static_cast<int>(scene.body.size())),
        scene.request(scene.length()) + record(in, scene.body.substr(0, 9)),
        longer + record(in, scene.body, 65535),
        longer + record(in, scene.body, -1, 1, 255),
        longer + record(in, scene.body).substr(0, 5),
    };
    for (const std::string& lie : lies) BOOST_TEST(!says(scene.answer(lie), 200));
    BOOST_TEST(scene.robots() == robots);
    scene.others.check("half a body");
    BOOST_TEST(says(scene.answer(scene.request(scene.length()) + record(in, scene.body) + record(in, "")), 200));
    BOOST_TEST(scene.robots() == robots + 1);
}

BOOST_AUTO_TEST_CASE(records_that_lie) {
    Scene scene;
    const size_t robots = scene.robots();
    const std::string huge_name = "\x84\x00\x00\x00\x01REQUEST_METHOD"s,
                      huge_both = "\xff\xff\xff\xff\xff\xff\xff\xff"s;
    const std::string whole = scene.request(scene.length()) + record(in, scene.body) + record(in, "");
    for (const std::string& lie : {
             ""s,
             "\1"s,
             std::string(8, '\0'),
             std::string(100'000, '\xff'),
             "GET / HTTP/1.1\r\n\r\n"s,
             record(begin, "\0\1\0\0\0\0\0\0"s, 65535),
             record(begin, "\0\1\0\0\0\0\0\0"s, 8, 9),
             record(begin, "\0\7\0\0\0\0\0\0"s),
             record(begin, ""),
             kBegin + kBegin + whole,
             record(params, "x") + whole,
             record(99, "x") + record(params, ""),
             kBegin + record(params, "x", 65535),
             kBegin + record(params, huge_name) + record(params, ""),
             kBegin + record(params, huge_both) + record(params, ""),
             kBegin + record(params, pair("REQUEST_METHOD", "POST").substr(0, 9)) + record(params, ""),
             kBegin + record(params, "") + record(in, ""),
             kBegin + record(params, pair("", "")) + record(params, "") + record(in, ""),
             scene.request("-1") + record(in, ""),
             scene.request("99999999999999999999") + record(in, ""),
             scene.request("2147483648") + record(in, scene.body) + record(in, ""),
         })
        BOOST_TEST((!says(scene.answer(lie), 200) || lie.starts_with(kBegin + kBegin) || lie.ends_with(whole)));
    scene.others.check("records that lie");
    BOOST_TEST(scene.robots() <= robots + 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
