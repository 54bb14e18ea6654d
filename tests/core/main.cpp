// The core on a real MariaDB, and where it matters a real NATS: see tests/run.sh.
#define BOOST_TEST_MODULE core
#include <boost/test/unit_test.hpp>
