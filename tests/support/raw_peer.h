// A peer that says any bytes it likes over TCP or a unix socket, reads or does not read what is
// answered, and leaves when it likes: for tests of what no well-behaved client would do.
#pragma once
#include <string>
#include <string_view>

#include "base/lifecycle.h"
#include "support/wait.h"

namespace hy::test {

class RawPeer {
public:
    // Of 127.0.0.1. `receive_bytes`: the kernel's buffer for what is not read; 0 leaves it as it is.
    explicit RawPeer(int port, int receive_bytes = 0);
    explicit RawPeer(const std::string& unix_path);

    // False when the other side takes no more: it may refuse before all is said.
    bool say(std::string_view bytes);
    // As much as is taken within that time; how much that was.
    size_t send(std::string_view bytes, int ms = kPatienceMs);
    // Sends what is taken now and keeps the rest for the next call, so that frames stay whole;
    // `more` only when nothing is kept. How much was taken.
    size_t pour(const std::string& more);
    // Says no more, and still listens.
    void finish();
    // Ends the socket; what is on its way is thrown away by both sides.
    void drop();

    // Everything heard, once the other side has ended; or what came until then.
    const std::string& hear(int ms = kPatienceMs);
    // Until `mark` was heard; false when the end or the deadline comes first.
    bool hear_until(std::string_view mark, int ms = kPatienceMs);
    // The same, and what was heard up to there is taken away.
    bool take_until(std::string_view mark, int ms = kPatienceMs);
    // Throws away what was heard and what has come.
    void drain();
    bool ended() const { return ended_; }
    // Whether the other side ends within that time; what comes before is thrown away.
    bool ends(int ms);

    // Asks for a stream; the status of the answer.
    int upgrade(const std::string& target);
    // The status of the HTTP answer heard so far; 0: none.
    int status() const;

private:
    // False at the end or the deadline.
    bool hear_some(int64_t until_us);

    Fd socket_;
    std::string heard_, kept_;
    bool ended_ = false;
};

// A frame of a client; `claimed` is the length that its head says.
std::string client_frame(int opcode, const std::string& payload, bool fin = true);
std::string client_frame_claiming(uint64_t claimed, const std::string& payload);

}  // namespace hy::test
