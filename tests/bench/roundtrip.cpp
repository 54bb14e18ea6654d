// User -> robot -> user over the stream, through nginx, both messages committed: what a user
// says is answered by the robot's agent, at an offered rate, whether or not answers keep up.
// The time counts from when the message was meant to be sent to the answer's arrival.
//   roundtrip --port NGINX --talks N --rate ROUND_TRIPS/S --seconds S
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "crowd.h"
#include "figures.h"
#include "json/value.h"
#include "json/writer.h"
#include "people.h"

namespace {

using namespace hy::bench;
namespace json = hy::json;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int kUpSeconds = 60;
constexpr int64_t kWarmNs = 2 * kSecond, kLastNs = 10 * kSecond;

// Owner: main; its thread only. Client 2i is the user of talk i, 2i+1 its agent.
class RoundTrips {
public:
    explicit RoundTrips(const Options& options)
        : rate_(options.number("rate")), count_(rate_ * options.number("seconds")) {
        const int port = static_cast<int>(options.number("port"));
        for (int64_t i = 0; i < options.number("talks"); ++i) {
            const Person person = new_person(port);
            swarm_.add({port, person.user_target()});
            swarm_.add({port, person.agent_target()});
        }
        swarm_.on_open = [this](size_t index) { swarm_.text(index, kAreYouThere); };
        swarm_.on_frame = [this](size_t index, uint8_t, std::string_view payload) { heard(index, payload); };
    }

    void run() {
        bring_up(
            swarm_, [this] { return live_; }, kUpSeconds);
        start_ = now_ns() + kSecond / 2;
        const int64_t last = start_ + kWarmNs + count_ * kSecond / rate_;
        int64_t sent = 0;
        while (answered_ < count_ && now_ns() < last + kLastNs) {
            for (; due(sent) < last && due(sent) <= now_ns(); ++sent) say(sent);
            const int64_t left = due(sent) < last ? (due(sent) - now_ns()) / 1'000'000 : 10;
            swarm_.turn(static_cast<int>(std::clamp<int64_t>(left, 0, 10)));
        }
        std::printf("offered=%lld of=%lld answered=%lld", static_cast<long long>(rate_), static_cast<long long>(count_),
                    static_cast<long long>(answered_));
        std::printf(" p50_ms=%.2f", quantile(delays_us_, 0.5) / 1000);
        std::printf(" p99_ms=%.2f max_ms=%.2f closed=%zu\n", quantile(delays_us_, 0.99) / 1000,
                    quantile(delays_us_, 1) / 1000, swarm_.ended());
    }

private:
    int64_t due(int64_t i) const { return start_ + i * kSecond / rate_; }

    void say(int64_t number) {
        json::Writer frame;
        frame.begin_object().field("text", std::to_string(due(number)) + " how do you do?").end_object();
        swarm_.text(2 * (static_cast<size_t>(number) % (swarm_.size() / 2)), frame.text());
    }
    void heard(size_t index, std::string_view payload) {
        if (payload == kHereIAm) {
            ++live_;
            return;
        }
        const auto frame = json::parse(payload);
        if (!frame) return;
        if (index % 2) answer(index, *frame);
        else take(*frame);
    }
    // The agent gives back what it was told.
    void answer(size_t index, const json::Value& frame) {
        const json::Value* data = frame.find("data");
        if (!data) return;
        json::Writer back;
        back.begin_object().field("type", "message").key("data").begin_object();
        back.field("text", data->text_or("text")).field("recipientId", data->text_or("userId"));
        back.field("conversationId", data->text_or("conversationId")).end_object().end_object();
        swarm_.text(index, back.text());
    }
    void take(const json::Value& frame) {
        const std::string text = frame.text_or("text");
        const int64_t meant = std::atoll(text.c_str());
        if (meant < start_ + kWarmNs) return;
        ++answered_;
        delays_us_.push_back(static_cast<uint32_t>((now_ns() - meant) / 1000));
    }

    const int64_t rate_, count_;
    Swarm swarm_;
    size_t live_ = 0;
    int64_t start_ = 0, answered_ = 0;
    std::vector<uint32_t> delays_us_;
};

}  // namespace

int main(int argc, char** argv) {
    try {
        RoundTrips(Options(argc, argv)).run();
        return 0;
    } catch (const std::exception& fault) {
        std::cerr << "roundtrip: " << fault.what() << "\n";
        return 1;
    }
}
