// One connection of Connector/C++: statements, their cache, and faults in our words.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "db/db.h"

namespace sql {
class Connection;
class PreparedStatement;
class SQLException;
}  // namespace sql

namespace hy::db {

// How a fault of the driver is to be taken.
enum class Trouble { lost, again, duplicate, other };

class Connection final : public Session {
public:
    explicit Connection(const Config& config);
    ~Connection() override;
    using Session::execute;
    using Session::later;
    using Session::query;

    Rows query(std::string_view sql, std::span<const Param> params) override;
    uint64_t execute(std::string_view sql, std::span<const Param> params) override;
    void later(std::string_view sql, std::span<const Param> params) override;
    uint64_t last_insert_id() override;

    // BEGIN, COMMIT and ROLLBACK as statements: the driver's own calls swallow faults.
    void control(const char* sql);
    // COMMIT, behind what waits. A DriverFault says whether it may have been done.
    void commit();
    // From here on later() waits, or, with false, nothing that waited is sent.
    void defer(bool on);
    // False once the connection cannot be used any more.
    bool usable() const { return usable_; }
    void give_up() { usable_ = false; }
    int64_t idle_since_us = 0;
    bool chained = false;  // in the pool: an empty transaction is open on it

private:
    // Sends what waits, and `last` behind it; all of it, or up to the first fault. Throws Retry for a duplicate.
    void send_waiting(std::string_view last = {});
    void append_value(const Param& value);
    sql::PreparedStatement& prepared(std::string_view sql, std::span<const Param> params);
    template <typename F>
    auto guarded(F&& work);

    std::unique_ptr<sql::Connection> connection_;
    // Found by the text itself, without a copy of it.
    struct TextHash : std::hash<std::string_view> {
        using is_transparent = void;
    };
    std::unordered_map<std::string, std::unique_ptr<sql::PreparedStatement>, TextHash, std::equal_to<>> statements_;
    bool usable_ = true;
    bool defers_ = false;
    std::string waiting_;  // statements, each with its semicolon
    int waiting_count_ = 0;
};

// Thrown by Connection; Database decides what becomes of it.
struct DriverFault : std::runtime_error {
    DriverFault(Trouble trouble, bool by_server, const std::string& what)
        : std::runtime_error(what), trouble(trouble), by_server(by_server) {}
    Trouble trouble;
    bool by_server;             // it said so itself; what stood behind in the same packet was not done
    bool before_commit = true;  // false: whether COMMIT was done is not known
};

// Time that this thread has waited for the database.
int64_t& thread_wait_us();

}  // namespace hy::db
