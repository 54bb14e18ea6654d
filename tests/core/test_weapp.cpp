// How WeChat is asked, and what its answers, refusals and silence become.
#include <boost/test/unit_test.hpp>

#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>

#include <array>
#include <condition_variable>

#include "core/weapp.h"
#include "base/text.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

// Stands in for WeChat: writes down what it is asked, answers by the code, hangs at "hang".
class WeChat final : public Poco::Net::HTTPRequestHandlerFactory {
public:
    std::mutex mutex;
    std::condition_variable released;
    bool let_go = false;
    std::atomic<int> calls{0};
    std::string last;

    struct Handler final : Poco::Net::HTTPRequestHandler {
        explicit Handler(WeChat& wechat) : wechat(wechat) {}
        void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override {
            const std::string uri = request.getURI();
            std::unique_lock lock(wechat.mutex);
            wechat.last = request.getMethod() + " " + uri;
            ++wechat.calls;
            const auto asks = [&](const char* code) {
                return uri.find(std::string("js_code=") + code + "&") != std::string::npos;
            };
            if (asks("hang")) wechat.released.wait_for(lock, std::chrono::seconds(8), [&] { return wechat.let_go; });
            std::string body = R"({"openid":"o-1","session_key":"x","unionid":"u-1"})";
            if (asks("bad")) body = R"({"errcode":40029,"errmsg":"invalid code"})";
            if (asks("busy")) body = R"({"errcode":-1,"errmsg":"system error"})";
            if (asks("garbage")) body = "<html>";
            if (asks("list")) body = "[]";
            if (asks("none")) body = "{}";
            if (asks("space")) body = R"({"openid":"a b"})";
            if (asks("huge")) body = "{\"openid\":\"" + std::string(200'000, 'x') + "\"}";
            if (asks("moved"))
                response.setStatusAndReason(Poco::Net::HTTPResponse::HTTP_FOUND),
                    response.set("Location", "/sns/jscode2session?js_code=fine&");
            if (asks("broken")) response.setStatusAndReason(Poco::Net::HTTPResponse::HTTP_INTERNAL_SERVER_ERROR);
            response.sendBuffer(body.data(), body.size());
        }
        WeChat& wechat;
    };
    Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest&) override {
        return new Handler(*this);
    }
};

struct RealWeapp {
    RealWeapp()
        : wechat(new WeChat),
          socket(Poco::Net::SocketAddress("127.0.0.1", 0)),
          server(wechat, socket, params()),
          world([&](Config& c) {
              c.weapp.provider = "wechat";
              c.weapp.base_url = "http://" + socket.address().toString();
          }) {
        server.start();
    }
    ~RealWeapp() {
        {
            std::lock_guard lock(wechat->mutex);
            wechat->let_go = true;
        }
        wechat->released.notify_all();
        server.stopAll(true);
    }
    static Poco::Net::HTTPServerParams* params() {
        auto* p = new Poco::Net::HTTPServerParams;
        p->setKeepAlive(false);
        p->setMaxThreads(4);
        return p;
    }
    weapp::Person ask(const std::string& code, const std::string& appid = "") {
        return weapp::exchange(world.house, apps, gate, code, appid);
    }
    std::string refusal(const std::string& code, Fault fault) {
        try {
            ask(code);
        } catch (const Error& e) {
            BOOST_TEST((e.fault == fault), code);
            return e.code + " " + e.detail;
        }
        return "";
    }
    WeChat* wechat;
    Poco::Net::ServerSocket socket;
    Poco::Net::HTTPServer server;
    World world;
    std::vector<weapp::App> apps{{"wx1", "s&1"}, {"wx2", "s2"}};
    http::CallGate gate{2};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(wechat)

BOOST_FIXTURE_TEST_CASE(wechat_is_asked_as_its_document_says, RealWeapp) {
    const auto person = ask("fine&x=1");
    BOOST_TEST(person.openid == "o-1");
    BOOST_TEST(person.unionid == "u-1");
    BOOST_TEST(person.appid == "wx1");
    BOOST_TEST(wechat->last ==
               "GET /sns/jscode2session?appid=wx1&secret=s%261&js_code=fine%26x%3D1&grant_type=authorization_code");
    BOOST_TEST(ask("fine", "wx2").appid == "wx2");
    BOOST_TEST(wechat->last.find("appid=wx2&secret=s2&") != std::string::npos);
    BOOST_TEST(code_of([&] { ask("fine", "wx3"); }) == "weapp.appid");
    BOOST_TEST(wechat->calls == 2);
}

BOOST_FIXTURE_TEST_CASE(wechat_refuses_or_fails, RealWeapp) {
    BOOST_TEST(refusal("bad", Fault::bad_request) == "weapp.refused invalid code");
    for (const auto* code : {"busy", "garbage", "list", "none", "space", "huge", "moved", "broken"})
        if (code != std::string("list")) BOOST_TEST(refusal(code, Fault::upstream) == "weapp.away ", code);
    BOOST_TEST(refusal("list", Fault::upstream) == "weapp.away ");
    server.stop();
    socket.close();
    BOOST_TEST(refusal("fine", Fault::upstream) == "weapp.away ");
}

BOOST_FIXTURE_TEST_CASE(wechat_hangs, RealWeapp) {
    // The checks are the main thread's: Boost.Test is not made for several.
    std::array<std::string, 2> refused;
    const auto hang = [&](std::string& into) { into = code_of([&] { ask("hang"); }); };
    std::jthread two([&] { hang(refused[0]); });
    const int64_t from = monotonic_us();
    std::jthread one([&] { hang(refused[1]); });
    while (wechat->calls < 2) std::this_thread::yield();
    // Two threads hang: a third caller is told at once.
    BOOST_TEST(refusal("fine", Fault::unavailable) == "weapp.busy ");
    BOOST_TEST(monotonic_us() - from < 1'500'000);
    one.join();
    two.join();
    BOOST_TEST(monotonic_us() - from < 3'500'000);
    for (const auto& code : refused) BOOST_TEST(code == "weapp.away");
    BOOST_TEST(ask("fine").openid == "o-1");
}

BOOST_AUTO_TEST_SUITE_END()
