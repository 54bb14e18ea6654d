// The running stack for an hour or as long as HONGYAN_TEST_SOAK_MINUTES says.
#define BOOST_TEST_MODULE soak
#include <boost/test/unit_test.hpp>

#include "base/log.h"

struct Quiet {
    Quiet() { hy::log::configure("soak_tests", hy::log::Level::error); }
};
BOOST_TEST_GLOBAL_FIXTURE(Quiet);
