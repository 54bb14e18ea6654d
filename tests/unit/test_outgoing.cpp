// Calls to where users say: never into our own network, whatever a name or a number looks like.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "base/lifecycle.h"
#include "base/network.h"
#include "core/ai.h"
#include "core/deliveries.h"
#include "core/third_parties.h"
#include "http/client.h"
#include "json/value.h"
#include "wire/workbot.h"

using namespace hy;

BOOST_AUTO_TEST_SUITE(outgoing)

BOOST_AUTO_TEST_CASE(what_is_outside) {
    for (const char* address : {"8.8.8.8", "1.1.1.1", "223.5.5.5", "172.32.0.1", "100.128.0.1", "2400:3200::1",
                                "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"})
        BOOST_TEST(is_outside(address), address);
    for (const char* address : {"127.0.0.1",
                                "127.255.255.254",
                                "10.1.2.3",
                                "172.16.0.1",
                                "172.31.255.255",
                                "192.168.1.1",
                                "169.254.169.254",
                                "0.0.0.0",
                                "100.64.0.1",
                                "198.18.0.1",
                                "224.0.0.1",
                                "255.255.255.255",
                                "192.0.2.1",
                                "::",
                                "::1",
                                "fe80::1",
                                "fc00::1",
                                "fd12::1",
                                "ff02::1",
                                "2001:db8::1",
                                "2002:7f00:1::",
                                "2001::1",
                                "::ffff:127.0.0.1",
                                "::ffff:10.0.0.1",
                                "64:ff9b::127.0.0.1",
                                "64:ff9b:1::1",
                                "::127.0.0.1",
                                "",
                                "localhost",
                                "example.com"})
        BOOST_TEST(!is_outside(address), address);
    BOOST_TEST(is_outside("10.1.2.3", {"10.0.0.0/8"}));
    BOOST_TEST(!is_outside("10.1.2.3", {"10.2.0.0/16", "::1"}));
}

BOOST_AUTO_TEST_CASE(addresses_that_may_be_set) {
    for (const char* url : {"https://api.example.com/x", "http://8.8.8.8:8080/", "https://[2606:4700::1]/x"})
        BOOST_TEST(http::is_outside_address(url, {}), url);
    for (const char* url :
         {"http://localhost/", "http://LOCALHOST./", "http://a.localhost:80/", "http://127.0.0.1/", "http://[::1]:80/",
          "http://[::ffff:127.0.0.1]/", "http://10.0.0.1/", "http://169.254.169.254/latest", "ftp://8.8.8.8/",
          "8.8.8.8", "http://user@8.8.8.8/", "http:///x", "http://8.8.8.8/a b", "file:///etc/passwd"})
        BOOST_TEST(!http::is_outside_address(url, {}), url);
    BOOST_TEST(http::is_outside_address("http://localhost:9000/x", {"127.0.0.0/8"}));
}

namespace {
// Somebody on loopback who would be glad of a call.
struct Inside {
    Inside() : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        socklen_t size = sizeof address;
        ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size);
        BOOST_REQUIRE(::listen(socket.get(), 8) == 0);
        port = std::to_string(ntohs(address.sin_port));
    }
    bool called() const {
        pollfd watched{socket.get(), POLLIN, 0};
        return ::poll(&watched, 1, 0) == 1;
    }
    Fd socket;
    std::string port;
};
}  // namespace

BOOST_AUTO_TEST_CASE(judged_where_it_connects) {
    const Inside inside;
    // Numbers in other spellings and a name: what counts is where the socket would go.
    for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost"), std::string("2130706433"),
                                    std::string("0x7f.1"), std::string("127.1"), std::string("[::ffff:127.0.0.1]")}) {
        std::string why;
        const auto answer = http::call({.url = "http://" + host + ":" + inside.port + "/"},
                                       {.connect_ms = 500, .total_ms = 800, .outside_only = true}, &why);
        BOOST_TEST(!answer.has_value(), host);
        BOOST_TEST(!inside.called(), host << " was let in");
    }
    // The same call reaches it where it may: the guard is what kept the others out.
    http::call({.url = "http://127.0.0.1:" + inside.port + "/"},
               {.connect_ms = 500, .total_ms = 300, .outside_only = true, .allowed = {"127.0.0.0/8"}});
    BOOST_TEST(inside.called());
}

