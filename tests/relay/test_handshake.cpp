// The HTTP half: who gets a 101, and what the others are told.
#include <boost/test/unit_test.hpp>

#include "support.h"

using namespace hy::relay::test;

BOOST_AUTO_TEST_SUITE(handshakes)

BOOST_AUTO_TEST_CASE(refusals) {
    Stack stack;
    const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n",
                      key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const std::string get = "GET /ocms/v1/stream HTTP/1.1\r\nHost: h\r\n";
    const struct {
        std::string request;
        int status;
    } rows[] = {
        {"nonsense\r\n\r\n", 400},
        {"GET /nowhere HTTP/1.1\r\nHost: h\r\n\r\n", 404},
        {"POST /ocms/v1/stream HTTP/1.1\r\nHost: h\r\n\r\n", 405},
        {get + "\r\n", 426},
        {get + "Upgrade: websocket\r\n" + version + key + "\r\n", 400},
        {get + upgrade + key + "\r\n", 426},
        {get + upgrade + "Sec-WebSocket-Version: 8\r\n" + key + "\r\n", 426},
        {get + upgrade + version + "\r\n", 400},
        {get + upgrade + version + "Sec-WebSocket-Key: short\r\n\r\n", 400},
        {get + upgrade + version + key + "Content-Length: 5\r\n\r\n", 400},
        {"GET /ocms/v1/stream HTTP/1.0\r\n" + upgrade + version + key + "\r\n", 400},
        {get + "X: " + std::string(9000, 'x'), 400},
        {"GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n", 200},
    };
    for (const auto& row : rows) {
        Client client(stack.relay->port());
        client.raw(row.request);
        const std::string answer = client.http();
        BOOST_TEST(answer.substr(0, 12) == "HTTP/1.1 " + std::to_string(row.status), row.request.substr(0, 200));
        BOOST_TEST(answer.find("Content-Length: ") != std::string::npos);
    }
}

BOOST_AUTO_TEST_CASE(accepted_with_the_key_of_the_rfc_and_opened_with_what_it_brought) {
    Stack stack;
    Client client(stack.relay->port());
    BOOST_REQUIRE_EQUAL(
        client.handshake("/ocms/v1/stream?token=a%20b&robot_id=r", "X-API-Key: k\r\nX-Real-IP: 9.9.9.9\r\n"), 101);
    BOOST_TEST(client.answer.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
    const auto open = stack.handlers->wait("ask.ocms.open");
    BOOST_REQUIRE(open);
    BOOST_TEST(open->body.find("query")->text_or("token") == "a b");
    BOOST_TEST(open->body.find("query")->text_or("robot_id") == "r");
    BOOST_TEST(open->body.find("headers")->text_or("x-api-key") == "k");
    BOOST_TEST(open->body.text_or("address") == "9.9.9.9");
    BOOST_TEST(open->body.text_or("conn").starts_with(stack.relay->id() + ":"));
}

BOOST_AUTO_TEST_CASE(a_refused_open_is_accepted_then_closed) {
    Stack stack;
    stack.handlers->on("ask.ocms.open",
                       [](const auto&) { return R"({"v":1,"close":{"code":1008,"reason":"无效的 Token"}})"; });
    Client client(stack.relay->port());
    BOOST_REQUIRE_EQUAL(client.handshake(), 101);
    std::string reason;
    BOOST_TEST(client.close_code(&reason) == 1008);
    BOOST_TEST(reason == "无效的 Token");
    client.frame(8, "\x03\xf0");
    BOOST_TEST(client.ended());
}

BOOST_AUTO_TEST_CASE(a_head_byte_by_byte_and_frames_right_behind_it) {
    Stack stack;
    Client client(stack.relay->port());
    const std::string request =
        "GET /ocms/v1/stream?token=t HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (size_t i = 0; i + 1 < request.size(); ++i) client.raw(request.substr(i, 1));
    client.raw(request.substr(request.size() - 1) + masked(1, "early"));
    const auto frames = stack.handlers->wait("ask.ocms.frames");
    BOOST_REQUIRE(frames);
    BOOST_TEST((*frames->body.find("frames")->array())[0].text_or("text") == "early");
}

BOOST_AUTO_TEST_SUITE_END()
