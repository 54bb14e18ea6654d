// How a principal's connections on living relays are looked up, for the constants of core's modules.
// The statistics of tables that fill within seconds say that both are empty: left to itself the
// optimizer starts at the relay and reads every connection on it (15,000 opens took 51 s instead of 26).
#pragma once

#define HY_LIVE_CONNECTIONS \
    "connections c FORCE INDEX (connections_principal) STRAIGHT_JOIN relays r ON r.id = c.relay_id "
