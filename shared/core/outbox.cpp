#include "core/outbox.h"

#include <chrono>
#include <cstdio>

#include "base/log.h"
#include "base/text.h"

namespace hy::outbox {

namespace {

constexpr const char* kInsert = "INSERT INTO outbox (id, pushes) VALUES (?, ?)";
constexpr const char* kOld = "SELECT id, pushes FROM outbox WHERE id < ? ORDER BY id LIMIT ? FOR UPDATE SKIP LOCKED";
constexpr const char* kDepth = "SELECT COUNT(*) FROM outbox";

constexpr size_t kBatch = 500;
constexpr size_t kMostRemembered = 20000;
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr int kFlushMs = 1000;

// In place of a payload: the one before it. What two hear is stored once.
constexpr std::string_view kSame = "=";

// A row is read whole, and sent in one packet to the database.
constexpr size_t kRowBytes = 1 << 20;

void delete_rows(db::Session& s, const std::vector<uint64_t>& ids) {
    if (ids.empty()) return;
    std::vector<db::Param> params(ids.begin(), ids.end());
    const std::string marks = db::placeholders(params);
    s.execute("DELETE FROM outbox WHERE id IN (" + marks + ")", params);
}

bool publish_text(bus::Bus& bus, const std::string& text) {
    const auto lines = split(text, '\n');
    size_t payload = 1;
    for (size_t i = 0; i + 1 < lines.size(); i += 2) {
        if (lines[i + 1] != kSame) payload = i + 1;
        if (!bus.publish(lines[i], lines[payload])) return false;
    }
    return true;
}

// What was published in another epoch stays for the sweeper.
template <typename Batch>
std::vector<uint64_t> arrived(const Batch& batch, uint64_t epoch) {
    std::vector<uint64_t> rows;
    for (const auto& published : batch)
        if (published.epoch == epoch) rows.push_back(published.row);
    return rows;
}

}  // namespace

void store(db::Session& s, const House& house, Pushes& pushes) {
    if (pushes.empty()) return;
    std::string text;
    const std::string* last = nullptr;  // payload of this row
    const auto write = [&] {
        pushes.rows.push_back(house.ids.next());
        s.later(kInsert, {pushes.rows.back(), text});
        text.clear();
        last = nullptr;
    };
    for (const auto& [subject, payload] : pushes.items()) {
        if (!text.empty() && text.size() + subject.size() + payload.size() > kRowBytes) write();
        text.append(subject).append("\n").append(last && *last == payload ? kSame : payload).append("\n");
        last = &payload;
    }
    write();
}

Publisher::Publisher(db::Database& db, bus::Bus& bus) : db_(db), bus_(bus), thread_([this] { work(); }) {}

Publisher::~Publisher() {
    {
        std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void Publisher::publish(const Pushes& pushes) {
    const uint64_t epoch = bus_.epoch();
    for (const auto& [subject, payload] : pushes.items())
        if (!bus_.publish(subject, payload)) return;
    std::lock_guard lock(mutex_);
    for (const uint64_t row : pushes.rows) {
        // Beyond the bound the sweeper will find the row and publish it once more.
        if (published_.size() < kMostRemembered) published_.push_back({row, epoch});
        if (published_.size() == kBatch) wake_.notify_one();
    }
}

void Publisher::work() {
    std::unique_lock lock(mutex_);
    while (!stop_ || !published_.empty()) {
        wake_.wait_for(lock, kPause, [&] { return stop_ || published_.size() >= kBatch; });
        const size_t count = std::min(published_.size(), kBatch);
        std::vector<Published> batch(published_.begin(), published_.begin() + static_cast<ptrdiff_t>(count));
        published_.erase(published_.begin(), published_.begin() + static_cast<ptrdiff_t>(count));
        lock.unlock();
        try {
            // The flush follows the publishing of every row in the batch.
            if (!batch.empty() && bus_.flush(kFlushMs)) {
                const auto rows = arrived(batch, bus_.epoch());
                db_.read([&](db::Session& s) { delete_rows(s, rows); });
            }
            db_.close_idle();
        } catch (const std::exception& e) {
            log::warn("outbox rows stay for the sweeper", {{"rows", batch.size()}, {"why", e.what()}});
        }
        lock.lock();
    }
}

size_t sweep(db::Database& db, bus::Bus& bus, const Config& config, const Clock& clock) {
    if (!bus.connected()) return 0;
    const uint64_t before = static_cast<uint64_t>(clock.now_ms() - config.outbox.after_ms) << 22;
    std::vector<std::pair<uint64_t, std::string>> rows;
    db.transaction([&](db::Session& s) {
        rows.clear();
        db::Rows found = s.query(kOld, {before, config.outbox.batch});
        while (found.next()) rows.emplace_back(found.unsigned_integer(1), found.text(2));
        // Locks are let go before NATS is asked; another sweeper may then publish the same
        // rows, which its listeners take calmly.
    });
    std::vector<uint64_t> sent;
    const uint64_t epoch = bus.epoch();
    for (const auto& [id, text] : rows) {
        if (!publish_text(bus, text)) break;
        sent.push_back(id);
    }
    if (sent.empty() || !bus.flush(kFlushMs) || bus.epoch() != epoch) return 0;
    db.read([&](db::Session& s) { delete_rows(s, sent); });
    return sent.size();
}

int64_t depth(db::Session& s) {
    db::Rows rows = s.query(kDepth);
    return rows.next() ? rows.integer(1) : 0;
}

}  // namespace hy::outbox
