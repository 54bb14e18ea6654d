#include "loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "acceptor.h"
#include "base/log.h"
#include "base/text.h"

namespace hy::relay {

namespace {
constexpr uint64_t kListener = 0, kBell = 1, kStream = 2, kFirst = 16;  // what epoll's data names
constexpr int kAcceptAtOnce = 64;
constexpr size_t kMessages = 65536;
// So many go into each socket's queue before it is written: what waits leaves in one write,
// and what waits for writing stays small.
constexpr size_t kMessagesAtOnce = 64;
constexpr size_t kReadBuffer = 16 << 10;
constexpr int64_t kStopMs = 10'000, kRestMs = 1000;

Fd make_epoll() {
    Fd fd(epoll_create1(EPOLL_CLOEXEC));
    if (!fd) throw std::system_error(errno, std::generic_category(), "epoll");
    return fd;
}
}  // namespace

Loop::Loop(House& house, size_t index, size_t loops, Listeners listeners)
    : house_(house),
      index_(index),
      loops_(loops),
      listeners_(listeners),
      epoll_(make_epoll()),
      bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      wheel_(now_ms()),
      uplink_(house.bus, house.gauges, alarms_, house.inbox + "." + std::to_string(index) + "-",
              house.config.relay.ask_timeout_ms),
      hub_(uplink_, alarms_, house.gauges, house.relay, house.config.relay.gap_wait_ms),
      heads_(*this),
      read_buffer_(kReadBuffer, '\0'),
      next_number_(loops + index),
      tellings_(uplink_, alarms_, house) {
    if (!bell_) throw std::system_error(errno, std::generic_category(), "eventfd");
    epoll_event event = {EPOLLIN, {.u64 = kBell}};
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, bell_.get(), &event);
    heads_.start();
    thread_ = std::thread([this] { run(); });
}

Loop::~Loop() { join(); }

void Loop::join() {
    if (thread_.joinable()) thread_.join();
}

void Loop::post(std::function<void()> what) {
    std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(what));
    eventfd_write(bell_.get(), 1);
}

void Loop::post_message(std::string topic, PushPtr push, std::shared_ptr<const json::Value> control) {
    std::lock_guard lock(mutex_);
    if (messages_.size() >= kMessages) {
        overflowed_ = true;
        return house_.gauges.mailbox.add();
    }
    messages_.push_back({std::move(topic), std::move(push), std::move(control)});
    eventfd_write(bell_.get(), 1);
}

void Loop::stop() {
    post([this] { begin_stop(); });
}

void Loop::open() {
    post([this] {
        if (!stopping_) listen();
    });
}

void Loop::begin_stop() {
    if (std::exchange(stopping_, true)) return;
    stop_by_ = now_ms() + kStopMs;
    stop_accepting();
    for (const auto& [number, connection] : connections_) connection->close(1001, "服务重启", false);
}

bool Loop::stopped() const {
    if (!stopping_) return false;
    return now_ms() >= stop_by_ || (connections_.empty() && tellings_.idle());
}

void Loop::run() {
    while (!stopped()) turn();
}

void Loop::turn() {
    std::array<epoll_event, 256> events;
    const int64_t now = now_ms();
    const int wait = static_cast<int>(alarms_.wait(now, 1000 - now % 1000));
    const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait);
    for (int i = 0; i < count; ++i) {
        const uint64_t what = events[static_cast<size_t>(i)].data.u64;
        if (what == kListener) accept(listeners_.web, nullptr);
        else if (what == kStream) accept(listeners_.stream, house_.stream);
        else if (what == kBell) take_mail();
        else if (Connection* connection = find(what - kFirst))
            connection->on_events(events[static_cast<size_t>(i)].events);
    }
    alarms_.run(now_ms());
    for (const Wheel::Entry& entry : wheel_.turn(now_ms()))
        if (Connection* connection = find(entry.number)) connection->check(now_ms(), entry.due);
    next_opens();
    flush_all();
    reap_all();
}

void Loop::accept(int listener, const Door* stream) {
    for (int i = 0; i < kAcceptAtOnce; ++i) {
        std::string peer;
        Fd socket = accept_one(listener, peer);
        if (!socket && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) return rest();
        if (!socket) return;
        house_.gauges.accepted.add();
        if (stopping_ || house_.sockets.load() >= house_.config.relay.connections) {
            house_.gauges.overloaded.add();
            continue;  // closed at once
        }
        const uint64_t number = next_number_;
        next_number_ += loops_;
        connections_.emplace(number,
                             std::make_unique<Connection>(*this, number, std::move(socket), std::move(peer), stream));
    }
}

void Loop::listen() {
    for (const auto& [listener, name] : {std::pair(listeners_.web, kListener), std::pair(listeners_.stream, kStream)}) {
        epoll_event event{EPOLLIN | EPOLLEXCLUSIVE, {.u64 = name}};
        if (listener >= 0) epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, listener, &event);
    }
}

void Loop::stop_accepting() {
    for (const int listener : {listeners_.web, listeners_.stream})
        if (listener >= 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, listener, nullptr);
}

// No descriptors are left: the listener, which stays readable, would keep us spinning.
void Loop::rest() {
    log::error("no connection can be accepted", {{"errno", errno}});
    stop_accepting();
    alarms_.after(kRestMs, [this] {
        if (!stopping_) listen();
    });
}

void Loop::watch(int fd, uint64_t number, uint32_t wanted, bool fresh) {
    epoll_event event{wanted, {.u64 = number + kFirst}};
    epoll_ctl(epoll_.get(), fresh ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event);
}

Connection* Loop::find(uint64_t number) {
    const auto at = connections_.find(number);
    return at == connections_.end() ? nullptr : at->second.get();
}

Connection* Loop::find(std::string_view conn) {
    if (!conn.starts_with(house_.relay) || conn.size() <= house_.relay.size() + 1) return nullptr;
    if (conn[house_.relay.size()] != ':') return nullptr;
    const auto number = to_uint(conn.substr(house_.relay.size() + 1));
    return number ? find(*number) : nullptr;
}

void Loop::take_mail() {
    eventfd_t rung;
    eventfd_read(bell_.get(), &rung);
    std::vector<std::function<void()>> tasks;
    std::vector<Message> messages;
    bool overflowed;
    {
        std::lock_guard lock(mutex_);
        tasks.swap(tasks_);
        const auto some = static_cast<std::ptrdiff_t>(std::min(kMessagesAtOnce, messages_.size()));
        messages.assign(std::make_move_iterator(messages_.begin()), std::make_move_iterator(messages_.begin() + some));
        messages_.erase(messages_.begin(), messages_.begin() + some);
        if (!messages_.empty()) eventfd_write(bell_.get(), 1);
        overflowed = std::exchange(overflowed_, false);
    }
    for (const Message& message : messages) take_message(message.topic, message.push, message.control.get());
    for (const auto& task : tasks) task();
    if (overflowed) heads_.check();
}

void Loop::flush_all() {
    const std::vector<Connection*> dirty = std::exchange(dirty_, {});
    for (Connection* connection : dirty) connection->flush();
}

void Loop::reap_all() {
    if (reapable_.empty()) return;
    std::erase_if(dirty_, [](const Connection* connection) { return connection->phase() == Connection::Phase::gone; });
    for (const uint64_t number : std::exchange(reapable_, {})) connections_.erase(number);
}

}  // namespace hy::relay
