#include "chats.h"

namespace hy::uplink {

namespace {

// What was said so shortly before is in the ready answer; before that nothing can still be on its way.
constexpr int64_t kLivelyMs = 60'000;

}  // namespace

void write_topics(json::Writer& w, const Principal& who, const std::vector<std::pair<int64_t, int64_t>>& groups) {
    w.key("topics").begin_array().string("live." + who.name());
    for (const auto& [group, last] : groups) w.string("live.channel." + std::to_string(group));
    w.end_array();
}

std::string chats_ready(api::Ask& ask, const Session& session, const std::vector<std::string>& missed) {
    auto& services = ask.services;
    const Principal& who = session.identity.principal;
    return services.db.read([&](db::Session& s) {
        // As they are now that the relay hears of changes.
        const auto groups = channels::groups_of(s, who);
        auto heads = groups;
        const auto lively = channels::lively_persons(s, who, services.clock.now_ms() - kLivelyMs);
        heads.insert(heads.end(), lively.begin(), lively.end());
        json::Writer w;
        w.begin_object().field("v", 1);
        write_pairs(w.key("heads"), heads);
        write_topics(w, who, groups);
        w.key("pending").begin_array();
        for (const auto& event : missed) w.raw(event);
        w.end_array().end_object();
        return std::move(w).take();
    });
}

}  // namespace hy::uplink
