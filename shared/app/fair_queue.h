// Work that waits for a worker, in turns by tenant: whoever asks much waits behind himself,
// not others behind him. Bounded as a whole and for each tenant; where the whole is full, it is
// the tenant with most waiting who has to give way.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace hy::app {

struct FairLimits {
    size_t waiting;         // of all tenants together, and as much of the house
    size_t waiting_of_one;  // of one tenant
    size_t running_of_one;  // workers that one tenant may hold at once
    size_t running_of_house = SIZE_MAX;
};

// Within a tenant first in, first out; among tenants one each in turn (deficit round robin
// without weights). The empty tenant is the house itself, whose work is little and waits for
// nobody: it comes first, though not on every worker.
// Owner: whoever owns the workers; used by every thread.
template <class Job>
class FairQueue {
public:
    struct Taken {
        std::string tenant;
        Job job;
    };

    explicit FairQueue(FairLimits limits) : limits_(limits) {}

    // What is to be refused where there is no room: this job, or the newest one of the tenant
    // that has most waiting.
    std::optional<Job> push(const std::string& tenant, Job job) {
        std::lock_guard lock(mutex_);
        const size_t own = waiting_of(tenant), most = tenant.empty() ? limits_.waiting : limits_.waiting_of_one;
        if (own >= most) return job;
        std::optional<Job> refused;
        if (!tenant.empty() && waiting_ - waiting_of("") >= limits_.waiting) {
            Flow* longest = longest_flow();
            if (!longest || longest->jobs.size() <= own + 1) return job;
            refused = std::move(longest->jobs.back());
            longest->jobs.pop_back();
            --waiting_;
        }
        Flow& flow = flows_[tenant];
        flow.jobs.push_back(std::move(job));
        ++waiting_;
        line_up(tenant, flow);
        return refused;
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

    size_t waiting_of(const std::string& tenant) const {
        const auto at = flows_.find(tenant);
        return at == flows_.end() ? 0 : at->second.jobs.size();
    }

    // Of the tenants; the house is none.
    Flow* longest_flow() {
        Flow* longest = nullptr;
        for (auto& [tenant, flow] : flows_)
            if (!tenant.empty() && (!longest || flow.jobs.size() > longest->jobs.size())) longest = &flow;
        return longest;
    }

    void line_up(const std::string& tenant, Flow& flow) {
        const bool may_run = flow.running < (tenant.empty() ? limits_.running_of_house : limits_.running_of_one);
        if (flow.lined_up || flow.jobs.empty() || !may_run) return;
        flow.lined_up = true;
        if (tenant.empty()) turns_.push_front(tenant);
        else turns_.push_back(tenant);
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
