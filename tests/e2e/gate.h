// A TCP gate before a port of this host: passes bytes on, and while it is shut lets nobody
// through and has cut those who were; while it is stuck it takes bytes and passes nothing on.
#pragma once
#include <atomic>
#include <list>
#include <thread>

#include "base/lifecycle.h"

namespace hy::test {

class Gate {
public:
    explicit Gate(int to_port);
    ~Gate();
    Gate(const Gate&) = delete;

    int port() const { return port_; }
    void open() { state_ = State::open; }
    void shut() { state_ = State::shut; }
    // Nothing is read any more: the buffers of both sides fill, and nobody is told.
    void stick() { state_ = State::stuck; }

private:
    enum class State { open, shut, stuck };
    struct Pair {
        Fd client, server;
        bool over = false;
    };
    void work();
    void accept_one();
    static bool pass(int from, int to);

    const int to_port_;
    int port_ = 0;
    Fd listener_;
    std::list<Pair> pairs_;  // the thread's alone
    std::atomic<State> state_ = State::open;
    std::atomic<bool> going_ = true;
    std::thread thread_;
};

}  // namespace hy::test
