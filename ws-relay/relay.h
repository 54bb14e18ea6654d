// The relay as a whole: its loops, its subscriptions, its heartbeat, from start to stop.
#pragma once
#include <memory>
#include <vector>

#include "heartbeat.h"
#include "loop.h"

namespace hy::relay {

// Owner: main, or a test. The bus, the registry and the clock outlive it.
class Relay {
public:
    Relay(const Config& config, const Clock& clock, bus::Bus& bus, metrics::Registry& registry, Doors doors);
    ~Relay();

    int port() const;
    int stream_port() const;  // of wukongim.tcp_listen
    const std::string& id() const { return house_.relay; }
    // Ends gracefully; returns when all loops have, within some 11 s.
    void stop();

private:
    void on_topic(uint64_t loops, const bus::Message& message);
    void on_answer(const bus::Message& message);
    void on_handlers(const bus::Message& message);
    void on_loss();

    const Doors doors_;
    Gauges gauges_;
    House house_;
    Fd listener_, stream_listener_;
    std::vector<std::unique_ptr<Loop>> loops_;
    std::unique_ptr<Heartbeat> heartbeat_;
    // Ended before the loops are, so that no callback finds them gone.
    std::unique_ptr<Topics> topics_;
    std::unique_ptr<bus::Subscription> answers_, control_, handlers_;
};

}  // namespace hy::relay
