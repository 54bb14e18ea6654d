// Beats and the naming of connections: in parts, from the beginning whenever it is owed.
#include <boost/test/unit_test.hpp>

#include "heartbeat.h"
#include "support.h"
#include "support/fake_bus.h"

using namespace hy::relay;
using hy::json::Value;

namespace {

// A heartbeat whose house is this test.
struct Pulse {
    explicit Pulse(size_t connections) {
        house.relay = "relay.1";
        for (uint64_t i = 1; i <= connections; ++i) house.known.add(i * 7);
    }
    // What was asked last.
    Value last() const { return *hy::json::parse(bus.published().back().second); }
    size_t asked() const { return bus.count("ask.core.relay"); }
    void answer(const std::string& text) { uplink.answered(asked(), {hy::json::parse(text), false}); }

    hy::Config config;
    hy::SystemClock clock;
    hy::test::FakeBus bus;
    hy::metrics::Registry registry;
    Gauges gauges{registry};
    Doors doors;
    House house{config, clock, bus, gauges, doors};
    Alarms alarms;
    Uplink uplink{bus, gauges, alarms, "in.", 5000};
    std::vector<std::string> unknown;
    Heartbeat heartbeat{house, uplink, alarms, [this](const std::string& conn, int64_t) { unknown.push_back(conn); }};
};

std::vector<std::string> named(const Value& ask) {
    std::vector<std::string> names;
    for (const Value& name : *ask.find("list")->array()) names.push_back(*name.string());
    return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(heartbeats)

BOOST_AUTO_TEST_CASE(a_beat_names_nobody) {
    Pulse pulse(3);
    pulse.heartbeat.start();
    BOOST_TEST(pulse.asked() == 1u);
    BOOST_TEST(!pulse.last().find("list"));
    BOOST_TEST(pulse.last().int_or("connections") == 3);
    pulse.answer(R"({"v":1})");
    BOOST_TEST(pulse.asked() == 1u);
}

BOOST_AUTO_TEST_CASE(all_are_named_in_parts_that_meet) {
    Pulse pulse(4500);
    pulse.heartbeat.name_all();
    std::vector<std::string> names;
    std::string until;
    for (int part = 0; part < 3; ++part) {
        BOOST_REQUIRE(pulse.asked() == static_cast<size_t>(part) + 1);
        const Value ask = pulse.last();
        BOOST_TEST(ask.text_or("after") == until);
        until = ask.text_or("until");
        BOOST_TEST(until.empty() == (part == 2));
        for (const auto& name : named(ask)) {
            BOOST_TEST(name > ask.text_or("after"));
            BOOST_TEST((until.empty() || name <= until));
            names.push_back(name);
        }
        BOOST_TEST(pulse.bus.published().back().second.size() < 200'000u);
        // One that comes meanwhile and one that goes: neither moves the bounds.
        pulse.house.known.add(31501);
        pulse.house.known.remove(7);
        pulse.answer(R"({"v":1})");
    }
    BOOST_TEST(pulse.asked() == 3u);
    BOOST_TEST(names.size() == 4501u);
    BOOST_TEST(std::is_sorted(names.begin(), names.end()));
    // The next beat is an ordinary one.
    pulse.heartbeat.start();
    BOOST_TEST(!pulse.last().find("list"));
}

BOOST_AUTO_TEST_CASE(a_relay_without_connections_names_none) {
    Pulse pulse(0);
    pulse.heartbeat.name_all();
    BOOST_TEST(named(pulse.last()).empty());
    BOOST_TEST(pulse.last().text_or("until", "?") == "");
    pulse.answer(R"({"v":1})");
    BOOST_TEST(pulse.asked() == 1u);
}

BOOST_AUTO_TEST_CASE(exactly_full_parts_end_too) {
    Pulse pulse(2000);
    pulse.heartbeat.name_all();
    pulse.answer(R"({"v":1})");
    BOOST_TEST(pulse.asked() == 2u);
    BOOST_TEST(named(pulse.last()).empty());
    pulse.answer(R"({"v":1})");
    BOOST_TEST(pulse.asked() == 2u);
}

BOOST_AUTO_TEST_CASE(a_house_that_gave_it_up_hears_the_names_at_once) {
    Pulse pulse(2);
    pulse.heartbeat.start();
    pulse.answer(R"({"v":1,"list":true})");
    BOOST_REQUIRE(pulse.asked() == 2u);
    BOOST_TEST(named(pulse.last()).size() == 2u);
    pulse.answer(R"({"v":1,"unknown":["relay.1:000000000007"]})");
    BOOST_TEST(pulse.asked() == 2u);
    BOOST_TEST((pulse.unknown == std::vector<std::string>{"relay.1:000000000007"}));
}

BOOST_AUTO_TEST_CASE(an_end_that_could_not_be_told_owes_the_names) {
    Pulse pulse(2);
    pulse.house.names_owed = true;
    pulse.heartbeat.start();
    BOOST_TEST(named(pulse.last()).size() == 2u);
    pulse.answer(R"({"v":1})");
    pulse.heartbeat.start();
    BOOST_TEST(!pulse.last().find("list"));
}

BOOST_AUTO_TEST_CASE(a_naming_that_is_asked_for_in_the_middle_begins_anew) {
    Pulse pulse(4500);
    pulse.heartbeat.name_all();
    pulse.answer(R"({"v":1})");
    pulse.heartbeat.name_all();  // while the second part is on its way
    BOOST_TEST(pulse.asked() == 2u);
    pulse.answer(R"({"v":1})");
    BOOST_REQUIRE(pulse.asked() == 3u);
    BOOST_TEST(pulse.last().text_or("after", "?") == "");
    BOOST_TEST(named(pulse.last())[0] == "relay.1:000000000007");
}

BOOST_AUTO_TEST_CASE(what_nobody_took_is_owed_from_the_beginning) {
    Pulse pulse(4500);
    pulse.heartbeat.name_all();
    pulse.answer(R"({"v":1})");
    // The second part is refused until the uplink gives it up.
    for (int i = 0; i < 4; ++i) {
        pulse.uplink.answered(2, {std::nullopt, true});
        pulse.alarms.run(now_ms() + 3'100);  // the longest pause that is drawn
    }
    pulse.heartbeat.start();
    BOOST_TEST(pulse.last().text_or("after", "?") == "");
}

BOOST_AUTO_TEST_SUITE_END()
