// A WebSocket client for tests: a thread reads, answers pings (or does not) and keeps every
// text frame in its order until the test asks for it.
#pragma once
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "json/value.h"
#include "support/wait.h"

namespace hy::test {

class WebSocket {
public:
    // To 127.0.0.1. `headers`: whole lines, each with its \r\n. Without `pongs` it never
    // answers a ping.
    WebSocket(int port, const std::string& target, const std::string& headers = {}, bool pongs = true);
    ~WebSocket();
    WebSocket(const WebSocket&) = delete;

    // The status of the handshake's answer; 0: none came.
    int status() const { return status_; }
    void text(const std::string& payload) { frame(1, payload); }
    void frame(int opcode, const std::string& payload);

    // Sends {"type":"ping"} and waits for its pong, which comes once the connection has been
    // given what was pending.
    bool live(int ms = kPatienceMs);
    // The next text or binary frame that is no pong; "closed CODE REASON" at the end, "nothing came".
    std::string next(int ms = kPatienceMs);
    json::Value next_json(int ms = kPatienceMs);
    // What came and was not asked for yet.
    size_t waiting() const;
    // Pings that were answered.
    size_t pongs_sent() const;
    // "CODE REASON" of the close frame, "" when none came; also at the socket's end.
    std::string closed(int ms = kPatienceMs);
    // Ends the socket without a word.
    void drop();

private:
    void read();
    bool take_frame();
    void take(int opcode, std::string payload);

    int fd_ = -1, status_ = 0;
    const bool answers_pings_;
    std::string in_;       // the reader's
    std::string message_;  // of fragments
    mutable std::mutex mutex_, send_mutex_;
    std::condition_variable came_;
    std::deque<std::string> texts_;
    size_t pongs_ = 0, pongs_sent_ = 0;
    std::string close_;
    bool ended_ = false;
    std::thread reader_;
};

}  // namespace hy::test
