// Chat over the WebSocket of the third door, each commit flushed: pairs of people, one JSON-RPC connection each, on one
// epoll. Against a running stack with HONGYAN_RATE_LIMIT=off:
//   im_load URL full CHANNELS SECONDS          as many as 32 in flight make
//   im_load URL rate CHANNELS SECONDS RATE     at an offered rate; how long until the ack, and until the partner has it
//   im_load URL group MEMBERS SECONDS RATE     one sender, so many members connected
// Payloads: 70 % 256 B, 25 % 1 KB, 4 % 4 KB, 1 % 16 KB.
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "base/encode.h"
#include "base/ids.h"
#include "base/text.h"
#include "json/writer.h"
#include "support/http_client.h"
#include "swarm.h"

using namespace hy;
using namespace hy::bench;

namespace {

constexpr size_t kMostSenders = 32, kInFlight = 32;

struct Person {
    std::string token, uid;
    size_t place = 0;  // in the swarm
};

struct Target {
    std::string url;
    int port = 0, relay = 0;
};

test::Headers bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
}

json::Value ask(const Target& to, const std::string& method, const std::string& path, const std::string& token,
                const std::string& body = {}) {
    const auto answer = test::http(to.url, method, path, bearer(token), body);
    if (answer.status != 200) throw std::runtime_error(path + ": " + std::to_string(answer.status) + " " + answer.body);
    return answer.json();
}

Person person(const Target& to) {
    Person made;
    made.token = ask(to, "POST", "/ocms/auth/weapp/token", "", R"({"code":"im)" + random_text(16) + "\"}")
                     .text_or("access_token");
    made.uid = ask(to, "GET", "/api/v1/im/config", made.token).find("data")->text_or("uid");
    return made;
}

std::string payload() {
    const uint64_t draw = random_below(100);
    const size_t size = draw < 70 ? 256 : draw < 95 ? 1024 : draw < 99 ? 4096 : 16384;
    return base64(R"({"type":1,"content":")" + std::string(size - 25, 'x') + "\"}");
}

double at(std::vector<int64_t>& all, double share) {
    if (all.empty()) return 0;
    std::sort(all.begin(), all.end());
    return static_cast<double>(all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))]) / 1000;
}

