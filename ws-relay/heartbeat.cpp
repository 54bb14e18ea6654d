#include "heartbeat.h"

#include "json/writer.h"

namespace hy::relay {

namespace {
constexpr int64_t kListEvery = 12;
}

void Heartbeat::start() {
    // Now and then with the list: a row that nobody told of its end goes then.
    if (++beats_ % kListEvery == 0) list_ = true;
    beat();
    alarms_.after(house_.config.relay.heartbeat_seconds * 1000, [this] { start(); });
}

void Heartbeat::with_list() {
    list_ = true;
    beat();
}

void Heartbeat::beat() {
    if (asking_) return;
    asking_ = true;
    const bool with_list = std::exchange(list_, false);
    json::Writer body;
    body.begin_object().field("v", 1).field("relay", house_.relay).field("name", house_.config.relay.name);
    body.field("started", house_.started).field("connections", house_.known.size());
    if (with_list) {
        body.key("list").begin_array();
        for (const uint64_t number : house_.known.all()) body.string(house_.conn(number));
        body.end_array();
    }
    body.end_object();
    const int64_t asked_at = now_ms();
    const auto done = [this, with_list, asked_at](std::optional<json::Value> answer) {
        asking_ = false;
        // A list that nobody took is still owed; and after silence the lease may have run out.
        if (!answer) list_ = true;
        const json::Value* unknown = answer ? answer->find("unknown") : nullptr;
        if (unknown && unknown->array())
            for (const json::Value& conn : *unknown->array())
                if (conn.string()) unknown_(*conn.string(), asked_at);
        if (answer && list_) beat();
    };
    uplink_.ask("ask.core.relay", std::move(body).take(), done);
}

}  // namespace hy::relay
