#include "probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "base/clock.h"
#include "base/lifecycle.h"
#include "base/text.h"

namespace hy::tools {

namespace {

// FastCGI 1.0, 3.3: version, type, request 1, length, no padding.
std::string record(int type, const std::string& content) {
    const auto size = content.size();
    return std::string{1, static_cast<char>(type), 0, 1, static_cast<char>(size >> 8), static_cast<char>(size), 0, 0} +
           content;
}

std::string param(const std::string& name, const std::string& value) {
    return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
}

std::string question() {
    const std::string params = param("REQUEST_METHOD", "GET") + param("REQUEST_URI", "/-/probe") +
                               param("QUERY_STRING", "") + param("REMOTE_ADDR", "127.0.0.1");
    return record(1, std::string("\0\1\0\0\0\0\0\0", 8)) + record(4, params) + record(4, "") + record(5, "");
}

}  // namespace

int probe(const std::string& socket_path, int ms) {
    const Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (!fd || socket_path.size() >= sizeof address.sun_path) return 0;
    std::memcpy(address.sun_path, socket_path.c_str(), socket_path.size());
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return 0;
    const std::string asked = question();
    if (::send(fd.get(), asked.data(), asked.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(asked.size())) return 0;
    std::string heard;
    const int64_t until = monotonic_us() + int64_t{ms} * 1000;
    for (;;) {
        const size_t at = heard.find("Status: ");
        if (at != std::string::npos && heard.size() >= at + 11)
            return static_cast<int>(to_int(heard.substr(at + 8, 3)).value_or(0));
        const int64_t left_ms = (until - monotonic_us()) / 1000;
        pollfd polled{fd.get(), POLLIN, 0};
        if (left_ms <= 0 || ::poll(&polled, 1, static_cast<int>(left_ms)) <= 0) return 0;
        char buffer[4096];
        const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, 0);
        if (n <= 0) return 0;
        heard.append(buffer, static_cast<size_t>(n));
    }
}

}  // namespace hy::tools
