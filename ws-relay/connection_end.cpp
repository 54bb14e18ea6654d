// How a connection ends, and what is due before: pings, patience, expiry.
#include <algorithm>

#include "connection.h"
#include "loop.h"

namespace hy::relay {

namespace {
constexpr int64_t kCloseMs = 5'000;
constexpr int64_t kFar = 3'600'000;
}  // namespace

void Connection::close(int code, std::string_view reason, bool drop) {
    if (phase_ >= Phase::closing) return;
    if (phase_ == Phase::handshake) return hang_up();
    const bool sendable = code >= 1000 && code <= 4999 && (code < 1004 || code > 1006) && code != 1015;
    stop_serving();
    phase_ = Phase::closing;
    if (drop) frames_.clear();
    unread_.clear();
    unread_.shrink_to_fit();
    early_.reset();
    partial_.clear();
    if (dialect_)
        for (std::string& bye : dialect_->farewell(code, reason)) send_packet(std::move(bye));
    if (!dialect_ && view_ && !close_heard_)
        if (std::string bye = door_->farewell(code); !bye.empty()) send_packet(std::move(bye));
    if (!stream_) send(encode_close(sendable ? code : 1011, reason));
    close_sent_ = true;
    loop_.make_dirty(*this);
    // Its talks need not wait for a peer that is slow to leave.
    tell_ended();
    deadline_ = now_ms() + kCloseMs;
    schedule(deadline_);
    watch();
}

void Connection::close_from(const json::Value& body) {
    close(static_cast<int>(body.int_or("code", 1008)), body.text_or("reason"));
}

void Connection::answer_and_hang_up(std::string answer) {
    phase_ = Phase::closing;
    close_sent_ = close_heard_ = true;
    early_.reset();
    send(std::move(answer));
    deadline_ = now_ms() + kCloseMs;
}

void Connection::leave_channels() {
    for (const int64_t channel : channels_) loop_.hub().leave(*this, channel);
    std::vector<int64_t>().swap(channels_);
}

void Connection::stop_serving() {
    if (topics_.empty() && channels_.empty()) return;
    leave_channels();
    for (const auto& topic : topics_) loop_.hub().unlisten(*this, topic);
    loop_.house().topics->change(loop_.index(), {}, std::exchange(topics_, {}));
}

void Connection::hang_up() {
    if (phase_ == Phase::gone) return;
    stop_serving();
    phase_ = Phase::gone;
    socket_.reset();
    early_.reset();
    end();
}

int64_t Connection::next_due() const {
    const int64_t now = now_ms();
    const auto& config = loop_.house().config.relay;
    int64_t due = deadline_ ? deadline_ : now + kFar;
    if (expires_) due = std::min(due, now + std::max<int64_t>(0, expires_ - loop_.house().clock.now_ms()));
    if (phase_ == Phase::live && dialect_) due = std::min(due, dialect_->due());
    if (phase_ == Phase::live) {
        const int64_t idle_ms = door_->idle_seconds(loop_.house().config) * 1000;
        if (begun_) due = std::min(due, begun_ + idle_ms);
        due = std::min(due, heard_ + idle_ms);
        if (!stream_) due = std::min(due, std::max(heard_, pinged_) + config.ping_seconds * 1000);
    }
    return due;
}

void Connection::schedule(int64_t due) {
    if (scheduled_ && scheduled_ <= due) return;
    scheduled_ = due;
    loop_.wheel().put(number_, due);
}

void Connection::check(int64_t now, int64_t due) {
    if (due != scheduled_ || phase_ == Phase::gone) return;
    scheduled_ = 0;
    const auto& config = loop_.house().config.relay;
    const int64_t idle_ms = (door_ ? door_->idle_seconds(loop_.house().config) : config.idle_seconds) * 1000;
    if (deadline_ && now >= deadline_) {
        if (phase_ == Phase::closing || phase_ == Phase::handshake) return hang_up();
        if (phase_ == Phase::greeting) return close(1008, "未连接"), schedule(next_due());
        loop_.house().gauges.unanswered.add();
        close(1013, "请稍后重试");
    } else if (expires_ && loop_.house().clock.now_ms() >= expires_) {
        close(expired_code_, expired_);
    } else if (phase_ == Phase::live && begun_ && now - begun_ >= idle_ms) {
        // Pings between its parts do not make it whole.
        loop_.house().gauges.idle.add();
        // Clients of chat would take 1008 for the end of their right.
        close(door_->many_channels() ? 1002 : 1008, "消息未完成");
    } else if (phase_ == Phase::live && now - heard_ >= idle_ms) {
        loop_.house().gauges.idle.add();
        close(1000, "心跳超时");
    } else if (phase_ == Phase::live && !stream_ && now - std::max(heard_, pinged_) >= config.ping_seconds * 1000) {
        pinged_ = now;
        send(encode_frame(Opcode::ping, ""));
    }
    if (phase_ == Phase::live && dialect_ && dialect_->due() <= now) send_again(now);
    schedule(next_due());
}

}  // namespace hy::relay
