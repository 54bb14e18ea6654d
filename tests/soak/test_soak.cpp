// Mixed traffic for as long as was asked, and a `kill -9` of a process of the stack every
// minute. At the end every promise is checked against the database by the other driver.
#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <fstream>
#include <random>

#include "base/text.h"
#include "e2e/load.h"
#include "e2e/processes.h"
#include "soak/visitor.h"

namespace hy::test {

namespace {

constexpr size_t kTalks = 4, kVisitors = 3;
constexpr int kSayEveryMs = 150;
constexpr int kBackWithinS = 60;
// A process that held this much more at the end than when it was warm has lost some.
constexpr int64_t kGrowthKb = 8192;

int setting(const char* name, int usual) {
    const char* value = getenv(name);
    return value ? static_cast<int>(to_int(value).value_or(usual)) : usual;
}

// Programs of the stack, as processes are called. nginx' master stays: its workers outlive it,
// and hold its port against the next one.
std::vector<std::string> programs() {
    std::set<std::string> names;
    for (const auto& process : stack().processes()) {
        std::string name = process.substr(process.find(':') + 1);
        const size_t mark = name.rfind('_');
        if (mark != std::string::npos) name.resize(mark);
        if (name == "mariadb") name = "mariadbd";
        if (name == "nats") name = "nats-server";
        if (name != "nginx") names.insert(name);
    }
    return {names.begin(), names.end()};
}

// One of its processes; "" when none runs.
std::string kill_one(const std::string& program, std::mt19937& dice) {
    const auto pids = pids_of(program);
    if (pids.empty()) return {};
    const pid_t pid = pids[dice() % pids.size()];
    kill(pid, SIGKILL);
    return program + " " + std::to_string(pid);
}

struct Memory {
    int64_t rss = 0, pss = 0, own = 0;  // kB, over all processes of the program
    size_t processes = 0;
};

Memory memory_of(const std::string& program) {
    Memory sum;
    for (const pid_t pid : pids_of(program)) {
        std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
        for (std::string line; std::getline(file, line);) {
            const auto words = split(line, ':');
            if (words.size() != 2) continue;
            const std::string& name = words[0];
            const int64_t kb = std::atoll(words[1].c_str());
            if (name == "Rss") sum.rss += kb;
            if (name == "Pss") sum.pss += kb;
            if (name == "Private_Clean" || name == "Private_Dirty") sum.own += kb;
        }
        ++sum.processes;
    }
    return sum;
}

std::map<std::string, Memory> memory() {
    std::map<std::string, Memory> all;
    for (const auto& program : programs()) all[program] = memory_of(program);
    all["nginx"] = memory_of("nginx");
    return all;
}

void print_memory(const std::map<std::string, Memory>& then, const std::map<std::string, Memory>& now) {
    printf("%-22s %9s %12s %12s %12s   (kB, warm -> end)\n", "program", "processes", "private", "proportional",
           "resident");
    for (const auto& [program, end] : now) {
        const Memory& warm = then.at(program);
        printf("%-22s %9zu %5lld -> %-6lld %5lld -> %-6lld %5lld -> %-6lld\n", program.c_str(), end.processes,
               static_cast<long long>(warm.own), static_cast<long long>(end.own), static_cast<long long>(warm.pss),
               static_cast<long long>(end.pss), static_cast<long long>(warm.rss), static_cast<long long>(end.rss));
    }
    fflush(stdout);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_hour_of_traffic_and_kills) {
    const int64_t minutes = setting("HONGYAN_TEST_SOAK_MINUTES", 60);
    const int64_t from = monotonic_us(), until = from + minutes * 60'000'000;
    const int64_t warm_at = from + std::min<int64_t>(10, std::max<int64_t>(1, minutes / 6)) * 60'000'000;
    const int64_t kill_every = int64_t{setting("HONGYAN_TEST_SOAK_KILL_SECONDS", 60)} * 1'000'000;
    std::mt19937 dice(static_cast<unsigned>(setting("HONGYAN_TEST_SOAK_SEED", static_cast<int>(from))));

    stack().heal();
    Load load(0, 0);
    for (size_t i = 0; i < kTalks; ++i) load.talks.push_back(std::make_unique<Talk>(0, kSayEveryMs));
    std::vector<std::unique_ptr<Visitor>> visitors;
    for (size_t i = 0; i < kVisitors; ++i) visitors.push_back(std::make_unique<Visitor>());

    std::map<std::string, Memory> warm;
    const auto names = programs();
    size_t kills = 0;
    for (int64_t next = from + kill_every / 2; monotonic_us() < until;) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        if (warm.empty() && monotonic_us() >= warm_at) warm = memory();
        if (monotonic_us() < next) continue;
        next += kill_every;
        const std::string killed = kill_one(names[dice() % names.size()], dice);
        if (killed.empty()) continue;
        ++kills;
        const double took = load.back("kill -9 of " + killed, kBackWithinS);
        printf("%4lld s: kill -9 of %s; all talks answered %.2f s later\n",
               static_cast<long long>((monotonic_us() - from) / 1'000'000), killed.c_str(), took);
        fflush(stdout);
    }
    BOOST_TEST(kills > 0u);

    for (auto& visitor : visitors) visitor->end();
    load.finish(120);
    BOOST_TEST(stack().healthz().status == 200);
    int lives = 0;
    std::map<int, int> statuses;
    for (const auto& visitor : visitors) {
        lives += visitor->lives();
        for (const auto& [status, count] : visitor->statuses()) statuses[status] += count;
        for (const auto& fault : visitor->faults()) BOOST_TEST(false, fault);
    }
    BOOST_TEST(lives > 0);
    printf("%zu kills, %d visitors, answers:", kills, lives);
    for (const auto& [status, count] : statuses) printf(" %d × %d", count, status);
    printf("\n");

    BOOST_TEST(eventually([] { return other_driver::number("SELECT COUNT(*) FROM outbox") == 0; }, 30000));
    const std::string faults = other_driver::house_faults(true);
    BOOST_TEST(faults.empty(), faults);
    const auto end = memory();
    print_memory(warm, end);
    for (const auto& [program, now] : end) {
        const Memory& then = warm.at(program);
        // mariadbd fills its buffer pool for as long as it likes.
        if (program == "mariadbd" || now.processes != then.processes) continue;
        BOOST_TEST(now.own < 2 * then.own + kGrowthKb,
                   program << " grew from " << then.own << " to " << now.own << " kB");
    }
}

}  // namespace hy::test
