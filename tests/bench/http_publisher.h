// Publishes over HTTP as nchan is made to be published to: POSTs on a few kept connections,
// each waiting for its answer before the next goes out.
#pragma once
#include <atomic>
#include <functional>
#include <string>

namespace hy::bench {

// Calls `text(i)` for i in [0, count) when `due_ns(i)` has come, and posts the outcome to
// `path`. Returns when all are out, or `stop` is set. Throws when the server refuses.
void publish_http(int port, const std::string& path, int64_t count, const std::function<int64_t(int64_t)>& due_ns,
                  const std::function<std::string(int64_t)>& text, const std::atomic<bool>& stop);

void sleep_until_ns(int64_t when);

}  // namespace hy::bench
