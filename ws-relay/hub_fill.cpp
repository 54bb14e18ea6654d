// The hub's other half: asking for the numbers that did not come, and handing them out.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "hub.h"
#include "json/writer.h"

namespace hy::relay {

namespace {
constexpr int64_t kRange = 256;
constexpr int64_t kStallMs = 1000;
constexpr int kStalls = 3;
// One client may have missed something in ten thousand channels.
constexpr size_t kMostRanges = 16;
}  // namespace

void Hub::settle(int64_t number, Channel& channel, int64_t wait_ms) {
    if (first_missing(channel) > known_last(channel)) {
        if (channel.gap && !channel.gap->asking) {
            alarms_.cancel(channel.gap->alarm);
            channel.gap.reset();
        }
        return;
    }
    if (!channel.gap) channel.gap = std::make_unique<Gap>();
    if (channel.gap->asking || channel.gap->queued || channel.gap->alarm) return;
    channel.gap->alarm = alarms_.after(wait_ms, [this, number] {
        const auto at = channels_.find(number);
        if (at == channels_.end() || !at->second.gap) return;
        at->second.gap->alarm = 0;
        ask_range(number);
    });
}

void Hub::ask_base(const Base& base) {
    if (ranges_ >= kMostRanges) return unbased_.push_back(base);
    json::Writer body;
    body.begin_object().field("v", 1).field("tenant", "range").field("relay", relay_).field("channel", base.channel);
    body.field("to", base.to).field("since", base.since).end_object();
    ++ranges_;
    uplink_.ask("ask.core.base", std::move(body).take(), [this, base](std::optional<json::Value> answer) {
        --ranges_;
        based(base, answer);
        ask_next();
    });
}

// As long as nobody can say, the listener waits with that channel, and it is asked again.
void Hub::based(const Base& base, const std::optional<json::Value>& answer) {
    const auto at = channels_.find(base.channel);
    if (at == channels_.end()) return;
    auto& ears = at->second.ears;
    const auto ear = std::find_if(ears.begin(), ears.end(), [&](const Ear& one) { return one.asked == base.number; });
    if (ear == ears.end() || ear->seen != kUnknown) return;
    if (!answer) {
        alarms_.after(kStallMs, [this, base] { ask_base(base); });
        return;
    }
    ear->seen = std::clamp<int64_t>(answer->int_or("seen", base.to - 1), 0, base.to - 1);
    settle(base.channel, at->second, 0);
}

void Hub::ask_next() {
    while (ranges_ < kMostRanges && !unbased_.empty()) {
        const Base base = unbased_.front();
        unbased_.pop_front();
        ask_base(base);
    }
    while (ranges_ < kMostRanges && !unasked_.empty()) {
        const int64_t number = unasked_.front();
        unasked_.pop_front();
        const auto at = channels_.find(number);
        if (at == channels_.end() || !at->second.gap || !std::exchange(at->second.gap->queued, false)) continue;
        ask_range(number);
    }
}

void Hub::ask_range(int64_t number) {
    Channel& channel = channels_.at(number);
    if (ranges_ >= kMostRanges) {
        channel.gap->queued = true;
        unasked_.push_back(number);
        return;
    }
    const int64_t from = first_missing(channel);
    const int64_t to = std::min(known_last(channel), from + kRange - 1);
    if (from > to) return settle(number, channel, gap_wait_ms_);
    channel.gap->asking = true;
    json::Writer body;
    // Clients have it asked for, be it the house's: it takes its turn, all of it together.
    body.begin_object().field("v", 1).field("tenant", "range").field("relay", relay_).field("channel", number);
    body.field("from", from).field("to", to).end_object();
    ++ranges_;
    uplink_.ask("ask.core.range", std::move(body).take(), [this, number, from](std::optional<json::Value> answer) {
        --ranges_;
        filled(number, from, answer);
        ask_next();
    });
}

void Hub::filled(int64_t number, int64_t from, const std::optional<json::Value>& answer) {
    const auto at = channels_.find(number);
    if (at == channels_.end() || !at->second.gap || !at->second.gap->asking) return;
    Channel& channel = at->second;
    channel.gap->asking = false;
    if (answer && apply_range(channel, from, *answer)) {
        channel.gap->stalls = 0;
        drain(channel);
        return settle(number, channel, 0);
    }
    // The house could not say, or says it has none of them yet. What is held exists all the
    // same: after some tries the order goes on without what nobody can produce.
    if (answer && ++channel.gap->stalls >= kStalls) skip_to_held(channel);
    settle(number, channel, kStallMs);
}

bool Hub::apply_range(Channel& channel, int64_t from, const json::Value& answer) {
    const int64_t covered = std::min(answer.int_or("to"), known_last(channel));
    const json::Value* pushes = answer.find("pushes");
    if (covered < from || !pushes || !pushes->array()) return false;
    for (const json::Value& body : *pushes->array()) {
        const auto push = std::make_shared<const Push>(body, channel.group);
        if (push->seq() < from || push->seq() > covered) continue;
        for (Ear& ear : channel.ears)
            // Who is behind this range, too, gets its own.
            if (ear.seen < push->seq() && ear.seen >= from - 1) deliver(ear, push);
    }
    // What the answer covers and did not hold exists no more.
    for (Ear& ear : channel.ears)
        if (ear.seen >= from - 1) ear.seen = std::max(ear.seen, covered);
    channel.last = std::max(channel.last, covered);
    return true;
}

void Hub::skip_to_held(Channel& channel) {
    log::error("numbers of a channel cannot be had", {{"last", channel.last}, {"target", channel.gap->target}});
    Gap& gap = *channel.gap;
    const int64_t have = gap.held.empty() ? channel.last : gap.held.begin()->first - 1;
    for (Ear& ear : channel.ears)
        if (ear.seen != kUnknown) ear.seen = std::max(ear.seen, have);
    channel.last = std::max(channel.last, have);
    drain(channel);
    gap.target = gap.held.empty() ? channel.last : gap.held.rbegin()->first;
    gap.stalls = 0;
}

}  // namespace hy::relay
