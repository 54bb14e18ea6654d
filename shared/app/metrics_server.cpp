#include "app/metrics_server.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "base/log.h"
#include "base/text.h"

namespace hy::app {

namespace {

constexpr timeval kPeerTimeout = {1, 0};

bool address_of(const std::string& path, sockaddr_un& address) {
    address = {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return true;
}

void send_all(int fd, std::string_view text) {
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPeerTimeout, sizeof kPeerTimeout);
    while (!text.empty()) {
        const ssize_t n = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) return;
        text.remove_prefix(static_cast<size_t>(n));
    }
}

std::string read_all(const std::string& path) {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address;
    if (!fd || !address_of(path, address)) return {};
    setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kPeerTimeout, sizeof kPeerTimeout);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        // Left behind by a process that was killed.
        if (errno == ECONNREFUSED) ::unlink(path.c_str());
        return {};
    }
    std::string text;
    char buffer[16384];
    for (ssize_t n; (n = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;) text.append(buffer, static_cast<size_t>(n));
    return text;
}

}  // namespace

MetricsServer::MetricsServer(metrics::Registry& registry, std::string process, const std::string& run_dir,
                             std::function<void()> refresh)
    : registry_(registry), process_(std::move(process)), refresh_(std::move(refresh)) {
    const std::string folder = run_dir + "/metrics";
    std::error_code ignored;
    std::filesystem::create_directories(folder, ignored);
    path_ = folder + "/" + process_ + "." + std::to_string(getpid()) + ".sock";
    ::unlink(path_.c_str());
    listener_ = Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    sockaddr_un address;
    const bool fine = listener_ && address_of(path_, address) &&
                      ::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                      ::listen(listener_.get(), 8) == 0;
    // A process without metrics is better than none.
    if (!fine) {
        log::warn("no metrics socket", {{"path", path_}, {"why", std::strerror(errno)}});
        return;
    }
    thread_ = std::thread([this] { serve(); });
}

MetricsServer::~MetricsServer() {
    stop_.stop();
    if (thread_.joinable()) thread_.join();
    ::unlink(path_.c_str());
}

void MetricsServer::serve() {
    pollfd polled[] = {{listener_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    while (!stop_.stopped()) {
        if (::poll(polled, 2, -1) < 0) continue;
        const Fd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!peer) continue;
        if (refresh_) refresh_();
        send_all(peer.get(), registry_.render(process_ + "." + std::to_string(getpid())));
    }
}

std::string collect_metrics(const std::string& run_dir) {
    // A family's lines must stand together, under one head, whatever process they are from.
    std::map<std::string, std::pair<std::string, std::string>> families;  // head, series
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(run_dir + "/metrics", ignored)) {
        if (entry.path().extension() != ".sock") continue;
        std::string family;
        for (const auto& line : split(read_all(entry.path().string()), '\n')) {
            if (line.starts_with("# HELP ")) {
                family = line.substr(7, line.find(' ', 7) - 7);
                families[family].first = line + "\n";
            } else if (line.starts_with("# TYPE ")) {
                families[family].first += line + "\n";
            } else if (!line.empty()) {
                families[family].second += line + "\n";
            }
        }
    }
    std::string text;
    for (const auto& [name, family] : families) text += family.first + family.second;
    return text;
}

}  // namespace hy::app
