// Tells the operator's own system what was said, and whom its push service should tell.
#include "base/log.h"
#include "chores.h"
#include "core/hooks.h"
#include "core/deliveries.h"

namespace hy::jobs {

namespace {

constexpr int64_t kLeaseMs = 120'000;
// Of one job while its lease lasts: at most three seconds each.
constexpr int kMostPages = 20;

// Taken, or why not.
std::optional<std::string> post(api::Services& services, const std::string& url, const std::string& body,
                                const std::string& delivery) {
    std::string why;
    const auto answer = http::call(hooks::request(services.house, url, body, delivery),
                                   {.outside_only = true, .allowed = services.config.callable()}, &why);
    if (!answer) return why;
    if (answer->status / 100 != 2) return "HTTP " + std::to_string(answer->status);
    return std::nullopt;
}

// Tried again as webhooks are; then it is for the log.
void try_again(api::Services& services, const Job& job, const std::string& why) {
    const auto wait = deliveries::retry_after(job.attempts);
    services.db.read([&](db::Session& s) {
        if (wait) postpone(s, job, services.clock.now_ms() + *wait);
        else finish(s, job);
    });
    if (!wait) log::error("a hook was not told", {{"kind", job.kind}, {"message", job.key}, {"why", why}});
}

void done(api::Services& services, const Job& job) {
    services.db.read([&](db::Session& s) { finish(s, job); });
}

void tell_said(api::Services& services, const Job& job) {
    const auto& url = services.config.hooks.after_send_url;
    const auto task = hooks::Task::from_json(job.payload);
    const auto body = services.db.read([&](db::Session& s) { return hooks::after_body(s, services.house, task); });
    if (!body || url.empty()) return done(services, job);
    if (const auto why = post(services, url, *body, "said_" + job.key)) return try_again(services, job, *why);
    done(services, job);
}

struct Page {
    hooks::Away away;
    std::string body;
};

// Nothing: there is no message any more.
std::optional<Page> next_page(api::Services& services, const hooks::Task& task) {
    return services.db.read([&](db::Session& s) -> std::optional<Page> {
        const auto message = messages::find(s, task.channel, task.seq);
        if (!message || message->recalled) return std::nullopt;
        Page page{hooks::away(s, services.house, task, *message), {}};
        if (!page.away.ids.empty()) page.body = hooks::push_body(s, services.house, task, *message, page.away.ids);
        return page;
    });
}

void tell_away(api::Services& services, const Job& job) {
    const auto& url = services.config.hooks.push_url;
    auto task = hooks::Task::from_json(job.payload);
    for (int pages = 0; !url.empty(); ++pages) {
        // Others wait too: the rest of a large group comes in its turn.
        if (pages == kMostPages)
            return services.db.read([&](db::Session& s) { postpone(s, job, services.clock.now_ms()); });
        const auto page = next_page(services, task);
        if (!page) break;
        const std::string delivery = "push_" + job.key + "_" + std::to_string(task.after);
        if (!page->away.ids.empty())
            if (const auto why = post(services, url, page->body, delivery)) return try_again(services, job, *why);
        if (!page->away.more) break;
        task.after = page->away.last;
        services.db.read([&](db::Session& s) { jobs::note(s, job, task.to_json()); });
    }
    done(services, job);
}

}  // namespace

std::vector<app::JobKind> hook_jobs(const Config& config) {
    const int64_t threads = config.jobs.callback_workers;
    return {{.kind = "after_send", .threads = threads, .lease_ms = kLeaseMs, .work = tell_said},
            {.kind = "push", .threads = threads, .lease_ms = kLeaseMs, .work = tell_away}};
}

}  // namespace hy::jobs
