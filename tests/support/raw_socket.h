// A TCP connection to this host that does only what it is told, for peers that do not keep to
// the rules.
#pragma once
#include <string>

#include "base/lifecycle.h"

namespace hy::test {

class RawSocket {
public:
    // `receive_bytes`: the kernel's buffer for what is not read; 0 leaves it as it is.
    explicit RawSocket(int port, int receive_bytes = 0);
    // As much as the peer takes within that time; how much that was.
    size_t send(const std::string& bytes, int ms = 5000);
    // What comes until `until` was in it, the end, or the time is over.
    std::string read(const std::string& until, int ms = 10000);
    // Sends what the peer takes now and keeps the rest for the next call, so that frames stay
    // whole; `more` only when nothing is kept. How much was taken.
    size_t pour(const std::string& more);
    // Throws away what has come.
    void drain();
    // Whether the peer has ended within that time; what comes before is thrown away.
    bool ended(int ms);
    // Asks for a stream; the status of the answer.
    int upgrade(const std::string& target);
    explicit operator bool() const { return static_cast<bool>(socket_); }

private:
    Fd socket_;
    std::string kept_;
};

// A frame of a client; `claimed` is the length that its head says.
std::string client_frame(int opcode, const std::string& payload, bool fin = true);
std::string client_frame_claiming(uint64_t claimed, const std::string& payload);

}  // namespace hy::test
