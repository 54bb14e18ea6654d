#include "metrics_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/log.h"

namespace hy::relay {

MetricsServer::MetricsServer(const metrics::Registry& registry, std::string process, const std::string& run_dir)
    : registry_(registry), process_(std::move(process)) {
    std::error_code fault;
    std::filesystem::create_directories(run_dir + "/metrics", fault);
    path_ = run_dir + "/metrics/" + process_ + "." + std::to_string(getpid()) + ".sock";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    const bool fits = path_.size() < sizeof address.sun_path;
    if (fits) std::memcpy(address.sun_path, path_.c_str(), path_.size());
    ::unlink(path_.c_str());
    if (!fits || ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0 ||
        ::listen(listener_.get(), 16) < 0) {
        // Metrics are no reason not to carry messages.
        log::warn("metrics are not served", {{"path", path_}});
        listener_.reset();
        return;
    }
    thread_ = std::thread([this] { run(); });
}

MetricsServer::~MetricsServer() {
    stop_.stop();
    if (!thread_.joinable()) return;
    thread_.join();
    ::unlink(path_.c_str());
}

void MetricsServer::run() {
    for (;;) {
        pollfd polled[] = {{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
        ::poll(polled, 2, -1);
        if (polled[1].revents) return;
        if (polled[0].revents) serve();
    }
}

void MetricsServer::serve() {
    const Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    const timeval patience{1, 0};
    setsockopt(client.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const std::string text = registry_.render(process_);
    for (size_t sent = 0; sent < text.size();) {
        const ssize_t size = ::send(client.get(), text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (size <= 0) return;
        sent += static_cast<size_t>(size);
    }
}

}  // namespace hy::relay
