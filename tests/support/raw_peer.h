// A peer that says any bytes it likes over TCP or a unix socket, and hears what is answered:
// for tests of what no well-behaved client would send.
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "support/wait.h"

namespace hy::test {

class RawPeer {
public:
    explicit RawPeer(int port);  // of 127.0.0.1
    explicit RawPeer(const std::string& unix_path);
    ~RawPeer();
    RawPeer(const RawPeer&) = delete;
    RawPeer(RawPeer&& other) noexcept : fd_(std::exchange(other.fd_, -1)), heard_(std::move(other.heard_)) {}

    // False when the other side takes no more: it may refuse before all is said.
    bool say(std::string_view bytes);
    // Says no more, and still listens.
    void finish();
    // Ends the socket; what is on its way is thrown away by both sides.
    void drop();
    // Everything heard, once the other side has ended; or what came until then.
    const std::string& hear(int ms = kPatienceMs);
    // Until `mark` was heard; false when the end or the deadline comes first.
    bool hear_until(std::string_view mark, int ms = kPatienceMs);
    bool ended() const { return ended_; }
    // The status of the HTTP answer heard so far; 0: none.
    int status() const;

private:
    // False at the end or the deadline.
    bool hear_some(int64_t until_us);

    int fd_ = -1;
    std::string heard_;
    bool ended_ = false;
};

}  // namespace hy::test
