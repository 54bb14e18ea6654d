// Topics on a bus that refuses: what NATS did not take is tried again until it does.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <stdexcept>

#include "support.h"
#include "support/fake_bus.h"
#include "topics.h"

using namespace hy::relay;
using namespace hy::relay::test;
namespace bus = hy::bus;

namespace {

// Refuses the first subscriptions.
class Unwilling final : public hy::test::FakeBus {
public:
    explicit Unwilling(int refusals) : refusals_(refusals) {}
    std::unique_ptr<bus::Subscription> subscribe(const std::string& subject, bus::Handler handler) override {
        if (refusals_-- > 0) throw std::runtime_error("not now");
        handler({subject, "heard", {}});
        return std::make_unique<bus::Subscription>();
    }

private:
    std::atomic<int> refusals_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(topics)

BOOST_AUTO_TEST_CASE(a_refused_subscription_is_made_later) {
    Unwilling unwilling(2);
    std::atomic<int> heard = 0, done = 0;
    Topics topics(unwilling, [&](uint64_t loops, const bus::Message& message) {
        heard += loops == 1 && message.subject == "live.account.3";
    });
    topics.change(0, {"live.account.3"}, {}, [&] { ++done; });
    BOOST_TEST(eventually([&] { return heard == 1; }));
    BOOST_TEST(done == 1);
}

BOOST_AUTO_TEST_CASE(what_nobody_wants_any_more_is_not_tried_again) {
    Unwilling unwilling(1);
    std::atomic<int> heard = 0, done = 0;
    Topics topics(unwilling,
                  [&](uint64_t, const bus::Message& message) { heard += message.subject == "live.account.3"; });
    topics.change(0, {"live.account.3"}, {});
    topics.change(0, {}, {"live.account.3"});
    topics.change(0, {"live.account.4"}, {}, [&] { ++done; });
    BOOST_TEST(eventually([&] { return done == 1; }));
    // One that is wanted, and refused, comes after those that were refused before it.
    topics.change(0, {"live.account.5"}, {}, [&] { ++done; });
    BOOST_TEST(eventually([&] { return done == 2; }));
    BOOST_TEST(heard == 0);
}

BOOST_AUTO_TEST_SUITE_END()
