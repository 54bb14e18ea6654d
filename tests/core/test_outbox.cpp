// The outbox: rows with their transaction, published, deleted when they have arrived.
#include <boost/test/unit_test.hpp>

#include "support/wait.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

BOOST_AUTO_TEST_SUITE(outbox_rows)

BOOST_FIXTURE_TEST_CASE(outbox_rows_come_and_go_with_their_transaction, World) {
    bus.flushes = false;
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    const auto depth = [&] { return ask([](db::Session& s) { return outbox::depth(s); }); };
    BOOST_CHECK_THROW(act([&](db::Session& s, outbox::Pushes& p) {
                          p.add("live.x", "{}");
                          outbox::store(s, house, p);
                          throw Error(Fault::forbidden, "no");
                      }),
                      Error);
    BOOST_TEST(depth() == 0);
    BOOST_TEST(bus.published().empty());
    act([&](db::Session&, outbox::Pushes&) {});
    BOOST_TEST(depth() == 0);
    bus.up = false;  // NATS is away: the row stays
    act([&](db::Session&, outbox::Pushes& p) { p.add("live.x", "1"), p.add("live.y", "2"); });
    act([&](db::Session&, outbox::Pushes& p) { p.add("live.x", "3"); });
    BOOST_TEST(depth() == 2);
    const auto sweep = [&] { return outbox::sweep(db, bus, config, clock); };
    BOOST_TEST(sweep() == 0u);
    bus.up = true;
    BOOST_TEST(sweep() == 0u);  // too young
    clock.advance(2001);
    BOOST_TEST(sweep() == 0u);  // published, but nobody knows whether it arrived
    BOOST_TEST(depth() == 2);
    BOOST_TEST(bus.published().size() == 3u);
    bus.flushes = true;
    BOOST_TEST(sweep() == 2u);
    BOOST_TEST(depth() == 0);
    const auto all = bus.published();
    BOOST_REQUIRE(all.size() == 6u);
    BOOST_TEST(all[3].second + all[4].second + all[5].second == "123");
    BOOST_TEST(all[4].first == "live.y");
}

// What several hear is stored once.
BOOST_FIXTURE_TEST_CASE(each_hears_his_own_whatever_the_row_looks_like, World) {
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    const std::string much(700'000, 'x');
    const std::vector<std::pair<std::string, std::string>> said = {{"live.a", "1"},  {"live.b", "1"}, {"live.c", "2"},
                                                                   {"live.d", "1"},  {"live.d", "1"}, {"live.e", much},
                                                                   {"live.f", much}, {"live.g", "1"}};
    bus.up = false;
    act([&](db::Session&, outbox::Pushes& p) {
        for (const auto& [subject, payload] : said) p.add(subject, payload);
    });
    BOOST_TEST(number("SELECT SUM(LENGTH(pushes)) FROM outbox") < 1'500'000);
    bus.up = true;
    clock.advance(2001);
    while (outbox::sweep(db, bus, config, clock) > 0) continue;
    BOOST_TEST((bus.published() == said));
}

BOOST_FIXTURE_TEST_CASE(the_publisher_deletes_what_arrived, World) {
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    outbox::Pushes pushes;
    {
        outbox::Publisher publisher(db, bus);
        for (int i = 0; i < 700; ++i) {
            db.transaction([&](db::Session& s) {
                pushes = {};
                pushes.add("live.z", std::to_string(i));
                outbox::store(s, house, pushes);
            });
            publisher.publish(pushes);
        }
    }
    BOOST_TEST(ask([](db::Session& s) { return outbox::depth(s); }) == 0);
    BOOST_TEST(bus.count("live.z") == 700u);
}

BOOST_FIXTURE_TEST_CASE(what_may_be_lost_on_its_way_is_published_again, World) {
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    const auto depth = [&] { return ask([](db::Session& s) { return outbox::depth(s); }); };
    outbox::Pushes pushes;
    {
        // NATS comes back between the publish and its flush.
        outbox::Publisher publisher(db, bus);
        db.transaction([&](db::Session& s) {
            pushes.add("live.lost", "1");
            outbox::store(s, house, pushes);
        });
        bus.on_flush = [&] { ++bus.epochs; };
        publisher.publish(pushes);
    }
    BOOST_TEST(depth() == 1);
    clock.advance(2001);
    BOOST_TEST(outbox::sweep(db, bus, config, clock) == 0u);
    BOOST_TEST(depth() == 1);
    bus.on_flush = {};
    BOOST_TEST(outbox::sweep(db, bus, config, clock) == 1u);
    BOOST_TEST(depth() == 0);
    BOOST_TEST(bus.count("live.lost") == 3u);
}

BOOST_FIXTURE_TEST_CASE(the_real_bell_rings, World) {
    const char* url = std::getenv("HONGYAN_TEST_NATS_URL");
    BOOST_REQUIRE(url);
    config.nats.url = url;
    const auto real = bus::connect(config, "core-test");
    std::mutex mutex;
    std::condition_variable heard;
    std::vector<std::string> got;
    const std::string subject = "live.account." + std::to_string(account().id);
    BOOST_REQUIRE(eventually([&] { return real->connected(); }));
    const auto subscription = real->subscribe(subject, [&](const bus::Message& m) {
        const std::lock_guard lock(mutex);
        got.emplace_back(m.data);
        heard.notify_all();
    });
    BOOST_TEST(real->flush(2000));
    ask([](db::Session& s) { s.execute("DELETE FROM outbox"); });
    bus.up = false;
    for (const auto* text : {"1", "2", "3"}) act([&](db::Session&, outbox::Pushes& p) { p.add(subject, text); });
    clock.advance(2001);
    BOOST_TEST(outbox::sweep(db, *real, config, clock) == 3u);
    std::unique_lock lock(mutex);
    BOOST_TEST(heard.wait_for(lock, std::chrono::seconds(5), [&] { return got.size() == 3; }));
    BOOST_TEST((got == std::vector<std::string>{"1", "2", "3"}));
    lock.unlock();
}

BOOST_AUTO_TEST_SUITE_END()