BOOST_AUTO_TEST_CASE(a_webhooks_signature) {
    // RFC 4231, test case 2.
    const auto headers = third_parties::signature("Jefe", 1, "what do ya want for nothing?");
    BOOST_TEST(headers[0].first == "X-Signature");
    BOOST_TEST(headers[0].second == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    BOOST_TEST(headers[1].second == "1");
    BOOST_TEST(headers[2].second.starts_with("t=1,v1="));
    BOOST_TEST(headers[2].second != third_parties::signature("Jefe", 2, "what do ya want for nothing?")[2].second);
}

BOOST_AUTO_TEST_CASE(what_a_webhook_answers) {
    using third_parties::reply_in;
    using third_parties::taken;
    BOOST_TEST(taken({200, R"({"code":0})"}));
    BOOST_TEST(taken({204, R"({"code":0,"message":"ok"})"}));
    for (const http::Answer& answer :
         {http::Answer{200, ""}, http::Answer{200, "ok"}, http::Answer{200, R"({"code":1})"},
          http::Answer{200, R"({"code":"0"})"}, http::Answer{302, R"({"code":0})"}, http::Answer{500, R"({"code":0})"}})
        BOOST_TEST(!taken(answer));
    BOOST_TEST(reply_in({200, R"({"code":0,"data":{"type":5000,"info":{"text":"hi"}}})"}) == "hi");
    for (const char* body : {R"({"code":0})", R"({"code":0,"data":{"type":5001,"info":{"text":"hi"}}})",
                             R"({"code":0,"data":{"type":5000}})", R"({"code":0,"data":"5000"})", "nonsense"})
        BOOST_TEST(reply_in({200, body}) == "", body);
}

BOOST_AUTO_TEST_CASE(retries_end) {
    std::string waits;
    for (int64_t n = 0; n < 8; ++n) waits += std::to_string(deliveries::retry_after(n).value_or(-1)) + " ";
    BOOST_TEST(waits == "-1 1000 3000 5000 60000 600000 -1 -1 ");
}

BOOST_AUTO_TEST_CASE(what_providers_answer) {
    std::string why;
    ai::Question q{.provider = "openai"};
    const auto said = ai::read(q,
                               {200, R"({"choices":[{"message":{"role":"assistant","content":" hi "}}],)"
                                     R"("usage":{"prompt_tokens":3,"completion_tokens":2}})"},
                               &why);
    BOOST_REQUIRE(said.has_value());
    BOOST_TEST(said->text == "hi");
    BOOST_TEST(said->tokens_in == 3);
    Config config;
    BOOST_TEST(ai::cost_of(config, "doubao", {"", "", 1'000'000, 0}) == 800'000);
    BOOST_TEST(ai::cost_of(config, "nobody", {"", "", 1, 1}) == 0);
    // What is claimed to have been counted goes into sums.
    const auto greedy = ai::read(q,
                                 {200, R"({"choices":[{"message":{"content":"x"}}],)"
                                       R"("usage":{"prompt_tokens":115292150460684697,"completion_tokens":-5}})"},
                                 &why);
    BOOST_TEST(greedy->tokens_in == 10'000'000);
    BOOST_TEST(greedy->tokens_out == 0);
    BOOST_CHECK_THROW(
        http::call({.url = "http://127.0.0.1:1/", .headers = {{"Authorization", "Bearer x\r\nHost: y"}}}, {}), Error);
    for (const http::Answer& answer : {http::Answer{200, "{}"}, http::Answer{200, R"({"choices":[]})"},
                                       http::Answer{200, R"({"choices":[{"message":{"content":""}}]})"},
                                       http::Answer{200, "x"}, http::Answer{429, "{}"}})
        BOOST_TEST(!ai::read(q, answer, &why).has_value(), answer.body);
    q.provider = "dify";
    const auto dify =
        ai::read(q, {200, R"({"answer":"yes","conversation_id":"c1","metadata":{"usage":{"prompt_tokens":1}}})"}, &why);
    BOOST_REQUIRE(dify.has_value());
    BOOST_TEST(dify->session == "c1");
    q.base_url = "https://dify.example.com/";
    q.session = "c1";
    const auto request = ai::request(q);
    BOOST_TEST(request.url == "https://dify.example.com/v1/chat-messages");
    BOOST_TEST(json::parse(request.body)->text_or("conversation_id") == "c1");
}

BOOST_AUTO_TEST_CASE(a_devices_heartbeat) {
    BOOST_TEST(wire::workbot::answer(R"({"type":"ping"})", 1703123456789).value_or("") ==
               R"({"type":"pong","timestamp":1703123456789})");
    for (const char* frame : {"", "ping", R"({"type":"pong"})", R"(["ping"])", R"({"type":1})"})
        BOOST_TEST(!wire::workbot::answer(frame, 1).has_value(), frame);
    const auto push = json::parse(R"({"v":1,"kind":"command","conn":"c","command":{"commandId":"cmd_1"}})");
    BOOST_TEST(wire::workbot::encode_push(*push).value_or("") == R"({"type":"command","data":{"commandId":"cmd_1"}})");
    BOOST_TEST(!wire::workbot::encode_push(*json::parse(R"({"kind":"message","command":{}})")).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
