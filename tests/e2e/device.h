// A WeCom robot's device as the tests play it: activated by a code, it reports, listens at /ws, polls, and tells how
// commands ended.
#pragma once
#include "e2e/stack.h"

namespace hy::test {

// Somebody who may do what admins do.
User admin();
// A fresh code bound to an account; 0: to nobody.
std::string new_code(const User& admin, int64_t account);

struct Device {
    // A robot of `owner`'s, whose brain answers at once.
    explicit Device(const User& owner);
    Device(const User& owner, const std::string& code, const std::string& device_id);

    Answer call(const std::string& method, const std::string& path, const std::string& body = {}) const;
    Answer report(const std::string& text, const std::string& who = "张三", const std::string& group = {},
                  bool at_me = true, const std::string& timestamp = {}) const;
    Stream connect(int to_port = 0) const;
    // The ids that a poll gives.
    std::vector<std::string> poll() const;
    Answer result(const std::string& command, int code = 0) const;
    // As its owner.
    Answer set(const std::string& settings) const;
    Answer send(const std::string& text) const;
    int64_t number() const;  // of its robot, inside the house

    User owner;
    std::string code, id, robot, token, refresh;
    Answer activated;
};

}  // namespace hy::test
