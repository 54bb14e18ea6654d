// Thousands of WebSocket clients on one epoll, for load: connects, shakes hands, answers
// pings, hands every other frame to its owner. It checks no more of RFC 6455 than it needs.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/lifecycle.h"

namespace hy::bench {

// Owner: a program's main thread, which alone calls it.
class Swarm {
public:
    struct Place {
        int port = 0;
        std::string target;        // path and query
        std::string headers = {};  // whole lines, each with its CRLF
        bool shakes = true;        // false: frames follow the connecting at once, without HTTP
    };
    enum class State : uint8_t { idle, connecting, shaking, open, ended };

    std::function<void(size_t)> on_open;
    // Refused, closed or broken: `why` is a close code, an HTTP status, or 0.
    std::function<void(size_t, int why)> on_end;
    std::function<void(size_t, uint8_t opcode, std::string_view payload)> on_frame;

    Swarm();
    size_t add(Place place);
    void connect(size_t index);
    void drop(size_t index);
    void text(size_t index, std::string_view payload) { send_frame(index, 1, payload); }
    void raw(size_t index, std::string_view bytes);
    // Handles what has come, waiting for it `ms` at most.
    void turn(int ms);

    State state(size_t index) const { return clients_[index].state; }
    size_t size() const { return clients_.size(); }
    size_t open() const { return open_; }
    size_t ended() const { return ended_; }  // how often a connection ended without our wish

private:
    struct Client {
        Place place;
        Fd socket;
        State state = State::idle;
        bool watched_out = false;
        std::string in, out;
    };
    void send_frame(size_t index, uint8_t opcode, std::string_view payload);
    void connected(size_t index);
    void read(size_t index);
    void take(size_t index, std::string_view in);
    size_t take_answer(size_t index, std::string_view in);
    size_t take_frame(size_t index, std::string_view in);
    void write(size_t index);
    void end(size_t index, int why);

    Fd epoll_;
    std::vector<Client> clients_;
    std::string buffer_;
    size_t open_ = 0, ended_ = 0;
};

}  // namespace hy::bench
