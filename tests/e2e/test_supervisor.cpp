// The stack's supervisord: what it waits for costs nothing.
#include <boost/test/unit_test.hpp>

#include <fstream>
#include <iterator>
#include <sstream>
#include <thread>

#include "e2e/processes.h"
#include "e2e/stack.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

std::string call_of(const std::string& method, const std::string& params = {}) {
    const std::string body = "<?xml version='1.0'?><methodCall><methodName>supervisor." + method +
                             "</methodName><params>" + params + "</params></methodCall>";
    return "POST /RPC2 HTTP/1.1\r\nHost: here\r\nContent-Type: text/xml\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

// User and system time, in hundredths of a second.
long ticks_of(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    long user = 0, system = 0;
    fields >> user >> system;
    return user + system;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(supervisor)

// Its poller kept a closed descriptor whose number a process' pipe got at once, and took a whole core from then on:
// what ends and what starts are put into one turn of its loop here.
BOOST_AUTO_TEST_CASE(a_closed_descriptor_is_not_waited_for) {
    const std::string path = stack().config.run_dir + "/supervisor.sock", process = "ocms-robots:ocms-robots_1";
    std::ifstream file(stack().config.run_dir + "/supervisord.pid");
    pid_t pid = 0;
    file >> pid;
    BOOST_REQUIRE(pid > 0);
    stack().supervisor("stop " + process);
    // A start makes pipes of the numbers that are free: the first for reading, the second for writing.
    RawPeer first(path), second(path), third(path), last(path);
    // They are let in in turn: once the last is answered, its loop waits for all before it.
    last.say(call_of("getPID"));
    BOOST_REQUIRE(last.hear_until("</methodResponse>"));
    kill(pid, SIGSTOP);
    first.drop();
    second.drop();
    third.say(
        call_of("startProcess", "<param><value><string>" + process +
                                    "</string></value></param><param><value><boolean>0</boolean></value></param>"));
    kill(pid, SIGCONT);
    BOOST_TEST(third.hear_until("</methodResponse>"));
    stack().heal();
    // What it uses in a time can only be seen when that has passed.
    const long before = ticks_of(pid);
    std::this_thread::sleep_for(std::chrono::seconds(2));
    const long used = ticks_of(pid) - before;
    BOOST_TEST(used < 100, "supervisord used " << used << " hundredths of two seconds");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
