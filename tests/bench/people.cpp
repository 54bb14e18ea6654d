#include "people.h"

#include <stdexcept>

#include "base/ids.h"
#include "support/http_client.h"

namespace hy::bench {

Person new_person(int port) {
    const std::string url = "http://127.0.0.1:" + std::to_string(port);
    const test::Headers json = {{"Content-Type", "application/json"}};
    const auto user =
        test::http(url, "POST", "/ocms/auth/weapp/token", json, R"({"code":"bench-)" + random_hex32() + "\"}");
    Person person{user.text("access_token"), "", ""};
    test::Headers own = json;
    own.emplace_back("Authorization", "Bearer " + person.token);
    const auto robot = test::http(url, "POST", "/ocms/robots/", own, R"({"name":"bench"})");
    person.robot = robot.text("robot_id");
    person.api_key = robot.text("api_key");
    if (person.token.empty() || person.robot.empty())
        throw std::runtime_error("no account could be made: " + user.body + robot.body);
    return person;
}

}  // namespace hy::bench
