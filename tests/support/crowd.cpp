#include "support/crowd.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "base/clock.h"

namespace hy::test {

namespace {

constexpr int kPauseMs = 2000;
constexpr int kTurnMs = 10;
constexpr uint32_t kOneAddress = 0x7f000909;

// Addresses of loopback besides 127.0.0.1, one for every 50 members.
in_addr_t address_of(size_t member) {
    const auto n = static_cast<uint32_t>(member / 50);
    return htonl(0x7f010001u + (n / 250 << 8) + n % 250);
}

}  // namespace

Crowd::Crowd(std::vector<Member> members, Ears ears, Options options)
    : members_(std::move(members)),
      ears_(std::move(ears)),
      options_(options),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      clients_(members_.size()),
      thread_([this] { work(); }) {}

Crowd::~Crowd() {
    going_ = false;
    thread_.join();
}

void Crowd::say(size_t member, const std::string& text) {
    std::lock_guard lock(mutex_);
    said_.emplace_back(member, text);
}

void Crowd::work() {
    for (size_t i = 0; i < members_.size(); ++i) rest(i);
    std::array<epoll_event, 512> events;
    while (going_) {
        const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), kTurnMs);
        for (int i = 0; i < count; ++i) {
            const auto& event = events[static_cast<size_t>(i)];
            ready(static_cast<size_t>(event.data.u64), event.events);
        }
        for (const int64_t now = monotonic_us(); !resting_.empty() && resting_.top().first <= now;) {
            const size_t member = resting_.top().second;
            resting_.pop();
            connect(member);
        }
        std::vector<std::pair<size_t, std::string>> said;
        {
            std::lock_guard lock(mutex_);
            said.swap(said_);
        }
        for (const auto& [member, text] : said)
            if (clients_[member].state == State::live) frame(member, 1, text);
    }
}

void Crowd::rest(size_t member) {
    resting_.emplace(monotonic_us() + int64_t{1000} * static_cast<int64_t>(random_() % kPauseMs), member);
}

void Crowd::connect(size_t member) {
    Client& client = clients_[member];
    client = {};
    client.socket = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in from{}, to{};
    from.sin_family = to.sin_family = AF_INET;
    const int on = 1;
    setsockopt(client.socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    from.sin_addr.s_addr = options_.spread ? address_of(member) : htonl(kOneAddress);
    ::bind(client.socket.get(), reinterpret_cast<sockaddr*>(&from), sizeof from);
    to.sin_port = htons(static_cast<uint16_t>(members_[member].port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int done = ::connect(client.socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
    if (!client.socket || (done < 0 && errno != EINPROGRESS)) return lost(member);
    client.state = State::connecting;
    epoll_event event{EPOLLOUT, {.u64 = member}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.socket.get(), &event);
}

void Crowd::ready(size_t member, uint32_t events) {
    Client& client = clients_[member];
    if (client.state == State::away) return;
    if (client.state == State::connecting) {
        if (events & (EPOLLERR | EPOLLHUP)) return lost(member);
        const std::string request = "GET " + members_[member].target +
                                    " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        if (::send(client.socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) return lost(member);
        client.state = State::handshake;
        epoll_event event{EPOLLIN, {.u64 = member}};
        epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.socket.get(), &event);
        return;
    }
    std::array<char, 16384> buffer;
    const ssize_t size = ::recv(client.socket.get(), buffer.data(), buffer.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return lost(member);
    client.in.append(buffer.data(), static_cast<size_t>(size));
    take(member);
}

void Crowd::take(size_t member) {
    Client& client = clients_[member];
    if (client.state == State::handshake) {
        const size_t end = client.in.find("\r\n\r\n");
        if (end == std::string::npos) return;
        client.code = std::atoi(client.in.c_str() + 9);
        if (client.code != 101) return lost(member);
        client.code = 0;
        client.in.erase(0, end + 4);
        client.state = State::opening;
        if (ears_.begun) ears_.begun(member);
        frame(member, 1, R"({"type":"ping"})");
    }
    std::string_view rest = client.in;
    while (client.state != State::away && take_frame(member, rest)) continue;
    if (client.state != State::away) client.in.erase(0, client.in.size() - rest.size());
    if (client.in.empty()) std::string().swap(client.in);
}

bool Crowd::take_frame(size_t member, std::string_view& rest) {
    if (rest.size() < 2) return false;
    const auto byte = [&](size_t i) { return static_cast<size_t>(static_cast<uint8_t>(rest[i])); };
    size_t size = byte(1), head = 2;
    if (size == 126) {
        if (rest.size() < 4) return false;
        size = byte(2) << 8 | byte(3);
        head = 4;
    } else if (size == 127) {
        return lost(member), false;  // nobody sends them so much
    }
    if (rest.size() < head + size) return false;
    const auto opcode = byte(0) & 0x0f;
    const std::string_view payload = rest.substr(head, size);
    rest.remove_prefix(head + size);
    Client& client = clients_[member];
    if (opcode == 8) {
        if (size >= 2) client.code = static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]);
        lost(member);
    } else if (opcode == 9) {
        frame(member, 10, payload);
    } else if (opcode == 1 && client.state == State::opening && payload == R"({"type":"pong"})") {
        client.state = State::live;
        ++live_;
        if (ears_.live) ears_.live(member);
    } else if (opcode == 1 && ears_.hear) {
        ears_.hear(member, payload);
    }
    return true;
}

void Crowd::frame(size_t member, int opcode, std::string_view payload) {
    std::string out(1, static_cast<char>(0x80 | opcode));
    if (payload.size() < 126) {
        out += static_cast<char>(0x80 | payload.size());
    } else {
        out += static_cast<char>(0x80 | 126);
        out += static_cast<char>(payload.size() >> 8);
        out += static_cast<char>(payload.size());
    }
    const char mask[] = {0x21, 0x43, 0x65, 0x17};
    out.append(mask, 4);
    for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ mask[i & 3]);
    ::send(clients_[member].socket.get(), out.data(), out.size(), MSG_NOSIGNAL);
}

void Crowd::lost(size_t member) {
    Client& client = clients_[member];
    {
        std::lock_guard lock(mutex_);
        ++(client.state >= State::opening ? closes_ : refusals_)[client.code];
    }
    if (client.state == State::live) --live_;
    // What is left in `in` may be under way in take(): it goes with the next connection.
    client.socket.reset();
    client.state = State::away;
    if (options_.comes_back) rest(member);
}

std::map<int, int> Crowd::refusals() const {
    std::lock_guard lock(mutex_);
    return refusals_;
}

std::map<int, int> Crowd::closes() const {
    std::lock_guard lock(mutex_);
    return closes_;
}

}  // namespace hy::test
