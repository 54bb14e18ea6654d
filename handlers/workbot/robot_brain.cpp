// Asks a robot's brain on its owner's behalf, and shows what it really said, or why it said nothing.
#include <algorithm>

#include "base/text.h"
#include "core/agents.h"
#include "core/quotas.h"
#include "core/replies.h"
#include "core/statistics.h"
#include "robots.h"

namespace hy::workbot {

const char* const kTestedExample =
    R"({"code":0,"message":"success","data":{"ok":true,"by":"ai","provider":"doubao","model":"doubao-pro-32k",)"
    R"("httpStatus":200,"tookMs":812,"reply":"你好！有什么可以帮您？","error":"","body":""}})";

namespace {

struct Test {
    std::string text = "你好";
};
const auto kTest = json::Schema<Test>().field("text", &Test::text, {.min_chars = 1, .max_chars = 2000});

// Each may cost money, and has somebody else called.
constexpr quotas::Quota kTests = {"brain.test", 10, 60};
// Somebody waits for it at a page, and a handler that is told to end has 20 s.
constexpr int64_t kMostMs = 12'000;
constexpr size_t kShown = 2000;

struct Result {
    const char* by = "none";
    bool ok = false;
    int status = 0;
    int64_t took_ms = 0;
    std::string reply, error, body;
};

const char* name_of(const replies::Task& task) {
    switch (task.way) {
        case replies::Way::echo: return "echo";
        case replies::Way::ai: return "ai";
        case replies::Way::webhook: return "webhook";
        case replies::Way::none: break;
    }
    return "none";
}

http::CallLimits limits_of(const Config& config, const replies::Task& task) {
    if (task.way == replies::Way::webhook) return {.outside_only = true, .allowed = config.callable()};
    return {.connect_ms = 5000,
            .total_ms = static_cast<long>(std::min(config.ai.timeout_seconds * 1000, kMostMs)),
            .body_bytes = 1 << 20,
            .outside_only = task.users_address,
            .allowed = config.callable()};
}

// Whoever waits for one test has no other, and leaves threads for others.
class Turn {
public:
    Turn(api::Services& services, int64_t caller)
        : pass_(services.test_gate, "brain.busy"), testers_(services.testers), caller_(caller) {
        if (!testers_.enter(caller)) throw Error(Fault::unavailable, "brain.busy");
    }
    ~Turn() { testers_.leave(caller_); }
    Turn(const Turn&) = delete;

private:
    http::CallPass pass_;
    http::OneEach& testers_;
    const int64_t caller_;
};

// Returns what it cost, in millionths of a yuan.
int64_t judge(const Config& config, Result& result, const replies::Task& task, const http::Answer& answer) {
    result.status = answer.status;
    if (task.way == replies::Way::webhook) {
        result.ok = third_parties::taken(answer);
        result.reply = third_parties::reply_in(answer);
        if (!result.ok) result.error = "HTTP " + std::to_string(answer.status) + " without {\"code\":0}";
        return 0;
    }
    const auto said = ai::read(task.question, answer, &result.error);
    result.ok = said.has_value();
    if (!said) return 0;
    result.reply = said->text;
    return ai::cost_of(config, task.question.provider, *said);
}

void ask(api::Call& call, const replies::Task& task, Result& result) {
    const House& house = call.services.house;
    const auto request = task.way == replies::Way::webhook
                             ? third_parties::request(house, task.robot, task.third_party, task.third_party.message_url,
                                                      task.body, task.delivery_id)
                             : ai::request(task.question);
    const Turn turn(call.services, call.account());
    const int64_t began = monotonic_us();
    const auto answer = http::call(request, limits_of(call.services.config, task), &result.error);
    result.took_ms = (monotonic_us() - began) / 1000;
    if (!answer) return;
    const int64_t cost = judge(call.services.config, result, task, *answer);
    if (cost)
        call.services.db.transaction([&](db::Session& s) { statistics::note_cost(s, house, task.robot.id, cost); });
    // What the operator's provider says may hold some of the operator's key.
    const bool own = task.way == replies::Way::webhook || task.users_address || call.is_admin();
    if (own && valid_utf8(answer->body)) result.body = utf8_prefix(answer->body, kShown);
}

}  // namespace

const json::SchemaBase& kTestBrain = kTest;

api::Reply test_brain(api::Call& call) {
    const auto wanted = call.body.empty() ? Test{} : call.read(kTest);
    auto& services = call.services;
    bool agent_there = false;
    const auto task = services.db.transaction([&](db::Session& s) {
        const auto robot = own_robot(s, call);
        quotas::use(s, services.house, kTests, call.identity->principal.name());
        agent_there = robot.brain == "agent" && agents::online(s, services.house, robot.id);
        return replies::prepare_test(s, services.house, robot, wanted.text);
    });
    Result result{.by = name_of(task), .error = task.why};
    if (task.robot.brain == "agent") {
        result.by = "agent";
        result.ok = agent_there;
        result.error = agent_there ? "" : "no agent is connected";
    } else if (task.way == replies::Way::echo) {
        result.ok = true;
        result.reply = "[echo] " + wanted.text;
    } else if (task.way != replies::Way::none) {
        ask(call, task, result);
    }
    json::Writer w;
    w.begin_object().field("ok", result.ok).field("by", result.by).field("provider", task.question.provider);
    w.field("model", task.question.model).field("httpStatus", result.status).field("tookMs", result.took_ms);
    w.field("reply", result.reply).field("error", result.error).field("body", result.body).end_object();
    return reply("success", w.text());
}

}  // namespace hy::workbot
