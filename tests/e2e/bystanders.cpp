#include "e2e/bystanders.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "base/text.h"

namespace hy::test {

namespace {

// Memory that is this process's alone, as the kernel counts it.
int64_t private_kb(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
    int64_t sum = 0;
    for (std::string line; std::getline(file, line);)
        if (line.starts_with("Private_")) sum += atoll(line.c_str() + line.find(':') + 1);
    return sum;
}

bool ours(const std::string& name) { return name != "mariadb" && name != "nats" && name != "nginx"; }

}  // namespace

// "ocms-chat:ocms-chat_1   RUNNING   pid 4711, uptime 0:01:02"
std::map<std::string, Bystanders::Process> Bystanders::processes() {
    std::map<std::string, Process> found;
    for (const auto& line : split(stack().supervisor("status"), '\n')) {
        const size_t at = line.find(" pid ");
        if (at == std::string::npos) continue;
        const int pid = atoi(line.c_str() + at + 5);
        found[line.substr(0, line.find(' '))] = {pid, private_kb(pid)};
    }
    return found;
}

Bystanders::Bystanders() : owner_(stack().log_in()), robot_(stack().new_robot(owner_)) {
    check_talk("nothing yet");
    before_ = processes();
    BOOST_REQUIRE(before_.size() >= 10);
}

void Bystanders::check(const std::string& after) {
    const Answer health = stack().healthz();
    BOOST_TEST(health.status == 200, "after " << after << ": " << health.status << " " << health.body);
    const Answer list = stack().call(owner_, "GET", "/ocms/robots/");
    BOOST_TEST(list.status == 200, "after " << after << ": " << list.status << " " << list.body);
    check_talk(after);
    check_processes(after);
}

void Bystanders::check_processes(const std::string& after) {
    const auto now = processes();
    BOOST_TEST(now.size() == before_.size(), "after " << after << " other processes run");
    for (const auto& [name, process] : now) {
        const Process& was = before_[name];
        BOOST_TEST(process.pid == was.pid, "after " << after << " " << name << " is not the process it was");
        if (!ours(name)) continue;
        const int64_t growth = process.private_kb - was.private_kb;
        BOOST_TEST(process.private_kb > 0, "nothing is known of the memory of " << name);
        BOOST_TEST(growth < kMostGrowthKb, "after " << after << " " << name << " holds " << growth << " kB more");
    }
}

void Bystanders::check_talk(const std::string& after) {
    auto agent = stack().agent(robot_);
    auto user = stack().user(owner_, robot_);
    const std::string said = "are you there? " + std::to_string(++talks_);
    user->text(user_says(said));
    const std::string heard = data(agent->next_json(), "text");
    BOOST_TEST(heard == said, "after " << after << " the agent heard \"" << heard << "\"");
    agent->text(agent_says("yes", {}, owner_.name()));
    const std::string answer = user->next_json().text_or("text");
    BOOST_TEST(answer == "yes", "after " << after << " the user heard \"" << answer << "\"");
    BOOST_TEST(eventually([&] { return other_driver::unconfirmed(robot_) == 0; }));
}

}  // namespace hy::test
