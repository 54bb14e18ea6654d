// Answers by brains: asks an AI provider or a webhook, outside of any transaction, and brings the answer back. Also
// hands commands out whose time has come.
#include "core/replies.h"

#include "base/log.h"
#include "base/text.h"
#include "chores.h"
#include "core/commands.h"
#include "core/deliveries.h"
#include "core/logs.h"
#include "json/writer.h"

namespace hy::jobs {

namespace {

constexpr int64_t kMostAiAttempts = 3;
constexpr int64_t kAiRetriesMs[] = {1000, 3000};

// Written for administrators; why never holds what was said.
void tell(db::Session& s, const House& house, const replies::Task& task, logs::Level level, const char* message,
          const std::string& why) {
    json::Writer w;
    w.begin_object().field("robotId", task.robot.public_id).field("messageId", task.message.public_id());
    if (!task.question.provider.empty()) w.field("provider", task.question.provider);
    w.field("why", why).end_object();
    logs::write(s, house,
                {.type = logs::Type::ai, .level = level, .message = message, .details = std::string(w.text())});
}

// What was seen of an answer that will not come, in this attempt or one before.
void withdraw(api::Services& services, const replies::Task& task) {
    if (!task.listeners.empty()) services.bus.publish(task.listeners, replies::partial_push(task, ""));
}

void give_up(api::Services& services, const Job& job, const replies::Task& task, const std::string& why) {
    withdraw(services, task);
    services.db.transaction([&](db::Session& s) {
        if (!hold(s, job)) return;
        const auto parts = split(job.key, '.');
        if (parts.size() == 2)
            deliveries::give_up(s, services.house,
                                deliveries::id_of_message(to_uint(parts[0]).value_or(0), to_int(parts[1]).value_or(0)),
                                why);
        if (task.robot.id && !why.empty()) tell(s, services.house, task, logs::Level::warn, "消息未得到回复", why);
        finish(s, job);
    });
}

void bring_back(api::Services& services, const Job& job, const replies::Task& task, const ai::Said& said) {
    const bool stands = services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        if (!hold(s, job)) return true;
        const bool stored = replies::answer(s, services.house, task, said, pushes);
        finish(s, job);
        return stored;
    });
    if (!stands) withdraw(services, task);
}

void again(api::Services& services, const Job& job, int64_t after_ms) {
    services.db.read([&](db::Session& s) { postpone(s, job, services.clock.now_ms() + after_ms); });
}

