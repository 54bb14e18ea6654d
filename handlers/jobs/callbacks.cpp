// Tells owners' webhooks how commands ended.
#include "base/text.h"
#include "chores.h"
#include "core/deliveries.h"
#include "core/logs.h"
#include "core/robots.h"
#include "core/third_parties.h"
#include "json/writer.h"

namespace hy::jobs {

namespace {

struct Told {
    robots::Robot robot;
    third_parties::Settings settings;
    std::string body;
};

// Nothing: there is nobody to tell any more, or nothing.
std::optional<Told> prepare(db::Session& s, const Job& job) {
    const auto robot = robots::find_by_id(s, to_int(job.payload).value_or(0));
    if (!robot) return std::nullopt;
    Told told{*robot, third_parties::find(s, robot->id), {}};
    auto body = third_parties::result_body(s, *robot, third_parties::Ending::from_key(job.key));
    if (!body || told.settings.result_url.empty()) return std::nullopt;
    told.body = std::move(*body);
    return told;
}

void give_up(db::Session& s, const House& house, const Job& job, const Told& told, const std::string& why) {
    json::Writer w;
    w.begin_object()
        .field("robotId", told.robot.public_id)
        .field("commandId", third_parties::Ending::from_key(job.key).command_id)
        .field("why", why)
        .end_object();
    logs::write(s, house,
                {.type = logs::Type::ai,
                 .level = logs::Level::error,
                 .message = "结果回调失败",
                 .details = std::string(w.text())});
    finish(s, job);
}

void tell_result(api::Services& services, const Job& job) {
    const House& house = services.house;
    const std::string delivery = deliveries::id_of_result(third_parties::Ending::from_key(job.key));
    const auto told = services.db.read([&](db::Session& s) { return prepare(s, job); });
    if (!told)
        return services.db.transaction([&](db::Session& s) {
            if (!hold(s, job)) return;
            deliveries::give_up(s, house, delivery, "the command or its webhook is gone");
            finish(s, job);
        });
    std::string why;
    const auto answer = http::call(
        third_parties::request(house, told->robot, told->settings, told->settings.result_url, told->body, delivery),
        {.outside_only = true, .allowed = services.config.callable()}, &why);
    const bool taken = answer && third_parties::taken(*answer);
    if (answer && !taken) why = "HTTP " + std::to_string(answer->status) + " without {\"code\":0}";
    const auto wait = taken ? std::nullopt : deliveries::retry_after(job.attempts);
    services.db.transaction([&](db::Session& s) {
        if (!hold(s, job)) return;
        using deliveries::Outcome;
        deliveries::note(s, house,
                         {delivery, told->robot.id, true,
                          taken  ? Outcome::taken
                          : wait ? Outcome::under_way
                                 : Outcome::given_up,
                          job.attempts, answer ? answer->status : 0, taken ? "" : why});
        if (taken) finish(s, job);
        else if (wait) postpone(s, job, services.clock.now_ms() + *wait);
        else give_up(s, house, job, *told, why);
    });
}

}  // namespace

std::vector<app::JobKind> callback_jobs(const Config& config) {
    std::vector<app::JobKind> kinds = {
        {.kind = "result", .threads = config.jobs.callback_workers, .work = tell_result}};
    // The operator's; where a hook is set no more, what it left is taken away.
    for (auto& kind : hook_jobs(config)) kinds.push_back(std::move(kind));
    return kinds;
}

}  // namespace hy::jobs
