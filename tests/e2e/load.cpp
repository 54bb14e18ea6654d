#include "e2e/load.h"

#include <boost/test/unit_test.hpp>

#include "base/text.h"

namespace hy::test {

namespace {

// What a real user would not go beyond without an answer.
constexpr size_t kMostUnacknowledged = 30;

std::string described(const std::map<std::string, int>& counts) {
    std::string text;
    for (const auto& [what, count] : counts) text += " " + std::to_string(count) + " × \"" + what + "\"";
    return text;
}

// Where the first thing that is not as it should be lies, and what came instead.
std::string difference(const std::vector<std::string>& heard, const std::vector<std::string>& stored) {
    std::string text = " heard " + std::to_string(heard.size()) + " of " + std::to_string(stored.size());
    for (size_t i = 0; i < heard.size() && i < stored.size(); ++i) {
        if (heard[i] == stored[i]) continue;
        text += "; from the " + std::to_string(i) + "th on:";
        for (size_t k = i; k < std::min(heard.size(), i + 12); ++k) {
            const auto at = std::find(stored.begin(), stored.end(), heard[k]);
            text += at == stored.end() ? " ?" : " " + std::to_string(at - stored.begin());
        }
        break;
    }
    return text;
}

}  // namespace

Talk::Talk(int port, int every_ms) : owner_(stack().log_in()), robot_(stack().new_robot(owner_)), every_ms_(every_ms) {
    if (!port) port = stack().port;
    agent_ = std::make_unique<FaithfulClient>(
        "/ocms/v1/stream?apiKey=" + robot_.key, port, [this](const std::string& id, const std::string& text) {
            agent_->say("r" + id, agent_says(text, "default", owner_.name(), "r" + id));
        });
    // From then on nobody's message is too early for the agent.
    BOOST_REQUIRE(eventually([&] { return agent_->live(); }));
    user_ = std::make_unique<FaithfulClient>("/ocms/v1/stream?token=" + owner_.access + "&robotId=" + robot_.id, port,
                                             [this](const std::string&, const std::string& text) {
                                                 answered_ = std::max<int>(
                                                     answered_, static_cast<int>(to_int(text.substr(1)).value_or(0)));
                                             });
    BOOST_REQUIRE(eventually([&] { return user_->live(); }));
    thread_ = std::thread([this] { say(); });
}

void Talk::say() {
    while (saying_) {
        if (user_->unacknowledged() < kMostUnacknowledged) {
            const std::string number = "u" + std::to_string(said_);
            user_->say(number, user_says(number, "", number));
            ++said_;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(every_ms_));
    }
}

void Talk::end() {
    saying_ = false;
    if (thread_.joinable()) thread_.join();
    user_->end();
    agent_->end();
}

bool Talk::complete() const {
    if (user_->unacknowledged() || agent_->unacknowledged()) return false;
    const auto rows = other_driver::messages(owner_, robot_, "default");
    size_t from_user = 0;
    for (const auto& row : rows) from_user += row.sender_type == "0";
    return from_user == static_cast<size_t>(said_) && rows.size() == 2 * from_user &&
           agent_->heard().size() == from_user && user_->heard().size() == from_user;
}

void Talk::check(bool stayed) const {
    const auto rows = other_driver::messages(owner_, robot_, "default");
    std::vector<std::string> from_user, from_robot;
    std::set<std::string> stored, numbers;
    for (const auto& row : rows) {
        stored.insert(row.id);
        (row.sender_type == "0" ? from_user : from_robot).push_back(row.id);
        BOOST_TEST(numbers.insert(row.sender_type + row.client_no).second, "stored twice: " << row.client_no);
    }
    BOOST_TEST_MESSAGE(said_ << " said, " << rows.size() << " stored; connects " << user_->connects() << " and "
                             << agent_->connects() << "; ends:" << described(user_->ends()) << ";"
                             << described(agent_->ends()));
    BOOST_TEST(without_holes(rows));
    for (const auto* client : {user_.get(), agent_.get()}) {
        for (const auto& [number, id] : client->acknowledged())
            BOOST_TEST(stored.contains(id), "acknowledged and gone: " << number << " " << id);
        BOOST_TEST(client->unacknowledged() == 0u);
        BOOST_TEST(client->errors().empty(), client->errors().size() << " error frames");
        BOOST_TEST(client->hung() == 0);
        if (stayed) BOOST_TEST(client->connects() == 1);
    }
    BOOST_TEST(said_ > 0);
    BOOST_TEST(from_user.size() == static_cast<size_t>(said_));
    BOOST_TEST(from_robot.size() == from_user.size());
    const auto at_agent = agent_->heard(), at_user = user_->heard();
    BOOST_TEST((at_agent == from_user), "the agent" << difference(at_agent, from_user));
    BOOST_TEST((at_user == from_robot), "the user" << difference(at_user, from_robot));
}

Writer::Writer() : owner_(stack().log_in()), robot_(stack().new_robot(owner_)), thread_([this] { run(); }) {}

Answer Writer::ask(int i) {
    // Below the number of robots that a user may make.
    if (i % 40 == 0 && i < 800) return stack().call(owner_, "POST", "/ocms/robots/", R"({"name":"雁"})");
    if (i % 2) return stack().call(owner_, "GET", "/ocms/robots/" + robot_.id);
    return stack().call(owner_, "POST", "/ocms/conversations/",
                        R"({"robot_id":")" + robot_.id + R"(","title":")" + std::to_string(i) + "\"}");
}

