// The pool, and what a transaction is: begin, work, commit, and again when that is safe.
#include "db/db.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "db/connection.h"

namespace hy::db {

namespace {
constexpr int kTries = 6;
constexpr auto kWaitForConnection = std::chrono::seconds(2);

void pause_with_jitter(int attempt) {
    // Those who met in a deadlock must not meet again: the wait is drawn, up to 4 ms, 8 ms, 16 ms …
    thread_local std::minstd_rand random(std::random_device{}());
    const int most = 4 << attempt;
    std::this_thread::sleep_for(std::chrono::microseconds(200 + random() % (most * 1000u)));
}
}  // namespace

class Pool {
public:
    Pool(const Config& config, int most) : config_(config), most_(most) {}

    std::unique_ptr<Connection> take() {
        std::unique_lock lock(mutex_);
        if (!returned_.wait_for(lock, kWaitForConnection, [&] { return !idle_.empty() || open_ < most_; }))
            throw Error(Fault::unavailable, "database", "", "no free connection");
        if (!idle_.empty()) {
            auto connection = std::move(idle_.back());
            idle_.pop_back();
            return connection;
        }
        ++open_;
        lock.unlock();
        try {
            auto connection = std::make_unique<Connection>(config_);
            int64_t away = 0;
            reached_since_us_.compare_exchange_strong(away, monotonic_us());
            return connection;
        } catch (...) {
            reached_since_us_ = 0;
            forget();
            throw;
        }
    }

    int64_t reached_since_us() const { return reached_since_us_; }

    void give_back(std::unique_ptr<Connection> connection) {
        if (!connection->usable()) {
            connection.reset();
            forget();
            return;
        }
        connection->idle_since_us = monotonic_us();
        std::lock_guard lock(mutex_);
        idle_.push_back(std::move(connection));
        returned_.notify_one();
    }

    void close_idle(int64_t older_than_us) {
        std::vector<std::unique_ptr<Connection>> old;
        std::lock_guard lock(mutex_);
        const int64_t before = monotonic_us() - older_than_us;
        std::erase_if(idle_, [&](auto& connection) {
            if (connection->idle_since_us > before) return false;
            old.push_back(std::move(connection));
            return true;
        });
        open_ -= static_cast<int>(old.size());
    }

    PoolStats stats() const {
        std::lock_guard lock(mutex_);
        return {open_, open_ - static_cast<int>(idle_.size())};
    }

private:
    void forget() {
        std::lock_guard lock(mutex_);
        --open_;
        returned_.notify_one();
    }

    const Config config_;
    const int most_;
    mutable std::mutex mutex_;
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Connection>> idle_;
    int open_ = 0;
    std::atomic<int64_t> reached_since_us_{0};
};

namespace {

// A connection out of the pool; goes back by itself.
class Lease {
public:
    explicit Lease(Pool& pool) : pool_(pool), connection_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(connection_)); }
    Lease(const Lease&) = delete;
    Connection& operator*() { return *connection_; }

private:
    Pool& pool_;
    std::unique_ptr<Connection> connection_;
};

void roll_back(Connection& connection) {
    connection.defer(false);
    try {
        if (connection.usable()) connection.control("ROLLBACK");
    } catch (const DriverFault&) {
        // The server rolls back by itself when the connection is gone.
        connection.give_up();
    }
}

void commit(Connection& connection) {
    try {
        connection.commit();
    } catch (const DriverFault& fault) {
        if (fault.trouble == Trouble::lost && !fault.before_commit) throw InDoubt(fault.what());
        throw;
    }
}

// From here on a transaction is open, or none is.
void begin(Connection& connection, bool transaction) {
    if (std::exchange(connection.chained, false) == transaction) return;
    try {
        connection.control(transaction ? "START TRANSACTION" : "ROLLBACK");
    } catch (const DriverFault&) {
        connection.give_up();  // nobody knows whether one is open now
        throw;
    }
}

void attempt(Pool& pool, const std::function<void(Session&)>& work, bool transaction, bool repeated) {
    Lease lease(pool);
    (*lease).repeated = repeated;
    begin(*lease, transaction);
    if (!transaction) return work(*lease);
    (*lease).defer(true);
    try {
        work(*lease);
        commit(*lease);
    } catch (...) {
        roll_back(*lease);
        throw;
    }
    (*lease).defer(false);
}

[[noreturn]] void throw_ours(const DriverFault& fault) {
    if (fault.trouble == Trouble::duplicate) throw Duplicate(fault.what());
    const bool away = fault.trouble == Trouble::lost || fault.trouble == Trouble::again;
    throw Error(away ? Fault::unavailable : Fault::internal, "database", "", fault.what());
}

}  // namespace

Database::Database(const Config& config, int most)
    : pool_(std::make_unique<Pool>(config, most)), idle_us_(config.database.idle_seconds * 1'000'000) {}
Database::~Database() = default;

void Database::run_erased(const std::function<void(Session&)>& work, bool transaction) {
    for (int tried = 1;; ++tried) {
        try {
            return attempt(*pool_, work, transaction, tried > 1);
        } catch (const DriverFault& fault) {
            const bool again = fault.trouble == Trouble::again || fault.trouble == Trouble::lost;
            if (!again || tried == kTries) throw_ours(fault);
            if (fault.trouble == Trouble::lost) {
                // What the pool kept died together; a server that is away is not asked six times.
                pool_->close_idle(0);
                if (tried == 3) throw_ours(fault);
            }
        } catch (const Retry&) {
            if (tried == kTries) throw Error(Fault::unavailable, "database", "", "retried too often");
        }
        pause_with_jitter(tried);
    }
}

std::string placeholders(std::vector<Param>& values) {
    size_t size = 1;
    while (size < values.size()) size *= 2;
    values.resize(size, values.back());
    std::string marks = "?";
    for (size_t i = 1; i < size; ++i) marks += ",?";
    return marks;
}

bool Database::alive() {
    try {
        return read([](Session& session) { return session.query("SELECT 1").next(); });
    } catch (const std::exception& e) {
        log::warn("database does not answer", {{"why", e.what()}});
        return false;
    }
}

void Database::close_idle() { pool_->close_idle(idle_us_); }
PoolStats Database::stats() const { return pool_->stats(); }
int64_t Database::reached_since_us() const { return pool_->reached_since_us(); }
int64_t Database::thread_us() { return thread_wait_us(); }

}  // namespace hy::db
