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
    using Session::query;

    Rows query(std::string_view sql, std::span<const Param> params) override;
    uint64_t execute(std::string_view sql, std::span<const Param> params) override;
    uint64_t last_insert_id() override;

    // BEGIN, COMMIT and ROLLBACK as statements: the driver's own calls swallow faults.
    void control(const char* sql);
    // False once the connection cannot be used any more.
    bool usable() const { return usable_; }
    void give_up() { usable_ = false; }
    int64_t idle_since_us = 0;
    bool chained = false;  // in the pool: an empty transaction is open on it

private:
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
};

// Thrown by Connection; Database decides what becomes of it.
struct DriverFault : std::runtime_error {
    DriverFault(Trouble trouble, const std::string& what) : std::runtime_error(what), trouble(trouble) {}
    Trouble trouble;
};

// Time that this thread has waited for the database.
int64_t& thread_wait_us();

}  // namespace hy::db
