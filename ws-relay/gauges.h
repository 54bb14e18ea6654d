// The relay's series, made once. What is counted here is what an operator asks about.
#pragma once
#include "base/metrics.h"

namespace hy::relay {

// Owner: the relay; counted on by every thread.
struct Gauges {
    explicit Gauges(metrics::Registry& r)
        : connections(r.gauge("hongyan_relay_connections", "Connections past their handshake")),
          accepted(r.counter("hongyan_relay_accepted_total", "Sockets accepted")),
          opens(r.counter("hongyan_relay_opens_total", "Connections opened by a handler")),
          refused(r.counter("hongyan_relay_refused_total", "Connections a handler refused")),
          queue_bytes(r.gauge("hongyan_relay_send_queue_bytes", "Bytes waiting for sockets")),
          delivered(r.counter("hongyan_relay_delivered_total", "Pushes delivered to connections")),
          duplicates(r.counter("hongyan_relay_duplicates_total", "Pushes dropped because they had come before")),
          gaps(r.counter("hongyan_relay_gaps_total", "Gaps in channels that had to be filled")),
          slow(r.counter("hongyan_relay_drops_total", "Connections given up", "reason=\"slow\"")),
          idle(r.counter("hongyan_relay_drops_total", "Connections given up", "reason=\"idle\"")),
          protocol(r.counter("hongyan_relay_drops_total", "Connections given up", "reason=\"protocol\"")),
          unanswered(r.counter("hongyan_relay_drops_total", "Connections given up", "reason=\"unanswered\"")),
          overloaded(r.counter("hongyan_relay_drops_total", "Connections given up", "reason=\"overloaded\"")),
          mailbox(r.counter("hongyan_relay_mailbox_drops_total", "Pushes dropped because a loop was too slow")),
          answered(r.counter("hongyan_relay_asks_total", "Asks by result", "result=\"answered\"")),
          busy(r.counter("hongyan_relay_asks_total", "Asks by result", "result=\"busy\"")),
          nobody(r.counter("hongyan_relay_asks_total", "Asks by result", "result=\"no_responder\"")),
          timeout(r.counter("hongyan_relay_asks_total", "Asks by result", "result=\"timeout\"")),
          given_up(r.counter("hongyan_relay_asks_total", "Asks by result", "result=\"given_up\"")),
          ask_time(r.histogram("hongyan_relay_ask_seconds", "From an ask's first try to its answer")) {}

    metrics::Gauge& connections;
    metrics::Counter &accepted, &opens, &refused;
    metrics::Gauge& queue_bytes;
    metrics::Counter &delivered, &duplicates, &gaps, &slow, &idle, &protocol, &unanswered, &overloaded, &mailbox;
    metrics::Counter &answered, &busy, &nobody, &timeout, &given_up;
    metrics::Histogram& ask_time;
};

}  // namespace hy::relay
