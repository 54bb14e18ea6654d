// Fifteen thousand connections, their relay killed: all come back by themselves, and what is
// said meanwhile and after it reaches every listener in order, the last one included.
#include <boost/test/unit_test.hpp>
#include <set>

#include "base/text.h"
#include "e2e/processes.h"
#include "e2e/stack.h"
#include "support/crowd.h"

namespace hy::test {

namespace {

// At most 64 connections of an account and 256 of a robot. HONGYAN_TEST_CROWD sets another
// number of connections in all: 15,000 in `make soak`.
constexpr size_t kOfAccount = 50, kOfRobot = 50;
size_t wanted() {
    const char* given = getenv("HONGYAN_TEST_CROWD");
    return given ? std::strtoul(given, nullptr, 10) : 3000;
}
const size_t kRobots = wanted() / 5 / kOfRobot, kAccounts = wanted() * 4 / 5 / kOfAccount;
const size_t kUsers = kAccounts * kOfAccount, kAll = kUsers + kRobots * kOfRobot;
// Every tenth comes through nginx, which holds two files for each.
constexpr size_t kThroughNginx = 10;
// How long it takes is printed; this only ends a run that hangs.
constexpr int kPatienceSeconds = 240;

struct Account {
    User user;
    size_t robot = 0;
    int said = 0;
    std::map<std::string, std::string> unacknowledged;  // of its first device
};

// Members [0, kUsers) are users, account after account; the others agents, robot after robot.
class Town {
public:
    Town() {
        for (size_t i = 0; i < kRobots; ++i) robots_.push_back(stack().new_robot(stack().log_in()));
        for (size_t i = 0; i < kAccounts; ++i) accounts_.push_back({stack().log_in(), i % kRobots, 0, {}});
        heard_.resize(kUsers);
        std::vector<Crowd::Member> members;
        const int relay = static_cast<int>(to_int(split(stack().config.relay.listen, ':').back()).value_or(0));
        for (size_t i = 0; i < kAll; ++i) {
            const std::string query =
                i < kUsers ? "token=" + account(i).user.access + "&robotId=" + robots_[account(i).robot].id
                           : "apiKey=" + robots_[(i - kUsers) / kOfRobot].key;
            members.push_back({i % kThroughNginx ? relay : stack().port, "/ocms/v1/stream?" + query});
        }
        crowd_ = std::make_unique<Crowd>(
            std::move(members),
            Crowd::Ears{[this](size_t member) { begin(member); }, [this](size_t member) { came(member); },
                        [this](size_t member, std::string_view text) { hear(member, text); }});
    }
    Crowd& crowd() { return *crowd_; }
    // The account's first device says something; its agents answer.
    void say(size_t i) {
        std::lock_guard lock(mutex_);
        Account& who = accounts_[i];
        const std::string number = "c" + std::to_string(who.said++);
        crowd_->say(i * kOfAccount, who.unacknowledged[number] = user_says(number, "", number));
    }
    bool all_acknowledged() {
        std::lock_guard lock(mutex_);
        return unanswered_.empty() && std::all_of(accounts_.begin(), accounts_.end(), [](const Account& account) {
                   return account.unacknowledged.empty();
               });
    }
    // Every device has heard the answer to what its account said last.
    size_t devices_with_the_last() {
        std::lock_guard lock(mutex_);
        size_t count = 0;
        for (size_t i = 0; i < kUsers; ++i) {
            const auto& connection = heard_[i].back();
            count += !connection.empty() && connection.back().second == "c" + std::to_string(account(i).said - 1);
        }
        return count;
    }
    void check();
    void end() { crowd_.reset(); }

private:
    using Heard = std::vector<std::pair<std::string, std::string>>;  // id, text

    Account& account(size_t member) { return accounts_[member / kOfAccount]; }
    void begin(size_t member) {
        std::lock_guard lock(mutex_);
        if (member < kUsers) heard_[member].emplace_back();
    }
    void came(size_t member) {
        std::lock_guard lock(mutex_);
        if (member < kUsers && member % kOfAccount == 0)
            for (const auto& [number, frame] : account(member).unacknowledged) crowd_->say(member, frame);
        // What an agent said and nobody acknowledged, any of the robot's may say again.
        if (member >= kUsers)
            for (const auto& [number, answer] : unanswered_)
                if (answer.first == (member - kUsers) / kOfRobot) crowd_->say(member, answer.second);
    }
    void hear(size_t member, std::string_view text);
    void check_account(size_t i, size_t& messages);

