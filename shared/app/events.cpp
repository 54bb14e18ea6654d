#include "app/events.h"

#include <stdexcept>
#include <thread>

#include "app/fair_queue.h"
#include "app/process.h"
#include "base/log.h"
#include "json/writer.h"

namespace hy::app {

namespace {

constexpr const char* kBusy = "{\"v\":1,\"busy\":true}";
// The asker has given up by then (relay.ask_timeout_ms).
constexpr int64_t kDeadlineUs = 5'000'000;

struct Job {
    const api::EventRoute* route = nullptr;
    std::string body, reply;
    int64_t since_us = 0;
};

// Found without reading the rest, which is the workers' to do: what is turned away costs little.
// Empty: the house itself.
std::string tenant_of(std::string_view ask) {
    constexpr std::string_view kFront = R"({"v":1,"tenant":")";
    if (!ask.starts_with(kFront)) return "";
    ask.remove_prefix(kFront.size());
    const auto tenant = ask.substr(0, ask.find('"'));
    return tenant.empty() ? "nobody" : std::string(tenant);
}

// Half of the workers at most are one tenant's, so that there are some for the others, and a quarter
// of the queue. Of many relays the house's asks are many: one worker is never theirs.
FairLimits limits_of(const Config& config) {
    const auto queue = static_cast<size_t>(config.events.queue), workers = static_cast<size_t>(config.events.workers);
    return {queue, std::max<size_t>(1, queue / 4), std::max<size_t>(1, workers / 2), std::max<size_t>(1, workers - 1)};
}

}  // namespace

struct EventServer::Inside {
    api::Services& services;
    FairQueue<Job> queue;
    std::vector<std::unique_ptr<bus::Subscription>> subscriptions;
    std::vector<std::thread> workers;

    explicit Inside(api::Services& services) : services(services), queue(limits_of(services.config)) {}

    void offer(const api::EventRoute& route, const bus::Message& message) {
        const auto refused = queue.push(
            tenant_of(message.data), {&route, std::string(message.data), std::string(message.reply), monotonic_us()});
        if (!refused) return;
        services.metrics.counter("hongyan_asks_busy_total", "Asks answered busy").add();
        refuse(refused->reply);
    }

    void refuse(std::string_view reply) {
        if (!reply.empty()) services.bus.publish(std::string(reply), kBusy);
    }

    void work() {
        while (auto taken = queue.take()) {
            if (monotonic_us() - taken->job.since_us < kDeadlineUs) answer(taken->job);
            queue.done(taken->tenant);
        }
    }

    void answer(const Job& job) {
        const int64_t start_us = monotonic_us();
        std::string result = "ok", text;
        try {
            const auto body = json::parse(job.body);
            if (!body || !body->object()) throw std::runtime_error("not a JSON object");
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
    // Relays ask anew what somebody took along who died.
    json::Writer w;
    w.begin_object().field("v", 1).key("subjects").begin_array();
    for (const api::EventGroup* group : groups)
        for (const api::EventRoute& route : group->routes) w.string(route.subject);
    w.end_array().end_object();
    services.bus.publish("ctl.handlers", w.text());
}

EventServer::~EventServer() {
    inside_->subscriptions.clear();
    inside_->queue.stop();
    for (auto& worker : inside_->workers) worker.join();
    inside_->services.bus.flush(1000);
}

int serve_events(std::span<const api::EventGroup* const> groups, const char* name, int argc, char** argv) try {
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
} catch (const std::exception& fault) {
    return say_why(name, fault);
}

}  // namespace hy::app
