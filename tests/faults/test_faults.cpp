// The anomaly tests: every operation that writes, with every statement and every publish of it
// failing in turn, in every way.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <set>

#include "base/log.h"
#include "faults/play.h"
#include "groups.h"
#include "jobs/chores.h"
#include "ocms/door.h"
#include "openim/door.h"
#include "openim/sdk_door.h"
#include "sandbox/door.h"
#include "support/house_check.h"
#include "uplink/core.h"
#include "workbot/door.h"
#include "wukongim/door.h"

using namespace hy;
using namespace hy::test;

namespace {

// More statements or publishes than any operation has: a count that runs away is a fault too.
constexpr int64_t kMost = 300;

struct Quiet {
    // Thousands of faults are meant to happen; the log would hide the one that is not.
    Quiet() { log::configure("faults_tests", static_cast<log::Level>(static_cast<int>(log::Level::error) + 1)); }
};

struct Faults : Quiet, World {
    Faults() : proxy(scratch_folder() + "/proxy.sock", config.database.socket) {}
    DbProxy proxy;
    int64_t positions = 0;

    // Until the operation ends before the fault comes. The tables are looked at in the end, and
    // where they do not agree, once more after each position, to say where it was.
    template <typename Fault>
    void at_each(const Operation& operation, const std::string& how, Fault fault, bool looks = false) {
        empty_house(*this);
        for (fault.at = 1; fault.at < kMost; ++fault.at) {
            Played played = play(operation, *this, proxy, fault);
            if (looks)
                for (auto& text : house_faults(*this)) played.faults.push_back(std::move(text));
            BOOST_TEST_CONTEXT(operation.name << ", " << how << ", at " << fault.at)
            for (const auto& text : played.faults) BOOST_ERROR(text);
            if (!played.struck || (looks && !played.faults.empty())) break;
            ++positions;
        }
        BOOST_TEST(fault.at < kMost);
        if (looks) return;
        const auto faults = house_faults(*this);
        BOOST_TEST(faults.empty(), operation.name << ", " << how << ": " << joined(faults));
        if (!faults.empty()) at_each(operation, how, fault, true);
    }
    // HONGYAN_TEST_FAULTS: only operations whose name holds this.
    std::vector<const Operation*> chosen() {
        const char* word = std::getenv("HONGYAN_TEST_FAULTS");
        std::vector<const Operation*> found;
        for (const Operation* operation : operations())
            if (!word || std::string(operation->name).find(word) != std::string::npos) found.push_back(operation);
        return found;
    }
    void each_database_fault(Cut cut, bool stays_away, Counts counts) {
        const std::string how = std::string(name_of(cut)) + (stays_away ? " and away" : "");
        for (const Operation* operation : chosen()) {
            at_each(*operation, how, DatabaseFault{0, cut, stays_away, counts});
            // What a new connection begins with is the same for all.
            if (counts == Counts::all) counts = Counts::statements;
        }
        BOOST_TEST_MESSAGE(positions << " positions");
        BOOST_TEST((positions > 0 || std::getenv("HONGYAN_TEST_FAULTS")));
    }
    void each_bus_fault(Loss loss) {
        for (const Operation* operation : chosen()) at_each(*operation, name_of(loss), BusFault{0, loss});
        BOOST_TEST_MESSAGE(positions << " positions");
        BOOST_TEST((positions > 0 || std::getenv("HONGYAN_TEST_FAULTS")));
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

// A new endpoint, ask or chore needs a row in operations_*.cpp.
BOOST_AUTO_TEST_CASE(everything_that_writes_has_a_row) {
    const Config config;
    std::set<std::string> have;
    for (const Operation* operation : operations()) {
        const std::string name = operation->name;
        have.insert(name.substr(0, name.find(" (")));
    }
    const auto need = [&](const std::string& name) { BOOST_TEST(have.contains(name), name << " has no row"); };
    const auto name_of = [](const api::Route& route) { return route.method + std::string(" ") + route.pattern; };
    // Two forms of a door have one function behind them.
    std::set<api::Handler> seen;
    for (const api::Group* group : tools::groups())
        for (const api::Route& route : group->routes)
            if (have.contains(name_of(route))) seen.insert(route.handler);
    for (const api::Group* group : tools::groups())
        for (const api::Route& route : group->routes)
            if (std::string(route.method) != "GET" && !seen.contains(route.handler)) need(name_of(route));
    for (const api::EventGroup* group : {&ocms::kStream, &workbot::kStream, &wukongim::kStream, &openim::kStream,
                                         &openim::kSdkStream, &sandbox::kStream, &uplink::kCore})
        for (const api::EventRoute& route : group->routes) need(route.subject);
    for (const auto& chores : {jobs::outbox_chores(), jobs::housekeeping_chores()})
        for (const app::Chore& chore : chores) need(std::string("chore ") + chore.name);
    for (const auto& kinds : {jobs::reply_jobs(config), jobs::callback_jobs(config)})
        for (const app::JobKind& one : kinds) need(std::string("job ") + one.kind);
}

BOOST_FIXTURE_TEST_CASE(without_a_fault_everything_happens_once, Faults) {
    for (const Operation* operation : chosen()) {
        empty_house(*this);
        const Played played = play(*operation, *this, proxy, DatabaseFault{0, Cut::before, false});
        const auto faults = house_faults(*this);
        BOOST_TEST_CONTEXT(operation->name) {
            for (const auto& text : played.faults) BOOST_ERROR(text);
            BOOST_TEST(faults.empty(), joined(faults));
            BOOST_TEST(played.statements > 0);
        }
    }
}

BOOST_FIXTURE_TEST_CASE(the_connection_dies_before_each_statement, Faults) {
    each_database_fault(Cut::before, false, Counts::all);
}
BOOST_FIXTURE_TEST_CASE(the_connection_dies_within_each_statement, Faults) {
    each_database_fault(Cut::partly, false, Counts::writes);
}
BOOST_FIXTURE_TEST_CASE(the_connection_dies_after_each_statement, Faults) {
    each_database_fault(Cut::after, false, Counts::writes);
}
BOOST_FIXTURE_TEST_CASE(the_database_goes_before_each_statement, Faults) {
    each_database_fault(Cut::before, true, Counts::statements);
}
BOOST_FIXTURE_TEST_CASE(the_database_goes_after_each_statement, Faults) {
    each_database_fault(Cut::after, true, Counts::writes);
}
BOOST_FIXTURE_TEST_CASE(each_statement_meets_a_deadlock, Faults) {
    each_database_fault(Cut::deadlock, false, Counts::writes);
}
BOOST_FIXTURE_TEST_CASE(each_statement_waits_too_long, Faults) {
    each_database_fault(Cut::lock_timeout, false, Counts::writes);
}

BOOST_FIXTURE_TEST_CASE(each_publish_is_refused, Faults) { each_bus_fault(Loss::refused); }
BOOST_FIXTURE_TEST_CASE(each_publish_is_lost, Faults) { each_bus_fault(Loss::swallowed); }
BOOST_FIXTURE_TEST_CASE(nats_goes_at_each_publish, Faults) { each_bus_fault(Loss::down); }

BOOST_AUTO_TEST_SUITE_END()
