// How long it takes until thousands of connections are back after `kill -9` of their relay,
// through the whole stack: nginx, relay, event handlers, database. Clients come back as real
// ones do: after a pause that differs from one to the next and grows with each failure.
//   relay_return --port NGINX --pid RELAY --accounts N --each CONNECTIONS
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <random>
#include <utility>

#include "crowd.h"
#include "figures.h"
#include "people.h"

namespace {

using namespace hy::bench;

constexpr int64_t kMs = 1'000'000, kSecond = 1000 * kMs;
constexpr int kUpSeconds = 180;
constexpr int64_t kFirstPauseMs = 2000, kLongestPauseMs = 8000;
constexpr int64_t kGiveUp = 120 * kSecond;

// Owner: main; its thread only.
class Return {
public:
    explicit Return(const Options& options) : pid_(static_cast<pid_t>(options.number("pid"))) {
        const int port = static_cast<int>(options.number("port"));
        for (int64_t i = 0; i < options.number("accounts"); ++i) {
            const Person person = new_person(port);
            for (int64_t k = 0; k < options.number("each"); ++k) swarm_.add({port, person.user_target()});
        }
        live_.resize(swarm_.size());
        failures_.resize(swarm_.size());
        swarm_.on_open = [this](size_t index) { swarm_.text(index, kAreYouThere); };
        swarm_.on_frame = [this](size_t index, uint8_t, std::string_view payload) {
            if (payload != kHereIAm || std::exchange(live_[index], 1)) return;
            came_.push_back(now_ns());
            ++count_;
        };
    }

    void run() {
        const int64_t from = now_ns();
        bring_up(
            swarm_, [this] { return count_; }, kUpSeconds);
        const double up = static_cast<double>(now_ns() - from) / kSecond;
        swarm_.on_end = [this](size_t index, int why) { ended(index, why); };
        came_.clear();
        const int64_t killed = now_ns();
        if (::kill(pid_, SIGKILL) < 0) throw std::runtime_error("the relay could not be killed");
        come_back(killed);
        report(up, killed);
    }

private:
    void ended(size_t index, int why) {
        if (std::exchange(live_[index], 0)) --count_;
        ++ends_[why];
        const int64_t most = std::min(kFirstPauseMs << std::min(failures_[index], 8), kLongestPauseMs);
        const int64_t pause = std::uniform_int_distribution<int64_t>(most / 10, most)(random_);
        ++failures_[index];
        due_.emplace(now_ns() + pause * kMs, index);
    }
    void come_back(int64_t killed) {
        while (count_ == swarm_.size() && now_ns() < killed + kGiveUp) swarm_.turn(10);
        while (count_ < swarm_.size() && now_ns() < killed + kGiveUp) {
            while (!due_.empty() && due_.begin()->first <= now_ns()) {
                const size_t index = due_.begin()->second;
                due_.erase(due_.begin());
                swarm_.connect(index);
            }
            swarm_.turn(5);
        }
    }
    void report(double up, int64_t killed) {
        std::sort(came_.begin(), came_.end());
        const auto after = [&](double part) {
            const auto at = static_cast<size_t>(part * static_cast<double>(came_.size() - 1));
            return came_.empty() ? 0.0 : static_cast<double>(came_[at] - killed) / kSecond;
        };
        std::printf("connections=%zu up_s=%.1f back=%zu", swarm_.size(), up, count_);
        std::printf(" first_s=%.1f half_s=%.1f all_s=%.1f ended=%zu", after(0), after(0.5), after(1), swarm_.ended());
        for (const auto& [why, count] : ends_) std::printf(" ended_%d=%zu", why, count);
        std::printf("\n");
    }

    const pid_t pid_;
    Swarm swarm_;
    std::vector<char> live_;
    std::vector<int> failures_;
    size_t count_ = 0;
    std::vector<int64_t> came_;
    std::map<int, size_t> ends_;
    std::multimap<int64_t, size_t> due_;
    std::mt19937_64 random_{20240213};
};

}  // namespace

int main(int argc, char** argv) {
    try {
        Return(Options(argc, argv)).run();
        return 0;
    } catch (const std::exception& fault) {
        std::cerr << "relay_return: " << fault.what() << "\n";
        return 1;
    }
}
