#include "connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/log.h"
#include "loop.h"

namespace hy::relay {

namespace {
// Then it is others' turn, some hundred small frames later.
constexpr size_t kReadAtOnce = 16 << 10;
// Of somebody whom nobody has let in yet; the rest waits in the socket.
constexpr size_t kEarlyBytes = 4 << 10;
// Of a client that does not read what it is told nothing more is read.
constexpr size_t kUnreadBytes = 128 << 10;
constexpr int64_t kHandshakeMs = 10'000;
}  // namespace

Connection::Connection(Loop& loop, uint64_t number, Fd socket, std::string peer, const Door* stream)
    : loop_(loop),
      number_(number),
      socket_(std::move(socket)),
      early_(std::make_unique<Early>()),
      peer_(std::move(peer)),
      stream_(stream != nullptr),
      reader_(static_cast<size_t>(loop.house().config.relay.frame_bytes)),
      heard_(now_ms()),
      deadline_(heard_ + kHandshakeMs) {
    loop_.watch(socket_.get(), number_, watched_ = EPOLLIN, true);
    loop_.house().sockets.fetch_add(1);
    if (stream) {
        door_ = stream;
        loop_.house().gauges.connections.add(1);
        enter();
    }
    schedule(next_due());
}

Connection::~Connection() {
    House& house = loop_.house();
    house.sockets.fetch_sub(1);
    house.known.remove(number_);
    if (counted_) house.crowds.leave(peer_);
    house.gauges.queue_bytes.add(-static_cast<int64_t>(out_.bytes()));
    if (door_) house.gauges.connections.add(-1);
}

void Connection::on_events(uint32_t events) {
    if (phase_ == Phase::gone) return;
    if (events & EPOLLOUT) {
        blocked_ = false;
        flush();
    }
    if (phase_ == Phase::gone) return;
    if (events & EPOLLIN) read();
    else if (events & (EPOLLERR | EPOLLHUP)) hang_up();
}

void Connection::read() {
    std::string& buffer = loop_.read_buffer();
    for (size_t total = 0; total < kReadAtOnce && phase_ != Phase::gone && !paused();) {
        const ssize_t size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
        if (size <= 0) return hang_up();
        total += static_cast<size_t>(size);
        const std::string_view in(buffer.data(), static_cast<size_t>(size));
        if (phase_ == Phase::handshake) take_head(in);
        else if (stream_) take_stream(in);
        else take(in);
        if (static_cast<size_t>(size) < buffer.size()) break;
    }
    watch();
}

void Connection::take(std::string_view in) {
    while (!in.empty() && phase_ != Phase::gone) {
        if (paused()) {
            unread_.assign(in);
            return watch();
        }
        auto frame = reader_.next(in);
        if (!reader_.unfinished()) begun_ = 0;
        if (frame) take_frame(std::move(*frame));
        else if (reader_.fault()) {
            // What still comes is read and thrown away: a socket closed on unread bytes is
            // reset, and the peer might never read why.
            if (phase_ == Phase::closing) return;
            loop_.house().gauges.protocol.add();
            const int code = reader_.fault();
            return close(code, code == 1009 ? "消息过大" : code == 1007 ? "不是 UTF-8" : "协议错误");
        }
    }
    if (begun_ || !reader_.unfinished()) return;
    begun_ = now_ms();
    schedule(next_due());
}

void Connection::take_stream(std::string_view in) {
    std::string bytes = std::exchange(partial_, {});
    if (!bytes.empty()) in = bytes.append(in);
    const size_t before = in.size();
    begun_ = 0;
    while (!in.empty() && phase_ < Phase::closing) {
        if (paused()) {
            unread_.assign(in);
            return watch();
        }
        bool fault = false;
        const auto packet = dialect_->cut(in, fault);
        if (fault) {
            loop_.house().gauges.protocol.add();
            return close(1002, "协议错误");
        }
        if (!packet) break;
        heard_ = now_ms();
        on_packet(std::string(*packet));
    }
    if (in.empty() || phase_ >= Phase::closing) return;
    // Where it only grew, it is not copied again.
    if (in.size() == before && !bytes.empty()) partial_ = std::move(bytes);
    else partial_.assign(in);
    begun_ = now_ms();
    schedule(next_due());
}

void Connection::take_frame(Frame frame) {
    heard_ = now_ms();
    switch (frame.opcode) {
        case Opcode::ping:
            if (!close_sent_) send(encode_frame(Opcode::pong, frame.payload));
            break;
        case Opcode::pong:
            if (confirmer_.pong(frame.payload)) confirm_later();
            break;
        case Opcode::close: on_close(frame.payload); break;
        case Opcode::text: on_packet(std::move(frame.payload)); break;
        default:
            if (dialect_) return on_packet(std::move(frame.payload));
            loop_.house().gauges.protocol.add();
            close(1003, "只支持文本消息");
    }
}

void Connection::on_close(std::string_view payload) {
    close_heard_ = true;
    const CloseBody body = read_close(payload);
    if (early_ && !(early_->texts.empty() && early_->said.empty()) && body.valid) {
        early_->closed = payload;
        return;
    }
    if (!close_sent_) {
        // What was said before the close was said: it is still asked of the handler.
        if (!body.valid) close(body.code, "协议错误", false);
        else if (body.code == 1005) close(1000, "", false);
        else close(body.code, "", false);
    }
    loop_.make_dirty(*this);
}

void Connection::on_packet(std::string packet) {
    if (phase_ >= Phase::closing) return;
    const bool live = phase_ == Phase::live;
    if (!live) early_->bytes += packet.size();
    if (!dialect_ && !live) return early_->texts.push_back(std::move(packet));
    if (!dialect_) return act(door_->decode(packet, *view_));
    for (Decoded& decoded : dialect_->decode(packet)) {
        if (phase_ >= Phase::closing) return;
        if (decoded.kind == Decoded::Kind::introduction) introduced(decoded.text);
        else if (decoded.kind == Decoded::Kind::refused || phase_ == Phase::live) act(std::move(decoded));
        else if (early_) early_->said.push_back(std::move(decoded));
    }
}

void Connection::act(Decoded decoded) {
    switch (decoded.kind) {
        case Decoded::Kind::answer: send_packet(std::move(decoded.text)); break;
        case Decoded::Kind::operation:
            frames_.add(std::move(decoded.text), decoded.needs_number);
            pump();
            break;
        case Decoded::Kind::refused:
            loop_.house().gauges.protocol.add();
            if (!decoded.text.empty()) send_packet(std::move(decoded.text));
            dialect_.reset();  // that was its farewell
            close(1008, "请先连接");
            break;
        case Decoded::Kind::leave: close(1000, "", false); break;
        default: break;
    }
}

void Connection::send_packet(std::string packet) {
    if (stream_) return send(std::move(packet));
    send(encode_frame(dialect_ && dialect_->binary(packet) ? Opcode::binary : Opcode::text, packet));
}

bool Connection::early_full() const {
    return early_->texts.size() + early_->said.size() >= FramesOut::kFrames ||
           early_->bytes + reader_.held() + partial_.size() >= kEarlyBytes;
}

bool Connection::paused() const {
    if (phase_ >= Phase::closing || phase_ == Phase::handshake) return false;
    // Where frames stand for themselves, who is let in and does not read is soon ended for being slow.
    if (out_.weight() > kUnreadBytes && (dialect_ || phase_ != Phase::live)) return true;
    return phase_ == Phase::live ? frames_.full() : early_full();
}

void Connection::unpause() {
    if (phase_ == Phase::gone || paused()) return;
    if (!unread_.empty()) {
        const std::string in = std::exchange(unread_, {});
        if (stream_) take_stream(in);
        else take(in);
    }
    watch();
}

void Connection::watch() {
    if (phase_ == Phase::gone) return;
    const uint32_t wanted = (paused() ? 0u : uint32_t{EPOLLIN}) | (blocked_ ? uint32_t{EPOLLOUT} : 0u);
    if (wanted == watched_) return;
    watched_ = wanted;
    loop_.watch(socket_.get(), number_, wanted, false);
}

void Connection::send(Bytes bytes) {
    if (phase_ == Phase::gone || slow_) return;
    const size_t limit = static_cast<size_t>(loop_.house().config.relay.send_queue_bytes);
    if (out_.weight() + bytes->size() > limit && !out_.empty()) {
        // Much at once is not slowness: only what the socket does not take counts.
        relieve();
        if (out_.weight() + bytes->size() > limit && !out_.empty()) return fail_slow();
    }
    loop_.house().gauges.queue_bytes.add(static_cast<int64_t>(bytes->size()));
    out_.push(std::move(bytes));
    if (!std::exchange(dirty_, true)) loop_.make_dirty(*this);
}

// Writes what the socket takes now. A socket that is broken shows that again at the next
// flush, where it may be ended.
void Connection::relieve() {
    if (blocked_) return;
    const size_t before = out_.bytes();
    out_.write(socket_.get());
    loop_.house().gauges.queue_bytes.add(static_cast<int64_t>(out_.bytes()) - static_cast<int64_t>(before));
}

// Deferred: the hub may be in the midst of its listeners, who must not change then.
void Connection::fail_slow() {
    slow_ = true;
    loop_.alarms().after(0, [&loop = loop_, number = number_] {
        Connection* self = loop.find(number);
        if (!self) return;
        loop.house().gauges.slow.add();
        self->slow_ = false;
        loop.house().gauges.queue_bytes.add(-static_cast<int64_t>(self->out_.bytes()));
        self->out_.clear();
        loop.house().gauges.queue_bytes.add(static_cast<int64_t>(self->out_.bytes()));
        self->close(1013, "接收过慢");
    });
}

void Connection::flush() {
    dirty_ = false;
    if (phase_ == Phase::gone || blocked_) return;
    if (phase_ == Phase::live && !slow_)
        if (const std::string mark = confirmer_.ping(); !mark.empty()) {
            send(encode_frame(Opcode::ping, mark));
            dirty_ = false;
        }
    const size_t before = out_.bytes();
    const SendQueue::Result result = out_.write(socket_.get());
    loop_.house().gauges.queue_bytes.add(static_cast<int64_t>(out_.bytes()) - static_cast<int64_t>(before));
    if (result == SendQueue::Result::broken) return hang_up();
    blocked_ = result == SendQueue::Result::blocked;
    if (!blocked_ && close_sent_ && close_heard_) return hang_up();
    // Its close frame will not be understood any more, or there is none: the end is told by the socket.
    if (!blocked_ && close_sent_ && (stream_ || reader_.fault())) ::shutdown(socket_.get(), SHUT_WR);
    // It reads again: so is it.
    if (!(watched_ & EPOLLIN)) unpause();
    watch();
}

}  // namespace hy::relay
