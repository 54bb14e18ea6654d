#include "app/events.h"

#include <condition_variable>
#include <deque>
#include <thread>

#include "app/process.h"
#include "base/log.h"

namespace hy::app {

namespace {

constexpr const char* kBusy = "{\"v\":1,\"busy\":true}";
// The asker has given up by then (relay.ask_timeout_ms).
constexpr int64_t kDeadlineUs = 5'000'000;

struct Job {
    const api::EventRoute* route;
    std::string data, reply;
    int64_t since_us;
};

}  // namespace

struct EventServer::Inside {
    api::Services& services;
    std::mutex mutex;
    std::condition_variable wake;
    std::deque<Job> queue;
    bool stop = false;
    std::vector<std::unique_ptr<bus::Subscription>> subscriptions;
    std::vector<std::thread> workers;

    explicit Inside(api::Services& services) : services(services) {}

    void offer(const api::EventRoute& route, const bus::Message& message) {
        {
            std::lock_guard lock(mutex);
            if (queue.size() < static_cast<size_t>(services.config.events.queue)) {
                queue.push_back({&route, std::string(message.data), std::string(message.reply), monotonic_us()});
                wake.notify_one();
                return;
            }
        }
        services.metrics.counter("hongyan_asks_busy_total", "Asks answered busy").add();
        if (!message.reply.empty()) services.bus.publish(message.reply, kBusy);
    }

    void work() {
        for (;;) {
            std::unique_lock lock(mutex);
            wake.wait(lock, [&] { return stop || !queue.empty(); });
            if (queue.empty()) return;
            const Job job = std::move(queue.front());
            queue.pop_front();
            lock.unlock();
            if (monotonic_us() - job.since_us < kDeadlineUs) answer(job);
        }
    }

    void answer(const Job& job) {
        const int64_t start_us = monotonic_us();
        std::string result = "ok", text;
        try {
            const auto body = json::parse(job.data);
            if (!body || !body->object()) throw Error(Fault::bad_request, "ask", "", "not a JSON object");
            api::Ask ask{services, *body};
            text = job.route->handler(ask);
        } catch (const std::exception& e) {
            // Nothing was promised: the relay asks again.
            result = "fault";
            text = kBusy;
            log::error("ask failed", {{"subject", job.route->subject}, {"why", e.what()}});
        }
        if (!job.reply.empty() && !services.bus.publish(job.reply, text) && services.bus.connected()) {
            result = "unsent";
            log::error("an answer could not be sent", {{"subject", job.route->subject}, {"bytes", text.size()}});
        }
        const std::string labels = std::string("subject=\"") + job.route->subject + "\"";
        services.metrics
            .counter("hongyan_asks_total", "Asks by subject and result", labels + ",result=\"" + result + "\"")
            .add();
        services.metrics.histogram("hongyan_ask_seconds", "Time of an ask", labels)
            .observe_us(monotonic_us() - start_us);
    }
};

EventServer::EventServer(std::span<const api::EventGroup* const> groups, api::Services& services)
    : inside_(std::make_unique<Inside>(services)) {
    for (int64_t i = 0; i < services.config.events.workers; ++i)
        inside_->workers.emplace_back([inside = inside_.get()] { inside->work(); });
    for (const api::EventGroup* group : groups)
        for (const api::EventRoute& route : group->routes)
            inside_->subscriptions.push_back(services.bus.subscribe_queue(
                route.subject, route.queue,
                [inside = inside_.get(), &route](const bus::Message& m) { inside->offer(route, m); }));
}

EventServer::~EventServer() {
    inside_->subscriptions.clear();
    {
        std::lock_guard lock(inside_->mutex);
        inside_->stop = true;
    }
    inside_->wake.notify_all();
    for (auto& worker : inside_->workers) worker.join();
    inside_->services.bus.flush(1000);
}

int serve_events(std::span<const api::EventGroup* const> groups, const char* name, int argc, char** argv) {
    int exit_code = 0;
    const auto config = start(argc, argv, name, exit_code);
    if (!config) return exit_code;
    Running running(*config, name, static_cast<int>(config->events.workers) + 1);
    if (!running.schema_fits()) return 1;
    {
        EventServer server(groups, running.services());
        log::info("serving", {{"workers", config->events.workers}, {"version", HONGYAN_VERSION}});
        wait_for_signal();
    }
    log::info("stopped");
    return 0;
}

}  // namespace hy::app
