// Somebody who comes, uses everything once, and goes: signs in, makes a robot, talks with it,
// sends a file, looks at the history, deletes, and begins anew as somebody else. An answer that
// says "not now" (502, 503, 504, none) is asked again; anything else that is not as it should
// be is a fault.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "e2e/stack.h"

namespace hy::test {

class Visitor {
public:
    Visitor();
    ~Visitor() { end(); }
    void end();
    int lives() const { return lives_; }
    // How often each status came; 0: no answer.
    std::map<int, int> statuses() const;
    std::vector<std::string> faults() const;

private:
    void run();
    void live();
    User sign_in();
    Robot make_robot(const User& me);
    void talk(const User& me, const Robot& robot);
    void send_file(const User& me);
    void keep_conversations(const User& me, const Robot& robot);
    void leave(const User& me, const Robot& robot);
    // The first answer that is no "not now"; throws when there is none for two minutes.
    template <typename F>
    Answer patiently(const std::string& what, F&& ask);
    void expect(bool is, const std::string& what);

    std::atomic<bool> going_ = true;
    std::atomic<int> lives_ = 0;
    mutable std::mutex mutex_;
    std::map<int, int> statuses_;
    std::vector<std::string> faults_;
    std::thread thread_;
};

}  // namespace hy::test
