// Everybody else, while somebody misbehaves: the stack's processes, what each holds in
// memory, and two people who want to talk.
#pragma once
#include <map>
#include <string>

#include "e2e/stack.h"

namespace hy::test {

class Bystanders {
public:
    // What a process may hold more than before, in kB: the buffers and arenas of one burst of
    // bad requests, not of each.
    static constexpr int64_t kMostGrowthKb = 24 << 10;

    Bystanders();
    // The same processes run, none holds much more than at first, HTTP and the stream answer.
    void check(const std::string& after);

private:
    struct Process {
        int pid = 0;
        int64_t private_kb = 0;
    };
    static std::map<std::string, Process> processes();
    void check_processes(const std::string& after);
    void check_talk(const std::string& after);

    User owner_;
    Robot robot_;
    std::map<std::string, Process> before_;
    int talks_ = 0;
};

}  // namespace hy::test
