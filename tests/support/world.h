// A small house for tests of the core: a scratch schema on the private MariaDB of the run,
// a clock with hands, a bus that writes down what it is told. The schema is made once for
// the process and dropped at its end; tests use accounts and robots of their own.
#pragma once
#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "api/services.h"
#include "core/accounts.h"
#include "core/channels.h"
#include "core/conversations.h"
#include "core/messages.h"
#include "core/presence.h"
#include "core/robots.h"
#include "support/fake_bus.h"

namespace hy::test {

// Passes everything on, and calls `after` with the SQL once it has run.
class WatchedSession final : public db::Session {
public:
    WatchedSession(db::Session& inner, std::function<void(std::string_view)> after)
        : inner_(inner), after_(std::move(after)) {
        repeated = inner.repeated;
    }
    using Session::execute;
    using Session::query;
    db::Rows query(std::string_view sql, std::span<const db::Param> params) override;
    uint64_t execute(std::string_view sql, std::span<const db::Param> params) override;
    uint64_t last_insert_id() override { return inner_.last_insert_id(); }

private:
    db::Session& inner_;
    std::function<void(std::string_view)> after_;
};

// Settings that lead to the scratch schema, with keys in files of a folder that goes at the end.
const Config& scratch_config();
const std::string& scratch_folder();

struct World {
    explicit World(const std::function<void(Config&)>& change = {});

    Config config;
    ManualClock clock;
    FakeBus bus;
    api::Services services;
    const House& house;
    db::Database& db;

    accounts::Account account(const std::string& name = "someone");
    robots::Robot robot(int64_t owner, std::string* api_key = nullptr);
    messages::Appended say(const channels::Channel& channel, const Principal& who, const std::string& text,
                           const std::string& no = {});
    // A relay that lives, and a connection on it.
    void relay(const std::string& id);
    void connect(const std::string& conn, const std::string& relay, const Principal& who,
                 const std::string& exclusive = {});
    // The channel as it is now.
    channels::Channel now(const channels::Channel& channel);
    int64_t number(const std::string& sql, std::initializer_list<db::Param> params = {});

    // In a transaction with pushes; its pushes are published after it.
    template <typename F>
    auto act(F&& work) {
        return services.transaction(std::forward<F>(work));
    }
    template <typename F>
    auto ask(F&& work) {
        return db.transaction(std::forward<F>(work));
    }
};

// The code of the Error that `work` throws; "" when it throws none.
template <typename F>
std::string code_of(F&& work) {
    try {
        work();
    } catch (const Error& e) {
        return e.code;
    }
    return "";
}

// `count` threads that all begin at once.
template <typename F>
void together(int count, F&& work) {
    std::atomic<int> ready{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            ++ready;
            while (ready < count) std::this_thread::yield();
            work(i);
        });
}

}  // namespace hy::test
