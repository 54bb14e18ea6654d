// What a loop does with messages: pushes to the hub, control to connections, and what belongs
// to no single connection: whose turn it is to open, what was confirmed, and who has ended.
#include <algorithm>

#include "base/log.h"
#include "json/writer.h"
#include "loop.h"

namespace hy::relay {

namespace {
// Longer than any handler works on an open.
constexpr int64_t kLateOpenMs = 30'000;
constexpr int64_t kConfirmMs = 100;
}  // namespace

void Loop::take_message(const std::string& topic, const PushPtr& push, const json::Value* body) {
    if (body) return control(topic, *body);
    if (push->gone()) {
        for (Listener* listener : hub_.audience(topic)) static_cast<Connection*>(listener)->change_topics({}, {topic});
        return;
    }
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
        // Of what is left nothing is heard any more, whatever is told of it.
        if (const json::Value* heads = body.find("heads"); heads && !join.empty()) connection->add_heads(*heads);
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

void Loop::want_open(const std::string& address, uint64_t number) { wanting_open_.add(address, number); }

void Loop::open_done() { --opening_; }

void Loop::next_opens() {
    const int64_t most = std::max<int64_t>(1, house_.config.relay.opens_in_flight / static_cast<int64_t>(loops_));
    while (opening_ < most) {
        const auto number = wanting_open_.next();
        if (!number) return;
        Connection* connection = find(*number);
        if (!connection || connection->phase() != Connection::Phase::queued) continue;
        ++opening_;
        connection->ask_open();
    }
}

void Loop::ended(const Connection& connection, const std::string& confirmed) {
    json::Writer entry;
    entry.begin_object().field("conn", house_.conn(connection.number())).field("session", connection.session());
    entry.key("confirmed").raw(confirmed).end_object();
    tellings_.add(*connection.door(), Tellings::Kind::close, std::move(entry).take());
}

void Loop::confirmed(const Connection& connection, const std::string& pairs) {
    json::Writer entry;
    entry.begin_object().field("conn", house_.conn(connection.number())).field("session", connection.session());
    entry.key("confirmed").raw(pairs).end_object();
    tellings_.add(*connection.door(), Tellings::Kind::confirm, std::move(entry).take());
}

void Loop::confirm_soon(uint64_t number) {
    to_confirm_.push_back(number);
    if (to_confirm_.size() > 1) return;
    alarms_.after(kConfirmMs, [this] {
        for (const uint64_t one : std::exchange(to_confirm_, {}))
            if (Connection* connection = find(one)) connection->tell_confirmed();
        tellings_.send();
    });
}

void Loop::end_unknown(const Door& door, uint64_t number, const std::string& session) {
    json::Writer entry;
    entry.begin_object().field("conn", house_.conn(number)).field("session", session);
    entry.key("confirmed").raw("[]").end_object();
    tellings_.add(door, Tellings::Kind::close, std::move(entry).take());
}

void Loop::end_unanswered(const Door& door, uint64_t number) {
    end_unknown(door, number, "");
    alarms_.after(kLateOpenMs, [this, &door, number] { end_unknown(door, number, ""); });
}

}  // namespace hy::relay
