// Two transactions that meet at the worst moment: the second is let in between two statements
// of the first.
#include <boost/test/unit_test.hpp>

#include "core/weapp.h"
#include "core/agents.h"
#include "core/history.h"
#include "faults/play.h"
#include "support/house_check.h"
#include "support/wait.h"

using namespace hy;
using namespace hy::test;

namespace {

struct Race : World {
    Race() {
        empty_house(*this);
        ask([&](db::Session& s) { user = weapp::account_of(s, house, {"app", "open-1", ""}); });
        bot = robot(user.id);
    }
    channels::Channel talk(db::Session& s, const std::string& id) {
        return conversations::resolve(s, house, user.id, bot, id);
    }
    void send(db::Session& s, const std::string& id, outbox::Pushes& pushes) {
        const auto robot = robots::find_by_id(s, bot.id);
        if (!robot) throw Error(Fault::not_found, "robot.not_found");
        const auto channel = talk(s, id);
        messages::Draft draft;
        draft.sender = account_principal(user.id);
        const auto said = messages::append(s, house, channel, draft, pushes);
        agents::enqueue(s, house, *robot, channel, said.message, draft, pushes);
    }
    void send(const std::string& id) {
        act([&](db::Session& s, outbox::Pushes& pushes) { send(s, id, pushes); });
    }
    void forget(db::Session& s, const channels::Channel& channel) { history::forget_some(s, user.id, channel.id); }
    void delete_talk(const std::string& id) {
        ask([&](db::Session& s) { conversations::remove(s, house, conversations::owned(s, user.id, id)); });
    }
    std::string faults() {
        ask([&](db::Session& s) { s.execute("DELETE FROM outbox"); });
        return joined(house_faults(*this));
    }
    accounts::Account user;
    robots::Robot bot;
};

// Lets `other` in after the first statement with `word` in it. Where the product's locks hold it
// back it goes on alone, and is waited for in the end.
class Intruder {
public:
    Intruder(db::Session& session, std::string word, std::function<void()> other)
        : watched_(session, [this, word = std::move(word), other = std::move(other)](std::string_view sql) {
              if (came_ || sql.find(word) == std::string_view::npos) return;
              came_ = true;
              thread_ = std::jthread([this, other] {
                  try {
                      other();
                  } catch (const Error&) {
                      // It came too late for what it wanted.
                  }
                  done_ = true;
              });
              eventually([this] { return done_.load(); }, 500);
          }) {}
    db::Session& session() { return watched_; }
    bool came() const { return came_; }

private:
    bool came_ = false;
    std::atomic<bool> done_{false};
    WatchedSession watched_;
    std::jthread thread_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(races)

BOOST_FIXTURE_TEST_CASE(a_message_lands_while_its_conversation_is_deleted, Race) {
    send("c1");
    std::unique_ptr<Intruder> intruder;
    act([&](db::Session& s, outbox::Pushes& pushes) {
        intruder = std::make_unique<Intruder>(s, "UPDATE conversations", [&] { delete_talk("c1"); });
        send(intruder->session(), "c1", pushes);
    });
    BOOST_REQUIRE(intruder->came());
    intruder.reset();
    BOOST_TEST(number("SELECT COUNT(*) FROM messages") == 2);
    BOOST_TEST(faults() == "");
}

// The talk is new, so that who ends the connection has not seen it.
BOOST_FIXTURE_TEST_CASE(an_agent_is_given_a_message_while_its_connection_ends, Race) {
    relay("relay-1");
    connect("agent-1", "relay-1", robot_principal(bot.id));
    std::unique_ptr<Intruder> intruder;
    act([&](db::Session& s, outbox::Pushes& pushes) {
        intruder = std::make_unique<Intruder>(s, "UPDATE agent_queue SET conn = NULL", [&] { send("c1"); });
        presence::closed(intruder->session(), house, {"agent-1"}, pushes);
    });
    BOOST_TEST(intruder->came());
    intruder.reset();
    BOOST_TEST(number("SELECT COUNT(*) FROM agent_queue") == 1);
    BOOST_TEST(number("SELECT COUNT(*) FROM agent_queue WHERE conn IS NOT NULL") == 0);
    BOOST_TEST(number("SELECT COUNT(*) FROM agent_talks WHERE conn IS NOT NULL") == 0);
    BOOST_TEST(faults() == "");
}

BOOST_FIXTURE_TEST_CASE(two_forget_the_same_conversation, Race) {
    for (int i = 0; i < 3; ++i) send("c1");
    send("c2");
    const auto channel = ask([&](db::Session& s) { return talk(s, "c1"); });
    delete_talk("c1");
    std::unique_ptr<Intruder> intruder;
    ask([&](db::Session& s) {
        intruder =
            std::make_unique<Intruder>(s, "FROM ocms_log", [&] { ask([&](db::Session& t) { forget(t, channel); }); });
        forget(intruder->session(), channel);
    });
    BOOST_TEST(intruder->came());
    intruder.reset();
    BOOST_TEST(number("SELECT SUM(gone) FROM ocms_gone") == 3);
    BOOST_TEST(faults() == "");
}

BOOST_FIXTURE_TEST_CASE(a_conversation_is_deleted_again_while_it_is_forgotten, Race) {
    send("c1");
    const auto channel = ask([&](db::Session& s) { return talk(s, "c1"); });
    delete_talk("c1");
    ask([&](db::Session& s) { forget(s, channel); });
    std::unique_ptr<Intruder> intruder;
    ask([&](db::Session& s) {
        intruder = std::make_unique<Intruder>(s, "FROM ocms_log", [&] {
            send("c1");
            delete_talk("c1");
        });
        forget(intruder->session(), channel);
    });
    BOOST_TEST(intruder->came());
    intruder.reset();
    BOOST_TEST(faults() == "");
}

BOOST_FIXTURE_TEST_CASE(a_robot_is_deleted_while_somebody_writes_to_it, Race) {
    send("c1");
    std::unique_ptr<Intruder> intruder;
    const std::string code = code_of([&] {
        act([&](db::Session& s, outbox::Pushes& pushes) {
            if (intruder) return send(s, "c1", pushes);
            intruder = std::make_unique<Intruder>(s, "FROM robots", [&] {
                act([&](db::Session& t, outbox::Pushes& p) { robots::remove(t, house, bot, p); });
            });
            send(intruder->session(), "c1", pushes);
        });
    });
    BOOST_TEST(intruder->came());
    intruder.reset();
    BOOST_TEST(code == "robot.not_found");
    BOOST_TEST(faults() == "");
}

BOOST_FIXTURE_TEST_CASE(a_robot_is_deleted_once, Race) {
    int deleted = 0, refused = 0;
    std::mutex mutex;
    together(4, [&](int) {
        const std::string code =
            code_of([&] { act([&](db::Session& s, outbox::Pushes& p) { robots::remove(s, house, bot, p); }); });
        std::lock_guard lock(mutex);
        ++(code.empty() ? deleted : refused);
    });
    BOOST_TEST(deleted == 1);
    BOOST_TEST(refused == 3);
    BOOST_TEST(faults() == "");
}

BOOST_AUTO_TEST_SUITE_END()
