// The listening socket: made once, accepted from by every loop. What is accepted is the
// loop's own.
#pragma once
#include <string>

#include "base/lifecycle.h"

namespace hy::relay {

// "address:port" or "[v6]:port"; port 0 takes a free one. Throws when it cannot.
Fd listen_at(const std::string& address_port);
int port_of(int listener);

// The next connection, non-blocking, without Nagle; nothing when none waits.
Fd accept_one(int listener, std::string& peer);

}  // namespace hy::relay
