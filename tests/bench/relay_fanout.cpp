// One channel, thousands of listeners: publishes at an offered rate and counts, where they
// arrive, the frames of the relay, of nchan, or of a bare loop of send(2). The same clients
// for all three; it prints one line of name=value.
//   relay_fanout --mode relay|nchan|bare --pid SERVER --port P --connections N --rate MESSAGES/S
//                --seconds S [--nats URL] [--topic SUBJECT]
#include <atomic>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <thread>

#include "crowd.h"
#include "figures.h"
#include "http_publisher.h"
#include "stand_in.h"

namespace {

using namespace hy::bench;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kLead = kSecond / 2;   // from the decision to publish to the first message
constexpr int64_t kQuiet = 2 * kSecond;  // nothing came for so long: all has come
constexpr int64_t kMostWait = 60 * kSecond;
constexpr int kUpSeconds = 60;
constexpr size_t kStampDigits = 19;

std::string stamped(int64_t at) {
    char stamp[32];
    std::snprintf(stamp, sizeof stamp, "@%019lld@", static_cast<long long>(at));
    return std::string(stamp) + std::string(60, 'x');
}

int64_t stamp_in(std::string_view payload) {
    const size_t at = payload.find('@');
    if (at == std::string_view::npos || payload.size() < at + kStampDigits + 2) return 0;
    int64_t stamp = 0;
    for (const char digit : payload.substr(at + 1, kStampDigits)) stamp = stamp * 10 + (digit - '0');
    return stamp;
}

// Owner: main; its thread only, but for the stand-in and the publishing thread.
class Fanout {
public:
    explicit Fanout(const Options& options)
        : mode_(options.text("mode")),
          pid_(static_cast<pid_t>(options.number("pid"))),
          port_(static_cast<int>(options.number("port"))),
          rate_(options.number("rate")),
          count_(rate_ * options.number("seconds")),
          warm_ns_(std::min<int64_t>(kSecond, options.number("seconds") * kSecond / 4)) {
        if (mode_ == "relay")
            stand_in_ = std::make_unique<StandIn>(options.text("nats"), options.text("topic", "live.channel.1"));
        for (int64_t i = 0; i < options.number("connections"); ++i) swarm_.add(place(i));
        swarm_.on_open = [this](size_t index) { opened(index); };
        swarm_.on_frame = [this](size_t, uint8_t, std::string_view payload) { heard(payload); };
        delays_us_.reserve(static_cast<size_t>(count_) * swarm_.size());
    }

    void run() {
        bring_up(
            swarm_, [this] { return live_; }, kUpSeconds);
        const int64_t cpu = cpu_ns(pid_);
        start_ = now_ns() + kLead;
        end_ = start_ + count_ * kSecond / rate_;
        std::atomic<bool> stop{false};
        std::thread publisher([&] { publish(stop); });
        listen();
        stop = true;
        publisher.join();
        report(cpu_ns(pid_) - cpu);
        if (failed_) throw std::runtime_error("publishing failed");
    }

private:
    Swarm::Place place(int64_t index) const {
        if (mode_ == "relay") return {port_, "/ocms/v1/stream?token=" + std::to_string(index) + "&robotId=robot_1"};
        return {port_, "/sub", "", mode_ != "bare"};
    }
    void opened(size_t index) {
        if (mode_ == "relay") swarm_.text(index, kAreYouThere);
        else ++live_;
    }
    void heard(std::string_view payload) {
        const int64_t stamp = stamp_in(payload);
        if (stamp == 0) {
            live_ += payload == kHereIAm;
            return;
        }
        const int64_t now = now_ns();
        last_ = now;
        ++frames_;
        if (now >= start_ + warm_ns_ && now < end_) ++frames_within_;
        delays_us_.push_back(static_cast<uint32_t>((now - stamp) / 1000));
    }
    int64_t due(int64_t i) const { return start_ + i * kSecond / rate_; }

    void publish(const std::atomic<bool>& stop) {
        try {
            if (mode_ == "nchan")
                publish_http(
                    port_, "/pub", count_, [this](int64_t i) { return due(i); },
                    [this](int64_t i) { return StandIn::as_seen(stamped(due(i))); }, stop);
            else if (mode_ == "relay")
                for (int64_t i = 0; i < count_ && !stop; ++i) {
                    sleep_until_ns(due(i));
                    stand_in_->publish(stamped(due(i)));
                }
        } catch (const std::exception& fault) {
            std::cerr << fault.what() << "\n";
            failed_ = true;
        }
    }
    // The bare loop has its own clock: it is told when, how often, and what.
    void order_bare() {
        const std::string text = StandIn::as_seen(stamped(0));
        int64_t order[4] = {start_, rate_, count_, static_cast<int64_t>(text.size())};
        swarm_.raw(0, {reinterpret_cast<const char*>(order), sizeof order});
        swarm_.raw(0, text);
    }

    void listen() {
        if (mode_ == "bare") order_bare();
        last_ = end_;
        const uint64_t all = static_cast<uint64_t>(count_) * swarm_.size();
        while (frames_ < all && now_ns() < std::max(end_, last_) + kQuiet && now_ns() < end_ + kMostWait)
            swarm_.turn(100);
    }

    void report(int64_t cpu) {
        const double seconds = static_cast<double>(end_ - start_ - warm_ns_) / kSecond;
        std::printf("offered=%.0f delivered=%.0f received=%llu of=%llu",
                    static_cast<double>(rate_ * 1.0) * static_cast<double>(swarm_.size()),
                    static_cast<double>(frames_within_) / seconds, static_cast<unsigned long long>(frames_),
                    static_cast<unsigned long long>(count_) * swarm_.size());
        std::printf(" p50_ms=%.2f", quantile(delays_us_, 0.5) / 1000);
        std::printf(" p99_ms=%.2f max_ms=%.2f", quantile(delays_us_, 0.99) / 1000, quantile(delays_us_, 1) / 1000);
        std::printf(" cpu_us=%.3f closed=%zu confirmed=%lld\n",
                    frames_ ? static_cast<double>(cpu) / 1000 / static_cast<double>(frames_) : 0, swarm_.ended(),
                    stand_in_ ? static_cast<long long>(stand_in_->confirmed()) : 0);
    }

    const std::string mode_;
    const pid_t pid_;
    const int port_;
    const int64_t rate_, count_, warm_ns_;
    std::unique_ptr<StandIn> stand_in_;
    Swarm swarm_;
    size_t live_ = 0;
    int64_t start_ = INT64_MAX, end_ = 0, last_ = 0;
    uint64_t frames_ = 0, frames_within_ = 0;
    std::vector<uint32_t> delays_us_;
    std::atomic<bool> failed_{false};
};

}  // namespace

int main(int argc, char** argv) {
    try {
        Fanout(Options(argc, argv)).run();
        return 0;
    } catch (const std::exception& fault) {
        std::cerr << "relay_fanout: " << fault.what() << "\n";
        return 1;
    }
}
