// Work that waits for a worker, in turns by tenant: whoever asks much waits behind himself,
// not others behind him. Bounded as a whole and for each tenant.
#pragma once
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace hy::app {

struct FairLimits {
    size_t waiting;         // of all together
    size_t waiting_of_one;  // of one tenant
    size_t running_of_one;  // workers that one tenant may hold at once
};

// Within a tenant first in, first out; among tenants one each in turn (deficit round robin
// without weights). The empty tenant is the house itself: it takes turns like any other and
// has only the bound of all.
// Owner: whoever owns the workers; used by every thread.
template <class Job>
class FairQueue {
public:
    struct Taken {
        std::string tenant;
        Job job;
    };

    explicit FairQueue(FairLimits limits) : limits_(limits) {}

    // False: full, as a whole or for this tenant; nothing was taken over.
    bool push(const std::string& tenant, Job job) {
        std::lock_guard lock(mutex_);
        const size_t own = tenant.empty() ? limits_.waiting : limits_.waiting_of_one;
        const auto at = flows_.find(tenant);
        if (waiting_ >= limits_.waiting || (at != flows_.end() && at->second.jobs.size() >= own)) return false;
        Flow& flow = flows_[tenant];
        flow.jobs.push_back(std::move(job));
        ++waiting_;
        line_up(tenant, flow);
        return true;
    }

    // Blocks; nothing once stop() was called and none is left. done() must follow.
    std::optional<Taken> take() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return !turns_.empty() || (stop_ && waiting_ == 0); });
        if (turns_.empty()) return std::nullopt;
        Taken taken{std::move(turns_.front()), {}};
        turns_.pop_front();
        Flow& flow = flows_.at(taken.tenant);
        taken.job = std::move(flow.jobs.front());
        flow.jobs.pop_front();
        flow.lined_up = false;
        ++flow.running;
        if (--waiting_ == 0 && stop_) wake_.notify_all();
        line_up(taken.tenant, flow);
        return taken;
    }

    void done(const std::string& tenant) {
        std::lock_guard lock(mutex_);
        const auto at = flows_.find(tenant);
        --at->second.running;
        line_up(tenant, at->second);
        if (at->second.jobs.empty() && at->second.running == 0) flows_.erase(at);
    }

    // What waits is still handed out, nothing more should be pushed.
    void stop() {
        std::lock_guard lock(mutex_);
        stop_ = true;
        wake_.notify_all();
    }

private:
    struct Flow {
        std::deque<Job> jobs;
        size_t running = 0;
        bool lined_up = false;
    };

    void line_up(const std::string& tenant, Flow& flow) {
        const bool may_run = tenant.empty() || flow.running < limits_.running_of_one;
        if (flow.lined_up || flow.jobs.empty() || !may_run) return;
        flow.lined_up = true;
        turns_.push_back(tenant);
        wake_.notify_one();
    }

    const FairLimits limits_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::map<std::string, Flow> flows_;  // those that have jobs waiting or running
    std::deque<std::string> turns_;      // each once: those of whom a job may run
    size_t waiting_ = 0;
    bool stop_ = false;
};

}  // namespace hy::app
