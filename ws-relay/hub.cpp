#include "hub.h"

#include <algorithm>

namespace hy::relay {

namespace {
constexpr size_t kHeld = 256;
constexpr int64_t kNewChannel = 1000;  // a channel first heard of above this is taken as it is
// Hosts' clocks differ by less. In what was said so long before, a listener is told where it begins.
constexpr int64_t kSkewMs = 30'000;

int64_t floor_for(const std::string& topic, int64_t seq) {
    // A group's history may be closed to those who joined later: nothing before this push is asked for.
    // Of all other channels the ready answer named those that existed: this one is new and starts at 1.
    const bool group = topic.starts_with("live.channel.");
    return group || seq > kNewChannel ? seq - 1 : 0;
}

// Whether everything before it was said before the listener came. What was said shortly before that its ready answer
// named.
bool first_since(const Push& push, int64_t since) {
    return push.seq() == 1 || (push.before_at() && push.before_at() < since - kSkewMs);
}
}  // namespace

void Hub::listen(Listener& listener, const std::string& topic) {
    Topic& heard = topics_[topic];
    heard.listeners.push_back(&listener);
    heard.version = ++versions_;
}

void Hub::unlisten(Listener& listener, const std::string& topic) {
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    std::erase(at->second.listeners, &listener);
    at->second.version = ++versions_;
    if (at->second.listeners.empty()) topics_.erase(at);
}

std::vector<Listener*> Hub::audience(const std::string& topic) const {
    const auto at = topics_.find(topic);
    return at == topics_.end() ? std::vector<Listener*>{} : at->second.listeners;
}

std::vector<Hub::Ear>::iterator Hub::ear_of(Channel& channel, Listener* listener) {
    return std::lower_bound(channel.ears.begin(), channel.ears.end(), listener,
                            [](const Ear& ear, const Listener* l) { return std::less<>()(ear.listener, l); });
}

void Hub::join(Listener& listener, int64_t number, int64_t seen) {
    const auto [at, fresh] = channels_.try_emplace(number);
    Channel& channel = at->second;
    if (fresh) channel.last = seen;
    const auto ear = ear_of(channel, &listener);
    if (ear != channel.ears.end() && ear->listener == &listener) return;
    channel.ears.insert(ear, {&listener, seen});
    listener.joined(number);
    if (seen > channel.last) head(number, seen);
    else settle(number, channel, gap_wait_ms_);
}

void Hub::leave(Listener& listener, int64_t number) {
    const auto at = channels_.find(number);
    if (at == channels_.end()) return;
    Channel& channel = at->second;
    channel.complete = 0;
    const auto ear = ear_of(channel, &listener);
    if (ear != channel.ears.end() && ear->listener == &listener) channel.ears.erase(ear);
    if (!channel.ears.empty()) return;
    if (channel.gap) alarms_.cancel(channel.gap->alarm);
    channels_.erase(at);
}

std::vector<int64_t> Hub::channels() const {
    std::vector<int64_t> numbers;
    numbers.reserve(channels_.size());
    for (const auto& [number, channel] : channels_) numbers.push_back(number);
    return numbers;
}

Hub::Channel& Hub::channel_for(const std::string& topic, const PushPtr& push, std::span<Listener* const> listeners) {
    const auto [at, fresh] = channels_.try_emplace(push->channel());
    if (!fresh) return at->second;
    // What was before is fetched for those who would have named an older channel.
    const bool any_names = std::any_of(listeners.begin(), listeners.end(), [&](const Listener* listener) {
        return !listener->heard_since() && listener->ready_for(push) == Listener::Ready::open;
    });
    at->second.last = any_names ? floor_for(topic, push->seq()) : push->seq() - 1;
    return at->second;
}

void Hub::add_ear(Channel& channel, const std::string& topic, Listener& listener, const PushPtr& push) {
    const auto ear = ear_of(channel, &listener);
    if (ear != channel.ears.end() && ear->listener == &listener) return;
    const auto since = push->to_group() ? std::nullopt : listener.heard_since();
    int64_t floor = floor_for(topic, push->seq());
    if (since) floor = first_since(*push, *since) ? push->seq() - 1 : kUnknown;
    const uint64_t asked = floor == kUnknown ? ++bases_ : 0;
    channel.ears.insert(ear, {&listener, floor, asked});
    listener.joined(push->channel());
    if (asked) ask_base({push->channel(), push->seq(), *since, asked});
}

void Hub::arrive(const std::string& topic, const PushPtr& push) {
    const auto at = topics_.find(topic);
    if (at == topics_.end()) return;
    const Topic& heard = at->second;
    size_t open = 0;
    for (Listener* listener : heard.listeners) {
        const Listener::Ready ready = listener->ready_for(push);
        if (ready == Listener::Ready::holding) listener->hold(topic, push);
        if (ready != Listener::Ready::open) continue;
        ++open;
        if (!push->ordered()) listener->deliver(push);
    }
    if (!open || !push->ordered()) return;
    Channel& channel = channel_for(topic, push, heard.listeners);
    channel.group = push->to_group();
    // To look for the ear of each listener again with every push would cost more than to send it.
    if (channel.complete != heard.version || open < heard.listeners.size()) {
        for (Listener* listener : heard.listeners)
            if (listener->ready_for(push) == Listener::Ready::open) add_ear(channel, topic, *listener, push);
        channel.complete = open == heard.listeners.size() ? heard.version : 0;
    }
    place(push->channel(), channel, push);
}

void Hub::arrive_late(Listener& listener, const std::string& topic, const PushPtr& push) {
    if (!push->ordered()) return listener.deliver(push);
    Listener* const alone[] = {&listener};
    Channel& channel = channel_for(topic, push, alone);
    add_ear(channel, topic, listener, push);
    place(push->channel(), channel, push);
}

void Hub::deliver(Ear& ear, const PushPtr& push) {
    ear.seen = push->seq();
    ear.listener->deliver(push);
}

// The number has been here before: by another member's topic, or as a double. Only who
// has come since, and is exactly there, still needs it.
void Hub::repeat(Channel& channel, const PushPtr& push) {
    bool used = false;
    for (Ear& ear : channel.ears)
        if (ear.seen == push->seq() - 1) {
            deliver(ear, push);
            used = true;
        }
    if (!used) gauges_.duplicates.add();
}

bool Hub::advance(Channel& channel, const PushPtr& push) {
    const int64_t seq = push->seq();
    bool all = true;
    for (Ear& ear : channel.ears) {
        if (ear.seen == seq - 1) deliver(ear, push);
        all = all && ear.seen >= seq;
    }
    channel.last = seq;
    return all;
}

void Hub::place(int64_t number, Channel& channel, const PushPtr& push) {
    if (push->seq() <= channel.last) repeat(channel, push);
    else if (push->seq() == channel.last + 1) {
        const bool all = advance(channel, push);
        if (all && !channel.gap) return;
        drain(channel);
    } else {
        if (!channel.gap) {
            channel.gap = std::make_unique<Gap>();
            gauges_.gaps.add();
        }
        channel.gap->target = std::max(channel.gap->target, push->seq());
        if (channel.gap->held.size() < kHeld) channel.gap->held.emplace(push->seq(), push);
    }
    settle(number, channel, gap_wait_ms_);
}

void Hub::drain(Channel& channel) {
    if (!channel.gap) return;
    auto& held = channel.gap->held;
    while (!held.empty() && held.begin()->first <= channel.last + 1) {
        if (held.begin()->first == channel.last + 1) advance(channel, held.begin()->second);
        held.erase(held.begin());
    }
}

int64_t Hub::first_missing(const Channel& channel) const {
    int64_t have = channel.last;
    for (const Ear& ear : channel.ears)
        if (ear.seen != kUnknown) have = std::min(have, ear.seen);
    return have + 1;
}

int64_t Hub::known_last(const Channel& channel) const {
    return std::max(channel.last, channel.gap ? channel.gap->target : 0);
}

void Hub::head(int64_t number, int64_t seq) {
    const auto at = channels_.find(number);
    if (at == channels_.end() || seq <= at->second.last) return;
    Channel& channel = at->second;
    if (!channel.gap) channel.gap = std::make_unique<Gap>();
    channel.gap->target = std::max(channel.gap->target, seq);
    // It may be on its way: asked for only when it does not come by itself.
    settle(number, channel, gap_wait_ms_);
}

}  // namespace hy::relay
