#include "e2e/probe.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

constexpr const char* kWatched[] = {"ws-relay", "nginx", "ocms-stream", "ocms-robots"};
constexpr int kWaitMs = 8000;

void pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

double percentile(std::vector<double> times, size_t percent) {
    if (times.empty()) return 0;
    std::sort(times.begin(), times.end());
    return times[std::min(times.size() - 1, times.size() * percent / 100)];
}

double p99(const std::vector<double>& times) { return percentile(times, 99); }

}  // namespace

Probe::Probe() : robot_(stack().new_robot(alice_)), agent_(stack().agent(robot_)), user_(stack().user(alice_, robot_)) {
    for (const char* program : kWatched) before_kb_[program] = most_kb_[program] = resident_kb(pids_of(program));
    threads_.emplace_back([this] { talk(); });
    threads_.emplace_back([this] { request(); });
    threads_.emplace_back([this] { open(); });
    threads_.emplace_back([this] { watch_memory(); });
}

Probe::~Probe() {
    going_ = false;
    for (auto& thread : threads_) thread.join();
}

void Probe::note(const std::string& what, int64_t from_us, bool well) {
    std::lock_guard lock(mutex_);
    if (well) waited_[what].push_back(static_cast<double>(monotonic_us() - from_us) / 1000);
    else ++failed_[what];
}

// From the user to the agent and back, both messages stored.
void Probe::talk() {
    for (int i = 0; going_; ++i) {
        const int64_t from = monotonic_us();
        const std::string text = "probe " + std::to_string(i);
        user_->text(user_says(text));
        const bool there = data(agent_->next_json(kWaitMs), "text") == text;
        agent_->text(agent_says(text, "default", alice_.name()));
        note("talk", from, there && user_->next_json(kWaitMs).text_or("text") == text);
        pause(25);
    }
}

void Probe::request() {
    while (going_) {
        const int64_t from = monotonic_us();
        note("request", from, stack().call(alice_, "GET", "/ocms/robots/" + robot_.id).status == 200);
        pause(20);
    }
}

void Probe::open() {
    const std::string target = "/ocms/v1/stream?token=" + alice_.access + "&robotId=" + robot_.id;
    while (going_) {
        const int64_t from = monotonic_us();
        WebSocket stream(stack().port, target);
        note("open", from, stream.status() == 101 && stream.live(kWaitMs));
        pause(150);
    }
}

void Probe::watch_memory() {
    while (going_) {
        for (const char* program : kWatched) {
            const int64_t now = resident_kb(pids_of(program));
            std::lock_guard lock(mutex_);
            most_kb_[program] = std::max(most_kb_[program], now);
        }
        pause(100);
    }
}

void Probe::calm(int ms) {
    pause(ms);
    std::map<std::string, Times> waited;
    {
        std::lock_guard lock(mutex_);
        waited.swap(waited_);
        failed_.clear();
    }
    for (const auto& [what, times] : waited) calm_ms_[what] = p99(times);
}

void Probe::report(const std::string& what, bool judged) {
    std::lock_guard lock(mutex_);
    std::string text = what + ":";
    for (const char* kind : {"talk", "request", "open"}) {
        const double waited = p99(waited_[kind]);
        text += std::string(" ") + kind + " median " + std::to_string(percentile(waited_[kind], 50)) + ", p99 " +
                std::to_string(waited) + " ms (calm " + std::to_string(calm_ms_[kind]) + ", " +
                std::to_string(waited_[kind].size()) + " of them);";
        if (!judged) continue;
        BOOST_TEST(!waited_[kind].empty(), what << ": no " << kind);
        BOOST_TEST(failed_[kind] == 0, what << ": " << failed_[kind] << " times " << kind << " failed");
        // A busy machine has slow moments of its own, and of some ten or a hundred waits the 99th percentile is the
        // longest: judged is what is not a moment.
        const double often = percentile(waited_[kind], 95);
        BOOST_TEST(often < std::max(kMostWaitMs, 5 * calm_ms_[kind]), what << ": " << kind << " " << often << " ms");
    }
    for (const auto& [program, before] : before_kb_) {
        const int64_t grown = most_kb_[program] - before;
        text += " " + program + " +" + std::to_string(grown) + " KB";
        if (judged) BOOST_TEST(grown < kMostGrowthKb, what << ": " << program << " grew by " << grown << " KB");
    }
    BOOST_TEST_MESSAGE(text);
    waited_.clear();
    failed_.clear();
}

double metric(const std::string& name, const std::string& label) {
    double sum = 0;
    for (const auto& line : split(http(stack().url, "GET", "/metrics").body, '\n'))
        if (line.starts_with(name + "{") && line.find(label) != std::string::npos)
            sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
    return sum;
}

}  // namespace hy::test
