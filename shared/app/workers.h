// main() of a process that works through jobs (core/jobs): a claimer and a pool of threads for each kind. A tenant
// holds at most a quarter of a kind's threads, so that whoever hangs makes himself wait.
#pragma once
#include <memory>
#include <span>

#include "api/services.h"
#include "core/jobs.h"

namespace hy::app {

struct JobKind {
    const char* kind;  // "reply": also its bell's
    int64_t threads = 4;
    int64_t lease_ms = 60'000;  // longer than the work can take
    // Ends with finish() or postpone(); what throws is tried again when the lease is over.
    void (*work)(api::Services& services, const jobs::Job& job) = nullptr;
};

// `kinds` of the settings that were read.
int serve_workers(std::vector<JobKind> (*kinds)(const Config& config), const char* name, int argc, char** argv);

// The same inside a process that has its services already (tests).
class Workers {
public:
    Workers(std::vector<JobKind> kinds, api::Services& services);
    ~Workers();  // takes no more, finishes what runs

private:
    class Pool;
    std::vector<std::unique_ptr<Pool>> pools_;
};

}  // namespace hy::app
