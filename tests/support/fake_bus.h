// A bus that writes down what it is told.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "bus/bus.h"

namespace hy::test {

// `up` off: nothing is taken; `flushes` off: taken, never known to have arrived.
class FakeBus : public bus::Bus {
public:
    std::atomic<bool> up{true}, flushes{true};
    std::atomic<uint64_t> epochs{0};
    std::function<void()> on_flush;
    std::atomic<int64_t> since_us{1};
    bool connected() const override { return up; }
    int64_t connected_since_us() const override { return up ? since_us.load() : 0; }
    bool publish(std::string_view subject, std::string_view data) override {
        if (!up) return false;
        std::lock_guard lock(mutex_);
        published_.emplace_back(subject, data);
        return true;
    }
    bool publish_request(std::string_view subject, std::string_view, std::string_view data) override {
        return publish(subject, data);
    }
    bool flush(int) override {
        if (on_flush) on_flush();
        return up && flushes;
    }
    uint64_t epoch() const override { return epochs; }
    std::unique_ptr<bus::Subscription> subscribe(const std::string&, bus::Handler) override { return nullptr; }
    std::unique_ptr<bus::Subscription> subscribe_queue(const std::string&, const std::string&, bus::Handler) override {
        return nullptr;
    }
    void on_loss(std::function<void()>) override {}
    std::string new_inbox() override { return "_INBOX.test"; }

    std::vector<std::pair<std::string, std::string>> published() const {
        std::lock_guard lock(mutex_);
        return published_;
    }
    // How many times that subject was heard.
    size_t count(const std::string& subject) const {
        size_t found = 0;
        for (const auto& [heard, data] : published()) found += heard == subject;
        return found;
    }

    // The last that it was told; empty: nothing.
    std::string last(const std::string& subject) const {
        std::string found;
        for (const auto& [heard, data] : published())
            if (heard == subject) found = data;
        return found;
    }

private:
    mutable std::mutex mutex_;
    std::vector<std::pair<std::string, std::string>> published_;
};

}  // namespace hy::test
