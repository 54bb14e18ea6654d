// Counters, gauges and histograms of one process, in Prometheus' text form
// (exposition format 0.0.4). Series are made once and kept; adding is lock-free.
#pragma once
#include <array>
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace hy::metrics {

class Counter {
public:
    void add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    uint64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<uint64_t> value_{0};
};

class Gauge {
public:
    void set(int64_t v) { value_.store(v, std::memory_order_relaxed); }
    void add(int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
    int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<int64_t> value_{0};
};

// Seconds, in buckets from 1 ms to 10 s.
class Histogram {
public:
    static constexpr std::array<double, 12> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                       0.1,   0.25,   0.5,   1,    2.5,   10};
    void observe_us(int64_t us);
    void render(std::string& out, const std::string& name, const std::string& labels) const;

private:
    std::array<std::atomic<uint64_t>, 13> counts_{};
    std::atomic<uint64_t> sum_us_{0};
};

class Registry {
public:
    // `labels` as in the text form, without braces: route="/a",status="200".
    // A reference stays good for the registry's life.
    Counter& counter(const std::string& name, const std::string& help, const std::string& labels = {});
    Gauge& gauge(const std::string& name, const std::string& help, const std::string& labels = {});
    Histogram& histogram(const std::string& name, const std::string& help, const std::string& labels = {});
    // Every series carries process="…".
    std::string render(const std::string& process) const;

private:
    struct Family {
        std::string help, type;
        std::map<std::string, std::unique_ptr<Counter>> counters;
        std::map<std::string, std::unique_ptr<Gauge>> gauges;
        std::map<std::string, std::unique_ptr<Histogram>> histograms;
    };
    Family& family(const std::string& name, const std::string& help, const char* type);

    mutable std::mutex mutex_;
    std::map<std::string, Family> families_;
};

}  // namespace hy::metrics
