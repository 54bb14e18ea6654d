// A connection's way out to the handlers: what its client said, what its pongs confirmed,
// and its end.
#include "connection.h"
#include "json/writer.h"
#include "loop.h"

namespace hy::relay {

namespace {
// Well below what may be out to an agent unconfirmed (robots.agent_unconfirmed, 32), or an
// agent that is fast would wait for the batch to fill.
constexpr size_t kConfirmAtOnce = 8;
constexpr size_t kConfirmPairs = 64;  // in an entry
}  // namespace

void Connection::pump() {
    if (!frames_.ready() || phase_ < Phase::live || session_.empty()) return;
    House& house = loop_.house();
    int64_t n = 0;
    const std::string batch = frames_.take(house.conn(number_), n);
    json::Writer body;
    body.begin_object().field("v", 1).field("tenant", view_->tenant).field("relay", house.relay);
    body.field("conn", house.conn(number_)).field("session", session_).field("n", n);
    body.key("frames").raw(batch).end_object();
    loop_.uplink().ask("ask." + std::string(door_->name()) + ".frames", std::move(body).take(),
                       [&loop = loop_, number = number_](std::optional<json::Value> answer) {
                           if (Connection* self = loop.find(number)) self->landed(answer);
                       });
}

void Connection::landed(const std::optional<json::Value>& answer) {
    frames_.landed();
    heard_ = std::max(heard_, now_ms() - 1000);  // we kept it waiting, not it us
    if (!answer) {
        frames_.clear();
        loop_.house().gauges.unanswered.add();
        close(1013, "请稍后重试");
    } else {
        const json::Value* out = answer->find("out");
        if (out && out->array() && phase_ < Phase::closing)
            for (const json::Value& operation : *out->array())
                if (auto text = dialect_ ? dialect_->encode_out(operation) : door_->encode_out(operation, *view_))
                    send_packet(std::move(*text));
        if (const json::Value* whom = answer->find("follow")) follow(*whom);
        if (const json::Value* ended = answer->find("close")) close_from(*ended);
    }
    pump();
    unpause();
    if (phase_ == Phase::gone) end();
}

void Connection::deliver(const PushPtr& push) {
    if (!serving() || push->said_by(loop_.house().relay, number_)) return;
    if (push->passing() && !out_.empty()) return;
    if (dialect_) {
        auto seen = dialect_->encode_push(push, *door_, *view_, now_ms());
        if (!seen) return;
        if (seen->frame && !stream_) send(std::move(seen->frame));
        else send_packet(std::move(seen->packet));
        schedule(next_due());
    } else {
        const Push::Seen& seen = push->seen_by(*door_, *view_);
        if (!seen.frame) return;
        send(seen.frame);
    }
    if (slow_) return;
    loop_.house().gauges.delivered.add();
    if (push->ordered() && !push->to_group() && door_->confirms_delivery())
        confirmer_.sent(push->channel(), push->seq());
}

void Connection::send_again(int64_t now) {
    // Who is slow to read is not sent the same again on top of it.
    const auto most = static_cast<size_t>(loop_.house().config.relay.send_queue_bytes) / 2;
    const size_t room = most - std::min(most, out_.weight());
    for (auto& packet : dialect_->overdue(*view_, now, room)) send_packet(std::move(packet));
}

std::optional<int64_t> Connection::heard_since() const {
    return door_ && door_->many_channels() ? std::optional(since_) : std::nullopt;
}

Listener::Ready Connection::ready_for(const PushPtr& push) const {
    if (!view_ || !push->seen_by(*door_, *view_).heard) return Ready::deaf;
    if (phase_ == Phase::live) return Ready::open;
    return push->passing() ? Ready::deaf : Ready::holding;
}

void Connection::confirm_later() {
    if (phase_ != Phase::live) return;  // what is left over goes with the close
    if (confirmer_.confirmed() >= kConfirmAtOnce) {
        loop_.confirmed(*this, confirmer_.take(kConfirmPairs));
        loop_.tell();
    }
    if (confirmer_.confirmed() == 0 || std::exchange(confirm_set_, true)) return;
    loop_.confirm_soon(number_);
}

void Connection::tell_confirmed() {
    confirm_set_ = false;
    if (phase_ != Phase::live) return;
    while (confirmer_.confirmed()) loop_.confirmed(*this, confirmer_.take(kConfirmPairs));
}

void Connection::tell_ended() {
    // What the client said before it left is asked to its end first.
    if (session_.empty() || !frames_.idle() || std::exchange(told_, true)) return;
    loop_.ended(*this, confirmer_.take(SIZE_MAX));
}

void Connection::end() {
    if (!frames_.idle() && !session_.empty()) return;
    if (std::exchange(ended_, true)) return;
    tell_ended();
    loop_.reap(number_);
}

}  // namespace hy::relay
