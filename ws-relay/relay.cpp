#include "relay.h"

#include <algorithm>

#include "acceptor.h"
#include "base/log.h"
#include "base/text.h"

namespace hy::relay {

Relay::Relay(const Config& config, const Clock& clock, bus::Bus& bus, metrics::Registry& registry, Doors doors)
    : doors_(std::move(doors)), gauges_(registry), house_{config, clock, bus, gauges_, doors_} {
    house_.started = clock.now_ms();
    house_.relay = config.relay.name + "." + std::to_string(house_.started);
    house_.inbox = bus.new_inbox();
    listener_ = listen_at(config.relay.listen);
    const std::string& stream = config.wukongim.tcp_listen;
    const auto spoken =
        std::find_if(doors_.begin(), doors_.end(), [](const auto& d) { return d->name() == "wukongim"; });
    if (!stream.empty() && spoken != doors_.end()) {
        stream_listener_ = listen_at(stream);
        house_.stream = spoken->get();
    }
    topics_ = std::make_unique<Topics>(
        bus, [this](uint64_t loops, const bus::Message& message) { on_topic(loops, message); });
    house_.topics = topics_.get();
    // A set of loops is a word of bits.
    const size_t count = static_cast<size_t>(std::clamp<int64_t>(config.relay.loops, 1, 64));
    loops_.reserve(count);
    for (size_t i = 0; i < count; ++i)
        loops_.push_back(std::make_unique<Loop>(house_, i, count, Listeners{listener_.get(), stream_listener_.get()}));
    answers_ = bus.subscribe(house_.inbox + ".*", [this](const bus::Message& message) { on_answer(message); });
    control_ = bus.subscribe("ctl.conn." + house_.relay, [this](const bus::Message& message) {
        on_topic(~uint64_t{0} >> (64 - loops_.size()), message);
    });
    handlers_ = bus.subscribe("ctl.handlers", [this](const bus::Message& message) { on_handlers(message); });
    heartbeat_ = std::make_unique<Heartbeat>(
        house_, loops_[0]->uplink(), loops_[0]->alarms(), [this](const std::string& conn, int64_t asked_at) {
            for (auto& loop : loops_)
                loop->post([this, &loop = *loop, conn, asked_at] {
                    Connection* connection = loop.find(conn);
                    if (!connection) return;
                    // One that was opened while the heartbeat was on its way may not have been there yet, or was
                    // ended with all that a lapsed relay had: the next naming tells.
                    if (!connection->opened_at() || connection->opened_at() >= asked_at) house_.names_owed = true;
                    else if (connection->serving()) connection->close(1012, "请重新连接");
                });
        });
    loops_[0]->post([this] { heartbeat_->start(); });
    bus.on_loss([this] { on_loss(); });
    // Not before answers are heard: who came earlier would wait for theirs in vain.
    for (auto& loop : loops_) loop->open();
}

Relay::~Relay() {
    stop();
    house_.bus.on_loss({});
    handlers_.reset();
    control_.reset();
    answers_.reset();
    topics_.reset();
}

int Relay::port() const { return port_of(listener_.get()); }
int Relay::stream_port() const { return port_of(stream_listener_.get()); }

void Relay::stop() {
    for (auto& loop : loops_) loop->stop();
    for (auto& loop : loops_) loop->join();
}

void Relay::on_topic(uint64_t loops, const bus::Message& message) {
    auto value = json::parse(message.data);
    if (!value || !value->object()) return log::warn("a push is not JSON", {{"subject", message.subject}});
    std::shared_ptr<const json::Value> control;
    PushPtr push;
    if (message.subject.starts_with("ctl.")) control = std::make_shared<const json::Value>(std::move(*value));
    else push = std::make_shared<const Push>(std::move(*value), message.subject.starts_with("live.channel."));
    for (size_t i = 0; i < loops_.size(); ++i)
        if (loops >> i & 1) loops_[i]->post_message(std::string(message.subject), push, control);
}

void Relay::on_answer(const bus::Message& message) {
    // "<inbox>.<loop>-<token>"
    const std::string_view name = message.subject.substr(std::min(message.subject.size(), house_.inbox.size() + 1));
    const size_t dash = name.find('-');
    const auto loop = to_uint(name.substr(0, dash));
    const auto token = dash == std::string_view::npos ? std::nullopt : to_uint(name.substr(dash + 1));
    if (!loop || !token || *loop >= loops_.size()) return;
    Answer answer;
    answer.no_responders = message.no_responders;
    if (!message.no_responders) answer.value = json::parse(message.data);
    loops_[*loop]->post(
        [&to = *loops_[*loop], token = *token, answer = std::move(answer)] { to.uplink().answered(token, answer); });
}

void Relay::on_handlers(const bus::Message& message) {
    const auto value = json::parse(message.data);
    const auto names = json::texts(value ? value->find("subjects") : nullptr);
    const std::set<std::string, std::less<>> subjects(names.begin(), names.end());
    for (auto& loop : loops_) loop->post([&loop = *loop, subjects] { loop.uplink().served_anew(subjects); });
}

void Relay::on_loss() {
    for (auto& loop : loops_)
        loop->post([&loop = *loop] {
            loop.uplink().nats_back();
            loop.heads().check();
        });
    loops_[0]->post([this] { heartbeat_->name_all(); });
}

}  // namespace hy::relay
