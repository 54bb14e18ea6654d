#include "base/lifecycle.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace hy {

Fd& Fd::operator=(Fd&& other) noexcept {
    if (this != &other) {
        reset();
        fd_ = other.release();
    }
    return *this;
}

void Fd::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

StopSignal::StopSignal() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

void StopSignal::stop() {
    stopped_ = true;
    // Never read back: the counter stays above zero, the descriptor readable.
    [[maybe_unused]] const int result = eventfd_write(fd_.get(), 1);
}

bool StopSignal::wait_ms(int ms) const {
    pollfd poller{fd_.get(), POLLIN, 0};
    return ::poll(&poller, 1, ms) > 0;
}

namespace {
sigset_t ending_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
    return set;
}
}  // namespace

void block_signals() {
    const sigset_t set = ending_signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

int wait_for_signal() {
    const sigset_t set = ending_signals();
    int signal = 0;
    sigwait(&set, &signal);
    return signal;
}

int wait_for_signal_ms(int64_t ms) {
    const sigset_t set = ending_signals();
    const timespec longest{ms / 1000, (ms % 1000) * 1'000'000};
    const int signal = sigtimedwait(&set, nullptr, &longest);
    return signal > 0 ? signal : 0;
}

}  // namespace hy
