// Holds a listening socket and runs FastCGI programs on it as fd 0, as supervisord does.
//   fcgi_host --listen=PATH --processes=N -- COMMAND...     until SIGTERM
//   fcgi_host --listen=PATH --times=N --requests=M --target=/path [--token=T] -- COMMAND...
// The second form starts the command N times, asks it M times one after the other, ends it, and prints for each start
// the milliseconds until its first answer; an answer other than 200 is a failure.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Options = std::map<std::string, std::string>;

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long");
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    return address;
}

void need(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

int listen_on(const std::string& path) {
    ::unlink(path.c_str());
    const auto address = address_of(path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(fd >= 0 && ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
    need(::listen(fd, 511) == 0, "listen");
    return fd;
}

pid_t start(int listener, char** command) {
    const pid_t pid = ::fork();
    need(pid >= 0, "fork");
    if (pid > 0) return pid;
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    ::dup2(listener, 0);
    ::execvp(command[0], command);
    std::perror(command[0]);
    ::_exit(127);
}

void end(pid_t pid, int signal) {
    ::kill(pid, signal);
    ::waitpid(pid, nullptr, 0);
}

// ---- FastCGI, the asking side -------------------------------------------------------------

std::string record(int type, std::string_view content) {
    const auto size = content.size();
    std::string out = {1, static_cast<char>(type), 0, 1, static_cast<char>(size >> 8), static_cast<char>(size), 0, 0};
    return out.append(content);
}

void add(std::string& params, std::string_view name, std::string_view value) {
    const auto length = [&](size_t n) {
        if (n > 127) params.append({static_cast<char>(0x80), 0, static_cast<char>(n >> 8), static_cast<char>(n)});
        else params.push_back(static_cast<char>(n));
    };
    length(name.size());
    length(value.size());
    params.append(name).append(value);
}

std::string request_of(Options options) {
    std::string params;
    add(params, "REQUEST_METHOD", "GET");
    add(params, "REQUEST_URI", options["target"]);
    add(params, "REMOTE_ADDR", "127.0.0.1");
    add(params, "HTTP_HOST", "localhost");
    if (!options["token"].empty()) add(params, "HTTP_AUTHORIZATION", "Bearer " + options["token"]);
    const std::string begin("\0\1\0\0\0\0\0\0", 8);
    return record(1, begin) + record(4, params) + record(4, "") + record(5, "");
}

// Asks once and reads until the end of the answer.
void ask(const std::string& path, const std::string& request) {
    const auto address = address_of(path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    need(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    need(::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()), "write");
    std::string answer;
    char buffer[65536];
    for (ssize_t n; (n = ::read(fd, buffer, sizeof buffer)) > 0;) answer.append(buffer, static_cast<size_t>(n));
    ::close(fd);
    if (answer.find("Status: 200") == std::string::npos) throw std::runtime_error("not answered with 200: " + answer);
}

void measure(Options& options, int listener, char** command) {
    using Clock = std::chrono::steady_clock;
    const std::string request = request_of(options);
    const int times = atoi(options["times"].c_str()), requests = std::max(1, atoi(options["requests"].c_str()));
    for (int i = 0; i < times; ++i) {
        const auto from = Clock::now();
        const pid_t pid = start(listener, command);
        ask(options["listen"], request);
        const std::chrono::duration<double, std::milli> first = Clock::now() - from;
        for (int k = 1; k < requests; ++k) ask(options["listen"], request);
        end(pid, SIGTERM);
        std::printf("%.2f\n", first.count());
        std::fflush(stdout);
    }
}

void hold(Options& options, int listener, char** command) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    std::vector<pid_t> pids;
    for (int i = 0; i < atoi(options["processes"].c_str()); ++i) pids.push_back(start(listener, command));
    int signal = 0;
    sigwait(&set, &signal);
    // With threads libfcgi's own handling of SIGTERM leaves them in accept for ever.
    for (const pid_t pid : pids) end(pid, SIGKILL);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    int i = 1;
    for (; i < argc && std::strcmp(argv[i], "--") != 0; ++i) {
        const std::string word = argv[i];
        const size_t equals = word.find('=');
        if (!word.starts_with("--") || equals == std::string::npos)
            return std::fprintf(stderr, "what is %s?\n", argv[i]), 2;
        options[word.substr(2, equals - 2)] = word.substr(equals + 1);
    }
    if (i + 1 >= argc || options["listen"].empty()) return std::fprintf(stderr, "see the head of fcgi_host.cpp\n"), 2;
    try {
        const int listener = listen_on(options["listen"]);
        if (options.contains("times")) measure(options, listener, argv + i + 1);
        else hold(options, listener, argv + i + 1);
    } catch (const std::exception& e) {
        return std::fprintf(stderr, "fcgi_host: %s\n", e.what()), 1;
    }
}
