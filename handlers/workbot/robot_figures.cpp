// How much a robot did: in all between two days, and day by day.
#include "core/statistics.h"

#include "base/zone.h"
#include "robots.h"

namespace hy::workbot {

const char* const kStatisticsExample =
    R"({"code":0,"message":"success","data":{"totalMessages":1523,"totalAICalls":1523,"avgResponseTime":2.5,)"
    R"("successRate":99.5,"topContacts":[{"name":"张三","messageCount":120}],)"
    R"("topGroups":[{"name":"测试群1","messageCount":500}]}})";
const char* const kDailyExample =
    R"({"code":0,"message":"success","data":{"list":[{"date":"2024-12-01","messages":52,"aiCalls":50,)"
    R"("avgResponseTime":2.5,"successRate":99.5,"commands":50,"aiCost":0.42}]}})";

namespace {

double ratio(int64_t part, int64_t whole, double none) {
    return whole ? static_cast<double>(part) / static_cast<double>(whole) : none;
}

void write_quality(json::Writer& w, const statistics::Totals& totals) {
    w.field("avgResponseTime", rounded(ratio(totals.response_ms, totals.timed, 0) / 1000));
    w.field("successRate", rounded(100 * ratio(totals.succeeded, totals.finished, 1)));
}

void write_tops(json::Writer& w, const char* name, const std::vector<statistics::Top>& tops) {
    w.key(name).begin_array();
    for (const auto& top : tops)
        w.begin_object().field("name", top.name).field("messageCount", top.messages).end_object();
    w.end_array();
}

std::string date_text(int64_t day) {
    std::string text = std::to_string(day);
    return text.insert(6, "-").insert(4, "-");
}

}  // namespace

api::Reply get_statistics(api::Call& call) {
    const auto range = range_of(call);
    statistics::Totals totals;
    std::vector<statistics::Top> contacts, groups;
    call.services.db.read([&](db::Session& s) {
        const auto robot = own_robot(s, call);
        totals = statistics::of_robot(s, robot.id, range);
        contacts = statistics::top(s, robot.id, statistics::Who::contact, range);
        groups = statistics::top(s, robot.id, statistics::Who::group, range);
    });
    json::Writer w;
    w.begin_object().field("totalMessages", totals.messages).field("totalAICalls", totals.answers);
    write_quality(w, totals);
    write_tops(w, "topContacts", contacts);
    write_tops(w, "topGroups", groups);
    w.end_object();
    return reply("success", w.text());
}

// Every day of the range, so that a chart need not know which months have how many.
api::Reply get_daily_statistics(api::Call& call) {
    const auto range = range_of(call);
    const auto days =
        call.services.db.read([&](db::Session& s) { return statistics::by_day(s, own_robot(s, call).id, range); });
    json::Writer w;
    w.begin_object().key("list").begin_array();
    auto next = days.begin();
    for (int64_t day = range.from; day <= range.to; day = day_plus(day, 1)) {
        const bool known = next != days.end() && next->first == day;
        const statistics::Totals totals = known ? next++->second : statistics::Totals{};
        w.begin_object().field("date", date_text(day)).field("messages", totals.messages);
        w.field("aiCalls", totals.answers);
        write_quality(w, totals);
        w.field("commands", totals.finished);
        w.field("aiCost", rounded(static_cast<double>(totals.cost_micros) / 1e6)).end_object();
    }
    w.end_array().end_object();
    return reply("success", w.text());
}

}  // namespace hy::workbot
