// The database as the house sees it; the only folder that knows Connector/C++.
//
// A Session runs statements on one connection. Text and numbers go in as parameters, never
// into the SQL that a caller writes. READ COMMITTED, strict mode, utf8mb4. Faults: Error(unavailable,
// "database") when it cannot be reached, Duplicate for a unique key, Error(internal) else.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/config.h"
#include "base/errors.h"

namespace sql {
class ResultSet;
}

namespace hy::db {

using Param = std::variant<std::nullptr_t, int64_t, uint64_t, std::string_view>;

// A value, or NULL.
template <typename T>
Param nullable(const std::optional<T>& value) {
    return value ? Param(*value) : Param(nullptr);
}

struct Duplicate : Error {
    explicit Duplicate(const std::string& log) : Error(Fault::conflict, "duplicate", "", log) {}
};
// Thrown inside a transaction to have the whole of it repeated.
struct Retry {};
// The connection died between COMMIT and its answer: done or not, nobody knows.
struct InDoubt : Error {
    explicit InDoubt(const std::string& log) : Error(Fault::unavailable, "database", "", log) {}
};

// Rows of one answer; columns count from 1.
class Rows {
public:
    explicit Rows(std::unique_ptr<sql::ResultSet> rows);
    Rows(Rows&&) noexcept;
    ~Rows();
    bool next();
    bool is_null(unsigned column) const;
    int64_t integer(unsigned column) const;
    uint64_t unsigned_integer(unsigned column) const;
    std::string text(unsigned column) const;
    std::optional<std::string> optional_text(unsigned column) const;

private:
    std::unique_ptr<sql::ResultSet> rows_;
};

class Session {
public:
    virtual ~Session() = default;
    virtual Rows query(std::string_view sql, std::span<const Param> params) = 0;
    // Rows matched (not only changed) by UPDATE, inserted or deleted by others.
    virtual uint64_t execute(std::string_view sql, std::span<const Param> params) = 0;
    Rows query(std::string_view sql, std::initializer_list<Param> params = {}) {
        return query(sql, std::span<const Param>(params.begin(), params.size()));
    }
    uint64_t execute(std::string_view sql, std::initializer_list<Param> params = {}) {
        return execute(sql, std::span<const Param>(params.begin(), params.size()));
    }
    // A write whose outcome nobody asks for: in a transaction it waits, and goes to the database before the next statement
    // or together with COMMIT, all that waits in one packet, in the order of the calls. Where it meets a unique key the
    // transaction is repeated. Every `?` in `sql` is a parameter's.
    virtual void later(std::string_view sql, std::span<const Param> params) { execute(sql, params); }
    void later(std::string_view sql, std::initializer_list<Param> params = {}) {
        later(sql, std::span<const Param>(params.begin(), params.size()));
    }
    virtual uint64_t last_insert_id() = 0;
    // Whether this transaction was begun before and has to be done again.
    bool repeated = false;
};

// "?,?,?" for an IN list of `values`, which are padded to a power of two by repeating the
// last, so that few statements are prepared. `values` must not be empty.
std::string placeholders(std::vector<Param>& values);

class Pool;

struct PoolStats {
    int open = 0, busy = 0;
};

// Connections are opened on first use, and closed after database.idle_seconds.
class Database {
public:
    // `most` connections at once; a caller waits at most two seconds for one.
    Database(const Config& config, int most);
    ~Database();

    // Runs `work` between START TRANSACTION and COMMIT. Deadlocks, lock timeouts, Retry and
    // a connection lost before COMMIT repeat it, at most 6 times; InDoubt is not repeated.
    // Never call a peer in it.
    template <typename F>
    auto transaction(F&& work) {
        return run(std::forward<F>(work), true);
    }
    // Statements that each stand alone.
    template <typename F>
    auto read(F&& work) {
        return run(std::forward<F>(work), false);
    }
    // True when it answers.
    bool alive();
    // Closes what has been idle for too long; called now and then by whoever owns this.
    void close_idle();
    PoolStats stats() const;
    // Since when every connection that was wanted could be made, on the clock of monotonic_us(); 0 before the first,
    // and from a failed one until the next that succeeds.
    int64_t reached_since_us() const;
    // Microseconds that this thread has spent waiting for the database, ever.
    static int64_t thread_us();

private:
    template <typename F>
    auto run(F&& work, bool transaction) {
        using Result = std::invoke_result_t<F, Session&>;
        if constexpr (std::is_void_v<Result>) {
            run_erased([&](Session& session) { work(session); }, transaction);
        } else {
            std::optional<Result> result;
            run_erased([&](Session& session) { result.emplace(work(session)); }, transaction);
            return std::move(*result);
        }
    }
    void run_erased(const std::function<void(Session&)>& work, bool transaction);

    std::unique_ptr<Pool> pool_;
    int64_t idle_us_;
};

}  // namespace hy::db
