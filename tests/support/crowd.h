// Thousands of WebSocket clients on one thread. Each connects again, after a pause of up to
// two seconds as real ones make, when its connection ends; it answers pings and hands every
// text to whoever made the crowd.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <queue>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/lifecycle.h"

namespace hy::test {

class Crowd {
public:
    struct Member {
        int port;
        std::string target;
    };
    struct Options {
        bool spread = true;  // from addresses of their own (127.x.y.z), else all from 127.0.9.9
        bool comes_back = true;
    };
    // All called on the crowd's thread, where say() may be called too.
    struct Ears {
        std::function<void(size_t member)> begun;  // its handshake was accepted
        std::function<void(size_t member)> live;   // its connection has answered a ping
        std::function<void(size_t member, std::string_view text)> hear;
    };
    Crowd(std::vector<Member> members, Ears ears, Options options);
    Crowd(std::vector<Member> members, Ears ears) : Crowd(std::move(members), std::move(ears), Options{}) {}
    ~Crowd();
    Crowd(const Crowd&) = delete;

    // From any thread: the member says it on the connection it has; nothing when it has none.
    void say(size_t member, const std::string& text);
    size_t size() const { return members_.size(); }
    size_t live() const { return live_; }
    // What handshakes were answered with other than 101 (0: not at all), and close codes (0: the
    // socket ended without one).
    std::map<int, int> refusals() const;
    std::map<int, int> closes() const;

private:
    enum class State : uint8_t { away, connecting, handshake, opening, live };
    struct Client {
        Fd socket;
        State state = State::away;
        std::string in;
        int code = 0;
    };
    void work();
    void connect(size_t member);
    void ready(size_t member, uint32_t events);
    void take(size_t member);
    bool take_frame(size_t member, std::string_view& rest);
    void frame(size_t member, int opcode, std::string_view payload);
    void lost(size_t member);
    void rest(size_t member);

    const std::vector<Member> members_;
    const Ears ears_;
    const Options options_;
    Fd epoll_;
    // The thread's alone.
    std::vector<Client> clients_;
    std::priority_queue<std::pair<int64_t, size_t>, std::vector<std::pair<int64_t, size_t>>, std::greater<>> resting_;
    std::mt19937 random_{std::random_device{}()};
    mutable std::mutex mutex_;
    std::vector<std::pair<size_t, std::string>> said_;
    std::map<int, int> refusals_, closes_;
    std::atomic<size_t> live_ = 0;
    std::atomic<bool> going_ = true;
    std::thread thread_;
};

}  // namespace hy::test
