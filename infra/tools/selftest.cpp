// The walk of a mini-program's user and of an agent program, as they would walk it: by HTTP and WebSocket, with tokens
// and a certificate that is checked. The only file of the tool that knows Poco's clients.
#include "selftest.h"

#include <Poco/Exception.h>
#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <Poco/Net/WebSocket.h>
#include <Poco/URI.h>

#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "core/accounts.h"
#include "core/outbox.h"
#include "core/robots.h"
#include "core/sessions.h"
#include "http/client.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::tools {

namespace {

constexpr http::CallLimits kLimits{3000, 10000, 1 << 20, false, {}};
constexpr int kPatienceS = 10, kStartS = 30;
constexpr int kLargest = 1 << 20;
constexpr int kPong = int{Poco::Net::WebSocket::FRAME_FLAG_FIN} | int{Poco::Net::WebSocket::FRAME_OP_PONG};

// What failed, in words for the operator.
struct Failed {
    std::string words;
};

void step(const char* words) { printf("  %s\n", words); }

http::Answer ask(const std::string& url, const std::string& method, const std::string& token,
                 const std::string& body = {}) {
    http::Outgoing request{method, url, {{"Content-Type", "application/json"}}, body};
    if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
    std::string why;
    const auto answer = http::call(request, kLimits, &why);
    if (!answer) throw Failed{method + " " + url + ": no answer: " + why};
    return *answer;
}

json::Value ask_well(const std::string& url, const std::string& method, const std::string& token,
                     const std::string& body = {}) {
    const auto answer = ask(url, method, token, body);
    const auto value = json::parse(answer.body);
    if (answer.status != 200 || !value)
        throw Failed{method + " " + url + ": " + std::to_string(answer.status) + " " + answer.body.substr(0, 300)};
    return *value;
}

// One connection to the stream, with a time limit on everything.
class Line {
public:
    Line(const Poco::URI& address, const std::string& path_and_query) {
        const bool tls = address.getScheme() == "https";
        if (tls)
            session_ = std::make_unique<Poco::Net::HTTPSClientSession>(
                address.getHost(), address.getPort(),
                new Poco::Net::Context(Poco::Net::Context::TLS_CLIENT_USE, "", Poco::Net::Context::VERIFY_STRICT, 9,
                                       true));
        else session_ = std::make_unique<Poco::Net::HTTPClientSession>(address.getHost(), address.getPort());
        session_->setTimeout(Poco::Timespan(kPatienceS, 0));
        Poco::Net::HTTPRequest request("GET", path_and_query, "HTTP/1.1");
        Poco::Net::HTTPResponse response;
        socket_ = std::make_unique<Poco::Net::WebSocket>(*session_, request, response);
        socket_->setReceiveTimeout(Poco::Timespan(kPatienceS, 0));
        socket_->setSendTimeout(Poco::Timespan(kPatienceS, 0));
    }
    void say(const std::string& text) { socket_->sendFrame(text.data(), static_cast<int>(text.size())); }
    // The next frame that holds `mark`; pings in between are answered.
    void hear(const std::string& mark) {
        for (int i = 0; i < 20; ++i) {
            std::string buffer(kLargest, '\0');
            int flags = 0;
            const int size = socket_->receiveFrame(buffer.data(), kLargest, flags);
            const int kind = flags & Poco::Net::WebSocket::FRAME_OP_BITMASK;
            if (size <= 0 && flags == 0) break;
            if (kind == Poco::Net::WebSocket::FRAME_OP_PING) socket_->sendFrame(buffer.data(), size, kPong);
            else if (buffer.find(mark) < static_cast<size_t>(size)) return;
        }
        throw Failed{"the stream ended before \"" + mark + "\" came"};
    }

private:
    std::unique_ptr<Poco::Net::HTTPClientSession> session_;
    std::unique_ptr<Poco::Net::WebSocket> socket_;
};

void talk(const std::string& base, const std::string& token, const std::string& account, const json::Value& robot) {
    const Poco::URI address(base);
    const std::string stream = "/ocms/v1/stream?";
    Line agent(address, stream + "apiKey=" + robot.text_or("api_key"));
    Line user(address, stream + "token=" + token + "&robotId=" + robot.text_or("robot_id"));
    step("both streams are open");
    user.say(R"({"text":"self-test: question"})");
    agent.hear("self-test: question");
    step("the robot's agent has heard the user");
    json::Writer w;
    w.begin_object().field("type", "message").key("data").begin_object();
    w.field("text", "self-test: answer").field("conversationId", "default").field("recipientId", account);
    agent.say(std::move(w.end_object().end_object()).take());
    user.hear("self-test: answer");
    step("the user has heard the robot");
}

// What has just been started may take a moment.
void wait_until_well(const std::string& base) {
    const int64_t until = monotonic_us() + int64_t{kStartS} * 1'000'000;
    for (;;) {
        std::string why;
        const auto health = http::get(base + "/healthz", kLimits, &why);
        if (health && health->status == 200) return;
        if (monotonic_us() > until)
            throw Failed{base + "/healthz: " + (health ? health->body.substr(0, 300) : "no answer: " + why)};
        std::this_thread::sleep_for(std::chrono::milliseconds(250));
    }
}

void walk(const std::string& base, const std::string& refresh, const std::string& account) {
    wait_until_well(base);
    step("the address answers, and the house calls itself well");
    json::Writer w;
    w.begin_object().field("refresh_token", refresh).end_object();
    const auto login = ask_well(base + "/ocms/auth/refresh", "POST", "", std::move(w).take());
    const std::string token = login.text_or("access_token");
    if (ask(base + "/ocms/robots/", "GET", token + "x").status != 401) throw Failed{"a wrong token was let in"};
    step("logged in; a wrong token is refused");
    const auto robot =
        ask_well(base + "/ocms/robots/", "POST", token, R"({"name":"self-test","description":"","icon":""})");
    talk(base, token, account, robot);
    ask_well(base + "/ocms/robots/" + robot.text_or("robot_id"), "DELETE", token);
    step("its robot is deleted again");
}

}  // namespace

int self_test(const Config& config, const House& house, db::Database& db) {
    printf("Self-test through %s\n", config.public_url.c_str());
    int64_t id = 0;
    const auto pair = db.transaction([&](db::Session& s) {
        const auto account = accounts::create(s, house, "self-test");
        id = account.id;
        return sessions::log_in(s, house, account);
    });
    std::string fault;
    try {
        walk(config.public_url, pair.refresh, std::to_string(id));
    } catch (const Failed& failed) {
        fault = failed.words;
    } catch (const Poco::Exception& error) {
        fault = "the stream: " + error.displayText();
    }
    db.transaction([&](db::Session& s) {
        outbox::Pushes pushes;
        accounts::set_status(s, house, id, accounts::Status::disabled, pushes);
        outbox::store(s, house, pushes);
    });
    if (!fault.empty()) {
        fprintf(stderr, "the self-test failed: %s\n", fault.c_str());
        return 1;
    }
    printf("All is well.\n");
    return 0;
}

}  // namespace hy::tools
