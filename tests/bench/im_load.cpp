// Chat over the WebSocket, each commit flushed: pairs of people, one connection each, on one epoll. IM_DOOR=openim: through
// the fourth door, else the third. Against a running stack with HONGYAN_RATE_LIMIT=off:
//   im_load URL full CHANNELS SECONDS ROUNDS         as many as 32 in flight make
//   im_load URL rate CHANNELS SECONDS ROUNDS RATE    at an offered rate; how long until the ack, and until the partner hears
//   im_load URL group MEMBERS SECONDS ROUNDS RATE    one sender, so many subscribers, every second of them connected
//   im_load URL idle CONNECTIONS SECONDS             nothing is said but a ping of each every ten seconds
//   im_load URL pairs CHANNELS                       nothing is said: a line "token partner" for each channel
// Payloads: 70 % 256 B, 25 % 1 KB, 4 % 4 KB, 1 % 16 KB.

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <unordered_map>

#include "base/encode.h"
#include "base/ids.h"
#include "base/text.h"
#include "figures.h"
#include "im_tongues.h"
#include "json/writer.h"
#include "support/http_client.h"
#include "swarm.h"

using namespace hy;
using namespace hy::bench;

namespace {

constexpr size_t kMostSenders = 32, kInFlight = 32;

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

size_t payload_bytes() {
    const uint64_t draw = random_below(100);
    return draw < 70 ? 256 : draw < 95 ? 1024 : draw < 99 ? 4096 : 16384;
}

double at(std::vector<int64_t>& all, double share) {
    if (all.empty()) return 0;
    std::sort(all.begin(), all.end());
    return static_cast<double>(all[static_cast<size_t>(share * static_cast<double>(all.size() - 1))]) / 1000;
}

// Who speaks to whom: each sender to each address.
struct Cast {
    std::vector<Person> senders, listeners;
    std::vector<std::string> addresses;
    int type = 1;
    int64_t slowest_add_us = 0;  // of a thousand subscribers
};

Cast pairs(const Target& to, size_t channels) {
    Cast cast;
    const size_t senders = std::min(kMostSenders, channels), partners = (channels + senders - 1) / senders;
    for (size_t i = 0; i < senders; ++i) cast.senders.push_back(person(to));
    for (size_t i = 0; i < partners; ++i) {
        cast.listeners.push_back(person(to));
        cast.addresses.push_back(cast.listeners.back().uid);
    }
    return cast;
}

int64_t add_subscribers(const Target& to, const Person& owner, const std::string& group,
                        const std::vector<std::string>& uids) {
    json::Writer w;
    w.begin_object().field("channelId", group).field("channelType", 2).key("subscribers").begin_array();
    for (const auto& uid : uids) w.string(uid);
    w.end_array().end_object();
    const int64_t begun = monotonic_us();
    ask(to, "POST", "/api/v1/im/channel/subscriber/add", owner.token, std::string(w.text()));
    return monotonic_us() - begun;
}

// Every second subscriber is there.
Cast group(const Target& to, size_t members) {
    Cast cast;
    cast.type = 2;
    cast.senders.push_back(person(to));
    cast.addresses.push_back("bench-" + random_text(12));
    ask(to, "POST", "/api/v1/im/channel/create", cast.senders[0].token,
        R"({"channelId":")" + cast.addresses[0] + R"(","channelType":2})");
    std::vector<std::string> uids;
    for (size_t i = 1; i < members; ++i) {
        Person subscriber = person(to);
        uids.push_back(subscriber.uid);
        if (i % 2 == 0) cast.listeners.push_back(std::move(subscriber));
        if (uids.size() < 1000 && i + 1 < members) continue;
        cast.slowest_add_us =
            std::max(cast.slowest_add_us, add_subscribers(to, cast.senders[0], cast.addresses[0], uids));
        uids.clear();
    }
    return cast;
}

class Talks {
public:
    Talks(const Target& to, Cast cast, const Tongue& tongue) : tongue_(tongue), cast_(std::move(cast)) {
        for (auto* list : {&cast_.senders, &cast_.listeners})
            for (auto& one : *list) {
                const size_t place = swarm_.size();
                one.place = swarm_.add({place % 2 ? to.port : to.relay, tongue_.target(one)});
            }
        connect();
    }

