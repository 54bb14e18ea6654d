// The whole running stack, met as clients meet it. tests/run.sh starts the stack and says
// where it is: HONGYAN_TEST_URL, HONGYAN_TEST_VAR, HONGYAN_TEST_BIN.
#define BOOST_TEST_MODULE e2e
#include <boost/test/unit_test.hpp>

#include "base/log.h"
#include "e2e/stack.h"

struct Quiet {
    Quiet() { hy::log::configure("e2e_tests", hy::log::Level::error); }
};
BOOST_TEST_GLOBAL_FIXTURE(Quiet);

BOOST_AUTO_TEST_CASE(the_stack_is_healthy) {
    hy::test::stack().heal();
    BOOST_TEST(hy::test::stack().healthz().status == 200);
}
