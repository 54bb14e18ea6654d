// The stack's processes as the kernel knows them: who they are, what memory they hold, and
// a signal to them. Also relays of our own beside the stack's.
#pragma once
#include <signal.h>
#include <sys/types.h>

#include <string>
#include <vector>

namespace hy::test {

// Those of this stack that run the program, whatever it is started by; its supervisor's keeper
// of a socket is none.
std::vector<pid_t> pids_of(const std::string& program);
// To every process of the program; how many there were.
size_t signal_all(const std::string& program, int signal);
// Resident memory of all of them.
int64_t resident_kb(const std::vector<pid_t>& pids);

int free_port();

// A relay beside the stack's, ended with its owner.
class OwnRelay {
public:
    explicit OwnRelay(const std::string& name, const std::vector<std::string>& flags = {});
    ~OwnRelay();
    OwnRelay(const OwnRelay&) = delete;
    void end(int signal);
    void tell(int signal) const { kill(pid_, signal); }
    int port() const { return port_; }
    pid_t pid() const { return pid_; }

private:
    int port_;
    pid_t pid_ = -1;
};

}  // namespace hy::test
