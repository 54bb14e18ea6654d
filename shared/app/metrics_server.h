// Gives a process's metrics to whoever connects to its unix socket
// <run_dir>/metrics/<process>.<pid>.sock: the text, then the end.
#pragma once
#include <functional>
#include <string>
#include <thread>

#include "base/lifecycle.h"
#include "base/metrics.h"

namespace hy::app {

class MetricsServer {
public:
    // `refresh` is called before each reading, to set gauges.
    MetricsServer(metrics::Registry& registry, std::string process, const std::string& run_dir,
                  std::function<void()> refresh = {});
    ~MetricsServer();

private:
    void serve();
    metrics::Registry& registry_;
    std::string process_, path_;
    std::function<void()> refresh_;
    StopSignal stop_;
    Fd listener_;
    std::thread thread_;
};

// The texts of all processes that answer within a moment.
std::string collect_metrics(const std::string& run_dir);

}  // namespace hy::app
