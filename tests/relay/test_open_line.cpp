// Who is let in next.
#include <boost/test/unit_test.hpp>
#include <string>

#include "open_line.h"

using hy::relay::OpenLine;

namespace {
std::string all(OpenLine& line) {
    std::string numbers;
    while (const auto number = line.next()) numbers += std::to_string(*number) + " ";
    return numbers;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(open_line)

BOOST_AUTO_TEST_CASE(addresses_take_turns_and_each_keeps_its_order) {
    OpenLine line;
    BOOST_TEST(all(line) == "");
    for (uint64_t i = 1; i <= 5; ++i) line.add("crowd", i);
    line.add("one", 10);
    line.add("two", 20);
    line.add("one", 11);
    BOOST_TEST(all(line) == "1 10 20 2 11 3 4 5 ");
}

BOOST_AUTO_TEST_CASE(who_comes_late_waits_for_one_turn_only) {
    OpenLine line;
    for (uint64_t i = 0; i < 2000; ++i) line.add("crowd", i);
    line.next();
    line.add("one", 5000);
    line.next();
    BOOST_TEST(*line.next() == 5000u);
}

BOOST_AUTO_TEST_SUITE_END()
