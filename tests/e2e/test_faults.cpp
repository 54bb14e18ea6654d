// What fails while people talk and write: handlers that restart or are killed, a bell that is
// away or killed. Nothing acknowledged is lost, nothing is out of order, and nobody has to
// bring anything back.
#include <Poco/Net/StreamSocket.h>

#include <boost/test/unit_test.hpp>
#include <random>

#include "e2e/load.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

std::mt19937& chance() {
    static std::mt19937 random{std::random_device{}()};
    return random;
}

// From 50 ms up to there: a fault at no special moment.
void some_time(unsigned most_ms) { std::this_thread::sleep_for(std::chrono::milliseconds(50 + chance()() % most_ms)); }

std::string fcgi_record(int type, const std::string& content) {
    const char head[] = {
        1, static_cast<char>(type), 0, 1, static_cast<char>(content.size() >> 8), static_cast<char>(content.size()), 0,
        0};
    return std::string(head, sizeof head) + content;
}

std::string fcgi_param(const std::string& name, const std::string& value) {
    return std::string{static_cast<char>(name.size()), static_cast<char>(value.size())} + name + value;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

// On a busy host nginx may connect to a handler and not get to write its request for a while.
BOOST_AUTO_TEST_CASE(a_request_that_comes_late_on_its_connection_is_answered) {
    Poco::Net::StreamSocket socket(
        Poco::Net::SocketAddress(Poco::Net::AddressFamily::UNIX_LOCAL, stack().config.run_dir + "/ocms-robots.sock"));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    const std::string params = fcgi_param("REQUEST_METHOD", "GET") + fcgi_param("REQUEST_URI", "/ocms/robots/");
    const std::string request = fcgi_record(1, std::string("\0\1\0\0\0\0\0\0", 8)) + fcgi_record(4, params) +
                                fcgi_record(4, "") + fcgi_record(5, "");
    std::string answer;
    try {
        socket.sendBytes(request.data(), static_cast<int>(request.size()));
        char buffer[4096];
        for (int size; (size = socket.receiveBytes(buffer, sizeof buffer)) > 0;)
            answer.append(buffer, static_cast<size_t>(size));
    } catch (const Poco::Exception& fault) {
        answer = fault.displayText();
    }
    BOOST_TEST(answer.find("401") != std::string::npos, answer);
}

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

// All processes of a group at once, or one of them, the event handler and the jobs among them.
BOOST_AUTO_TEST_CASE(handlers_killed_in_mid_request) {
    Load load;
    const std::vector<std::string> programs = {"ocms-stream", "ocms-conversations", "ocms-robots",
                                               "jobs-outbox", "jobs-housekeeping",  "ocms-stream"};
    size_t killed = 0;
    for (int i = 0; i < 12; ++i) {
        some_time(700);
        const auto pids = pids_of(programs[static_cast<size_t>(i) % programs.size()]);
        const size_t most = i % 3 == 2 ? std::min<size_t>(1, pids.size()) : pids.size();
        for (size_t k = 0; k < most; ++k) kill(pids[k], SIGKILL);
        killed += most;
    }
    BOOST_TEST_MESSAGE(killed << " processes killed");
    BOOST_TEST(killed >= 12u);
    load.back("handlers killed", 30);
    load.finish();
    // A request whose process was killed has no other answer; all others are served.
    const auto statuses = load.statuses();
    for (const auto& [status, count] : statuses) BOOST_TEST((status == 200 || status == 503), status << ": " << count);
    stack().heal();
}

BOOST_AUTO_TEST_CASE(nats_killed_under_load) {
    Load load;
    for (int i = 0; i < 3; ++i) {
        some_time(1000);
        BOOST_TEST(signal_all("nats-server", SIGKILL) == 1u);
        load.back("nats-server killed", 30);
    }
    load.finish();
    for (const auto& [status, count] : load.statuses()) BOOST_TEST(status == 200, status << ": " << count);
    stack().heal();
}

BOOST_AUTO_TEST_CASE(nats_away_for_ten_seconds_under_load) {
    Load load;
    std::this_thread::sleep_for(std::chrono::seconds(2));
    stack().supervisor("stop nats");
    std::this_thread::sleep_for(std::chrono::seconds(10));
    stack().supervisor("start nats");
    load.back("NATS away for 10 s", 30);
    load.finish(30, true);
    for (const auto& [status, count] : load.statuses()) BOOST_TEST(status == 200, status << ": " << count);
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
