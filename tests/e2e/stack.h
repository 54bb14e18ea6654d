// The running stack as the tests hold it: its addresses, its supervisord, fresh people and
// robots, and a look into the database through another driver.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "base/config.h"
#include "json/writer.h"
#include "support/http_client.h"
#include "support/web_socket.h"

namespace hy::test {

struct User {
    int64_t id = 0;
    std::string access, refresh;
    std::string name() const { return std::to_string(id); }
    Headers headers() const { return {{"Authorization", "Bearer " + access}, {"Content-Type", "application/json"}}; }
};

struct Robot {
    std::string id, key;
};

using Stream = std::unique_ptr<WebSocket>;

class Stack {
public:
    Stack();
    // Everything that should run does, and the door answers.
    void heal();
    Answer healthz() { return http(url, "GET", "/healthz"); }
    // supervisorctl with these words; what it said.
    std::string supervisor(const std::string& words);
    std::vector<std::string> processes();  // "ocms-chat:ocms-chat_1"

    // Somebody who was never here before, or `code`'s account once more.
    User log_in(const std::string& code = {});
    Robot new_robot(const User& owner, const std::string& name = "雁");
    Answer call(const User& user, const std::string& method, const std::string& path, const std::string& body = {});
    Answer upload(const Headers& who, const std::string& name, const std::string& mime, const std::string& bytes);

    // Connections that are live; `more` is added to the query.
    Stream user(const User& user, const Robot& robot, const std::string& more = {}, bool pongs = true, int to_port = 0);
    Stream agent(const Robot& robot, bool pongs = true, int to_port = 0);
    Stream stream(const std::string& query, const std::string& headers = {}, int to_port = 0);

    // Every token and key that was handed out, for those who look where they must not be.
    std::vector<std::string> secrets;

    std::string url, var, bin;
    int port = 0;
    Config config;
};
Stack& stack();

// The message of a user, as JSON text; empty members are left out.
std::string user_says(const std::string& text, const std::string& conversation = {}, const std::string& number = {},
                      const std::string& file = {});
std::string agent_says(const std::string& text, const std::string& conversation = {}, const std::string& to = {},
                       const std::string& number = {}, const std::string& media = {});
// A member of an agent's message.
std::string data(const json::Value& frame, std::string_view name);
// Part of an address that has its scheme and host.
std::string path_of(const std::string& link);

// The database by Poco::Data: a connection made for these questions alone.
namespace other_driver {
struct Row {
    int64_t seq = 0;
    std::string id, sender_type, content, client_no;
};
// The log of a talk's channel, by number.
std::vector<Row> messages(const User& user, const Robot& robot, const std::string& conversation);
int64_t number(const std::string& sql);
void execute(const std::string& sql);
// What does not agree between the tables (support/house_check.h); empty when all does. `settled`:
// nobody writes, and the sweepers have had their time.
// `schema`: another one, for example what was restored.
std::string house_faults(bool settled = false, const std::string& schema = {});
// Messages of the robot that no agent has confirmed.
int64_t unconfirmed(const Robot& robot);
// The highest number in a talk of the two that a device of the user has confirmed.
int64_t delivered(const User& user, const Robot& robot);
}  // namespace other_driver

// Numbers are 1..n, without a hole.
bool without_holes(const std::vector<other_driver::Row>& rows);

}  // namespace hy::test
