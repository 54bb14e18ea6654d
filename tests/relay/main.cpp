// The relay against a real nats-server, with scripted handlers and raw-socket clients.
#define BOOST_TEST_MODULE relay
#include <boost/test/unit_test.hpp>

#include "base/log.h"

// Before any thread exists.
struct Quiet {
    Quiet() { hy::log::configure("relay_tests", hy::log::Level::error); }
};
BOOST_TEST_GLOBAL_FIXTURE(Quiet);
