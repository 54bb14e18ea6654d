#include "db/connection.h"

#include <cppconn/connection.h>
#include <cppconn/driver.h>
#include <cppconn/exception.h>
#include <cppconn/prepared_statement.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <mysql_connection.h>
#include <mysql_driver.h>

#include <algorithm>

#include "base/clock.h"
#include "base/encode.h"
#include "base/text.h"

namespace hy::db {

namespace {

constexpr size_t kStatementsKept = 256;
// Far below the server's max_allowed_packet (16 MiB).
constexpr size_t kMostWaiting = 2 << 20;

Trouble trouble_of(int code) {
    switch (code) {
        case 1213:  // deadlock; Galera answers it at COMMIT too
        case 1205:  // lock wait timeout
            return Trouble::again;
        case 1062: return Trouble::duplicate;
        case 1040:
        case 1042:
        case 1043:
        case 1044:
        case 1045:
        case 1049:
        case 1053:
        case 1129:
        case 1130:
        case 1152:
        case 1159:
        case 1161:
        case 1203:
        case 1226:
        case 1927:
        case 1047: return Trouble::lost;
        default: return code >= 2000 && code < 3000 ? Trouble::lost : Trouble::other;
    }
}

// Once a process and before any thread uses it: the driver's first fetch is not thread-safe,
// a static's is.
sql::mysql::MySQL_Driver& driver() {
    static sql::mysql::MySQL_Driver* instance = sql::mysql::get_mysql_driver_instance();
    return *instance;
}

// The client library keeps data for each thread.
struct ThreadUse {
    ThreadUse() { driver().threadInit(); }
    ~ThreadUse() { driver().threadEnd(); }
};

class Stopwatch {
public:
    ~Stopwatch() { thread_wait_us() += monotonic_us() - start_; }

private:
    int64_t start_ = monotonic_us();
};

std::unique_ptr<sql::Connection> open(const Config& config) {
    thread_local ThreadUse use;
    const auto& d = config.database;
    sql::ConnectOptionsMap options;
    options["hostName"] =
        sql::SQLString(d.socket.empty() ? "tcp://" + d.host + ":" + std::to_string(d.port) : "unix://" + d.socket);
    options["userName"] = sql::SQLString(d.user);
    options["password"] = sql::SQLString(d.password_file.empty() ? "" : read_secret_file(d.password_file));
    options["schema"] = sql::SQLString(d.name);
    options["OPT_CONNECT_TIMEOUT"] = static_cast<int>(d.connect_timeout_s);
    options["OPT_READ_TIMEOUT"] = static_cast<int>(d.io_timeout_s);
    options["OPT_WRITE_TIMEOUT"] = static_cast<int>(d.io_timeout_s);
    options["OPT_RECONNECT"] = false;
    options["OPT_CHARSET_NAME"] = sql::SQLString("utf8mb4");
    options["CLIENT_FOUND_ROWS"] = true;
    // For what waits alone: a prepared statement is always one.
    options["CLIENT_MULTI_STATEMENTS"] = true;
    return std::unique_ptr<sql::Connection>(driver().connect(options));
}

}  // namespace

int64_t& thread_wait_us() {
    thread_local int64_t us = 0;
    return us;
}

template <typename F>
auto Connection::guarded(F&& work) {
    Stopwatch stopwatch;
    try {
        return work();
    } catch (const sql::SQLException& e) {
        const Trouble trouble = trouble_of(e.getErrorCode());
        // A prepared statement may stay broken after a fault (1105: a parameter was too long), and is kept with its
        // connection: both go.
        if (trouble == Trouble::lost || trouble == Trouble::other) usable_ = false;
        const std::string what = std::to_string(e.getErrorCode()) + " " + e.what();
        // Whoever runs the statement may catch it and go on; all else is the Database's.
        if (trouble == Trouble::duplicate) throw Duplicate(what);
        throw DriverFault(trouble, e.getErrorCode() < 2000, what);
    }
}

Connection::Connection(const Config& config) {
    guarded([&] {
        connection_ = open(config);
        const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
        // Whatever the server makes of what a client says at the handshake: literals are escaped for this one.
        statement->execute("SET NAMES utf8mb4");
        statement->execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        statement->execute(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO',"
            " SESSION innodb_lock_wait_timeout = 5, SESSION time_zone = '+00:00'");
    });
}

Connection::~Connection() {
    thread_local ThreadUse use;  // the pool may be emptied by another thread
    statements_.clear();
}

sql::PreparedStatement& Connection::prepared(std::string_view sql, std::span<const Param> params) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
        if (statements_.size() >= kStatementsKept) statements_.clear();
        const std::string text(sql);
        found = statements_.emplace(text, connection_->prepareStatement(text)).first;
    }
    sql::PreparedStatement& statement = *found->second;
    unsigned index = 0;
    for (const Param& value : params) {
        ++index;
        if (const auto* i = std::get_if<int64_t>(&value)) statement.setInt64(index, *i);
        else if (const auto* u = std::get_if<uint64_t>(&value)) statement.setUInt64(index, *u);
        else if (const auto* t = std::get_if<std::string_view>(&value)) statement.setString(index, std::string(*t));
        else statement.setNull(index, 0);
    }
    return statement;
}

