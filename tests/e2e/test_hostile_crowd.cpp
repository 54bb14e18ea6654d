// Ten thousand connections from one address, at an nginx with its limits on: as many as the
// limit says come in, the others are refused at once, and people elsewhere notice nothing.
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "e2e/probe.h"
#include "e2e/processes.h"
#include "support/crowd.h"

namespace hy::test {

namespace {

constexpr size_t kFromOneAddress = 10000, kLimit = 500, kOfAccount = 50, kInnocent = 20;

// nginx as the stack's, with limits on, ended with its owner.
class LimitedNginx {
public:
    LimitedNginx() : port_(free_port()), folder_(std::string(getenv("HONGYAN_TEST_SCRATCH")) + "/limited-nginx") {
        const std::string etc = stack().var + "/etc", root = getenv("HONGYAN_TEST_ROOT");
        const std::string render = "env -i PATH=\"$PATH\" " + stack().bin + "/hongyanctl nginx --config=" + etc +
                                   "/hongyan.conf --rate_limit=on --limits.address_per_minute=10000000" +
                                   " --limits.connections_per_address=" + std::to_string(kLimit) +
                                   " --port=" + std::to_string(port_) + " --out=" + folder_ + "/hongyan";
        const std::string sed =
            "sed -i -E 's|^pid .*|pid " + folder_ + "/nginx.pid;|; s|^lock_file .*|lock_file " + folder_ +
            "/nginx.lock;|; s|access_log .*|access_log off;|; s|error_log .*|error_log stderr crit;|' " + folder_ +
            "/nginx.conf " + folder_ + "/hongyan/site.conf";
        const std::string all = "cd " + root + " && rm -rf " + folder_ + " && cp -r " + etc + "/nginx " + folder_ +
                                " && " + render + " && " + sed;
        BOOST_REQUIRE(system(("(" + all + ") >/dev/null").c_str()) == 0);
        pid_ = fork();
        if (pid_ == 0) {
            execlp("nginx", "nginx", "-e", (folder_ + "/error.log").c_str(), "-c", (folder_ + "/nginx.conf").c_str(),
                   "-g", "daemon off;", nullptr);
            _exit(127);
        }
        BOOST_REQUIRE(eventually(
            [&] { return http("http://127.0.0.1:" + std::to_string(port_), "GET", "/healthz").status == 200; }));
    }
    ~LimitedNginx() {
        kill(pid_, SIGTERM);
        waitpid(pid_, nullptr, 0);
    }
    int port() const { return port_; }

private:
    const int port_;
    const std::string folder_;
    pid_t pid_ = -1;
};

std::vector<Crowd::Member> members(size_t count, int port) {
    std::vector<Crowd::Member> all;
    User owner;
    Robot robot;
    for (size_t i = 0; i < count; ++i) {
        if (i % kOfAccount == 0) owner = stack().log_in(), robot = stack().new_robot(owner);
        all.push_back({port, "/ocms/v1/stream?token=" + owner.access + "&robotId=" + robot.id});
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_AUTO_TEST_CASE(ten_thousand_connections_from_one_address) {
    LimitedNginx nginx;
    Probe probe;
    // No more accounts than may come in are needed: who has which token is not asked before.
    auto hostile = members(2 * kLimit, nginx.port());
    while (hostile.size() < kFromOneAddress) hostile.push_back(hostile[hostile.size() % (2 * kLimit)]);
    auto few = members(kInnocent, nginx.port());
    probe.calm();
    Crowd crowd(std::move(hostile), {}, {.spread = false, .comes_back = false});
    BOOST_TEST(eventually([&] { return crowd.refusals()[429] >= static_cast<int>(kFromOneAddress - kLimit); }, 60000));
    Crowd innocent(std::move(few), {});
    BOOST_TEST(eventually([&] { return innocent.live() == kInnocent; }, 60000));
    BOOST_TEST(eventually([&] { return crowd.live() == kLimit; }, 60000));
    for (const auto& [status, count] : crowd.refusals()) BOOST_TEST_MESSAGE(count << " refused with " << status);
    BOOST_TEST(crowd.refusals().size() == 1u);
    BOOST_TEST(innocent.refusals().empty());
    probe.report("10,000 connections from one address");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
