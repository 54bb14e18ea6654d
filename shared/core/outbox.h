// What a transaction has to say to the relays. The row is written in the transaction, the
// publishing follows the commit, and the row goes once NATS is known to have it. What was
// missed the sweeper publishes again; consumers are idempotent.
#pragma once
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "bus/bus.h"
#include "core/house.h"
#include "db/db.h"

namespace hy::outbox {

// Pushes of one transaction, in order.
class Pushes {
public:
    void add(std::string subject, std::string payload) {
        bytes_ += subject.size() + payload.size();
        items_.emplace_back(std::move(subject), std::move(payload));
    }
    // What the row will hold.
    size_t bytes() const { return bytes_; }
    bool empty() const { return items_.empty(); }
    const std::vector<std::pair<std::string, std::string>>& items() const { return items_; }
    std::vector<uint64_t> rows;  // that hold them

private:
    std::vector<std::pair<std::string, std::string>> items_;
    size_t bytes_ = 0;
};

// The last thing a transaction does: writes its pushes as a row, or as several where they are long.
void store(db::Session& s, const House& house, Pushes& pushes);

// Publishes after commits and deletes what is known to have arrived, in batches, on a
// thread of its own.
class Publisher {
public:
    Publisher(db::Database& db, bus::Bus& bus);
    ~Publisher();
    // Right after the commit. Never throws, never waits for the network: what cannot be
    // published now stays for the sweeper.
    void publish(const Pushes& pushes);

private:
    struct Published {
        uint64_t row, epoch;
    };
    void work();
    db::Database& db_;
    bus::Bus& bus_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Published> published_;
    bool stop_ = false;
    std::thread thread_;
};

// Publishes rows older than outbox.after_ms, oldest first, at most outbox.batch of them, and
// deletes them; several sweepers may run. Returns how many.
size_t sweep(db::Database& db, bus::Bus& bus, const Config& config, const Clock& clock);

int64_t depth(db::Session& s);

}  // namespace hy::outbox
