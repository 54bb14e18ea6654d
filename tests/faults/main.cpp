// Every statement and every publish fails in turn, and the promises hold.
#define BOOST_TEST_MODULE faults
#include <boost/test/unit_test.hpp>
