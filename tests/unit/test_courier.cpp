// The courier: in order, bounded, and never in the way of those who post.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <vector>

#include "bus/courier.h"
#include "support/wait.h"

using namespace hy;

namespace {

// A peer that takes nothing until it is let go.
struct Peer {
    std::mutex mutex;
    std::condition_variable changed;
    bool held = false, refuses = false;
    std::vector<std::string> took;

    bool take(const bus::Letter& letter) {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return !held; });
        if (refuses) return false;
        took.push_back(letter.data);
        return true;
    }
    void hold(bool on) {
        std::lock_guard lock(mutex);
        held = on;
        changed.notify_all();
    }
};

bus::Letter letter(int i, size_t size = 0) { return {"s", "", std::to_string(i) + std::string(size, ' ')}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(courier)

BOOST_AUTO_TEST_CASE(what_is_posted_is_delivered_in_its_order) {
    Peer peer;
    bus::Courier courier([&](const bus::Letter& l) { return peer.take(l); }, 1 << 20);
    std::vector<std::string> expected;
    for (int i = 0; i < 1000; ++i) {
        BOOST_REQUIRE(courier.post(letter(i)));
        expected.push_back(std::to_string(i));
    }
    BOOST_TEST(courier.drained(test::kPatienceMs));
    BOOST_TEST((peer.took == expected));
    BOOST_TEST(courier.failures() == 0u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_takes_nothing_holds_nobody) {
    Peer peer;
    peer.hold(true);
    bus::Courier courier([&](const bus::Letter& l) { return peer.take(l); }, 10'000);
    int taken = 0;
    // What is in the peer's hands counts as well.
    while (taken < 100 && courier.post(letter(taken, 1000))) ++taken;
    BOOST_TEST(taken >= 8);
    BOOST_TEST(taken <= 10);
    BOOST_TEST(!courier.post(letter(0, 1000)));
    BOOST_TEST(!courier.drained(20));
    peer.hold(false);
    BOOST_TEST(courier.drained(test::kPatienceMs));
    BOOST_TEST(peer.took.size() == static_cast<size_t>(taken));
    BOOST_TEST(courier.post(letter(0, 1000)));
}

BOOST_AUTO_TEST_CASE(failures_are_counted_and_the_rest_goes_on) {
    Peer peer;
    peer.refuses = true;
    bus::Courier courier([&](const bus::Letter& l) { return peer.take(l); }, 1 << 20);
    for (int i = 0; i < 3; ++i) BOOST_TEST(courier.post(letter(i)));
    BOOST_TEST(courier.drained(test::kPatienceMs));
    BOOST_TEST(courier.failures() == 3u);
    peer.refuses = false;
    BOOST_TEST(courier.post(letter(3)));
    BOOST_TEST(courier.drained(test::kPatienceMs));
    BOOST_TEST(courier.failures() == 3u);
    BOOST_TEST((peer.took == std::vector<std::string>{"3"}));
}

BOOST_AUTO_TEST_CASE(the_end_delivers_what_waits) {
    Peer peer;
    {
        bus::Courier courier([&](const bus::Letter& l) { return peer.take(l); }, 1 << 20);
        for (int i = 0; i < 50; ++i) BOOST_REQUIRE(courier.post(letter(i)));
    }
    BOOST_TEST(peer.took.size() == 50u);
}

BOOST_AUTO_TEST_CASE(the_end_does_not_wait_for_every_failure) {
    Peer peer;
    peer.refuses = true;
    peer.hold(true);
    std::atomic<int> tries = 0;
    auto courier = std::make_unique<bus::Courier>([&](const bus::Letter& l) { return ++tries, peer.take(l); }, 1 << 20);
    uint64_t taken = 0;
    while (taken < 50 && courier->post(letter(0))) ++taken;
    std::thread ender([courier = courier.get()] { courier->stop(); });
    BOOST_TEST(test::eventually([&] { return courier->post(letter(0)) ? (++taken, false) : true; }));
    peer.hold(false);
    ender.join();
    BOOST_TEST(tries == 1);
    BOOST_TEST(courier->failures() == taken);
}

BOOST_AUTO_TEST_SUITE_END()
