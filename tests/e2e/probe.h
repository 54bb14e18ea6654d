// Innocent people who go on while somebody is hostile: talks, requests and new connections at
// a steady rate, how long they wait, and the memory of those who serve them.
#pragma once
#include <atomic>
#include <map>

#include "e2e/stack.h"

namespace hy::test {

class Probe {
public:
    Probe();
    ~Probe();
    // What was seen since the last call, as a message with `what`; into Boost.Test where
    // `judged`: nothing failed, nobody waited long, no process grew beyond its bound.
    void report(const std::string& what, bool judged = true);
    // Lets them go on for a while and remembers it as what to compare with.
    void calm(int ms = 1500);

    // More than this no attack may cost a program.
    static constexpr int64_t kMostGrowthKb = 96 << 10;
    static constexpr double kMostWaitMs = 1000;

private:
    using Times = std::vector<double>;
    void note(const std::string& what, int64_t from_us, bool well);
    void talk();
    void request();
    void open();
    void watch_memory();

    User alice_ = stack().log_in();
    Robot robot_;
    Stream agent_, user_;
    std::map<std::string, double> calm_ms_;
    std::mutex mutex_;
    std::map<std::string, Times> waited_;
    std::map<std::string, int> failed_;
    std::map<std::string, int64_t> before_kb_, most_kb_;
    std::atomic<bool> going_ = true;
    std::vector<std::thread> threads_;
};

// A number of /metrics, summed over processes; `name` with its labels as far as given.
double metric(const std::string& name, const std::string& label = {});

}  // namespace hy::test