Rows Connection::query(std::string_view sql, std::span<const Param> params) {
    send_waiting();
    return guarded([&] { return Rows(std::unique_ptr<sql::ResultSet>(prepared(sql, params).executeQuery())); });
}

uint64_t Connection::execute(std::string_view sql, std::span<const Param> params) {
    send_waiting();
    return guarded([&] { return static_cast<uint64_t>(prepared(sql, params).executeUpdate()); });
}

uint64_t Connection::last_insert_id() {
    Rows rows = query("SELECT LAST_INSERT_ID()", std::span<const Param>());
    rows.next();
    return rows.unsigned_integer(1);
}

void Connection::control(const char* sql) {
    guarded([&] {
        const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
        statement->execute(sql);
    });
}

// As a literal. The connection speaks utf8mb4 and its sql_mode is ours, so the driver's escaping holds; bytes that are no
// text go as hexadecimal digits.
void Connection::append_value(const Param& value) {
    if (const auto* i = std::get_if<int64_t>(&value)) waiting_ += std::to_string(*i);
    else if (const auto* u = std::get_if<uint64_t>(&value)) waiting_ += std::to_string(*u);
    else if (const auto* t = std::get_if<std::string_view>(&value)) {
        auto& driver = dynamic_cast<sql::mysql::MySQL_Connection&>(*connection_);
        if (!valid_utf8(*t)) waiting_.append("x'").append(to_hex(*t)).append("'");
        else
            waiting_.append("'")
                .append(driver.escapeString(sql::SQLString(t->data(), t->size())).asStdString())
                .append("'");
    } else waiting_ += "NULL";
}

void Connection::later(std::string_view sql, std::span<const Param> params) {
    size_t bytes = 0;
    for (const Param& value : params)
        if (const auto* text = std::get_if<std::string_view>(&value)) bytes += text->size();
    if (!defers_ || bytes > kMostWaiting) {
        execute(sql, params);
        return;
    }
    if (waiting_.size() + bytes > kMostWaiting) send_waiting();
    if (std::count(sql.begin(), sql.end(), '?') != static_cast<ptrdiff_t>(params.size()))
        throw Error(Fault::internal, "database", "", "parameters do not fit: " + std::string(sql));
    size_t next = 0;
    for (const char c : sql)
        if (c == '?') append_value(params[next++]);
        else waiting_ += c;
    waiting_ += ';';
    ++waiting_count_;
}

void Connection::send_waiting(std::string_view last) {
    if (waiting_.empty() && last.empty()) return;
    const std::string batch = std::exchange(waiting_, {}).append(last);
    const int others = std::exchange(waiting_count_, 0) - (last.empty() ? 1 : 0);
    int answered = 0;
    try {
        guarded([&] {
            const std::unique_ptr<sql::Statement> statement(connection_->createStatement());
            statement->execute(sql::SQLString(batch.data(), batch.size()));
            for (answered = 1; answered <= others; ++answered) statement->getMoreResults();
        });
    } catch (const Duplicate&) {
        throw Retry{};
    } catch (DriverFault& fault) {
        fault.before_commit = last.empty() || (fault.by_server && answered < others);
        throw;
    }
}

// The next transaction begins with this one's end, which spares it a statement of its own. An
// empty one holds nothing: no lock, no snapshot.
void Connection::commit() {
    send_waiting("COMMIT AND CHAIN");
    chained = true;
}

void Connection::defer(bool on) {
    defers_ = on;
    waiting_.clear();
    waiting_count_ = 0;
}

Rows::Rows(std::unique_ptr<sql::ResultSet> rows) : rows_(std::move(rows)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows::~Rows() = default;
bool Rows::next() { return rows_->next(); }
bool Rows::is_null(unsigned column) const { return rows_->isNull(column); }
int64_t Rows::integer(unsigned column) const { return rows_->getInt64(column); }
uint64_t Rows::unsigned_integer(unsigned column) const { return rows_->getUInt64(column); }
std::string Rows::text(unsigned column) const {
    sql::SQLString text = rows_->getString(column);
    return std::move(*text.operator->());
}
std::optional<std::string> Rows::optional_text(unsigned column) const {
    if (rows_->isNull(column)) return std::nullopt;
    return text(column);
}

}  // namespace hy::db