    void full(int seconds) {
        cpu_ = own_cpu_s();
        const int64_t until = monotonic_us() + int64_t{1'000'000} * seconds;
        const size_t each = std::max<size_t>(1, kInFlight / cast_.senders.size());
        refill_ = [&](size_t sender) {
            if (monotonic_us() < until) send(sender);
        };
        for (size_t i = 0; i < cast_.senders.size(); ++i)
            for (size_t n = 0; n < each; ++n) send(i);
        while (monotonic_us() < until) swarm_.turn(10);
        finish(seconds);
    }
    void rate(int seconds, int rate) {
        cpu_ = own_cpu_s();
        const int64_t from = monotonic_us(), until = from + int64_t{1'000'000} * seconds;
        refill_ = {};
        for (int64_t n = 0;;) {
            const int64_t now = monotonic_us();
            if (now >= until) break;
            for (; from + n * 1'000'000 / rate <= now; ++n) send(static_cast<size_t>(n) % cast_.senders.size());
            swarm_.turn(1);
        }
        finish(seconds);
    }

private:
    void connect() {
        std::map<size_t, const Person*> by_place;
        for (const auto* list : {&cast_.senders, &cast_.listeners})
            for (const auto& one : *list) by_place[one.place] = &one;
        size_t connected = 0;
        swarm_.on_open = [&](size_t place) { swarm_.text(place, tongue_.hello(*by_place[place])); };
        swarm_.on_frame = [&](size_t, uint8_t, std::string_view frame) { connected += tongue_.welcomed(frame); };
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
    }
    void send(size_t sender) {
        const std::string number = std::to_string(++sent_) + "-" + std::to_string(sender);
        const std::string& to =
            cast_.addresses[static_cast<size_t>(sent_) / cast_.senders.size() % cast_.addresses.size()];
        out_[number] = monotonic_us();
        swarm_.text(cast_.senders[sender].place,
                    tongue_.say({to, number, number + run_, cast_.type == 2, payload_bytes()}));
    }
    void hear(size_t place, std::string_view frame) {
        const int64_t now = monotonic_us();
        if (const std::string number(tongue_.heard(frame)); !number.empty()) {
            const auto begun = out_.find(number.substr(0, number.size() - std::min(run_.size(), number.size())));
            if (begun != out_.end()) heard_.push_back(now - begun->second);
            if (const std::string word = tongue_.acknowledge(frame); !word.empty()) swarm_.text(place, word);
            return;
        }
        const auto [request, taken] = tongue_.answered(frame);
        const std::string number(request);
        const auto begun = out_.find(number);
        if (begun == out_.end()) return;
        if (taken) acked_.push_back(now - begun->second);
        else ++refused_;
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
            "ack_p99_ms=%.1f heard=%zu recv_p50_ms=%.1f recv_p99_ms=%.1f add_ms=%.0f client_cpu_s=%.2f\n",
            cast_.senders.size() * cast_.addresses.size(), cast_.senders.size(), cast_.listeners.size(), out_.size(),
            acked_.size(), refused_, static_cast<double>(in_time) / seconds, at(acked_, 0.5), at(acked_, 0.99),
            heard_.size(), at(heard_, 0.5), at(heard_, 0.99), static_cast<double>(cast_.slowest_add_us) / 1000,
            own_cpu_s() - cpu_);
        fflush(stdout);
        out_.clear();
        acked_.clear();
        heard_.clear();
    }

