// What load programs need besides load: their options, a process's CPU and memory, quantiles.
#pragma once
#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace hy::bench {

// --name value ...; throws on anything else.
class Options {
public:
    Options(int argc, char** argv);
    std::string text(const std::string& name, const std::string& fallback = {}) const;
    int64_t number(const std::string& name, int64_t fallback = 0) const;

private:
    std::map<std::string, std::string> values_;
};

// CPU that all threads of the process have had, user and kernel, in nanoseconds.
int64_t cpu_ns(pid_t pid);
// The same of this process, threads that have ended included, in seconds.
double own_cpu_s();
// Resident memory in bytes.
int64_t resident(pid_t pid);
// CLOCK_MONOTONIC, the same in every process of the machine.
int64_t now_ns();

// In the unit of the values; 0 when there are none. Sorts them.
double quantile(std::vector<uint32_t>& values, double q);

}  // namespace hy::bench
