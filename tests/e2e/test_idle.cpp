// A FastCGI handler under a socket that somebody else holds, as systemd does: it ends when nobody asks, and loses nobody by it.
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "app/fastcgi.h"
#include "base/clock.h"
#include "base/lifecycle.h"
#include "e2e/stack.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

// FastCGI 1.0, 3.3: version, type, request 1, length, no padding.
std::string record(int type, const std::string& content) {
    const auto size = content.size();
    return std::string{1, static_cast<char>(type), 0, 1, static_cast<char>(size >> 8), static_cast<char>(size & 255), 0,
                       0} +
           content;
}

std::string param(const std::string& name, const std::string& value) {
    return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
}

std::string a_request() {
    const std::string params =
        param("REQUEST_METHOD", "GET") + param("REQUEST_URI", "/ocms/robots/") + param("REMOTE_ADDR", "127.0.0.1");
    return record(1, std::string("\0\1\0\0\0\0\0\0", 8)) + record(4, params) + record(4, "") + record(5, "");
}

// A listening socket, and one handler after another on it.
class Held {
public:
    Held() : path_(stack().var + "/run/idle.sock"), listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        unlink(path_.c_str());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        BOOST_REQUIRE(path_.size() < sizeof address.sun_path);
        std::memcpy(address.sun_path, path_.c_str(), path_.size());
        BOOST_REQUIRE(bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        BOOST_REQUIRE(listen(listener_.get(), 64) == 0);
    }
    ~Held() {
        if (pid_ > 0) kill(pid_, SIGKILL), waitpid(pid_, nullptr, 0);
        unlink(path_.c_str());
    }
    const std::string& path() const { return path_; }

    void start(int idle_seconds) {
        const std::string program = stack().bin + "/ocms-robots",
                          config = "--config=" + stack().var + "/etc/hongyan.conf",
                          idle = "--http.idle_exit_seconds=" + std::to_string(idle_seconds);
        pid_ = fork();
        if (pid_ != 0) return;
        const int out = open((stack().var + "/log/idle.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(listener_.get(), 0);
        dup2(out, 1);
        dup2(out, 2);
        char path[] = "PATH=/usr/bin:/bin";
        char* const environment[] = {path, nullptr};
        execle(program.c_str(), program.c_str(), config.c_str(), idle.c_str(), nullptr, environment);
        _exit(127);
    }

    int status_at_its_end() {
        int status = -1;
        waitpid(pid_, &status, 0);
        pid_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

private:
    std::string path_;
    Fd listener_;
    pid_t pid_ = -1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(idle)

BOOST_AUTO_TEST_CASE(a_handler_that_nobody_asks_ends_as_one_that_is_not_to_be_restarted) {
    Held held;
    held.start(1);
    BOOST_TEST(held.status_at_its_end() == app::kIdleExit);
}

BOOST_AUTO_TEST_CASE(who_comes_while_none_runs_is_answered_by_the_next) {
    Held held;
    held.start(1);
    BOOST_TEST(held.status_at_its_end() == app::kIdleExit);
    RawPeer peer(held.path());
    peer.say(a_request());
    held.start(1);
    // Without a token: that it was answered is what counts.
    BOOST_TEST(peer.hear_until("Status: 401"));
    const int64_t answered_us = monotonic_us();
    BOOST_TEST(held.status_at_its_end() == app::kIdleExit);
    // Its idle time begins with its last answer.
    BOOST_TEST(monotonic_us() - answered_us > 900'000);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
