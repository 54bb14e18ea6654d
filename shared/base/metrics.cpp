#include "base/metrics.h"

#include <cstdio>

namespace hy::metrics {

void Histogram::observe_us(int64_t us) {
    size_t i = 0;
    while (i < kBounds.size() && static_cast<double>(us) > kBounds[i] * 1e6) ++i;
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    sum_us_.fetch_add(static_cast<uint64_t>(us), std::memory_order_relaxed);
}

void Histogram::render(std::string& out, const std::string& name, const std::string& labels) const {
    uint64_t total = 0;
    char bound[32];
    const std::string comma = labels.empty() ? "" : ",";
    for (size_t i = 0; i <= kBounds.size(); ++i) {
        total += counts_[i].load(std::memory_order_relaxed);
        if (i < kBounds.size()) snprintf(bound, sizeof bound, "%g", kBounds[i]);
        else snprintf(bound, sizeof bound, "+Inf");
        out += name + "_bucket{" + labels + comma + "le=\"" + bound + "\"} " + std::to_string(total) + "\n";
    }
    char sum[40];
    snprintf(sum, sizeof sum, "%.6f", static_cast<double>(sum_us_.load(std::memory_order_relaxed)) / 1e6);
    out += name + "_sum{" + labels + "} " + sum + "\n";
    out += name + "_count{" + labels + "} " + std::to_string(total) + "\n";
}

Registry::Family& Registry::family(const std::string& name, const std::string& help, const char* type) {
    Family& found = families_[name];
    if (found.type.empty()) {
        found.help = help;
        found.type = type;
    }
    return found;
}

Counter& Registry::counter(const std::string& name, const std::string& help, const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& slot = family(name, help, "counter").counters[labels];
    if (!slot) slot = std::make_unique<Counter>();
    return *slot;
}

Gauge& Registry::gauge(const std::string& name, const std::string& help, const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& slot = family(name, help, "gauge").gauges[labels];
    if (!slot) slot = std::make_unique<Gauge>();
    return *slot;
}

Histogram& Registry::histogram(const std::string& name, const std::string& help, const std::string& labels) {
    std::lock_guard lock(mutex_);
    auto& slot = family(name, help, "histogram").histograms[labels];
    if (!slot) slot = std::make_unique<Histogram>();
    return *slot;
}

std::string Registry::render(const std::string& process) const {
    std::lock_guard lock(mutex_);
    const auto with = [&](const std::string& labels) {
        return "process=\"" + process + "\"" + (labels.empty() ? "" : "," + labels);
    };
    std::string out;
    for (const auto& [name, family] : families_) {
        out += "# HELP " + name + " " + family.help + "\n# TYPE " + name + " " + family.type + "\n";
        for (const auto& [labels, series] : family.counters)
            out += name + "{" + with(labels) + "} " + std::to_string(series->value()) + "\n";
        for (const auto& [labels, series] : family.gauges)
            out += name + "{" + with(labels) + "} " + std::to_string(series->value()) + "\n";
        for (const auto& [labels, series] : family.histograms) series->render(out, name, with(labels));
    }
    return out;
}

}  // namespace hy::metrics