double own_cpu() {
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// The text between `"name":"` and the next quote; empty: it is not there.
std::string_view member(std::string_view frame, std::string_view name) {
    const std::string key = "\"" + std::string(name) + "\":\"";
    const size_t from = frame.find(key);
    if (from == std::string_view::npos) return {};
    const std::string_view rest = frame.substr(from + key.size());
    return rest.substr(0, rest.find('"'));
}

class Talks {
public:
    Talks(const Target& to, size_t channels) : to_(to) {
        const size_t senders = std::min(kMostSenders, channels), partners = (channels + senders - 1) / senders;
        for (size_t i = 0; i < senders; ++i) senders_.push_back(add());
        for (size_t i = 0; i < partners; ++i) partners_.push_back(add());
        channel_type_ = 1;
        for (size_t i = 0; i < partners; ++i) addresses_.push_back(partners_[i].uid);
        connect();
    }
    // A group of one sender.
    Talks(const Target& to, size_t members, bool) : to_(to) {
        senders_.push_back(add());
        for (size_t i = 1; i < members; ++i) partners_.push_back(add());
        const std::string id = "bench-" + random_text(12);
        ask(to_, "POST", "/api/v1/im/channel/create", senders_[0].token,
            R"({"channelId":")" + id + R"(","channelType":2})");
        for (size_t from = 0; from < partners_.size(); from += 1000) {
            json::Writer w;
            w.begin_object().field("channelId", id).field("channelType", 2).key("subscribers").begin_array();
            for (size_t i = from; i < std::min(from + 1000, partners_.size()); ++i) w.string(partners_[i].uid);
            w.end_array().end_object();
            const int64_t begun = monotonic_us();
            ask(to_, "POST", "/api/v1/im/channel/subscriber/add", senders_[0].token, std::string(w.text()));
            slowest_add_us_ = std::max(slowest_add_us_, monotonic_us() - begun);
        }
        channel_type_ = 2;
        addresses_.push_back(id);
        connect();
    }

    void full(int seconds) {
        const int64_t until = monotonic_us() + int64_t{1'000'000} * seconds;
        const size_t each = std::max<size_t>(1, kInFlight / senders_.size());
        refill_ = [&](size_t sender) {
            if (monotonic_us() < until) send(sender);
        };
        for (size_t i = 0; i < senders_.size(); ++i)
            for (size_t n = 0; n < each; ++n) send(i);
        while (monotonic_us() < until) swarm_.turn(10);
        finish(seconds);
    }
    void rate(int seconds, int rate) {
        const int64_t from = monotonic_us(), until = from + int64_t{1'000'000} * seconds;
        refill_ = {};
        for (int64_t n = 0;;) {
            const int64_t now = monotonic_us();
            if (now >= until) break;
            for (; from + n * 1'000'000 / rate <= now; ++n) send(static_cast<size_t>(n) % senders_.size());
            swarm_.turn(1);
        }
        finish(seconds);
    }

private:
    Person add() {
        Person made = person(to_);
        made.place = swarm_.add({swarm_.size() % 2 ? to_.port : to_.relay, "/im/stream"});
        return made;
    }
    void connect() {
        std::map<size_t, const Person*> by_place;
        for (const auto* list : {&senders_, &partners_})
            for (const auto& one : *list) by_place[one.place] = &one;
        size_t connected = 0;
        swarm_.on_open = [&](size_t place) {
            json::Writer w;
            w.begin_object().field("id", "c").field("method", "connect").key("params").begin_object();
            w.field("uid", by_place[place]->uid).field("token", by_place[place]->token).end_object().end_object();
            swarm_.text(place, w.text());
        };
        swarm_.on_frame = [&](size_t, uint8_t, std::string_view frame) {
            connected += frame.find("\"reasonCode\":1") != std::string_view::npos;
        };
        swarm_.on_end = [](size_t, int why) { throw std::runtime_error("a connection ended: " + std::to_string(why)); };
        for (size_t i = 0; i < swarm_.size(); ++i) {
            swarm_.connect(i);
            while (i + 1 > connected + 64) swarm_.turn(10);
        }
        while (connected < swarm_.size()) swarm_.turn(10);
        swarm_.on_open = {};
        swarm_.on_frame = [this](size_t place, uint8_t opcode, std::string_view frame) {
            if (opcode == 1) hear(place, frame);
        };
        cpu_ = own_cpu();
    }
    void send(size_t sender) {
        const std::string number = std::to_string(++sent_) + "-" + std::to_string(sender);
        const std::string& to = addresses_[static_cast<size_t>(sent_) / senders_.size() % addresses_.size()];
        out_[number] = monotonic_us();
        swarm_.text(senders_[sender].place, R"({"id":")" + number + R"(","method":"send","params":{"channelId":")" +
                                                to + R"(","channelType":)" + std::to_string(channel_type_) +
                                                R"(,"clientMsgNo":")" + number + run_ + R"(","payload":")" + payload() +
                                                "\"}}");
    }
    void hear(size_t place, std::string_view frame) {
        const int64_t now = monotonic_us();
        if (frame.find("\"method\":\"recv\"") != std::string_view::npos) {
            const std::string number(member(frame, "clientMsgNo"));
            const auto begun = out_.find(number.substr(0, number.size() - std::min(run_.size(), number.size())));
            if (begun != out_.end()) heard_.push_back(now - begun->second);
            swarm_.text(place, R"({"method":"recvack","params":{"messageId":")" +
                                   std::string(member(frame, "messageId")) + "\"}}");
            return;
        }
        const std::string number(member(frame, "id"));
        const auto begun = out_.find(number);
        if (begun == out_.end()) return;
        if (frame.find("\"reasonCode\":1") == std::string_view::npos) ++refused_;
        else acked_.push_back(now - begun->second);
        if (refill_)
            refill_(static_cast<size_t>(to_int(std::string_view(number).substr(number.find('-') + 1)).value_or(0)));
    }
    void finish(int seconds) {
        refill_ = {};
        const size_t in_time = acked_.size();
        for (const int64_t until = monotonic_us() + 10'000'000;
             acked_.size() + refused_ < out_.size() && monotonic_us() < until;)
            swarm_.turn(10);
        printf(
            "channels=%zu senders=%zu listeners=%zu sent=%zu acked=%zu refused=%zu rate=%.0f ack_p50_ms=%.1f "
            "ack_p99_ms=%.1f "
            "heard=%zu recv_p50_ms=%.1f recv_p99_ms=%.1f add_ms=%.0f client_cpu_s=%.2f\n",
            senders_.size() * addresses_.size(), senders_.size(), partners_.size(), out_.size(), acked_.size(),
            refused_, static_cast<double>(in_time) / seconds, at(acked_, 0.5), at(acked_, 0.99), heard_.size(),
            at(heard_, 0.5), at(heard_, 0.99), static_cast<double>(slowest_add_us_) / 1000, own_cpu() - cpu_);
    }

    const Target to_;
    Swarm swarm_;
    std::vector<Person> senders_, partners_;
    std::vector<std::string> addresses_;
    int channel_type_ = 1;
    const std::string run_ = random_text(8);
    int64_t sent_ = 0, slowest_add_us_ = 0;
    size_t refused_ = 0;
    double cpu_ = 0;
    std::map<std::string, int64_t> out_;  // number: when it was sent
    std::vector<int64_t> acked_, heard_;
    std::function<void(size_t)> refill_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 5) return fprintf(stderr, "im_load URL full|rate|group CHANNELS|MEMBERS SECONDS [RATE]\n"), 2;
    const auto number = [&](int i) { return argc > i ? static_cast<int>(to_int(argv[i]).value_or(0)) : 0; };
    Target to{argv[1], 0, 0};
    to.port = static_cast<int>(to_int(to.url.substr(to.url.rfind(':') + 1)).value_or(0));
    to.relay = to.port + 1;
    const std::string mode = argv[2];
    try {
        const auto size = static_cast<size_t>(number(3));
        if (mode == "group") Talks(to, size, true).rate(number(4), number(5));
        else if (mode == "rate") Talks(to, size).rate(number(4), number(5));
        else Talks(to, size).full(number(4));
        return 0;
    } catch (const std::exception& e) {
        return fprintf(stderr, "im_load: %s\n", e.what()), 1;
    }
}
