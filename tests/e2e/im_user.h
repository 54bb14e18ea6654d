// Somebody who chats: an account, and a connection through the third door (JSON-RPC) or the fourth (the document's form, or
// that of OpenIM's own clients) that is made again whenever it ends.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "e2e/stack.h"

namespace hy::test {

struct ImAccount {
    User user;
    std::string uid;
};
ImAccount im_account();
// A group of the first of them, with all the others in it.
std::string im_group(const ImAccount& owner, const std::vector<ImAccount>& others);

struct ImMessage {
    std::string channel, id, number;
    int64_t seq = 0;
    bool again = false;  // sent once more, as the server says
};

enum class Speech { wukongim, openim, openim_sdk };

// A connection from its welcome to its end. Closed ones say so by next().
class ImConnection {
public:
    // Nothing came of it: connected() is false.
    ImConnection(const ImAccount& who, int port, const std::string& device = "d", Speech speech = Speech::wukongim);
    bool connected() const { return connected_; }
    // The next message; nothing: none came within so long, or the connection ended.
    std::optional<ImMessage> next(int ms);
    bool ended() const { return ended_; }
    // What comes next, whatever it is.
    json::Value frame(int ms = kPatienceMs) { return take(ms); }
    std::string closed(int ms = kPatienceMs) { return socket_.closed(ms); }
    void say(const std::string& frame) { socket_.text(frame); }
    void say_binary(const std::string& frame) { socket_.frame(2, frame); }
    void acknowledge(const ImMessage& message);
    // The number in the channel (1 where the answer has none), the reason where it is negative; nothing: nobody answered.
    std::optional<int64_t> send(const std::string& group, const std::string& number, const std::string& text);
    void drop() { socket_.drop(); }

private:
    void introduce(const ImAccount& who, const std::string& device);
    std::string sending(const std::string& group, const std::string& number, const std::string& text) const;
    json::Value take(int ms);
    // What a frame brings, in its order; the first is given, others are kept.
    std::optional<ImMessage> take_message(const json::Value& frame);
    const Speech speech_;
    const std::string uid_;
    WebSocket socket_;
    bool connected_ = false, ended_ = false;
    std::vector<ImMessage> early_;  // that came while an answer was waited for
};

// All that is in a group after a number, by HTTP.
std::vector<ImMessage> im_sync(const ImAccount& who, const std::string& group, int64_t after);

}  // namespace hy::test
