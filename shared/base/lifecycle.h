// How a process lives and ends: signals are blocked before any thread starts, main waits
// for one, and everything that must stop is told through one file descriptor.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

namespace hy {

// Owns one file descriptor.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept;
    ~Fd() { reset(); }
    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void reset();

private:
    int fd_ = -1;
};

// A flag that threads can also poll(2) for: once set, it stays readable.
class StopSignal {
public:
    StopSignal();
    void stop();
    bool stopped() const { return stopped_.load(std::memory_order_relaxed); }
    int fd() const { return fd_.get(); }
    // Waits until stopped or until `ms` have passed; true when stopped.
    bool wait_ms(int ms) const;

private:
    Fd fd_;
    std::atomic<bool> stopped_{false};
};

// Blocks SIGTERM, SIGINT and SIGHUP for this and all later threads, ignores SIGPIPE.
void block_signals();
// Waits for one of the blocked signals and returns its number.
int wait_for_signal();
// The same for at most `ms`; 0 when none came.
int wait_for_signal_ms(int64_t ms);

}  // namespace hy
