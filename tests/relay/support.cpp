#include "support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <thread>

#include "acceptor.h"
#include "doors/ocms.h"
#include "doors/openim.h"
#include "doors/openim_sdk.h"
#include "doors/wukongim.h"
#include "json/writer.h"

namespace hy::relay::test {

bool eventually(const std::function<bool()>& is, int ms) {
    for (const int64_t until = now_ms() + ms; now_ms() < until;) {
        if (is()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return is();
}

namespace {
bool reachable(int port) {
    const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
}
}  // namespace

NatsServer::NatsServer() : port_(port_of(listen_at("127.0.0.1:0").get())) { start(); }

void NatsServer::start() {
    const std::string port = std::to_string(port_);
    pid_ = fork();
    if (pid_ == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const char* path : {"nats-server", "/usr/sbin/nats-server"})
            execlp(path, "nats-server", "-a", "127.0.0.1", "-p", port.c_str(), "-l", "/dev/null", nullptr);
        _exit(127);
    }
    BOOST_REQUIRE(eventually([&] { return reachable(port_); }));
}

void NatsServer::kill() {
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

void NatsServer::freeze() { ::kill(pid_, SIGSTOP); }
void NatsServer::thaw() { ::kill(pid_, SIGCONT); }

Handlers::Handlers(const std::string& url) {
    config_.nats.url = url;
    bus_ = bus::connect(config_, "handlers");
    on("ask.ocms.open", [](const json::Value&) { return kOpen; });
    on("ask.ocms.ready", [](const json::Value&) { return R"({"v":1,"heads":[],"pending":[]})"; });
    on("ask.ocms.frames", [](const json::Value&) { return R"({"v":1,"out":[]})"; });
    on("ask.ocms.confirm", [](const json::Value&) { return R"({"v":1})"; });
    on("ask.ocms.close", [](const json::Value&) { return R"({"v":1})"; });
    on("ask.core.relay", [](const json::Value&) { return R"({"v":1})"; });
    on("ask.core.heads", [](const json::Value&) { return R"({"v":1,"heads":[],"now":1,"sessions":[]})"; });
    on("ask.core.range",
       [](const json::Value& body) { return R"({"v":1,"pushes":[],"to":)" + std::to_string(body.int_or("to")) + "}"; });
    BOOST_REQUIRE(eventually([&] { return bus_->flush(1000); }));
}

Handlers::~Handlers() { subscriptions_.clear(); }

void Handlers::on(const std::string& subject, Answerer answerer) {
    {
        std::lock_guard lock(mutex_);
        answerers_[subject] = std::move(answerer);
    }
    if (subscriptions_.contains(subject)) return;
    subscriptions_[subject] = bus_->subscribe(subject, [this](const bus::Message& message) { handle(message); });
    bus_->flush(1000);
}

void Handlers::absent(const std::string& subject) {
    subscriptions_.erase(subject);
    bus_->flush(1000);
}

void Handlers::handle(const bus::Message& message) {
    const auto body = json::parse(message.data);
    Answerer answerer;
    {
        std::lock_guard lock(mutex_);
        asked_.push_back({std::string(message.subject), std::string(message.data), body.value_or(json::Value{})});
        answerer = answerers_[std::string(message.subject)];
        came_.notify_all();
    }
    const std::string answer = answerer(*body);
    if (!answer.empty()) bus_->publish(message.reply, answer);
}

void Handlers::publish(const std::string& subject, const std::string& text) {
    BOOST_REQUIRE(bus_->publish(subject, text));
    bus_->flush(1000);
}

std::vector<Asked> Handlers::asked(const std::string& subject) const {
    std::lock_guard lock(mutex_);
    std::vector<Asked> found;
    for (const Asked& asked : asked_)
        if (asked.subject == subject) found.push_back(asked);
    return found;
}

std::optional<Asked> Handlers::wait(const std::string& subject, size_t index, int ms) const {
    std::optional<Asked> found;
    eventually(
        [&] {
            const auto all = asked(subject);
            if (all.size() > index) found = all[index];
            return found.has_value();
        },
        ms);
    return found;
}

int Seen::code() const {
    if (opcode != 8 || payload.size() < 2) return 0;
    return static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
}

Client::Client(int port, int receive_buffer) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer) setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_REQUIRE_EQUAL(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

void Client::disconnect() { socket_.reset(); }

void Client::raw(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
        const ssize_t size = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<size_t>(size);
    }
}

std::string masked(int opcode, const std::string& payload, bool fin) {
    std::string out = encode_frame(static_cast<Opcode>(opcode), payload);
    if (!fin) out[0] = static_cast<char>(out[0] & 0x7f);
    out[1] = static_cast<char>(out[1] | 0x80);
    const size_t head = out.size() - payload.size();
    const char mask[] = {0x11, 0x22, 0x33, 0x44};
    for (size_t i = 0; i < payload.size(); ++i) out[head + i] = static_cast<char>(out[head + i] ^ mask[i & 3]);
    return out.insert(head, mask, 4);
}

void Client::frame(int opcode, const std::string& payload, bool fin) { raw(masked(opcode, payload, fin)); }

bool Client::more(int64_t until) {
    pollfd poller{socket_.get(), POLLIN, 0};
    const int64_t left = until - now_ms();
    if (eof_ || left <= 0 || ::poll(&poller, 1, static_cast<int>(left)) <= 0) return false;
    char buffer[65536];
    const ssize_t size = ::recv(socket_.get(), buffer, sizeof buffer, 0);
    eof_ = size <= 0;
    if (size > 0) in_.append(buffer, static_cast<size_t>(size));
    return size > 0;
}

int Client::handshake(const std::string& target, const std::string& extra) {
    raw("GET " + target +
        " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        extra + "\r\n");
    const int64_t until = now_ms() + kPatienceMs;
    while (in_.find("\r\n\r\n") == std::string::npos)
        if (!more(until)) return 0;
    const size_t end = in_.find("\r\n\r\n") + 4;
    answer = in_.substr(0, end);
    in_.erase(0, end);
    return std::stoi(answer.substr(9, 3));
}

std::string Client::http() {
    const int64_t until = now_ms() + kPatienceMs;
    while (more(until)) continue;
    return in_;
}

void Client::flood(const std::string& bytes, int ms) {
    for (const int64_t until = now_ms() + ms; now_ms() < until;) {
        pollfd writable{socket_.get(), POLLOUT, 0};
        if (::poll(&writable, 1, 100) <= 0) continue;
        if (::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN)
            return;
    }
}

std::string Client::some() {
    if (in_.empty()) more(now_ms() + kPatienceMs);
    return std::exchange(in_, {});
}

std::optional<Seen> Client::next(int ms) {
    const int64_t until = now_ms() + ms;
    for (;;) {
        if (in_.size() >= 2) {
            size_t head = 2, size = static_cast<uint8_t>(in_[1]) & 0x7f;
            const size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
            head += extra;
            if (in_.size() >= head) {
                if (extra) size = 0;
                for (size_t i = 0; i < extra; ++i) size = size << 8 | static_cast<uint8_t>(in_[2 + i]);
                if (in_.size() >= head + size) {
                    Seen seen{in_[0] & 0x0f, in_.substr(head, size)};
                    in_.erase(0, head + size);
                    return seen;
                }
            }
        }
        if (!more(until)) return std::nullopt;
    }
}

std::string Client::next_text(bool pong, int ms) {
    while (auto seen = next(ms)) {
        if (seen->opcode == 1) return seen->payload;
        if (seen->opcode == 9 && pong) frame(10, seen->payload);
        if (seen->opcode == 8) return "closed " + std::to_string(seen->code());
    }
    return "nothing came";
}

int Client::close_code(std::string* reason) {
    while (auto seen = next()) {
        if (seen->opcode != 8) continue;
        if (reason) *reason = seen->payload.substr(2);
        return seen->code();
    }
    return 0;
}

bool Client::ended(int ms) {
    const int64_t until = now_ms() + ms;
    while (more(until)) continue;
    return eof_;
}

std::string push_text(int64_t channel, int64_t seq, const std::string& text, const std::string& conn) {
    json::Writer out;
    out.begin_object().field("v", 1).field("kind", "message").field("channel", channel).field("seq", seq);
    out.field("id", std::to_string(1000 + seq));
    if (!conn.empty()) out.field("conn", conn);
    out.key("sender").begin_object().field("type", "robot").field("n", 5).field("id", "robot_1").end_object();
    out.field("robot", "robot_1").field("conversation", "default").field("user", "3");
    out.key("content").begin_object().field("kind", "text").field("text", text).end_object().end_object();
    return std::move(out).take();
}

Stack::Stack(const std::function<void(Config&)>& change) {
    config.nats.url = nats.url();
    config.relay.listen = "127.0.0.1:0";
    config.relay.heads_seconds = 1;
    if (change) change(config);
    handlers = std::make_unique<Handlers>(nats.url());
    bus = bus::connect(config, "relay");
    BOOST_REQUIRE(eventually([&] { return bus->flush(1000); }));
    Doors doors;
    doors.push_back(make_ocms_door());
    doors.push_back(make_wukongim_door(config, clock));
    doors.push_back(make_openim_door());
    doors.push_back(make_openim_sdk_door());
    relay = std::make_unique<Relay>(config, clock, *bus, registry, std::move(doors));
}

Stack::~Stack() {
    relay.reset();
    bus.reset();
    handlers.reset();
}

std::unique_ptr<Client> Stack::live(const std::string& target) {
    const size_t before = handlers->asked("ask.ocms.ready").size();
    auto client = std::make_unique<Client>(relay->port());
    BOOST_REQUIRE_EQUAL(client->handshake(target), 101);
    BOOST_REQUIRE(handlers->wait("ask.ocms.ready", before));
    // The relay answers this itself, but only once `ready` is answered.
    client->text(R"({"type":"ping"})");
    BOOST_REQUIRE_EQUAL(client->next_text(), R"({"type":"pong"})");
    return client;
}

uint64_t Stack::metric(const std::string& series) const {
    const std::string all = registry.render("t");
    for (size_t at = all.find(series); at != std::string::npos; at = all.find(series, at + 1)) {
        const size_t end = all.find('\n', at);
        const size_t space = all.rfind(' ', end);
        if (all[at - 1] == '\n') return std::stoull(all.substr(space));
    }
    return 0;
}

}  // namespace hy::relay::test
