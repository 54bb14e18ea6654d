// The floor under a durable send: exactly the statements that one message from a person to a person costs at the third door,
// in their order and with as many round trips, and what deletes the outbox in batches; no handler, relay or NATS around them. Over pairs
// whose channels a load before it has made:
//   bare_sends --socket PATH --user NAME --channels N --connections N --seconds N
#include <mysql.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <variant>
#include <vector>

#include "figures.h"

namespace {

using namespace hy::bench;

using Param = std::variant<int64_t, uint64_t, std::string_view, std::nullptr_t>;
using Session = std::unique_ptr<MYSQL, decltype(&mysql_close)>;

Session connect(const Options& options) {
    Session session(mysql_init(nullptr), mysql_close);
    mysql_options(session.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
    if (!mysql_real_connect(session.get(), nullptr, options.text("user").c_str(), nullptr, "hongyan", 0,
                            options.text("socket").c_str(), CLIENT_FOUND_ROWS | CLIENT_MULTI_STATEMENTS))
        throw std::runtime_error(mysql_error(session.get()));
    return session;
}

void run(MYSQL* session, const char* sql) {
    if (mysql_query(session, sql)) throw std::runtime_error(mysql_error(session));
}

void run_all(MYSQL* session, const std::string& sql) {
    int more = mysql_real_query(session, sql.data(), sql.size());
    while (more == 0) more = mysql_next_result(session);
    if (more > 0) throw std::runtime_error(mysql_error(session));
}

class Statement {
public:
    Statement(MYSQL* session, const std::string& sql) : statement_(mysql_stmt_init(session), mysql_stmt_close) {
        if (mysql_stmt_prepare(statement_.get(), sql.data(), sql.size())) fail();
    }
    // How many rows it changed, or how many it found.
    int64_t run(const std::vector<Param>& params) {
        std::vector<MYSQL_BIND> binds(params.size());
        for (size_t i = 0; i < params.size(); ++i) bind(binds[i], params[i]);
        if (mysql_stmt_bind_param(statement_.get(), binds.data()) || mysql_stmt_execute(statement_.get())) fail();
        if (!mysql_stmt_field_count(statement_.get()))
            return static_cast<int64_t>(mysql_stmt_affected_rows(statement_.get()));
        if (mysql_stmt_store_result(statement_.get())) fail();
        const auto rows = static_cast<int64_t>(mysql_stmt_num_rows(statement_.get()));
        mysql_stmt_free_result(statement_.get());
        return rows;
    }

private:
    static void bind(MYSQL_BIND& to, const Param& value) {
        std::memset(&to, 0, sizeof to);
        to.buffer_type = MYSQL_TYPE_LONGLONG;
        if (const auto* i = std::get_if<int64_t>(&value)) {
            to.buffer = const_cast<int64_t*>(i);
        } else if (const auto* u = std::get_if<uint64_t>(&value)) {
            to.buffer = const_cast<uint64_t*>(u);
            to.is_unsigned = true;
        } else if (const auto* text = std::get_if<std::string_view>(&value)) {
            to.buffer_type = MYSQL_TYPE_STRING;
            to.buffer = const_cast<char*>(text->data());
            to.buffer_length = text->size();
        } else {
            to.buffer_type = MYSQL_TYPE_NULL;
        }
    }
    [[noreturn]] void fail() { throw std::runtime_error(mysql_stmt_error(statement_.get())); }

    std::unique_ptr<MYSQL_STMT, decltype(&mysql_stmt_close)> statement_;
};

struct Pair {
    int64_t channel = 0, last_seq = 0, sender = 0, partner = 0;
    std::string key, uid, uid_pairs[2] = {};  // uid: the partner's
};

std::vector<Pair> pairs(const Options& options) {
    const auto session = connect(options);
    run(session.get(), ("SELECT id, last_seq, channel_key, peers FROM channels WHERE kind = 1 AND robot_id IS NULL"
                        " ORDER BY id DESC LIMIT " +
                        std::to_string(options.number("channels")))
                           .c_str());
    const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> rows(mysql_store_result(session.get()),
                                                                        mysql_free_result);
    std::vector<Pair> found;
    while (MYSQL_ROW row = mysql_fetch_row(rows.get())) {
        Pair pair{std::stoll(row[0]), std::stoll(row[1]), 0, 0, row[2], row[3], {}};
        pair.sender = std::stoll(pair.key.substr(1));
        pair.partner = std::stoll(pair.key.substr(pair.key.find(':') + 2));
        const size_t space = pair.uid.find(' ');
        pair.uid_pairs[0] = pair.uid;
        pair.uid = pair.uid_pairs[0].substr(space + 1);
        pair.uid_pairs[1] = pair.uid + " " + pair.uid_pairs[0].substr(0, space);
        found.push_back(pair);
    }
    if (found.size() != static_cast<size_t>(options.number("channels"))) throw std::runtime_error("too few channels");
    return found;
}

// Rows that were published and may go: 500 at a time, or what came in 200 ms, as the handlers' publisher does it.
class Outbox {
public:
    explicit Outbox(const Options& options) : session_(connect(options)), thread_([this] { work(); }) {}
    ~Outbox() {
        {
            std::lock_guard lock(mutex_);
            stop_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }
    void sent(uint64_t id) {
        std::lock_guard lock(mutex_);
        ids_.push_back(id);
        if (ids_.size() == kBatch) wake_.notify_one();
    }

private:
    static constexpr size_t kBatch = 500;
    void work() {
        std::unique_lock lock(mutex_);
        while (!stop_ || !ids_.empty()) {
            wake_.wait_for(lock, std::chrono::milliseconds(200), [&] { return stop_ || ids_.size() >= kBatch; });
            const auto count = static_cast<ptrdiff_t>(std::min(ids_.size(), kBatch));
            std::vector<Param> batch(ids_.begin(), ids_.begin() + count);
            ids_.erase(ids_.begin(), ids_.begin() + count);
            if (batch.empty()) continue;
            lock.unlock();
            size_t marks = 1;
            while (marks < batch.size()) marks *= 2;
            batch.resize(marks, batch.back());
            std::string sql = "DELETE FROM outbox WHERE id IN (?";
            for (size_t i = 1; i < marks; ++i) sql += ",?";
            Statement(session_.get(), sql + ")").run(batch);
            lock.lock();
        }
    }

    Session session_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<uint64_t> ids_;
    bool stop_ = false;
    std::thread thread_;
};

int64_t now_ms() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
        .count();
}

uint64_t next_id() {
    static std::atomic<uint64_t> count{0};
    return static_cast<uint64_t>(now_ms()) << 22 | (count++ & 0x3FFFFF);
}

// One connection, and the pairs that speak over it.
class Speaker {
public:
    Speaker(const Options& options, std::vector<Pair> pairs, Outbox& outbox, uint64_t seed)
        : session_(connect(options)), pairs_(std::move(pairs)), outbox_(outbox), random_(seed) {
        ::run(session_.get(), "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
        for (const char* sql : kStatements) statements_.emplace_back(session_.get(), sql);
        ::run(session_.get(), "START TRANSACTION");
    }
    void work(const std::atomic<bool>& stop) {
        for (size_t i = 0; !stop; ++i) {
            const int64_t begun = now_ns();
            say(pairs_[i % pairs_.size()]);
            took_us.push_back(static_cast<uint32_t>((now_ns() - begun) / 1000));
        }
    }
    std::vector<uint32_t> took_us;

private:
    static constexpr const char* kStatements[] = {
        "SELECT c.id, c.kind, c.channel_key, 0, 0, '', '', c.last_seq, c.created_at, c.peers, c.last_at,"
        " b.account_id IS NOT NULL, a.id FROM accounts a JOIN channels c ON c.peers IN (?, ?) AND c.kind = 1"
        " AND c.robot_id IS NULL LEFT JOIN blocks b ON b.account_id = a.id AND b.blocked_type = ? AND b.blocked_id = ?"
        " WHERE a.uid = ? AND a.status <> 2",
        "UPDATE channels c STRAIGHT_JOIN channel_members m"
        " ON m.channel_id = c.id AND m.member_type = ? AND m.member_id = ?"
        " SET c.last_seq = ?, c.last_at = GREATEST(c.last_at, ?), m.read_seq = ? WHERE c.id = ? AND c.last_seq = ?"};
    // These go with COMMIT in one packet.
    std::string tail(const Pair& pair, int64_t now, uint64_t row, const std::string& raw, const std::string& content) {
        const std::string push =
            "live.account.1\n" + std::string(raw.size() * 4 / 3 + 400, 'y') + content + "\nlive.account.2\n=\n";
        const auto number = [](auto n) { return std::to_string(n); };
        const std::string sender = number(pair.sender), channel = number(pair.channel), seq = number(pair.last_seq);
        return "INSERT INTO messages (channel_id, seq, message_id, sender_type, sender_id, client_no, form, raw, "
               "content, "
               "created_at, flags, extra) VALUES (" +
               channel + "," + seq + "," + number(next_id()) + ",0," + sender + ",'" + number(row) + "-bare','wk'," +
               quoted(raw) + "," + quoted(content) + "," + number(now) +
               ",0,NULL);INSERT INTO client_numbers (sender_type, sender_id, no_hash, content_hash, channel_id, seq, "
               "created_at) VALUES (0," +
               sender + ",'" + hash() + "','" + hash() + "'," + channel + "," + seq + "," + number(now) +
               ");INSERT INTO outbox (id, pushes) VALUES (" + number(row) + "," + quoted(push) + ");COMMIT AND CHAIN";
    }
    std::string quoted(const std::string& text) {
        std::string into(2 * text.size() + 1, '\0');
        into.resize(mysql_real_escape_string(session_.get(), into.data(), text.data(), text.size()));
        return "'" + into + "'";
    }

    std::string hash() {
        char text[33];
        std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(random_()),
                      static_cast<unsigned long long>(random_()));
        return text;
    }
    // As long as the documented mix makes it.
    size_t size() {
        const auto draw = random_() % 100;
        return draw < 70 ? 256 : draw < 95 ? 1024 : draw < 99 ? 4096 : 16384;
    }
    void say(Pair& pair) {
        const std::string text(size() - 25, 'x'), raw = R"({"type":1,"content":")" + text + "\"}",
                                                  content = R"({"kind":"text","text":")" + text + "\"}";
        const int64_t now = now_ms(), type = 0, seq = pair.last_seq + 1;
        const uint64_t row = next_id();
        statements_[0].run({pair.uid_pairs[0], pair.uid_pairs[1], type, pair.sender, pair.uid});
        if (statements_[1].run({type, pair.sender, seq, now, seq, pair.channel, seq - 1}) < 1)
            throw std::runtime_error("not my channel");
        pair.last_seq = seq;
        ::run_all(session_.get(), tail(pair, now, row, raw, content));
        outbox_.sent(row);
    }

