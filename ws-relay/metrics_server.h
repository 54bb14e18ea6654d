// Serves one process's metrics over a unix socket: whoever connects gets the text.
#pragma once
#include <string>
#include <thread>

#include "base/lifecycle.h"
#include "base/metrics.h"

namespace hy::relay {

// Owner: main. Its thread is joined when it is destroyed, and the socket's file removed.
class MetricsServer {
public:
    MetricsServer(const metrics::Registry& registry, std::string process, const std::string& run_dir);
    ~MetricsServer();

private:
    void run();
    void serve();

    const metrics::Registry& registry_;
    const std::string process_;
    std::string path_;
    Fd listener_;
    StopSignal stop_;
    std::thread thread_;
};

}  // namespace hy::relay
