// The third and the fourth door, in both its forms, under a load, while their clients come and go and their processes die: nothing lost,
// nothing doubled, everything in order, whoever speaks and hears through which.
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <random>

#include "base/text.h"
#include "e2e/im_user.h"
#include "e2e/processes.h"

namespace hy::test {

namespace {

constexpr size_t kSenders = 20, kGroups = 5, kReceivers = 200;
constexpr int kMessages = 30;  // of each sender
constexpr int kBetweenMs = 400;

int relay_port() { return static_cast<int>(to_int(split(stack().config.relay.listen, ':').back()).value_or(0)); }

// What one connection heard of each group, in the order in which it came.
using Heard = std::map<std::string, std::vector<ImMessage>>;

struct Receiver {
    ImAccount who;
    bool acknowledges = true;
    std::vector<Heard> sessions;  // the last is the one that stays
    std::set<std::pair<std::string, int64_t>> synced;
    std::thread thread;
};

struct Stage {
    std::vector<ImAccount> senders;
    std::vector<Receiver> receivers{kReceivers};
    std::vector<std::string> groups;
    std::atomic<bool> calm{false}, over{false};
    std::atomic<int> acknowledged{0}, refused{0};
    std::atomic<int> present{0}, last_heard{0};  // connections that stay; last words that were heard

