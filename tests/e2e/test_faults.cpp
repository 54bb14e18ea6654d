// What fails while people talk: handlers that restart, a relay that is killed beside
// another, a bell that is away. Nothing acknowledged is lost, nothing is out of order.
#include <Poco/Net/ServerSocket.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "e2e/stack.h"

namespace hy::test {

namespace {

int free_port() {
    Poco::Net::ServerSocket socket(Poco::Net::SocketAddress("127.0.0.1", 0));
    return socket.address().port();
}

// A relay of our own beside the stack's, ended with its owner.
class SecondRelay {
public:
    SecondRelay() : port_(free_port()) {
        const std::string program = stack().bin + "/ws-relay", conf = "--config=" + stack().var + "/etc/hongyan.conf",
                          listen = "--relay.listen=127.0.0.1:" + std::to_string(port_),
                          log = stack().var + "/log/second-relay.log";
        pid_ = fork();
        if (pid_ == 0) {
            const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            dup2(out, 1);
            dup2(out, 2);
            // The programs know every HONGYAN_* but those of the tests.
            const char* const environment[] = {"PATH=/usr/bin:/bin", nullptr};
            execle(program.c_str(), "ws-relay", conf.c_str(), "--relay.name=second", listen.c_str(), nullptr,
                   environment);
            _exit(127);
        }
        BOOST_REQUIRE(eventually([&] { return WebSocket(port_, "/ocms/v1/stream").status() == 101; }));
    }
    ~SecondRelay() { end(SIGTERM); }
    void end(int signal) {
        if (pid_ < 0) return;
        kill(pid_, signal);
        waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
    int port() const { return port_; }

private:
    int port_;
    pid_t pid_ = -1;
};

struct Heard {
    std::vector<std::string> ids;  // in the order of their first coming
    std::set<std::string> known;
    void add(const std::string& id) {
        if (known.insert(id).second) ids.push_back(id);
    }
};

// One talk under load: the user says and the agent answers everything it hears.
class LoadedTalk {
public:
    LoadedTalk()
        : robot_(stack().new_robot(owner_)), agent_(stack().agent(robot_)), user_(stack().user(owner_, robot_)) {
        threads_.emplace_back([this] { say(); });
        threads_.emplace_back([this] { answer(); });
        threads_.emplace_back([this] { listen(); });
    }
    ~LoadedTalk() { end(); }
    void stop_saying() { saying_ = false; }
    // Ends listening too.
    void end() {
        saying_ = listening_ = false;
        for (auto& thread : threads_)
            if (thread.joinable()) thread.join();
    }
    // Whether both sides have heard all that the log holds, in its order.
    bool complete() {
        const auto rows = other_driver::messages(owner_, robot_, "default");
        std::vector<std::string> from_user, from_robot;
        for (const auto& row : rows) (row.sender_type == "0" ? from_user : from_robot).push_back(row.id);
        std::lock_guard lock(mutex_);
        return from_user.size() == from_robot.size() && at_agent_.ids == from_user && at_user_.ids == from_robot;
    }
    void check() {
        const auto rows = other_driver::messages(owner_, robot_, "default");
        BOOST_TEST(without_holes(rows));
        std::vector<std::string> from_user, from_robot;
        std::set<std::string> stored, numbers;
        for (const auto& row : rows) {
            stored.insert(row.id);
            (row.sender_type == "0" ? from_user : from_robot).push_back(row.id);
            BOOST_TEST(numbers.insert(row.sender_type + row.client_no).second, "stored twice: " << row.client_no);
        }
        BOOST_TEST_MESSAGE(said_ << " said, " << acknowledged_.size() << " acknowledged, " << rows.size() << " stored");
        for (const auto& id : acknowledged_) BOOST_TEST(stored.contains(id), "acknowledged and gone: " << id);
        BOOST_TEST(from_user.size() == static_cast<size_t>(said_));
        BOOST_TEST((at_agent_.ids == from_user),
                   "the agent heard " << at_agent_.ids.size() << " of " << from_user.size());
        BOOST_TEST((at_user_.ids == from_robot),
                   "the user heard " << at_user_.ids.size() << " of " << from_robot.size());
        BOOST_TEST(user_->closed(0) == "");
        BOOST_TEST(agent_->closed(0) == "");
    }

private:
    void say() {
        while (saying_) {
            user_->text(user_says("said", "", "u" + std::to_string(said_++)));
            std::this_thread::sleep_for(std::chrono::milliseconds(25));
        }
    }
    void hear(Heard& heard, const std::string& id) {
        std::lock_guard lock(mutex_);
        heard.add(id);
    }
    void answer() {
        while (listening_) {
            const auto frame = agent_->next_json(100);
            if (frame.text_or("type") == "ack") {
                std::lock_guard lock(mutex_);
                acknowledged_.insert(frame.text_or("id"));
            }
            if (frame.text_or("type") != "message") continue;
            const std::string id = data(frame, "id");
            hear(at_agent_, id);
            agent_->text(agent_says("heard", "default", owner_.name(), "r" + id));
        }
    }
    void listen() {
        while (listening_) {
            const auto frame = user_->next_json(100);
            if (frame.text_or("type") == "ack") {
                std::lock_guard lock(mutex_);
                acknowledged_.insert(frame.text_or("id"));
            } else if (frame.text_or("sender") == "Robot") {
                hear(at_user_, frame.text_or("id"));
            }
        }
    }

