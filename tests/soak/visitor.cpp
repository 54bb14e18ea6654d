#include "soak/visitor.h"

#include <stdexcept>

#include "base/ids.h"
#include "base/text.h"
#include "e2e/faithful_client.h"

namespace hy::test {

namespace {

constexpr int kPatienceSeconds = 120;
constexpr int kSaid = 5;  // messages of a talk

struct Over : std::runtime_error {
    using runtime_error::runtime_error;
};

bool not_now(int status) { return status == 0 || status == 502 || status == 503 || status == 504; }

}  // namespace

Visitor::Visitor() : thread_([this] { run(); }) {}

void Visitor::end() {
    going_ = false;
    if (thread_.joinable()) thread_.join();
}

std::map<int, int> Visitor::statuses() const {
    std::lock_guard lock(mutex_);
    return statuses_;
}

std::vector<std::string> Visitor::faults() const {
    std::lock_guard lock(mutex_);
    return faults_;
}

void Visitor::expect(bool is, const std::string& what) {
    if (is) return;
    std::lock_guard lock(mutex_);
    if (faults_.size() < 20) faults_.push_back(what);
}

template <typename F>
Answer Visitor::patiently(const std::string& what, F&& ask) {
    for (int i = 0; i < kPatienceSeconds * 5; ++i) {
        Answer answer;
        try {
            answer = ask();
        } catch (const std::exception&) {
            answer.status = 0;  // the connection broke
        }
        {
            std::lock_guard lock(mutex_);
            ++statuses_[answer.status];
        }
        if (!not_now(answer.status)) return answer;
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    throw Over(what + ": no answer for " + std::to_string(kPatienceSeconds) + " s");
}

void Visitor::run() {
    while (going_) {
        try {
            live();
            ++lives_;
        } catch (const std::exception& e) {
            expect(false, e.what());
        }
    }
}

void Visitor::live() {
    const User me = sign_in();
    const Robot robot = make_robot(me);
    talk(me, robot);
    send_file(me);
    keep_conversations(me, robot);
    leave(me, robot);
}

User Visitor::sign_in() {
    const std::string body = R"({"code":"soak)" + random_text(16, kLowerDigits) + "\"}";
    const Answer answer = patiently("sign in", [&] {
        return http(stack().url, "POST", "/ocms/auth/weapp/token", {{"Content-Type", "application/json"}}, body);
    });
    if (answer.status != 200) throw Over("sign in: " + std::to_string(answer.status) + " " + answer.body);
    return {to_int(answer.text("user_id")).value_or(0), answer.text("access_token"), answer.text("refresh_token")};
}

Robot Visitor::make_robot(const User& me) {
    const Answer answer =
        patiently("make a robot", [&] { return stack().call(me, "POST", "/ocms/robots/", R"({"name":"雁"})"); });
    if (answer.status != 200) throw Over("make a robot: " + std::to_string(answer.status) + " " + answer.body);
    return {answer.text("robot_id"), answer.text("api_key")};
}

void Visitor::talk(const User& me, const Robot& robot) {
    const int port = stack().port;
    FaithfulClient* speaker = nullptr;
    FaithfulClient agent("/ocms/v1/stream?apiKey=" + robot.key, port,
                         [&](const std::string& id, const std::string& text) {
                             speaker->say("r" + id, agent_says(text, "default", me.name(), "r" + id));
                         });
    speaker = &agent;
    FaithfulClient user("/ocms/v1/stream?token=" + me.access + "&robotId=" + robot.id, port,
                        [](const std::string&, const std::string&) {});
    for (int i = 0; i < kSaid; ++i) {
        const std::string number = "v" + std::to_string(i);
        user.say(number, user_says(number, "", number));
    }
    const bool answered = eventually([&] { return user.heard().size() == kSaid; }, 1000 * kPatienceSeconds);
    user.end();
    agent.end();
    expect(answered, "a talk: heard " + std::to_string(user.heard().size()) + " of " + std::to_string(kSaid));
    const Answer history = patiently("history", [&] {
        return stack().call(me, "GET", "/ocms/chat/history/" + me.name() + "?robot_id=" + robot.id);
    });
    expect(history.status == 200, "history: " + std::to_string(history.status) + " " + history.body.substr(0, 200));
}

void Visitor::send_file(const User& me) {
    std::string bytes = "soak " + random_text(20, kLowerDigits);
    bytes.resize(50'000, '.');
    const Answer sent = patiently("upload", [&] { return stack().upload(me.headers(), "a.txt", "text/plain", bytes); });
    expect(sent.status == 200, "upload: " + std::to_string(sent.status) + " " + sent.body.substr(0, 200));
    if (sent.status != 200) return;
    const std::string path = path_of(sent.text("url"));
    const Answer got = patiently("download", [&] { return http(stack().url, "GET", path, me.headers()); });
    expect(got.status == 200 && got.body == bytes, "a file came back otherwise: " + std::to_string(got.status));
}

void Visitor::keep_conversations(const User& me, const Robot& robot) {
    const std::string body = R"({"robot_id":")" + robot.id + R"(","title":"soak"})";
    const Answer made =
        patiently("make a conversation", [&] { return stack().call(me, "POST", "/ocms/conversations/", body); });
    expect(made.status == 200, "make a conversation: " + std::to_string(made.status));
    const std::string id = made.text("id");
    const auto listed = [&] {
        const Answer list = patiently("list", [&] { return stack().call(me, "GET", "/ocms/conversations/"); });
        return list.status == 200 && list.body.find(id) != std::string::npos;
    };
    expect(listed(), "a conversation that was made is not there");
    const Answer deleted =
        patiently("delete it", [&] { return stack().call(me, "DELETE", "/ocms/conversations/" + id); });
    // 404: the first try was heard, its answer was not.
    expect(deleted.status == 200 || deleted.status == 404, "delete it: " + std::to_string(deleted.status));
    expect(!listed(), "a conversation that was deleted is there");
}

void Visitor::leave(const User& me, const Robot& robot) {
    const Answer gone =
        patiently("delete the robot", [&] { return stack().call(me, "DELETE", "/ocms/robots/" + robot.id); });
    expect(gone.status == 200 || gone.status == 404, "delete the robot: " + std::to_string(gone.status));
    // Once: a token that was traded by a try whose answer got lost is spent.
    const auto trade = [&] {
        return http(stack().url, "POST", "/ocms/auth/refresh", {{"Content-Type", "application/json"}},
                    R"({"refresh_token":")" + me.refresh + "\"}");
    };
    try {
        const int status = trade().status;
        expect(status == 200 || not_now(status), "refresh: " + std::to_string(status));
    } catch (const std::exception&) {
        // Without an answer there is nothing to say about it.
    }
}

}  // namespace hy::test
