// A client as real ones are: when its connection ends it connects again, and says once more,
// with the same number, what was not acknowledged. What comes twice it takes once, by id.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <set>

#include "e2e/stack.h"

namespace hy::test {

class FaithfulClient {
public:
    // `hear` is called on the client's own thread with each message that was not here before.
    using Hear = std::function<void(const std::string& id, const std::string& text)>;
    FaithfulClient(std::string target, int port, Hear hear);
    ~FaithfulClient();
    FaithfulClient(const FaithfulClient&) = delete;

    // From any thread. `frame` carries `number` as its clientMsgId.
    void say(const std::string& number, const std::string& frame);
    // No more messages are taken or sent; the thread has ended.
    void end();

    bool live() const { return live_; }
    size_t unacknowledged() const;
    // Number: id.
    std::map<std::string, std::string> acknowledged() const;
    // Ids in the order of their first coming.
    std::vector<std::string> heard() const;
    int connects() const { return connects_; }
    // Why connections ended ("1012 …", "" for a socket that ended without a word), and how often.
    std::map<std::string, int> ends() const;
    // Frames of type "error".
    std::vector<std::string> errors() const;
    // Connections that it ended itself since something stayed unanswered for kHungMs.
    int hung() const { return hung_; }

    static constexpr int kHungMs = 45000;

private:
    struct Unacknowledged {
        std::string number, frame;
        int64_t said_us = 0;  // 0: not yet on this connection
    };
    void run();
    bool connect();
    void say_what_waits();
    bool is_hung() const;
    void take(const std::string& text);
    void lost(const std::string& why);

    const std::string target_;
    const int port_;
    const Hear hear_;
    Stream socket_;  // the thread's alone
    mutable std::mutex mutex_;
    std::vector<Unacknowledged> waiting_;
    std::map<std::string, std::string> acknowledged_;
    std::vector<std::string> heard_, errors_;
    std::set<std::string> known_;
    std::map<std::string, int> ends_;
    std::atomic<bool> going_ = true, live_ = false;
    std::atomic<int> connects_ = 0, hung_ = 0;
    std::thread thread_;
};

}  // namespace hy::test
