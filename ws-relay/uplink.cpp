#include "uplink.h"

#include <algorithm>
#include <array>

#include "base/clock.h"
#include "base/log.h"

namespace hy::relay {

namespace {
constexpr std::array<int64_t, 3> kPauses = {200, 1000, 2000};
constexpr int64_t kGiveUpMs = 20'000;
constexpr int64_t kUsualMs = 300;  // nearly all are answered by then
constexpr int64_t kAwayMs = 100;   // how often it is looked whether NATS is back
}  // namespace

void Uplink::ask(std::string subject, std::string body, Done done) {
    const uint64_t token = next_++;
    Ask ask;
    ask.subject = std::move(subject);
    ask.body = std::move(body);
    ask.done = std::move(done);
    ask.first_us = monotonic_us();
    asks_.emplace(token, std::move(ask));
    send(token);
}

void Uplink::send(uint64_t token) {
    const auto at = asks_.find(token);
    if (at == asks_.end()) return;
    Ask& ask = at->second;
    alarms_.cancel(ask.alarm);
    const int64_t left = kGiveUpMs - (monotonic_us() - ask.first_us) / 1000;
    if (left <= 0) {
        // Never from within ask(): the caller is not ready for its answer there.
        ask.alarm = alarms_.after(0, [this, token] { finish(token, std::nullopt); });
        return;
    }
    ask.waiting = !bus_.publish_request(ask.subject, reply_prefix_ + std::to_string(token), ask.body);
    if (ask.waiting) {
        ask.alarm = alarms_.after(kAwayMs, [this, token] { send(token); });
        return;
    }
    ask.alarm = alarms_.after(std::min(timeout_ms_, left), [this, token] {
        gauges_.timeout.add();
        again(token);
    });
}

void Uplink::again(uint64_t token) {
    const auto at = asks_.find(token);
    if (at == asks_.end()) return;
    Ask& ask = at->second;
    alarms_.cancel(ask.alarm);
    if (ask.repeats >= static_cast<int>(kPauses.size())) return finish(token, std::nullopt);
    ask.waiting = true;
    // Drawn, up to half longer or shorter: those refused together do not come back together.
    const int64_t pause = kPauses[static_cast<size_t>(ask.repeats++)];
    ask.alarm = alarms_.after(pause / 2 + static_cast<int64_t>(random_()) % pause, [this, token] { send(token); });
}

void Uplink::finish(uint64_t token, std::optional<json::Value> value) {
    auto node = asks_.extract(token);
    if (node.empty()) return;
    Ask& ask = node.mapped();
    alarms_.cancel(ask.alarm);
    gauges_.ask_time.observe_us(monotonic_us() - ask.first_us);
    (value ? gauges_.answered : gauges_.given_up).add();
    if (!value) log::warn("an ask was given up", {{"subject", ask.subject}});
    ask.done(std::move(value));
}

void Uplink::answered(uint64_t token, Answer answer) {
    const auto at = asks_.find(token);
    if (at == asks_.end()) return;
    const bool busy = answer.value && answer.value->bool_or("busy");
    if (answer.value && answer.value->object() && !busy) return finish(token, std::move(answer.value));
    // The refusal of an earlier try, come while the next one waits for its time.
    if (at->second.waiting) return;
    (busy ? gauges_.busy : gauges_.nobody).add();
    again(token);
}

// Of those that are under way.
template <class Which>
std::vector<uint64_t> Uplink::under_way(const Which& which) const {
    std::vector<uint64_t> tokens;
    for (const auto& [token, ask] : asks_)
        if (!ask.waiting && which(ask)) tokens.push_back(token);
    return tokens;
}

void Uplink::nats_back() {
    for (const uint64_t token : under_way([](const Ask&) { return true; })) send(token);
}

void Uplink::served_anew(const std::set<std::string, std::less<>>& subjects) {
    for (const uint64_t token : under_way([&](const Ask& ask) { return subjects.contains(ask.subject); })) {
        Ask& ask = asks_.at(token);
        const int64_t young_ms = kUsualMs - (monotonic_us() - ask.first_us) / 1000;
        if (young_ms <= 0) {
            send(token);
            continue;
        }
        // It may be in another's hands, who answers in time: not before that has passed.
        alarms_.cancel(ask.alarm);
        ask.alarm = alarms_.after(young_ms, [this, token] { send(token); });
    }
}

}  // namespace hy::relay
