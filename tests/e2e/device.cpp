#include "e2e/device.h"

#include <boost/test/unit_test.hpp>

#include "base/ids.h"

namespace hy::test {

User admin() {
    static const User known = [] {
        const User user = stack().log_in();
        other_driver::execute("UPDATE accounts SET role = 1 WHERE id = " + user.name());
        BOOST_REQUIRE(eventually([&] { return stack().call(user, "GET", "/api/admin/users").status == 200; }));
        return user;
    }();
    return known;
}

std::string new_code(const User& admin, int64_t account) {
    const std::string whose = account ? R"(,"boundUserId":)" + std::to_string(account) : "";
    const auto answer =
        stack().call(admin, "POST", "/api/admin/activation-codes", R"({"count":1,"validityPeriod":30)" + whose + "}");
    BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.status << " " << answer.body);
    return answer.json().find("data")->find("codes")->array()->front().text_or("code");
}

Device::Device(const User& owner) : Device(owner, new_code(admin(), owner.id), "device-" + random_text(12)) {
    BOOST_REQUIRE(set(R"({"aiProvider":"echo","replyDelayMin":0,"replyDelayMax":0})").status == 200);
}

Device::Device(const User& owner, const std::string& code, const std::string& device_id)
    : owner(owner), code(code), id(device_id) {
    activated = http(stack().url, "POST", "/api/robot-ids/activate", {{"Content-Type", "application/json"}},
                     R"({"code":")" + code + R"(","deviceInfo":{"deviceId":")" + id + R"(","brand":"Xiaomi"}})");
    robot = data(activated.json(), "robotId");
    token = data(activated.json(), "token");
    refresh = data(activated.json(), "refreshToken");
    stack().secrets.insert(stack().secrets.end(), {token, refresh});
}

Answer Device::call(const std::string& method, const std::string& path, const std::string& body) const {
    return http(stack().url, method, path, {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}},
                body);
}

Answer Device::report(const std::string& text, const std::string& who, const std::string& group, bool at_me,
                      const std::string& timestamp) const {
    json::Writer w;
    w.begin_object().field("robotId", robot).field("spoken", text).field("rawSpoken", text).field("receivedName", who);
    w.field("groupName", group).field("roomType", group.empty() ? 2 : 1).field("atMe", at_me).field("textType", 1);
    w.field("timestamp", timestamp).end_object();
    return call("POST", "/api/robot/messages", std::string(w.text()));
}

Stream Device::connect(int to_port) const {
    return std::make_unique<WebSocket>(to_port ? to_port : stack().port, "/ws?robotId=" + robot + "&token=" + token);
}

std::vector<std::string> Device::poll() const {
    const auto answer = call("GET", "/api/robot/commands?robotId=" + robot).json();
    std::vector<std::string> ids;
    const auto* list = answer.find("data") ? answer.find("data")->find("commands") : nullptr;
    if (list && list->array())
        for (const auto& command : *list->array()) ids.push_back(command.text_or("commandId"));
    return ids;
}

Answer Device::result(const std::string& command, int code) const {
    return call("POST", "/api/robot/command-result",
                R"({"robotId":")" + robot + R"(","commandId":")" + command + R"(","errorCode":)" +
                    std::to_string(code) + R"(,"executionTimeMs":2500,"successList":["张三"]})");
}

Answer Device::set(const std::string& settings) const {
    return stack().call(owner, "PUT", "/api/robots/" + robot, settings);
}

Answer Device::send(const std::string& text) const {
    return stack().call(
        owner, "POST", "/api/robot/send-message",
        R"({"robotId":")" + robot + R"(","type":"text","titleList":["张三"],"content":")" + text + "\"}");
}

int64_t Device::number() const {
    return other_driver::number("SELECT id FROM robots WHERE public_id = '" + robot + "'");
}

}  // namespace hy::test