// What a provider says, as it says it: at most four times a second, and the longer it gets, the more of it at once.
class Partials {
public:
    Partials(api::Services& services, const replies::Task& task) : services_(services), task_(task) {}
    void show(const std::string& text) {
        const int64_t now = monotonic_us();
        if (task_.listeners.empty() || now - shown_at_ < 250'000) return;
        // What a provider took back is taken back at once.
        if (text.size() >= shown_ && text.size() < shown_ + 1 + shown_ / 20) return;
        tell(text);
        shown_at_ = now;
        shown_ = text.size();
    }

private:
    void tell(std::string_view text) { services_.bus.publish(task_.listeners, replies::partial_push(task_, text)); }
    api::Services& services_;
    const replies::Task& task_;
    int64_t shown_at_ = -1'000'000;
    size_t shown_ = 0;
};

http::CallLimits ai_limits(const Config& config, const replies::Task& task) {
    return {.connect_ms = 5000,
            .total_ms = static_cast<long>(config.ai.timeout_seconds * 1000),
            // Of a stream each word comes with some hundred bytes; none of them is kept.
            .body_bytes = task.question.stream ? 16u << 20 : 1u << 20,
            .outside_only = task.users_address,
            .allowed = config.callable()};
}

struct Asked {
    std::optional<ai::Said> said;
    int status = 0;         // 0: there was no whole answer
    bool streamed = false;  // it began to answer piece by piece
    std::string why;
};

Asked ask_once(api::Services& services, const replies::Task& task, Partials& partials) {
    Asked done;
    const auto limits = ai_limits(services.config, task);
    const auto request = ai::request(task.question);
    if (!task.question.stream) {
        const auto answer = http::call(request, limits, &done.why);
        if (!answer) return done;
        done.status = answer->status;
        done.said = ai::read(task.question, *answer, &done.why);
        return done;
    }
    ai::Stream stream(task.question.provider == "dify");
    const auto hear = [&](std::string_view bytes) {
        const bool more = stream.feed(bytes);
        partials.show(stream.text());
        return more;
    };
    const auto answer = http::call(request, limits, hear, &done.why);
    stream.finish();
    done.streamed = stream.streams();
    if (answer) done.status = answer->status;
    // Whoever has said that this was all may end the connection as it likes.
    if (answer || stream.complete())
        done.said = ai::read(task.question, stream, answer ? answer->status : 200, &done.why);
    else if (!stream.fault().empty()) done.why = stream.fault();
    return done;
}

void ask_ai(api::Services& services, const Job& job, const replies::Task& task) {
    if (job.attempts > kMostAiAttempts) return give_up(services, job, task, "it was tried often enough");
    Partials partials(services, task);
    auto done = ask_once(services, task, partials);
    // One that knows nothing of streams may refuse the question for its form.
    if (task.question.stream && !done.said && (done.status == 400 || done.status == 422)) {
        replies::Task plain = task;
        plain.question.stream = false;
        done = ask_once(services, plain, partials);
    }
    if (done.said) return bring_back(services, job, task, *done.said);
    const bool broke_off = done.status == 200 && done.streamed;
    const bool helps = done.status == 0 || broke_off || ai::worth_repeating(done.status);
    if (helps && job.attempts < kMostAiAttempts) return again(services, job, kAiRetriesMs[job.attempts - 1]);
    give_up(services, job, task, done.why);
}
void note(db::Session& s, const House& house, const Job& job, const replies::Task& task, deliveries::Outcome outcome,
          int status, const std::string& fault) {
    deliveries::note(s, house, {task.delivery_id, task.robot.id, false, outcome, job.attempts, status, fault});
}

void ask_webhook(api::Services& services, const Job& job, const replies::Task& task) {
    const House& house = services.house;
    std::string why;
    const auto answer = http::call(third_parties::request(house, task.robot, task.third_party,
                                                          task.third_party.message_url, task.body, task.delivery_id),
                                   {.outside_only = true, .allowed = services.config.callable()}, &why);
    const int status = answer ? answer->status : 0;
    if (answer && third_parties::taken(*answer)) {
        const ai::Said said{third_parties::reply_in(*answer)};
        services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            if (!hold(s, job)) return;
            note(s, house, job, task, deliveries::Outcome::taken, status, "");
            if (!said.text.empty()) replies::answer(s, house, task, said, pushes);
            finish(s, job);
        });
        return;
    }
    if (answer) why = "HTTP " + std::to_string(status) + " without {\"code\":0}";
    const auto wait = deliveries::retry_after(job.attempts);
    services.db.transaction([&](db::Session& s) {
        if (!hold(s, job)) return;
        note(s, house, job, task, wait ? deliveries::Outcome::under_way : deliveries::Outcome::given_up, status, why);
        if (wait) return postpone(s, job, services.clock.now_ms() + *wait);
        tell(s, house, task, logs::Level::error, "消息回调失败", why);
        finish(s, job);
    });
}

void reply(api::Services& services, const Job& job) {
    const auto task = services.db.transaction([&](db::Session& s) { return replies::prepare(s, services.house, job); });
    switch (task.way) {
        case replies::Way::none: return give_up(services, job, task, task.why);
        case replies::Way::echo: return bring_back(services, job, task, {"[echo] " + task.message.content.text});
        case replies::Way::ai: return ask_ai(services, job, task);
        case replies::Way::webhook: return ask_webhook(services, job, task);
    }
}

// A robot whose next command is due.
void hand_out(api::Services& services, const Job& job) {
    services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        if (!hold(s, job)) return;
        if (const auto robot = robots::find(s, job.payload)) commands::push(s, services.house, *robot, pushes);
        finish(s, job);
    });
}

}  // namespace

std::vector<app::JobKind> reply_jobs(const Config& config) {
    return {{.kind = "reply",
             .threads = config.jobs.reply_workers,
             .lease_ms = (2 * config.ai.timeout_seconds + 30) * 1000,
             .work = reply},
            {.kind = "command", .threads = 2, .work = hand_out}};
}

}  // namespace hy::jobs