    const Tongue& tongue_;
    Cast cast_;
    Swarm swarm_;
    const std::string run_ = random_text(8);
    int64_t sent_ = 0;
    size_t refused_ = 0;
    double cpu_ = 0;
    std::unordered_map<std::string, int64_t> out_;  // number: when it was sent
    std::vector<int64_t> acked_, heard_;
    std::function<void(size_t)> refill_;
};

// Connections that say no more than they must.
void idle(const Target& to, size_t connections, int seconds, const Tongue& tongue) {
    constexpr int64_t kBeatUs = 10'000'000;
    std::vector<Person> people;
    Swarm swarm;
    for (size_t i = 0; i < connections; ++i) {
        people.push_back(person(to));
        swarm.add({to.relay, tongue.target(people.back())});
    }
    size_t live = 0, beats = 0, pongs = 0, ended = 0;
    std::vector<int64_t> asked(connections), waits;
    swarm.on_open = [&](size_t place) { swarm.text(place, tongue.hello(people[place])); };
    swarm.on_end = [&](size_t, int) { ++ended; };
    swarm.on_frame = [&](size_t place, uint8_t, std::string_view frame) {
        if (!tongue.welcomed(frame)) return;
        if (!asked[place]) return void(++live);
        ++pongs;
        waits.push_back(monotonic_us() - asked[place]);
    };
    for (size_t i = 0; i < connections; ++i) {
        swarm.connect(i);
        while (i + 1 > live + ended + 64) swarm.turn(10);
    }
    while (live + ended < connections) swarm.turn(10);
    printf("live=%zu\n", live);
    fflush(stdout);
    // Evenly over the ten seconds.
    const int64_t from = monotonic_us();
    for (int64_t now = from; now - from < int64_t{1'000'000} * seconds; now = monotonic_us()) {
        const auto due = static_cast<size_t>((now - from) * static_cast<int64_t>(connections) / kBeatUs);
        for (; beats < due; ++beats) {
            asked[beats % connections] = monotonic_us();
            swarm.text(beats % connections, R"({"type":"ping"})");
        }
        swarm.turn(5);
    }
    for (const int64_t until = monotonic_us() + 5'000'000; pongs < beats && monotonic_us() < until;) swarm.turn(10);
    printf("connections=%zu beats=%zu pongs=%zu ended=%zu pong_p50_ms=%.1f pong_p99_ms=%.1f\n", live, beats, pongs,
           ended, at(waits, 0.5), at(waits, 0.99));
}

void print(const Cast& cast) {
    for (const auto& listener : cast.listeners)
        for (const auto& sender : cast.senders) printf("%s %s\n", sender.token.c_str(), listener.uid.c_str());
}

}  // namespace

int main(int argc, char** argv) {
    const auto number = [&](int i) { return argc > i ? static_cast<int>(to_int(argv[i]).value_or(0)) : 0; };
    if (argc < 4 || number(3) < 1)
        return fprintf(stderr, "im_load URL full|rate|group|idle|pairs CHANNELS|MEMBERS SECONDS ROUNDS [RATE]\n"), 2;
    Target to{argv[1], 0, 0};
    to.port = static_cast<int>(to_int(to.url.substr(to.url.rfind(':') + 1)).value_or(0));
    to.relay = to.port + 1;
    const std::string mode = argv[2];
    const auto size = static_cast<size_t>(number(3));
    try {
        if (mode == "pairs") return print(pairs(to, size)), 0;
        const char* door = std::getenv("IM_DOOR");
        const Tongue& tongue = door && std::string_view(door) == "openim" ? kGateway : kJsonRpc;
        if (mode == "idle") return idle(to, size, number(4), tongue), 0;
        Talks talks(to, mode == "group" ? group(to, size) : pairs(to, size), tongue);
        for (int round = 0; round < number(5); ++round)
            if (mode == "full") talks.full(number(4));
            else talks.rate(number(4), number(6));
        return 0;
    } catch (const std::exception& e) {
        return fprintf(stderr, "im_load: %s\n", e.what()), 1;
    }
}
