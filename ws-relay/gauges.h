// The relay's series, made once. What is counted here is what an operator asks about.
#pragma once
#include "base/metrics.h"

namespace hy::relay {

// Owner: the relay; counted on by every thread.
struct Gauges {
    explicit Gauges(metrics::Registry& r)
        : connections(r.gauge("relay_connections", "Connections past their handshake")),
          accepted(r.counter("relay_accepted_total", "Sockets accepted")),
          opens(r.counter("relay_opens_total", "Connections opened by a handler")),
          refused(r.counter("relay_refused_total", "Connections a handler refused")),
          queue_bytes(r.gauge("relay_send_queue_bytes", "Bytes waiting for sockets")),
          delivered(r.counter("relay_delivered_total", "Pushes delivered to connections")),
          duplicates(r.counter("relay_duplicates_total", "Pushes dropped because they had come before")),
          gaps(r.counter("relay_gaps_total", "Gaps in channels that had to be filled")),
          slow(r.counter("relay_drops_total", "Connections given up", "reason=\"slow\"")),
          idle(r.counter("relay_drops_total", "Connections given up", "reason=\"idle\"")),
          protocol(r.counter("relay_drops_total", "Connections given up", "reason=\"protocol\"")),
          unanswered(r.counter("relay_drops_total", "Connections given up", "reason=\"unanswered\"")),
          overloaded(r.counter("relay_drops_total", "Connections given up", "reason=\"overloaded\"")),
          mailbox(r.counter("relay_mailbox_drops_total", "Pushes dropped because a loop was too slow")),
          answered(r.counter("relay_asks_total", "Asks by result", "result=\"answered\"")),
          busy(r.counter("relay_asks_total", "Asks by result", "result=\"busy\"")),
          nobody(r.counter("relay_asks_total", "Asks by result", "result=\"no_responder\"")),
          timeout(r.counter("relay_asks_total", "Asks by result", "result=\"timeout\"")),
          given_up(r.counter("relay_asks_total", "Asks by result", "result=\"given_up\"")),
          ask_time(r.histogram("relay_ask_seconds", "From an ask's first try to its answer")) {}

    metrics::Gauge& connections;
    metrics::Counter &accepted, &opens, &refused;
    metrics::Gauge& queue_bytes;
    metrics::Counter &delivered, &duplicates, &gaps, &slow, &idle, &protocol, &unanswered, &overloaded, &mailbox;
    metrics::Counter &answered, &busy, &nobody, &timeout, &given_up;
    metrics::Histogram& ask_time;
};

}  // namespace hy::relay
