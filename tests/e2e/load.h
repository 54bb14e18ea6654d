// A load of sends that goes on while something is broken: talks over the stream, writers over
// HTTP. Afterwards each says what is missing, doubled or out of order.
#pragma once
#include "e2e/faithful_client.h"

namespace hy::test {

// One talk: the user says, the agent answers everything it hears.
class Talk {
public:
    explicit Talk(int port = 0, int every_ms = 60);
    ~Talk() { end(); }
    void stop_saying() { saying_ = false; }
    void end();
    // The number that is said next, and whether one of that number or above has been answered.
    int mark() const { return said_; }
    bool answered(int mark) const { return answered_ >= mark; }
    bool live() const { return user_->live() && agent_->live(); }
    // Whether everything was acknowledged and both sides have heard all that the log holds.
    bool complete() const;
    // Into Boost.Test; `stayed`: no connection may have ended.
    void check(bool stayed = false) const;

private:
    void say();

    User owner_;
    Robot robot_;
    const int every_ms_;
    std::atomic<bool> saying_ = true;
    std::atomic<int> said_ = 0, answered_ = -1;
    std::unique_ptr<FaithfulClient> agent_, user_;
    std::thread thread_;
};

// Makes conversations and, now and then, robots; reads them too.
class Writer {
public:
    Writer();
    ~Writer() { end(); }
    void stop() { going_ = false; }
    void end();
    // Successful answers so far.
    int succeeded() const { return succeeded_; }
    std::map<int, int> statuses() const;
    // The longest that an answer took, of those that were asked since the last call.
    double slowest_s();
    // Everything acknowledged is stored.
    void check() const;

private:
    void run();
    Answer ask(int i);

    User owner_;
    Robot robot_;
    std::atomic<bool> going_ = true;
    std::atomic<int> succeeded_ = 0;
    mutable std::mutex mutex_;
    std::map<int, int> statuses_;
    std::vector<std::string> conversations_, robots_;
    int64_t slowest_us_ = 0;
    std::thread thread_;
};

// Several of both, and what is asked of them after each fault.
class Load {
public:
    explicit Load(size_t talks = 3, size_t writers = 2, int port = 0);
    // Waits until all are served again: something said from now on is answered in each talk, and
    // each writer succeeds. How long it took; fails when it took longer.
    double back(const std::string& what, int within_s);
    // Stops, waits until all is said and heard, and checks everything.
    void finish(int within_s = 30, bool stayed = false);
    std::map<int, int> statuses() const;
    double slowest_s();

    std::vector<std::unique_ptr<Talk>> talks;
    std::vector<std::unique_ptr<Writer>> writers;
};

}  // namespace hy::test