    std::vector<Robot> robots_;
    std::vector<Account> accounts_;
    std::mutex mutex_;
    std::vector<std::vector<Heard>> heard_;                             // of each user's device, by connection
    std::map<std::string, std::pair<size_t, std::string>> unanswered_;  // number: robot, frame
    std::set<std::string> at_agents_;
    std::unique_ptr<Crowd> crowd_;
};

void Town::hear(size_t member, std::string_view text) {
    const auto frame = json::parse(text).value_or(json::Value{});
    std::lock_guard lock(mutex_);
    if (frame.text_or("type") == "ack") {
        const std::string number = frame.text_or("clientMsgId");
        if (member < kUsers) account(member).unacknowledged.erase(number);
        else unanswered_.erase(number);
    } else if (member < kUsers) {
        if (frame.text_or("sender") == "Robot")
            heard_[member].back().emplace_back(frame.text_or("id"), frame.text_or("text"));
    } else if (frame.text_or("type") == "message") {
        const std::string id = data(frame, "id"), number = "r" + id;
        if (!at_agents_.insert(id).second) return;
        const std::string answer = agent_says(data(frame, "text"), "default", data(frame, "userId"), number);
        unanswered_[number] = {(member - kUsers) / kOfRobot, answer};
        crowd_->say(member, answer);
    }
}

// A device hears, on each of its connections, a part of the log without a hole; together the
// devices hear all of it.
void Town::check_account(size_t i, size_t& messages) {
    const auto rows = other_driver::messages(accounts_[i].user, robots_[accounts_[i].robot], "default");
    std::map<std::string, size_t> place;
    size_t holes = 0, from_user = 0;
    for (const auto& row : rows) {
        if (row.sender_type == "0") from_user += at_agents_.contains(row.id);
        else place.emplace(row.id, place.size());
    }
    std::set<std::string> by_any;
    for (size_t device = i * kOfAccount; device < (i + 1) * kOfAccount; ++device)
        for (const Heard& connection : heard_[device]) {
            size_t next = SIZE_MAX;
            for (const auto& [id, text] : connection) {
                by_any.insert(id);
                const auto at = place.find(id);
                holes += at == place.end() || (next != SIZE_MAX && at->second > next);
                if (at != place.end() && (next == SIZE_MAX || at->second == next)) next = at->second + 1;
            }
        }
    BOOST_TEST(without_holes(rows));
    BOOST_TEST(holes == 0u);
    BOOST_TEST(by_any.size() == place.size());
    BOOST_TEST(place.size() == static_cast<size_t>(accounts_[i].said));
    BOOST_TEST(from_user == static_cast<size_t>(accounts_[i].said));
    messages += rows.size();
}

void Town::check() {
    size_t messages = 0;
    for (size_t i = 0; i < kAccounts; ++i) check_account(i, messages);
    BOOST_TEST_MESSAGE(messages << " messages");
    BOOST_TEST(other_driver::house_faults() == "");
}

double until_all_live(Crowd& crowd, int within_s) {
    const int64_t from = monotonic_us();
    eventually([&] { return crowd.live() == crowd.size(); }, within_s * 1000);
    return static_cast<double>(monotonic_us() - from) / 1e6;
}

std::string described(const std::map<int, int>& counts) {
    std::string text;
    for (const auto& [code, count] : counts) text += " " + std::to_string(code) + ": " + std::to_string(count);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(faults)

BOOST_AUTO_TEST_CASE(relay_killed_with_a_crowd_on_it) {
    Town town;
    Crowd& crowd = town.crowd();
    const double came = until_all_live(crowd, kPatienceSeconds);
    BOOST_REQUIRE_MESSAGE(crowd.live() == kAll, crowd.live() << " of " << kAll << " are live after " << came << " s");
    BOOST_TEST_MESSAGE(kAll << " connections were live after " << came << " s; the relay holds "
                            << resident_kb(pids_of("ws-relay")) / 1024 << " MB");
    for (size_t i = 0; i < kAccounts; ++i) town.say(i);
    BOOST_TEST(eventually([&] { return town.all_acknowledged(); }, 60000));
    for (size_t i = 0; i < kAccounts; ++i) town.say(i);
    BOOST_TEST(signal_all("ws-relay", SIGKILL) == 1u);
    // All of them notice.
    BOOST_TEST(eventually([&] { return crowd.live() < kAll / 2; }));
    for (size_t i = 0; i < kAccounts; ++i) town.say(i);
    const double back = until_all_live(crowd, kPatienceSeconds);
    BOOST_TEST_MESSAGE("all were back " << back << " s after the relay was killed; handshakes refused"
                                        << described(crowd.refusals()) << "; closed" << described(crowd.closes()));
    BOOST_TEST(crowd.live() == kAll);
    BOOST_TEST(eventually([&] { return town.all_acknowledged(); }, 60000));
    for (size_t i = 0; i < kAccounts; ++i) town.say(i);
    BOOST_TEST(eventually([&] { return town.devices_with_the_last() == kUsers; }, 60000));
    BOOST_TEST(town.devices_with_the_last() == kUsers);
    BOOST_TEST(crowd.live() == kAll);
    town.end();
    town.check();
    stack().heal();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
