// What a loop does with messages: pushes to the hub, control to connections, and the two
// asks that belong to no single connection: whose turn it is to open, and who has ended.
#include <algorithm>

#include "base/log.h"
#include "json/writer.h"
#include "loop.h"

namespace hy::relay {

namespace {
constexpr size_t kEndingsAtOnce = 100, kEndings = 65536;
// Longer than any handler works on an open.
constexpr int64_t kLateOpenMs = 30'000;
constexpr int64_t kEndingsMs = 50, kEndingsAgainMs = 1000;
}  // namespace

void Loop::take_message(const std::string& topic, const PushPtr& push, const json::Value* body) {
    if (body) return control(topic, *body);
    if (push->conn().empty()) return hub_.arrive(topic, push);
    if (Connection* connection = find(push->conn())) connection->deliver_to_me(push);
}

void Loop::control(const std::string& topic, const json::Value& body) {
    if (topic.starts_with("ctl.conn.")) return control_one(body);
    if (topic.starts_with("ctl.kick.")) return kick(topic, body);
    const auto join = json::texts(body.find("join")), leave = json::texts(body.find("leave"));
    for (Listener* listener : hub_.audience(topic)) {
        auto* connection = static_cast<Connection*>(listener);
        connection->change_topics(join, leave);
        if (const json::Value* heads = body.find("heads")) connection->add_heads(*heads);
    }
}

void Loop::kick(const std::string& topic, const json::Value& body) {
    const std::string door = body.text_or("door"), family = body.text_or("family"), except = body.text_or("except");
    for (Listener* listener : hub_.audience(topic)) {
        auto* connection = static_cast<Connection*>(listener);
        const bool meant = (door.empty() || connection->door()->name() == door) &&
                           (family.empty() || connection->view()->family == family) &&
                           (except.empty() || connection->view()->principal != except);
        if (meant) connection->close_from(body);
    }
}

void Loop::control_one(const json::Value& body) {
    Connection* connection = find(body.text_or("conn"));
    if (!connection) return;
    if (body.bool_or("ready")) connection->ask_ready();
    else connection->close_from(body);
}

void Loop::want_open(uint64_t number) { wanting_open_.push_back(number); }

void Loop::open_done() { --opening_; }

void Loop::next_opens() {
    const int64_t most = std::max<int64_t>(1, house_.config.relay.opens_in_flight / static_cast<int64_t>(loops_));
    while (opening_ < most && !wanting_open_.empty()) {
        Connection* connection = find(wanting_open_.front());
        wanting_open_.pop_front();
        if (!connection || connection->phase() != Connection::Phase::queued) continue;
        ++opening_;
        connection->ask_open();
    }
}

void Loop::ended(const Connection& connection, const std::string& confirmed) {
    json::Writer entry;
    entry.begin_object().field("conn", house_.conn(connection.number())).field("session", connection.session());
    entry.key("confirmed").raw(confirmed).end_object();
    add_ending(*connection.door(), std::move(entry).take());
}

void Loop::end_unknown(const Door& door, uint64_t number, const std::string& session) {
    json::Writer entry;
    entry.begin_object().field("conn", house_.conn(number)).field("session", session);
    entry.key("confirmed").raw("[]").end_object();
    add_ending(door, std::move(entry).take());
}

void Loop::end_unanswered(const Door& door, uint64_t number) {
    end_unknown(door, number, "");
    alarms_.after(kLateOpenMs, [this, &door, number] { end_unknown(door, number, ""); });
}

void Loop::add_ending(const Door& door, std::string entry) {
    auto& waiting = endings_[&door].waiting;
    // The house finds those it was never told of by the relay's list.
    if (waiting.size() >= kEndings) return;
    waiting.push_back(std::move(entry));
    if (std::exchange(endings_set_, true)) return;
    alarms_.after(kEndingsMs, [this] { send_endings(); });
}

void Loop::send_endings() {
    endings_set_ = false;
    for (auto& [door, endings] : endings_) {
        if (endings.asking || endings.waiting.empty()) continue;
        const size_t count = std::min(kEndingsAtOnce, endings.waiting.size());
        json::Writer body;
        body.begin_object().field("v", 1).field("relay", house_.relay).key("conns").begin_array();
        for (size_t i = 0; i < count; ++i) body.raw(endings.waiting[i]);
        body.end_array().end_object();
        endings.asking = true;
        uplink_.ask("ask." + std::string(door->name()) + ".close", std::move(body).take(),
                    [this, door = door, count](std::optional<json::Value> answer) {
                        Endings& told = endings_[door];
                        told.asking = false;
                        const size_t gone = answer ? std::min(count, told.waiting.size()) : 0;
                        const auto begin = told.waiting.begin();
                        told.waiting.erase(begin, begin + static_cast<std::ptrdiff_t>(gone));
                        if (told.waiting.empty() || std::exchange(endings_set_, true)) return;
                        alarms_.after(answer ? 0 : kEndingsAgainMs, [this] { send_endings(); });
                    });
    }
}

}  // namespace hy::relay
