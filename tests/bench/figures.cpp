#include "figures.h"

#include <sys/resource.h>
#include <time.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace hy::bench {

Options::Options(int argc, char** argv) {
    for (int i = 1; i < argc; i += 2) {
        const std::string name = argv[i];
        if (!name.starts_with("--") || i + 1 >= argc) throw std::runtime_error("options are --name value: " + name);
        values_[name.substr(2)] = argv[i + 1];
    }
}

std::string Options::text(const std::string& name, const std::string& fallback) const {
    const auto at = values_.find(name);
    return at == values_.end() ? fallback : at->second;
}

int64_t Options::number(const std::string& name, int64_t fallback) const {
    const auto at = values_.find(name);
    return at == values_.end() ? fallback : std::stoll(at->second);
}

int64_t cpu_ns(pid_t pid) {
    int64_t all = 0;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task", gone)) {
        std::ifstream stat(task.path() / "schedstat");
        int64_t on_cpu = 0;
        stat >> on_cpu;
        all += on_cpu;
    }
    return all;
}

double own_cpu_s() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

int64_t resident(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoll(line.substr(6)) * 1024;
    return 0;
}

int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

double quantile(std::vector<uint32_t>& values, double q) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const auto rank = static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5);
    return values[rank];
}

}  // namespace hy::bench
