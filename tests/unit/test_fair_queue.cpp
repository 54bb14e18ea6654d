// The fair queue: turns by tenant, bounds, and an end that loses nothing.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "app/fair_queue.h"

using hy::app::FairQueue;
using Queue = FairQueue<int>;

namespace {

std::string taken(Queue& queue, int count) {
    std::string all;
    for (int i = 0; i < count; ++i) {
        const auto next = queue.take();
        all += next->tenant + std::to_string(next->job) + " ";
        queue.done(next->tenant);
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fair_queue)

BOOST_AUTO_TEST_CASE(one_each_in_turn_and_in_order_within_a_tenant) {
    Queue queue({100, 100, 100});
    for (int i = 0; i < 5; ++i) BOOST_TEST(!queue.push("a", i));
    for (int i = 0; i < 2; ++i) BOOST_TEST(!queue.push("b", i));
    BOOST_TEST(!queue.push("c", 0));
    BOOST_TEST(taken(queue, 8) == "a0 b0 c0 a1 b1 a2 a3 a4 ");
}

BOOST_AUTO_TEST_CASE(who_comes_late_waits_for_one_turn_only) {
    Queue queue({100, 100, 100});
    for (int i = 0; i < 50; ++i) queue.push("a", i);
    BOOST_TEST(taken(queue, 10).starts_with("a0 a1 "));
    queue.push("b", 0);
    BOOST_TEST(taken(queue, 2) == "a10 b0 ");
}

BOOST_AUTO_TEST_CASE(full_for_one_is_not_full_for_others) {
    Queue queue({6, 3, 1});
    for (int i = 0; i < 3; ++i) BOOST_TEST(!queue.push("a", i));
    BOOST_TEST(queue.push("a", 3).value_or(-1) == 3);
    for (int i = 0; i < 3; ++i) BOOST_TEST(!queue.push("b", i));
    BOOST_TEST(taken(queue, 1) == "a0 ");
    BOOST_TEST(!queue.push("a", 3));
}

BOOST_AUTO_TEST_CASE(where_all_is_full_the_longest_gives_way) {
    Queue queue({5, 4, 4});
    for (int i = 0; i < 4; ++i) queue.push("a", i);
    queue.push("b", 10);
    BOOST_TEST(queue.push("c", 20).value_or(-1) == 3, "the newest of a's");
    BOOST_TEST(queue.push("b", 11).value_or(-1) == 2, "then both have two");
    BOOST_TEST(queue.push("a", 4).value_or(-1) == 4, "who is as long gives way himself");
    BOOST_TEST(queue.push("d", 30).value_or(-1) == 1);
    BOOST_TEST(queue.push("e", 40).value_or(-1) == 11);
    BOOST_TEST(queue.push("f", 50).value_or(-1) == 50, "nobody has more than one");
    BOOST_TEST(taken(queue, 5) == "a0 b10 c20 d30 e40 ");
}

BOOST_AUTO_TEST_CASE(the_house_comes_first) {
    Queue queue({300, 100, 100});
    for (int tenant = 0; tenant < 200; ++tenant) queue.push(std::to_string(tenant) + ":", 0);
    for (int i = 0; i < 3; ++i) queue.push("", i);
    BOOST_TEST(taken(queue, 4) == "0 1 2 0:0 ");
}

BOOST_AUTO_TEST_CASE(the_house_leaves_a_worker_to_others) {
    Queue queue({100, 100, 1, 2});
    for (int i = 0; i < 3; ++i) queue.push("", i);
    queue.push("a", 9);
    BOOST_TEST(queue.take()->job == 0);
    BOOST_TEST(queue.take()->job == 1);
    BOOST_TEST(queue.take()->job == 9);
    queue.done("");
    BOOST_TEST(queue.take()->job == 2);
}

BOOST_AUTO_TEST_CASE(tenants_that_fill_all_leave_room_for_the_house) {
    Queue queue({4, 2, 2});
    for (int i = 0; i < 4; ++i) queue.push(std::to_string(i) + ":", i);
    BOOST_TEST(!queue.push("", 7));
    BOOST_TEST(queue.push("x", 8).value_or(-1) == 8);
    BOOST_TEST(taken(queue, 1) == "7 ");
}

BOOST_AUTO_TEST_CASE(one_tenant_holds_some_workers_only) {
    Queue queue({100, 100, 2});
    for (int i = 0; i < 4; ++i) queue.push("a", i);
    BOOST_TEST(queue.take()->job == 0);
    BOOST_TEST(queue.take()->job == 1);
    queue.push("b", 9);
    BOOST_TEST(queue.take()->job == 9);  // a's two workers are all it gets
    std::atomic<int> got = -1;
    std::thread waits([&] { got = queue.take()->job; });
    queue.done("a");
    waits.join();
    BOOST_TEST(got == 2);
}

BOOST_AUTO_TEST_CASE(the_house_has_the_bound_of_all) {
    Queue queue({4, 1, 1});
    for (int i = 0; i < 4; ++i) BOOST_TEST(!queue.push("", i));
    BOOST_TEST(queue.push("", 4).value_or(-1) == 4);
    BOOST_TEST(!queue.push("a", 9));
    for (int i = 0; i < 4; ++i) BOOST_TEST(queue.take()->job == i);
}

BOOST_AUTO_TEST_CASE(the_end_hands_out_what_waits_and_wakes_all) {
    Queue queue({1000, 1000, 2});
    for (int i = 0; i < 500; ++i) queue.push("ab"[i % 2] + std::string(), i);
    std::atomic<int> count = 0;
    std::vector<std::thread> workers;
    for (int w = 0; w < 8; ++w)
        workers.emplace_back([&] {
            while (const auto next = queue.take()) {
                ++count;
                queue.done(next->tenant);
            }
        });
    queue.stop();
    for (auto& worker : workers) worker.join();
    BOOST_TEST(count == 500);
}

BOOST_AUTO_TEST_SUITE_END()
