#include "heartbeat.h"

#include "json/writer.h"

namespace hy::relay {

namespace {
constexpr int64_t kNameEvery = 12;
constexpr size_t kPart = 2000;
}  // namespace

void Heartbeat::start() {
    // Now and then all the same: a row that nobody told of its end goes then.
    if (++beats_ % kNameEvery == 0 || house_.names_owed.exchange(false)) owed_ = true;
    beat();
    alarms_.after(house_.config.relay.heartbeat_seconds * 1000, [this] { start(); });
}

void Heartbeat::name_all() {
    owed_ = true;
    beat();
}

void Heartbeat::beat() {
    if (asking_) return;
    asking_ = true;
    if (std::exchange(owed_, false)) {
        naming_ = true;
        named_ = 0;
    }
    json::Writer body;
    body.begin_object().field("v", 1).field("relay", house_.relay).field("name", house_.config.relay.name);
    body.field("started", house_.started).field("connections", house_.known.size());
    if (naming_) {
        const auto numbers = house_.known.after(named_, kPart);
        until_ = numbers.size() < kPart ? 0 : numbers.back();
        body.field("after", named_ ? house_.conn(named_) : "").field("until", until_ ? house_.conn(until_) : "");
        body.key("list").begin_array();
        for (const uint64_t number : numbers) body.string(house_.conn(number));
        body.end_array();
    }
    body.end_object();
    uplink_.ask("ask.core.relay", std::move(body).take(),
                [this, asked_at = now_ms()](std::optional<json::Value> answer) { answered(answer, asked_at); });
}

void Heartbeat::answered(const std::optional<json::Value>& answer, int64_t asked_at) {
    asking_ = false;
    // After silence the lease may have run out, and a part that nobody took is still owed.
    if (!answer || answer->bool_or("list")) owed_ = true;
    if (!answer) return;
    if (naming_) {
        naming_ = until_ != 0;
        named_ = until_;
    }
    const json::Value* unknown = answer->find("unknown");
    if (unknown && unknown->array())
        for (const json::Value& conn : *unknown->array())
            if (conn.string()) unknown_(*conn.string(), asked_at);
    if (owed_ || naming_) beat();
}

}  // namespace hy::relay