void Writer::run() {
    for (int i = 1; going_; ++i) {
        const int64_t from = monotonic_us();
        const Answer answer = ask(i);
        const int64_t took = monotonic_us() - from;
        {
            std::lock_guard lock(mutex_);
            ++statuses_[answer.status];
            slowest_us_ = std::max(slowest_us_, took);
            if (answer.status == 200 && i % 40 == 0 && i < 800) robots_.push_back(answer.text("robot_id"));
            else if (answer.status == 200 && i % 2 == 0) conversations_.push_back(answer.text("id"));
        }
        if (answer.status == 200) ++succeeded_;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
}

void Writer::end() {
    going_ = false;
    if (thread_.joinable()) thread_.join();
}

std::map<int, int> Writer::statuses() const {
    std::lock_guard lock(mutex_);
    return statuses_;
}

double Writer::slowest_s() {
    std::lock_guard lock(mutex_);
    return static_cast<double>(std::exchange(slowest_us_, 0)) / 1e6;
}

void Writer::check() const {
    BOOST_TEST(!conversations_.empty());
    const auto stored = [&](const char* table, const std::vector<std::string>& ids) {
        const std::string whose = std::string(table) == "robots" ? "owner_id" : "account_id";
        for (size_t i = 0; i < ids.size(); i += 200) {
            std::string list;
            const size_t end = std::min(ids.size(), i + 200);
            for (size_t at = i; at < end; ++at) list += (at == i ? "'" : ",'") + ids[at] + "'";
            const int64_t there =
                other_driver::number(std::string("SELECT COUNT(*) FROM ") + table + " WHERE " + whose + " = " +
                                     owner_.name() + " AND public_id IN (" + list + ")");
            BOOST_TEST(there == static_cast<int64_t>(end - i), table << " acknowledged and gone");
        }
    };
    stored("conversations", conversations_);
    stored("robots", robots_);
}

Load::Load(size_t talk_count, size_t writer_count, int port) {
    for (size_t i = 0; i < talk_count; ++i) talks.push_back(std::make_unique<Talk>(port));
    for (size_t i = 0; i < writer_count; ++i) writers.push_back(std::make_unique<Writer>());
}

double Load::back(const std::string& what, int within_s) {
    const int64_t from = monotonic_us();
    std::vector<int> said, succeeded;
    for (const auto& talk : talks) said.push_back(talk->mark());
    for (const auto& writer : writers) succeeded.push_back(writer->succeeded());
    const bool is = eventually(
        [&] {
            for (size_t i = 0; i < talks.size(); ++i)
                if (!talks[i]->answered(said[i])) return false;
            for (size_t i = 0; i < writers.size(); ++i)
                if (writers[i]->succeeded() <= succeeded[i]) return false;
            return true;
        },
        1000 * within_s);
    const double took = static_cast<double>(monotonic_us() - from) / 1e6;
    BOOST_TEST_MESSAGE(what << ": back after " << took << " s");
    BOOST_TEST(is, what << ": not back after " << within_s << " s");
    return took;
}

void Load::finish(int within_s, bool stayed) {
    for (auto& talk : talks) talk->stop_saying();
    for (auto& writer : writers) writer->stop();
    const int64_t until = monotonic_us() + int64_t{1000000} * within_s;
    for (auto& talk : talks)
        eventually([&] { return talk->complete(); },
                   static_cast<int>(std::max<int64_t>(0, until - monotonic_us()) / 1000));
    BOOST_TEST_MESSAGE("all was heard " << within_s - static_cast<double>(until - monotonic_us()) / 1e6
                                        << " s after the last was said");
    for (auto& writer : writers) {
        writer->end();
        writer->check();
    }
    for (auto& talk : talks) {
        talk->end();
        talk->check(stayed);
    }
    BOOST_TEST(other_driver::house_faults() == "");
    std::string text;
    for (const auto& [status, count] : statuses()) text += " " + std::to_string(status) + ": " + std::to_string(count);
    if (!text.empty()) BOOST_TEST_MESSAGE("answers:" << text);
}

std::map<int, int> Load::statuses() const {
    std::map<int, int> sum;
    for (const auto& writer : writers)
        for (const auto& [status, count] : writer->statuses()) sum[status] += count;
    return sum;
}

double Load::slowest_s() {
    double slowest = 0;
    for (const auto& writer : writers) slowest = std::max(slowest, writer->slowest_s());
    return slowest;
}

}  // namespace hy::test