    Session session_;
    std::vector<Statement> statements_;
    std::vector<Pair> pairs_;
    Outbox& outbox_;
    std::mt19937_64 random_;
};

void measure(const Options& options) {
    const auto all = pairs(options);
    const auto connections = static_cast<size_t>(options.number("connections"));
    Outbox outbox(options);
    std::vector<std::unique_ptr<Speaker>> speakers;
    for (size_t i = 0; i < connections; ++i) {
        std::vector<Pair> mine;
        for (size_t k = i; k < all.size(); k += connections) mine.push_back(all[k]);
        speakers.push_back(std::make_unique<Speaker>(options, mine, outbox, i + static_cast<size_t>(now_ms())));
    }
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    const double cpu = own_cpu_s();
    const int64_t begun = now_ns();
    for (auto& speaker : speakers) threads.emplace_back([&] { speaker->work(stop); });
    std::this_thread::sleep_for(std::chrono::seconds(options.number("seconds")));
    stop = true;
    for (auto& thread : threads) thread.join();
    std::vector<uint32_t> took;
    for (const auto& speaker : speakers) took.insert(took.end(), speaker->took_us.begin(), speaker->took_us.end());
    const double seconds = static_cast<double>(now_ns() - begun) / 1e9, count = static_cast<double>(took.size());
    std::printf("connections=%zu acked=%zu rate=%.0f ack_p50_ms=%.1f ack_p99_ms=%.1f client_cpu_s=%.2f\n", connections,
                took.size(), count / seconds, quantile(took, 0.5) / 1000, quantile(took, 0.99) / 1000,
                own_cpu_s() - cpu);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        measure(Options(argc, argv));
        return 0;
    } catch (const std::exception& fault) {
        return std::fprintf(stderr, "bare_sends: %s\n", fault.what()), 1;
    }
}
