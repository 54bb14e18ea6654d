// The pure tests: no database, no NATS, seconds.
#define BOOST_TEST_MODULE unit
#include <boost/test/unit_test.hpp>
