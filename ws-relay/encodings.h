// One copy of the name of each encoding that some connection has: two are the same exactly
// when their addresses are, and thousands of listeners are told apart without reading.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

namespace hy::relay {

using Encoding = std::shared_ptr<const std::string>;

// Owner: the relay; used by every loop.
class Encodings {
public:
    Encoding of(const std::string& name) {
        const std::lock_guard lock(mutex_);
        if (names_.size() >= sweep_at_) sweep();
        std::weak_ptr<const std::string>& known = names_[name];
        Encoding encoding = known.lock();
        if (!encoding) known = encoding = std::make_shared<const std::string>(name);
        return encoding;
    }

private:
    static constexpr size_t kSweepAt = 1024;
    void sweep() {
        std::erase_if(names_, [](const auto& name) { return name.second.expired(); });
        sweep_at_ = kSweepAt + 2 * names_.size();
    }

    std::mutex mutex_;
    std::unordered_map<std::string, std::weak_ptr<const std::string>> names_;
    size_t sweep_at_ = kSweepAt;
};

}  // namespace hy::relay