    User owner_ = stack().log_in();
    Robot robot_;
    Stream agent_, user_;
    std::atomic<bool> saying_ = true, listening_ = true;
    std::atomic<int> said_ = 0;
    std::mutex mutex_;
    Heard at_agent_, at_user_;
    std::set<std::string> acknowledged_;
    std::vector<std::thread> threads_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(ten_restarts_of_a_handler_fail_no_request) {
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    std::atomic<bool> going = true;
    std::atomic<int> asked = 0, failed = 0;
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i)
        clients.emplace_back([&] {
            while (going) {
                ++asked;
                if (stack().call(alice, "GET", "/ocms/robots/" + robot.id).status != 200) ++failed;
            }
        });
    int restarted = 0;
    for (int i = 0; i < 10; ++i) {
        const std::string process = "ocms-robots:ocms-robots_" + std::to_string(1 + i % 2);
        restarted += stack().supervisor("restart " + process).find("started") != std::string::npos;
    }
    going = false;
    for (auto& client : clients) client.join();
    BOOST_TEST_MESSAGE(asked << " requests");
    BOOST_TEST(restarted == 10);
    BOOST_TEST(failed == 0);
    BOOST_TEST(asked > 1000);
}

BOOST_AUTO_TEST_CASE(two_relays_and_one_of_them_killed) {
    SecondRelay second;
    const User alice = stack().log_in();
    const Robot robot = stack().new_robot(alice);
    auto user = stack().user(alice, robot);
    auto far = stack().agent(robot, true, second.port());
    user->text(user_says("across"));
    BOOST_TEST(data(far->next_json(), "text") == "across");
    far->text(agent_says("back", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "back");
    const auto settled = [&](int64_t seq) {
        return eventually(
            [&] { return other_driver::unconfirmed(robot) == 0 && other_driver::delivered(alice, robot) == seq; });
    };
    BOOST_TEST(settled(2));
    auto far_device = stack().user(alice, robot, "", true, second.port());
    far->text(agent_says("to both", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "to both");
    BOOST_TEST(far_device->next_json().text_or("text") == "to both");
    BOOST_TEST(settled(3));

    auto near = stack().agent(robot);
    second.end(SIGKILL);
    std::vector<std::string> ids;
    for (const std::string text : {"1", "2", "3"}) {
        user->text(user_says(text, "", text));
        ids.push_back(user->next_json().text_or("id"));
    }
    const auto& relay = stack().config.relay;
    const int patience = static_cast<int>(relay.lease_seconds + relay.heartbeat_seconds + 5) * 1000;
    for (const auto& id : ids) BOOST_TEST(data(near->next_json(patience), "id") == id);
    near->text(agent_says("taken over", "default", alice.name()));
    BOOST_TEST(user->next_json().text_or("text") == "taken over");
}

BOOST_AUTO_TEST_CASE(nats_away_for_ten_seconds_under_load) {
    std::vector<std::unique_ptr<LoadedTalk>> talks;
    for (int i = 0; i < 3; ++i) talks.push_back(std::make_unique<LoadedTalk>());
    std::this_thread::sleep_for(std::chrono::seconds(2));
    stack().supervisor("stop nats");
    std::this_thread::sleep_for(std::chrono::seconds(10));
    stack().supervisor("start nats");
    std::this_thread::sleep_for(std::chrono::seconds(2));
    for (auto& talk : talks) talk->stop_saying();
    for (auto& talk : talks) eventually([&] { return talk->complete(); }, 25000);
    for (auto& talk : talks) {
        talk->end();
        talk->check();
    }
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
