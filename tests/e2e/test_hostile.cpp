// Slow and hostile peers, one kind after another, while innocent people go on: those wait no
// longer, nothing of theirs fails, and what serves them does not grow beyond a bound.
#include <boost/test/unit_test.hpp>

#include "base/text.h"
#include "e2e/probe.h"
#include "e2e/processes.h"
#include "support/raw_peer.h"

namespace hy::test {

namespace {

int relay_port() { return static_cast<int>(to_int(split(stack().config.relay.listen, ':').back()).value_or(0)); }

void pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

using Raws = std::vector<std::unique_ptr<RawPeer>>;

size_t ended(Raws& sockets, int ms) {
    size_t count = 0;
    const int64_t until = monotonic_us() + int64_t{1000} * ms;
    for (auto& socket : sockets)
        count += socket->ends(static_cast<int>(std::max<int64_t>(1, (until - monotonic_us()) / 1000)));
    return count;
}

struct Hostile {
    User mallory = stack().log_in();
    Robot robot = stack().new_robot(mallory);
    std::string target = "/ocms/v1/stream?token=" + mallory.access + "&robotId=" + robot.id;
    std::unique_ptr<RawPeer> raw(int port, int receive_bytes = 0) {
        auto socket = std::make_unique<RawPeer>(port, receive_bytes);
        BOOST_REQUIRE(socket->upgrade(target) == 101);
        socket->send(client_frame(1, R"({"type":"ping"})"));
        BOOST_REQUIRE(socket->take_until("pong\"}"));
        return socket;
    }
};

double slow_drops() { return metric("hongyan_relay_drops_total", "reason=\"slow\""); }

}  // namespace

BOOST_AUTO_TEST_SUITE(hostile)

BOOST_FIXTURE_TEST_CASE(readers_that_stop_reading, Hostile) {
    Probe probe;
    auto agent = stack().agent(robot);
    auto good = stack().user(mallory, robot);
    good->text(user_says("hello"));
    BOOST_TEST(data(agent->next_json(), "text") == "hello");
    probe.calm();
    Raws lazy;
    for (int i = 0; i < 20; ++i) lazy.push_back(raw(relay_port(), 4096));
    const double before = slow_drops();
    const std::string big(60000, 'x');
    constexpr int kMessages = 120;
    for (int i = 0; i < kMessages; ++i) {
        agent->text(agent_says(std::to_string(i) + big, "default", mallory.name(), "big" + std::to_string(i)));
        BOOST_REQUIRE(agent->next_json().text_or("type") == "ack");
    }
    // Whoever reads gets all of it.
    for (int i = 0; i < kMessages; ++i) BOOST_REQUIRE(good->next_json().text_or("text") == std::to_string(i) + big);
    BOOST_TEST(eventually([&] { return slow_drops() - before == 20; }), slow_drops() - before << " were dropped");
    BOOST_TEST(ended(lazy, 10000) == lazy.size());
    BOOST_TEST(good->live());
    probe.report("20 readers that stop reading");
}

BOOST_FIXTURE_TEST_CASE(writers_of_one_byte_a_second, Hostile) {
    Probe probe;
    probe.calm();
    Raws handshakes, behind, frames, headers, bodies;
    const std::string upgrade = "GET " + target + " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n";
    const std::string header = "GET /ocms/robots/ HTTP/1.1\r\nHost: a\r\nX-Slow: aaaaaaaaaaaaaaaaaa";
    const std::string frame = client_frame(1, user_says("slow")), body(100, ' ');
    for (int i = 0; i < 50; ++i) {
        handshakes.push_back(std::make_unique<RawPeer>(relay_port()));
        behind.push_back(std::make_unique<RawPeer>(stack().port));
        headers.push_back(std::make_unique<RawPeer>(stack().port));
        bodies.push_back(std::make_unique<RawPeer>(stack().port));
        bodies.back()->send(
            "POST /ocms/robots/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
            "Authorization: Bearer " +
            mallory.access + "\r\nContent-Length: 1000000\r\n\r\n");
        frames.push_back(raw(i % 2 ? stack().port : relay_port()));
    }
    for (size_t second = 0; second < 12; ++second) {
        for (auto& socket : handshakes) socket->send(upgrade.substr(second, 1), 1);
        for (auto& socket : behind) socket->send(upgrade.substr(second, 1), 1);
        for (auto& socket : headers) socket->send(header.substr(second, 1), 1);
        for (auto& socket : bodies) socket->send(body.substr(second, 1), 1);
        for (auto& socket : frames) socket->send(frame.substr(second, 1), 1);
        pause(1000);
    }
    probe.report("250 writers of a byte a second");
    BOOST_TEST(ended(handshakes, 1000) == handshakes.size());
    // nginx gives a header 15 s.
    BOOST_TEST(ended(behind, 8000) == behind.size());
    BOOST_TEST(ended(headers, 2000) == headers.size());
    // What is slow and right comes in.
    auto agent = stack().agent(robot);
    for (auto& socket : frames) socket->send(frame.substr(12));
    for (size_t i = 0; i < frames.size(); ++i) BOOST_TEST(data(agent->next_json(), "text") == "slow");
}

BOOST_AUTO_TEST_CASE(a_thousand_half_open_handshakes) {
    Probe probe;
    probe.calm();
    for (const int port : {relay_port(), stack().port}) {
        Raws half;
        for (int i = 0; i < 1000; ++i) {
            half.push_back(std::make_unique<RawPeer>(port));
            half.back()->send(i % 2 ? "GET /ocms/v1/stream?token=x HTTP/1.1\r\nHost: a\r\nUpgr" : "G");
        }
        pause(2000);
        BOOST_TEST(std::all_of(half.begin(), half.end(), [](const auto& one) { return !one->ended(); }));
        BOOST_TEST(ended(half, 20000) == half.size());
    }
    probe.report("1,000 half-open handshakes, at the relay and at nginx");
}

BOOST_FIXTURE_TEST_CASE(frames_that_claim_to_be_endless, Hostile) {
    Probe probe;
    probe.calm();
    for (const int port : {relay_port(), stack().port})
        for (const auto& [claimed, code] : std::map<uint64_t, int>{
                 {uint64_t{1} << 63, 1002}, {(uint64_t{1} << 63) - 1, 1009}, {uint64_t{1} << 40, 1009}}) {
            Raws liars;
            for (int i = 0; i < 10; ++i) {
                liars.push_back(raw(port));
                liars.back()->send(client_frame_claiming(claimed, "some"));
            }
            for (auto& socket : liars) {
                const std::string close{static_cast<char>(code >> 8), static_cast<char>(code)};
                BOOST_TEST(socket->take_until(close), claimed << " is not answered with " << code);
                socket->send(std::string(65536, 'x'), 100);
            }
            BOOST_TEST(ended(liars, 8000) == liars.size());
        }
    probe.report("frames that claim 2^63 bytes");
}

BOOST_FIXTURE_TEST_CASE(floods_of_pings, Hostile) {
    Probe probe;
    probe.calm();
    const double before = slow_drops();
    std::string flood;
    for (int i = 0; i < 500; ++i) flood += client_frame(9, std::string(100, 'p'));
    std::atomic<int> well = 0;
    std::atomic<bool> going = true;
    auto reader = raw(relay_port()), silent = raw(relay_port(), 4096), behind = raw(stack().port, 4096);
    std::thread who_reads([&] {
        while (going && reader->send(flood) == flood.size()) {
            well += reader->take_until(std::string(100, 'p'), 5000);
            reader->drain();
        }
    });
    // Send and never read: their pongs pile up, to a bound.
    std::thread who_does_not([&] {
        while (going && silent->send(flood, 500) == flood.size()) continue;
        while (going && behind->send(flood, 500) == flood.size()) continue;
    });
    pause(4000);
    going = false;
    who_reads.join();
    who_does_not.join();
    BOOST_TEST(well > 0);
    BOOST_TEST(eventually([&] { return slow_drops() > before; }));
    BOOST_TEST(silent->ends(10000));
    probe.report("floods of pings, read and unread");
}

BOOST_FIXTURE_TEST_CASE(clients_that_send_and_never_read, Hostile) {
    Probe probe;
    probe.calm();
    Raws deaf;
    for (int i = 0; i < 10; ++i) deaf.push_back(raw(relay_port(), 4096));
    std::atomic<bool> going = true;
    std::atomic<size_t> sent = 0;
    std::thread sender([&] {
        // Half messages that are stored and acknowledged, half questions to the relay alone.
        for (int n = 0; going; ++n)
            for (size_t i = 0; i < deaf.size(); ++i)
                sent += deaf[i]->pour(n % 50 == 0 && i % 2 ? client_frame(1, user_says("deaf", "", std::to_string(n)))
                                                           : client_frame(1, R"({"type":"ping"})"));
    });
    pause(4000);
    going = false;
    sender.join();
    BOOST_TEST(sent > 100000u);
    probe.report("10 clients that send and never read");
}

// As many messages as its connections carry, each stored: one account's flood is one tenant's.
BOOST_FIXTURE_TEST_CASE(floods_of_messages, Hostile) {
    Probe probe;
    probe.calm();
    Raws loud;
    for (int i = 0; i < 40; ++i) loud.push_back(raw(relay_port()));
    std::atomic<bool> going = true;
    std::atomic<size_t> sent = 0;
    std::thread sender([&] {
        while (going)
            for (size_t i = 0; i < loud.size(); ++i) {
                std::string frames;
                for (int k = 0; k < 20; ++k) frames += client_frame(1, user_says("loud", "loud" + std::to_string(i)));
                sent += loud[i]->pour(frames);
                loud[i]->drain();
            }
    });
    pause(4000);
    going = false;
    sender.join();
    BOOST_TEST(sent > 100000u);
    probe.report("a flood of messages on 40 connections");
}

BOOST_FIXTURE_TEST_CASE(churn_of_connections, Hostile) {
    Probe probe;
    probe.calm();
    std::atomic<bool> going = true;
    std::atomic<int> count = 0;
    std::vector<std::thread> churners;
    for (int t = 0; t < 4; ++t)
        churners.emplace_back([&, t] {
            for (int i = 0; going; ++i) {
                RawPeer socket(t % 2 ? stack().port : relay_port());
                if (i % 3 == 0) socket.send("GET /ocms/v1/str");
                else if (i % 3 == 1) socket.upgrade(target);
                ++count;
                pause(2);
            }
        });
    pause(4000);
    going = false;
    for (auto& churner : churners) churner.join();
    BOOST_TEST_MESSAGE(count << " connections came and went");
    BOOST_TEST(count > 200);
    probe.report("churn of connections");
    // None of their rows stays.
    BOOST_TEST(eventually([&] {
        return other_driver::number("SELECT COUNT(*) FROM connections WHERE principal_id = " + mallory.name() +
                                    " AND principal_type = 0") == 0;
    }));
}

// A message that is never whole, and pings between its parts.
BOOST_FIXTURE_TEST_CASE(message_that_is_never_finished, Hostile) {
    OwnRelay relay("unfinished", {"--relay.idle_seconds=3", "--relay.ping_seconds=1"});
    auto endless = raw(relay.port()), patient = raw(relay.port());
    endless->send(client_frame(1, "{", false));
    bool over = false;
    for (int i = 0; i < 200 && !over; ++i) {
        endless->send(client_frame(9, "") + client_frame(0, " ", false), 10);
        patient->send(client_frame(9, ""), 10);
        over = endless->ends(100);
    }
    BOOST_TEST(over);
    patient->send(client_frame(1, R"({"type":"ping"})"));
    BOOST_TEST(patient->take_until("pong\"}"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