    Stage() {
        std::vector<ImAccount> everybody;
        for (size_t i = 0; i < kSenders; ++i) everybody.push_back(senders.emplace_back(im_account()));
        for (size_t i = 0; i < kReceivers; ++i) {
            everybody.push_back(receivers[i].who = im_account());
            receivers[i].acknowledges = i % 4 != 0;
        }
        for (size_t i = 0; i < kGroups; ++i) groups.push_back(im_group(senders[i], everybody));
    }
};

// Half of them through nginx.
int port_of(size_t i) { return i % 2 ? stack().port : relay_port(); }
// And a third of them each through the third door and both forms of the fourth.
Speech speech_of(size_t i) {
    constexpr Speech all[] = {Speech::wukongim, Speech::openim, Speech::openim_sdk};
    return all[i / 2 % 3];
}

void pause(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

// Comes, listens, goes without a word now and then, until all is said.
void listen(Stage& stage, size_t i) {
    Receiver& me = stage.receivers[i];
    std::mt19937 random(static_cast<unsigned>(i));
    while (!stage.over) {
        ImConnection connection(me.who, port_of(i), "d", speech_of(i));
        if (!connection.connected()) {
            pause(100);
            continue;
        }
        // What it missed, as any client does that has come back.
        for (const auto& group : stage.groups)
            for (const auto& message : im_sync(me.who, group, 0)) me.synced.emplace(group, message.seq);
        Heard& heard = me.sessions.emplace_back();
        ++stage.present;
        const int64_t until = monotonic_us() + (2'000'000 + random() % 6'000'000);
        // Every third stays all the time.
        while (!stage.over && !connection.ended() && (i % 3 == 0 || stage.calm || monotonic_us() < until)) {
            const auto message = connection.next(100);
            if (!message) continue;
            if (!message->again) heard[message->channel].push_back(*message);
            if (message->number.starts_with("last-")) ++stage.last_heard;
            if (me.acknowledges) connection.acknowledge(*message);
        }
        --stage.present;
        connection.drop();
    }
}

// Says each of its messages until it is acknowledged.
void speak(Stage& stage, size_t i) {
    std::unique_ptr<ImConnection> connection;
    for (int n = 0; n < kMessages;) {
        if (!connection || !connection->connected() || connection->ended()) {
            connection = std::make_unique<ImConnection>(stage.senders[i], port_of(i), "d", speech_of(i));
            if (!connection->connected()) pause(100);
            continue;
        }
        const std::string number = "s" + std::to_string(i) + "-" + std::to_string(n);
        const auto seq = connection->send(stage.groups[static_cast<size_t>(n) % kGroups], number, number);
        if (!seq) continue;
        ++(*seq > 0 ? stage.acknowledged : stage.refused);
        ++n;
        pause(kBetweenMs);
    }
}

void judge_order(const Receiver& receiver, const Heard& heard) {
    for (const auto& [group, messages] : heard) {
        std::set<std::string> ids;
        for (size_t n = 0; n < messages.size(); ++n) {
            BOOST_TEST_REQUIRE(ids.insert(messages[n].id).second, receiver.who.uid << ": doubled " << messages[n].id);
            if (n) BOOST_TEST_REQUIRE(messages[n].seq == messages[n - 1].seq + 1, receiver.who.uid << " in " << group);
        }
    }
}

int64_t last_of(const std::string& group) {
    return other_driver::number("SELECT last_seq FROM channels WHERE channel_key = '" + group + "'");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wukongim)

BOOST_AUTO_TEST_CASE(order_and_loss_while_everything_dies) {
    stack().heal();
    Stage stage;
    for (size_t i = 0; i < kReceivers; ++i) stage.receivers[i].thread = std::thread([&stage, i] { listen(stage, i); });
    BOOST_TEST(eventually(
        [&] {
            return other_driver::number(
                       "SELECT COUNT(*) FROM connections WHERE door IN ('wukongim', 'openim', 'openim-sdk')") >=
                   static_cast<int64_t>(kReceivers);
        },
        60'000));
    std::vector<std::thread> senders;
    for (size_t i = 0; i < kSenders; ++i) senders.emplace_back([&stage, i] { speak(stage, i); });
    for (const char* victim :
         {"wukongim-stream", "nats-server", "openim-stream", "openim-sdk-stream", "ws-relay", "wukongim-stream"}) {
        pause(2500);
        BOOST_TEST_MESSAGE("kill -9 of " << victim << " " << signal_all(victim, SIGKILL));
    }
    for (auto& sender : senders) sender.join();
    BOOST_TEST(stage.acknowledged == static_cast<int>(kSenders) * kMessages);
    BOOST_TEST(stage.refused == 0);
    // Everybody is there for the last word, and hears it.
    stage.calm = true;
    BOOST_TEST(eventually([&] { return stage.present == static_cast<int>(kReceivers); }, 60'000));
    std::map<std::string, int64_t> last;
    ImConnection speaker(stage.senders[0], stack().port, "last");
    BOOST_REQUIRE(speaker.connected());
    for (const auto& group : stage.groups) last[group] = speaker.send(group, "last-" + group, "last").value_or(0);
    BOOST_TEST(eventually([&] { return stage.last_heard == static_cast<int>(kReceivers * kGroups); }, 30'000));
    stage.over = true;
    for (auto& receiver : stage.receivers) receiver.thread.join();
    size_t sessions = 0, heard = 0;
    for (auto& receiver : stage.receivers) {
        sessions += receiver.sessions.size();
        auto all = receiver.synced;
        for (const Heard& one : receiver.sessions) {
            judge_order(receiver, one);
            for (const auto& [group, messages] : one)
                for (const auto& message : messages) all.emplace(group, message.seq), ++heard;
        }
        for (const auto& [group, seq] : last) {
            BOOST_TEST_REQUIRE(seq == last_of(group));
            const auto& final = receiver.sessions.back()[group];
            BOOST_TEST_REQUIRE(!final.empty(), receiver.who.uid << " did not hear the last word in " << group);
            BOOST_TEST_REQUIRE(final.back().seq == seq, receiver.who.uid << " in " << group);
            for (int64_t n = 1; n <= seq; ++n)
                BOOST_TEST_REQUIRE(all.contains({group, n}), n << " is lost in " << group);
        }
    }
    BOOST_TEST_MESSAGE(heard << " messages heard live in " << sessions << " connections");
    const std::string count =
        "SELECT COUNT(*) FROM messages m JOIN channels c ON c.id = m.channel_id WHERE c.channel_key = '";
    for (const auto& group : stage.groups) BOOST_TEST(other_driver::number(count + group + "'") == last[group]);
    BOOST_TEST(other_driver::house_faults() == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
