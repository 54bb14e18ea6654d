#include "e2e/processes.h"

#include <Poco/Net/ServerSocket.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/text.h"
#include "e2e/stack.h"

namespace hy::test {

namespace fs = std::filesystem;

namespace {

std::string contents(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

fs::path parent_of(const fs::path& process) {
    const std::string status = contents(process / "status"), mark = "\nPPid:\t";
    const size_t at = status.find(mark) + mark.size();
    return fs::path("/proc") / status.substr(at, status.find('\n', at) - at);
}

// By what supervisord gives to everything it starts. nginx writes its title over that: its master
// names our configuration there, and is its workers' parent.
bool of_this_stack(const fs::path& process) {
    const std::string environment = contents(process / "environ"), mark = "HY_STACK=" + stack().var;
    if (const size_t at = environment.find(mark); at != std::string::npos) return environment[at + mark.size()] == '\0';
    for (const auto& titled : {process, parent_of(process)})
        if (const std::string title = contents(titled / "cmdline");
            title.starts_with("nginx: master") && title.find(stack().var + "/etc/") != std::string::npos)
            return true;
    return false;
}

}  // namespace

std::vector<pid_t> pids_of(const std::string& program) {
    std::vector<pid_t> pids;
    std::error_code gone;
    for (const auto& entry : fs::directory_iterator("/proc", gone)) {
        const auto pid = to_int(entry.path().filename().string());
        if (!pid) continue;
        // A program that was built anew meanwhile is called "… (deleted)".
        const std::string exe = fs::read_symlink(entry.path() / "exe", gone).filename();
        if (!gone && exe.substr(0, exe.find(' ')) == program && of_this_stack(entry.path()))
            pids.push_back(static_cast<pid_t>(*pid));
    }
    return pids;
}

size_t signal_all(const std::string& program, int signal) {
    const auto pids = pids_of(program);
    for (const pid_t pid : pids) kill(pid, signal);
    return pids.size();
}

int64_t resident_kb(const std::vector<pid_t>& pids) {
    int64_t sum = 0;
    for (const pid_t pid : pids) {
        const std::string status = contents("/proc/" + std::to_string(pid) + "/status");
        const size_t at = status.find("VmRSS:");
        if (at != std::string::npos) sum += std::stoll(status.substr(at + 6));
    }
    return sum;
}

int free_port() {
    Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
    return socket.address().port();
}

OwnRelay::OwnRelay(const std::string& name, const std::vector<std::string>& flags) : port_(free_port()) {
    std::vector<std::string> words = {stack().bin + "/ws-relay", "--config=" + stack().var + "/etc/hongyan.conf",
                                      "--relay.name=" + name, "--relay.listen=127.0.0.1:" + std::to_string(port_),
                                      "--wukongim.tcp_listen=127.0.0.1:0"};
    words.insert(words.end(), flags.begin(), flags.end());
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const std::string log = stack().var + "/log/" + name + "-relay.log";
    pid_ = fork();
    if (pid_ == 0) {
        const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(out, 1);
        dup2(out, 2);
        // The programs know every HONGYAN_* but those of the tests.
        char path[] = "PATH=/usr/bin:/bin";
        char* const environment[] = {path, nullptr};
        execve(arguments[0], arguments.data(), environment);
        _exit(127);
    }
    BOOST_REQUIRE(eventually([&] { return WebSocket(port_, "/ocms/v1/stream").status() == 101; }));
}

OwnRelay::~OwnRelay() { end(SIGTERM); }

void OwnRelay::end(int signal) {
    if (pid_ < 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

}  // namespace hy::test
