// Whose limits an address shares.
#include <boost/test/unit_test.hpp>

#include "base/network.h"

BOOST_AUTO_TEST_SUITE(network)

BOOST_AUTO_TEST_CASE(neighbours) {
    BOOST_TEST(hy::neighbour("10.1.2.3") == "10.1.2.3");
    BOOST_TEST(hy::neighbour("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::");
    BOOST_TEST(hy::neighbour("2001:db8:1:2::1") == hy::neighbour("2001:db8:1:2:ffff::"));
    BOOST_TEST(hy::neighbour("2001:db8:1:3::1") != hy::neighbour("2001:db8:1:2::1"));
    BOOST_TEST(hy::neighbour("") == "");
    BOOST_TEST(hy::neighbour("nonsense") == "nonsense");
}

BOOST_AUTO_TEST_SUITE_END()
