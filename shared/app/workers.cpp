#include "app/workers.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "app/process.h"
#include "base/log.h"

namespace hy::app {

namespace {
constexpr std::chrono::seconds kLook(1);
// One that has failed so often is not going to succeed.
constexpr int64_t kMostAttempts = 50;
}  // namespace

// One kind's claimer and threads. Owner: Workers.
class Workers::Pool {
public:
    Pool(const JobKind& kind, api::Services& services)
        : kind_(kind), services_(services), of_one_(std::max<size_t>(1, static_cast<size_t>(kind.threads) / 4)) {
        bell_ = services.bus.subscribe(std::string("bell.jobs.") + kind.kind, [this](const bus::Message&) { ring(); });
        for (int64_t i = 0; i < kind.threads; ++i) threads_.emplace_back([this] { work(); });
        claimer_ = std::thread([this] { claim(); });
    }

    ~Pool() {
        bell_.reset();
        {
            std::lock_guard lock(mutex_);
            stop_ = true;
            wake_claimer_.notify_all();
            wake_worker_.notify_all();
        }
        claimer_.join();
        for (auto& thread : threads_) thread.join();
    }

private:
    void ring() {
        std::lock_guard lock(mutex_);
        rung_ = true;
        wake_claimer_.notify_one();
    }

    struct Room {
        size_t free;
        jobs::Held held;
    };
    Room room() const { return {threads_.size() - std::min(threads_.size(), waiting_.size() + running_), of_tenant_}; }

    void claim() {
        std::unique_lock lock(mutex_);
        while (!stop_) {
            rung_ = false;
            const Room now = room();
            bool more = false;
            if (now.free > 0) {
                lock.unlock();
                auto jobs = claimed(now);
                lock.lock();
                more = jobs.size() == now.free;
                for (auto& job : jobs) {
                    ++of_tenant_[job.tenant];
                    waiting_.push_back(std::move(job));
                    wake_worker_.notify_one();
                }
            }
            // With all threads at work it is a worker that wakes us.
            if (!rung_ && !stop_ && !(more && room().free > 0)) wake_claimer_.wait_for(lock, kLook);
        }
    }

    std::vector<jobs::Job> claimed(const Room& room) {
        try {
            return jobs::claim(services_.db, services_.house, kind_.kind, room.free, of_one_, room.held,
                               kind_.lease_ms);
        } catch (const std::exception& e) {
            log::warn("no jobs could be claimed", {{"kind", kind_.kind}, {"why", e.what()}});
            return {};
        }
    }

    void work() {
        std::unique_lock lock(mutex_);
        for (;;) {
            wake_worker_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
            // What was claimed and not begun is somebody else's when its lease is over.
            if (stop_) return;
            const jobs::Job job = std::move(waiting_.front());
            waiting_.pop_front();
            ++running_;
            lock.unlock();
            do_one(job);
            lock.lock();
            --running_;
            if (const auto at = of_tenant_.find(job.tenant); --at->second == 0) of_tenant_.erase(at);
            rung_ = true;
            wake_claimer_.notify_one();
        }
    }

    void do_one(const jobs::Job& job) {
        const int64_t start_us = monotonic_us();
        const char* result = "done";
        try {
            if (job.attempts > kMostAttempts) {
                log::error("a job was given up", {{"kind", job.kind}, {"key", job.key}});
                services_.db.read([&](db::Session& s) { jobs::finish(s, job); });
            } else {
                kind_.work(services_, job);
            }
        } catch (const std::exception& e) {
            result = "fault";
            log::error("a job failed", {{"kind", job.kind}, {"key", job.key}, {"why", e.what()}});
        }
        const std::string label = std::string("kind=\"") + kind_.kind + "\"";
        services_.metrics.counter("hongyan_jobs_total", "Jobs by kind and result", label + ",result=\"" + result + "\"")
            .add();
        services_.metrics.histogram("hongyan_job_seconds", "Time of a job", label)
            .observe_us(monotonic_us() - start_us);
    }

    const JobKind kind_;
    api::Services& services_;
    const size_t of_one_;
    std::mutex mutex_;
    std::condition_variable wake_claimer_, wake_worker_;
    std::deque<jobs::Job> waiting_;
    jobs::Held of_tenant_;  // waiting or running
    size_t running_ = 0;
    bool rung_ = false, stop_ = false;
    std::unique_ptr<bus::Subscription> bell_;
    std::vector<std::thread> threads_;
    std::thread claimer_;
};

Workers::Workers(std::vector<JobKind> kinds, api::Services& services) {
    for (const auto& kind : kinds) pools_.push_back(std::make_unique<Pool>(kind, services));
}

Workers::~Workers() = default;

int serve_workers(std::vector<JobKind> (*kinds)(const Config& config), const char* name, int argc, char** argv) try {
    int exit_code = 0;
    const auto config = start(argc, argv, name, exit_code);
    if (!config) return exit_code;
    auto wanted = kinds(*config);
    int64_t threads = 0;
    for (const auto& kind : wanted) threads += kind.threads + 1;
    Running running(*config, name, static_cast<int>(threads) + 1);
    if (!running.schema_fits()) return 1;
    {
        Workers workers(std::move(wanted), running.services());
        log::info("serving", {{"version", HONGYAN_VERSION}});
        wait_for_signal();
    }
    log::info("stopped");
    return 0;
} catch (const std::exception& fault) {
    return say_why(name, fault);
}

}  // namespace hy::app
