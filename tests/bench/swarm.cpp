#include "swarm.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace hy::bench {

namespace {
constexpr size_t kBuffer = 256 << 10;
// An address has some 28,000 ports to connect from.
constexpr size_t kClientsPerAddress = 8000;

sockaddr_in address(uint32_t host, int port) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<uint16_t>(port));
    to.sin_addr.s_addr = htonl(host);
    return to;
}
}  // namespace

Swarm::Swarm() : epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kBuffer, '\0') {
    if (!epoll_) throw std::runtime_error("no epoll");
}

size_t Swarm::add(Place place) {
    clients_.emplace_back();
    clients_.back().place = std::move(place);
    return clients_.size() - 1;
}

void Swarm::connect(size_t index) {
    Client& client = clients_[index];
    client.in.clear();
    client.out.clear();
    client.socket = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!client.socket) throw std::runtime_error("no socket: errno " + std::to_string(errno));
    const int on = 1;
    setsockopt(client.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // The port is chosen at connect, where it need only be free towards that server.
    setsockopt(client.socket.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    const sockaddr_in from = address(INADDR_LOOPBACK + 1 + static_cast<uint32_t>(index / kClientsPerAddress), 0);
    const sockaddr_in to = address(INADDR_LOOPBACK, client.place.port);
    ::bind(client.socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from);
    client.state = State::connecting;
    client.watched_out = true;
    const int status = ::connect(client.socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
    if (status < 0 && errno != EINPROGRESS) return end(index, 0);
    epoll_event event{EPOLLIN | EPOLLOUT, {.u64 = index}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, client.socket.get(), &event);
}

void Swarm::drop(size_t index) {
    Client& client = clients_[index];
    if (client.state == State::open) --open_;
    client.socket.reset();
    client.state = State::idle;
}

void Swarm::end(size_t index, int why) {
    if (clients_[index].state == State::ended || clients_[index].state == State::idle) return;
    drop(index);
    clients_[index].state = State::ended;
    ++ended_;
    if (on_end) on_end(index, why);
}

void Swarm::turn(int ms) {
    std::array<epoll_event, 512> events;
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), ms);
    for (int i = 0; i < count; ++i) {
        const auto& event = events[static_cast<size_t>(i)];
        const size_t index = event.data.u64;
        if (clients_[index].state == State::connecting) connected(index);
        if ((event.events & EPOLLOUT) && clients_[index].socket) write(index);
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && clients_[index].socket) read(index);
    }
}

void Swarm::connected(size_t index) {
    Client& client = clients_[index];
    int fault = 0;
    socklen_t size = sizeof fault;
    getsockopt(client.socket.get(), SOL_SOCKET, SO_ERROR, &fault, &size);
    if (fault) return end(index, 0);
    if (!client.place.shakes) {
        client.state = State::open;
        ++open_;
        if (on_open) on_open(index);
        return;
    }
    client.state = State::shaking;
    client.out = "GET " + client.place.target +
                 " HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 client.place.headers + "\r\n" + client.out;
}

void Swarm::read(size_t index) {
    const ssize_t size = ::recv(clients_[index].socket.get(), buffer_.data(), buffer_.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) return end(index, 0);
    std::string& kept = clients_[index].in;
    if (kept.empty()) return take(index, {buffer_.data(), static_cast<size_t>(size)});
    kept.append(buffer_.data(), static_cast<size_t>(size));
    take(index, std::exchange(kept, {}));
}

void Swarm::take(size_t index, std::string_view in) {
    while (!in.empty() && clients_[index].socket) {
        const size_t used = clients_[index].state == State::shaking ? take_answer(index, in) : take_frame(index, in);
        if (used == 0) break;
        in.remove_prefix(used);
    }
    if (!in.empty() && clients_[index].socket) clients_[index].in.assign(in);
}

size_t Swarm::take_answer(size_t index, std::string_view in) {
    const size_t end_at = in.find("\r\n\r\n");
    if (end_at == std::string_view::npos) return 0;
    const int status = std::atoi(std::string(in.substr(9, 3)).c_str());
    if (status != 101) {
        end(index, status);
        return in.size();
    }
    clients_[index].state = State::open;
    ++open_;
    if (on_open) on_open(index);
    return end_at + 4;
}

size_t Swarm::take_frame(size_t index, std::string_view in) {
    if (in.size() < 2) return 0;
    size_t size = static_cast<uint8_t>(in[1]) & 0x7f, head = 2;
    const size_t extra = size == 126 ? 2 : size == 127 ? 8 : 0;
    head += extra;
    if (in.size() < head) return 0;
    if (extra) size = 0;
    for (size_t i = 0; i < extra; ++i) size = size << 8 | static_cast<uint8_t>(in[2 + i]);
    if (in.size() < head + size) return 0;
    const uint8_t opcode = in[0] & 0x0f;
    const std::string_view payload = in.substr(head, size);
    if (opcode == 9) send_frame(index, 10, payload);
    else if (opcode == 8 && size < 2) end(index, 1005);
    else if (opcode == 8) end(index, static_cast<uint8_t>(payload[0]) << 8 | static_cast<uint8_t>(payload[1]));
    else if (on_frame) on_frame(index, opcode, payload);
    return head + size;
}

void Swarm::send_frame(size_t index, uint8_t opcode, std::string_view payload) {
    std::string frame;
    frame.reserve(payload.size() + 14);
    frame += static_cast<char>(0x80 | opcode);
    const size_t size = payload.size();
    const int extra = size < 126 ? 0 : size <= 0xffff ? 2 : 8;
    frame += static_cast<char>(0x80 | (extra == 0 ? size : extra == 2 ? 126 : 127));
    for (int i = extra - 1; i >= 0; --i) frame += static_cast<char>(size >> (8 * i) & 0xff);
    frame.append(4, '\0');  // masked with zeros: the bytes as they are
    frame += payload;
    raw(index, frame);
}

void Swarm::raw(size_t index, std::string_view bytes) {
    Client& client = clients_[index];
    if (!client.socket) return;
    const bool waits = !client.out.empty();
    client.out += bytes;
    if (!waits && client.state == State::open) write(index);
}

void Swarm::write(size_t index) {
    Client& client = clients_[index];
    while (!client.out.empty()) {
        const ssize_t size = ::send(client.socket.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && errno != EAGAIN) return end(index, 0);
        if (size < 0) break;
        client.out.erase(0, static_cast<size_t>(size));
    }
    const bool waits = !client.out.empty();
    if (std::exchange(client.watched_out, waits) == waits) return;
    epoll_event event{EPOLLIN | (waits ? uint32_t{EPOLLOUT} : 0u), {.u64 = index}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, client.socket.get(), &event);
}

}  // namespace hy::bench
