// What the relay's tests are made of: a private nats-server, scripted handlers on a real
// bus, and a WebSocket client on a raw socket that may say anything.
#pragma once
#include <sys/types.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/config.h"
#include "base/lifecycle.h"
#include "base/metrics.h"
#include "bus/bus.h"
#include "json/value.h"
#include "relay.h"

namespace hy::relay::test {

inline constexpr int kPatienceMs = 15000;
// Waits until it is so; false when it did not come in time.
bool eventually(const std::function<bool()>& is, int ms = kPatienceMs);

class NatsServer {
public:
    NatsServer();
    ~NatsServer() { kill(); }
    void start();
    void kill();
    // Alive, reading nothing, and going on.
    void freeze();
    void thaw();
    std::string url() const { return "nats://127.0.0.1:" + std::to_string(port_); }

private:
    int port_;
    pid_t pid_ = -1;
};

struct Asked {
    std::string subject, text;
    json::Value body;
};

// Plays every handler. An answerer returns the answer's text, or "" for silence.
class Handlers {
public:
    using Answerer = std::function<std::string(const json::Value&)>;
    explicit Handlers(const std::string& url);
    ~Handlers();
    void on(const std::string& subject, Answerer answerer);
    // Nobody listens to this subject from now on.
    void absent(const std::string& subject);
    void publish(const std::string& subject, const std::string& text);
    std::vector<Asked> asked(const std::string& subject) const;
    // The `index`th ask of the subject.
    std::optional<Asked> wait(const std::string& subject, size_t index = 0, int ms = kPatienceMs) const;
    bus::Bus& bus() { return *bus_; }

private:
    void handle(const bus::Message& message);
    Config config_;
    std::unique_ptr<bus::Bus> bus_;
    mutable std::mutex mutex_;
    mutable std::condition_variable came_;
    std::map<std::string, Answerer> answerers_;
    std::vector<Asked> asked_;
    std::map<std::string, std::unique_ptr<bus::Subscription>> subscriptions_;
};

struct Seen {
    int opcode;
    std::string payload;
    int code() const;  // of a close frame
};

class Client {
public:
    explicit Client(int port, int receive_buffer = 0);
    ~Client() { disconnect(); }
    void disconnect();
    void raw(const std::string& bytes);
    // As much of it, again and again, as the peer takes within so long.
    void flood(const std::string& bytes, int ms);
    void frame(int opcode, const std::string& payload, bool fin = true);
    void text(const std::string& payload) { frame(1, payload); }
    // The status of the HTTP answer; what follows stays for next().
    int handshake(const std::string& target = "/ocms/v1/stream?token=t&robotId=robot_1", const std::string& more = {});
    std::string http();  // all until the server closes
    std::string some();  // what comes next, as it comes; empty: the connection ended, or nothing came
    // The next frame; nothing when the connection ended or none came.
    std::optional<Seen> next(int ms = kPatienceMs);
    // The next text frame; pings are answered when `pong`.
    std::string next_text(bool pong = true, int ms = kPatienceMs);
    // The code of the close frame, whatever comes before it; 0: none came.
    int close_code(std::string* reason = nullptr);
    bool ended(int ms = kPatienceMs);  // the server has closed the socket
    std::string answer;                // of the handshake

private:
    bool more(int64_t until);
    Fd socket_;
    std::string in_;
    bool eof_ = false;
};

std::string masked(int opcode, const std::string& payload, bool fin = true);
std::string push_text(int64_t channel, int64_t seq, const std::string& text, const std::string& conn = {});

// All of it together, with settings that make tests quick.
struct Stack {
    explicit Stack(const std::function<void(Config&)>& change = {});
    ~Stack();
    // A connection that is live.
    std::unique_ptr<Client> live(const std::string& target = "/ocms/v1/stream?token=t&robotId=robot_1");
    uint64_t metric(const std::string& series) const;

    NatsServer nats;
    Config config;
    SystemClock clock;
    metrics::Registry registry;
    std::unique_ptr<Handlers> handlers;
    std::unique_ptr<bus::Bus> bus;
    std::unique_ptr<Relay> relay;
};

inline const char* kOpen = R"({"v":1,"session":"s1","topics":["live.account.3"],)"
                           R"("view":{"door":"ocms","role":"user","robot":"robot_1","principal":"account.3",)"
                           R"("tenant":"account.2","kicks":["account.3","talk.5"]}})";

}  // namespace hy::relay::test
