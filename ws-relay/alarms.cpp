#include "alarms.h"

#include <algorithm>

#include "base/clock.h"

namespace hy::relay {

int64_t now_ms() { return monotonic_us() / 1000; }

Alarms::Id Alarms::after(int64_t ms, std::function<void()> what) {
    const Id id = next_++;
    const int64_t due = now_ms() + ms;
    queue_.emplace(std::pair(due, id), std::move(what));
    due_.emplace(id, due);
    return id;
}

void Alarms::cancel(Id id) {
    const auto at = due_.find(id);
    if (at == due_.end()) return;
    queue_.erase({at->second, id});
    due_.erase(at);
}

void Alarms::run(int64_t now) {
    while (!queue_.empty() && queue_.begin()->first.first <= now) {
        auto node = queue_.extract(queue_.begin());
        due_.erase(node.key().second);
        node.mapped()();
    }
}

int64_t Alarms::wait(int64_t now, int64_t most) const {
    if (queue_.empty()) return most;
    return std::clamp<int64_t>(queue_.begin()->first.first - now, 0, most);
}

void Wheel::put(uint64_t number, int64_t due_ms) {
    // Further than the wheel reaches: it is asked earlier and puts itself back.
    const int64_t at = std::clamp(due_ms / 1000 + 1, second_ + 1, second_ + static_cast<int64_t>(kSlots) - 1);
    slots_[static_cast<size_t>(at) % kSlots].push_back({number, due_ms});
}

std::vector<Wheel::Entry> Wheel::turn(int64_t now) {
    std::vector<Entry> due;
    const int64_t until = std::min(now / 1000, second_ + static_cast<int64_t>(kSlots));
    while (second_ < until) {
        auto& slot = slots_[static_cast<size_t>(++second_) % kSlots];
        due.insert(due.end(), slot.begin(), slot.end());
        std::vector<Entry>().swap(slot);
    }
    second_ = std::max(second_, now / 1000);
    return due;
}

}  // namespace hy::relay
