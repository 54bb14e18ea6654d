#include "bus/courier.h"

#include <chrono>

namespace hy::bus {

Courier::Courier(std::function<bool(const Letter&)> deliver, size_t most_bytes)
    : deliver_(std::move(deliver)), most_bytes_(most_bytes), thread_([this] { run(); }) {}

void Courier::stop() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    posted_cv_.notify_one();
    if (thread_.joinable()) thread_.join();
}

bool Courier::post(Letter letter) {
    const size_t bytes = letter.bytes();
    bool wake;
    {
        std::lock_guard lock(mutex_);
        if (stop_ || bytes_ + bytes > most_bytes_) return false;
        bytes_ += bytes;
        ++posted_;
        queue_.push_back(std::move(letter));
        wake = idle_;
    }
    if (wake) posted_cv_.notify_one();
    return true;
}

bool Courier::drained(int timeout_ms) {
    std::unique_lock lock(mutex_);
    const uint64_t target = posted_;
    return done_cv_.wait_for(lock, std::chrono::milliseconds(timeout_ms), [&] { return done_ >= target; });
}

uint64_t Courier::failures() const {
    std::lock_guard lock(mutex_);
    return failures_;
}

void Courier::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        idle_ = true;
        posted_cv_.wait(lock, [&] { return stop_ || !queue_.empty(); });
        idle_ = false;
        if (queue_.empty()) return;
        std::deque<Letter> letters;
        letters.swap(queue_);
        for (const Letter& letter : letters) {
            // One that failed while stopping speaks for all that wait: nobody repeats them.
            const bool give_up = stop_ && failures_ > 0;
            lock.unlock();
            const bool well = !give_up && deliver_(letter);
            lock.lock();
            // Counted until delivered: the bound holds for what is being written, too.
            bytes_ -= letter.bytes();
            ++done_;
            if (!well) ++failures_;
        }
        done_cv_.notify_all();
    }
}

}  // namespace hy::bus
