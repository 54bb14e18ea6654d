// Bus over nats.c. Deliveries go through the library's pool of two threads: a thread for
// each subscription (its default) would be thousands.
#include "bus/bus.h"

#include <nats/nats.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/errors.h"
#include "base/log.h"
#include "base/text.h"
#include "bus/courier.h"

namespace hy::bus {

namespace {

constexpr int kPendingMessages = 65536;
constexpr int kPendingBytes = 64 << 20;
constexpr size_t kMostUnwritten = 16 << 20;  // bytes

void check(natsStatus status, const char* what) {
    if (status != NATS_OK)
        throw Error(Fault::unavailable, "nats", "", std::string(what) + ": " + natsStatus_GetText(status));
}

// Shared by the Subscription and the library: lives until the library says that no
// callback can come any more.
struct Listener {
    std::recursive_mutex mutex;  // recursive: a handler may end its own subscription
    Handler handler;
    bool closed = false;
};

void deliver(natsConnection*, natsSubscription*, natsMsg* message, void* closure) {
    auto* listener = static_cast<Listener*>(closure);
    {
        std::lock_guard lock(listener->mutex);
        if (!listener->closed) {
            const char* reply = natsMsg_GetReply(message);
            listener->handler({natsMsg_GetSubject(message),
                               {natsMsg_GetData(message), static_cast<size_t>(natsMsg_GetDataLength(message))},
                               reply ? reply : std::string_view{},
                               natsMsg_IsNoResponders(message)});
        }
    }
    natsMsg_Destroy(message);
}

class NatsSubscription final : public Subscription {
public:
    NatsSubscription(natsConnection* connection, const std::string& subject, const char* queue, Handler handler)
        : listener_(new Listener) {
        listener_->handler = std::move(handler);
        const natsStatus status =
            queue
                ? natsConnection_QueueSubscribe(&subscription_, connection, subject.c_str(), queue, deliver, listener_)
                : natsConnection_Subscribe(&subscription_, connection, subject.c_str(), deliver, listener_);
        if (status != NATS_OK) delete listener_;
        check(status, "subscribe");
        natsSubscription_SetPendingLimits(subscription_, kPendingMessages, kPendingBytes);
        natsSubscription_SetOnCompleteCB(
            subscription_, [](void* closure) { delete static_cast<Listener*>(closure); }, listener_);
    }
    ~NatsSubscription() override {
        {
            std::lock_guard lock(listener_->mutex);
            listener_->closed = true;
        }
        natsSubscription_Unsubscribe(subscription_);
        natsSubscription_Destroy(subscription_);
    }
    NatsSubscription(const NatsSubscription&) = delete;

private:
    Listener* listener_;
    natsSubscription* subscription_ = nullptr;
};

// What the connection's events need. The library reports them on a thread of its own, the
// last of them (closed) after the connection has gone: they own a share.
struct Events {
    std::atomic<bool> was_there{false};
    // The library's own word would be had under the lock that it holds while it writes.
    std::atomic<int64_t> connected_since_us{0};
    std::mutex mutex;
    std::function<void()> loss;

    void lost() {
        std::lock_guard lock(mutex);
        if (loss) loss();
    }
};
using EventsShare = std::shared_ptr<Events>;
Events& events_of(void* share) { return **static_cast<EventsShare*>(share); }

void back(natsConnection*, void* share) {
    events_of(share).was_there = true;
    events_of(share).connected_since_us = monotonic_us();
    log::info("NATS is there");
    events_of(share).lost();
}
void away(natsConnection*, void* share) {
    events_of(share).connected_since_us = 0;
    // The library reports the first connecting as a disconnect too.
    if (events_of(share).was_there) log::warn("NATS is away");
}
void fault(natsConnection*, natsSubscription*, natsStatus status, void* share) {
    log::warn("NATS fault", {{"status", natsStatus_GetText(status)}});
    if (status == NATS_SLOW_CONSUMER) events_of(share).lost();
}
void closed(natsConnection*, void* share) { delete static_cast<EventsShare*>(share); }

class NatsBus final : public Bus {
public:
    NatsBus(const Config& config, const std::string& name) {
        check(nats_Open(-1), "open");
        nats_SetMessageDeliveryPoolSize(2);
        natsOptions* options = nullptr;
        check(natsOptions_Create(&options), "options");
        options_.reset(options);
        configure(config, name);
        const natsStatus status = natsConnection_Connect(&connection_, options);
        // Not yet connected is no fault: the library goes on trying.
        if (status != NATS_NOT_YET_CONNECTED) {
            check(status, "connect");
            events_->connected_since_us = monotonic_us();
        }
        courier_.emplace([this](const Letter& letter) { return write(letter); }, kMostUnwritten);
    }
    ~NatsBus() override {
        on_loss({});
        courier_.reset();
        natsConnection_Close(connection_);
        natsConnection_Destroy(connection_);
    }

    bool connected() const override { return connected_since_us() != 0; }
    int64_t connected_since_us() const override { return events_->connected_since_us; }

    bool publish(std::string_view subject, std::string_view data) override {
        return publish_request(subject, {}, data);
    }

    bool publish_request(std::string_view subject, std::string_view reply, std::string_view data) override {
        // While it is away the library would say OK and keep it in a buffer.
        return connected() && courier_->post({std::string(subject), std::string(reply), std::string(data)});
    }

    bool flush(int timeout_ms) override {
        const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
        if (!connected() || !courier_->drained(timeout_ms)) return false;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
        if (natsConnection_FlushTimeout(connection_, std::max<int64_t>(left.count(), 1)) != NATS_OK) return false;
        note_reconnects();
        return true;
    }

    uint64_t epoch() const override { return reconnects_ + courier_->failures(); }

    std::unique_ptr<Subscription> subscribe(const std::string& subject, Handler handler) override {
        return std::make_unique<NatsSubscription>(connection_, subject, nullptr, std::move(handler));
    }
    std::unique_ptr<Subscription> subscribe_queue(const std::string& subject, const std::string& queue,
                                                  Handler handler) override {
        return std::make_unique<NatsSubscription>(connection_, subject, queue.c_str(), std::move(handler));
    }

    void on_loss(std::function<void()> handler) override {
        std::lock_guard lock(events_->mutex);
        events_->loss = std::move(handler);
    }

    std::string new_inbox() override {
        natsInbox* inbox = nullptr;
        check(natsInbox_Create(&inbox), "inbox");
        std::string subject = inbox;
        natsInbox_Destroy(inbox);
        return subject;
    }

private:
    // On the courier's thread.
    bool write(const Letter& letter) {
        if (!connected()) return false;
        const int size = static_cast<int>(letter.data.size());
        const char* subject = letter.subject.c_str();
        const natsStatus status =
            letter.reply.empty()
                ? natsConnection_Publish(connection_, subject, letter.data.data(), size)
                : natsConnection_PublishRequest(connection_, subject, letter.reply.c_str(), letter.data.data(), size);
        return status == NATS_OK;
    }

    // What was in a socket when it broke is lost, whatever its publish said.
    void note_reconnects() {
        natsStatistics* statistics = nullptr;
        if (natsStatistics_Create(&statistics) != NATS_OK) return;
        uint64_t reconnects = 0;
        if (natsConnection_GetStats(connection_, statistics) == NATS_OK &&
            natsStatistics_GetCounts(statistics, nullptr, nullptr, nullptr, nullptr, &reconnects) == NATS_OK)
            // Never back: two flushes may end in another order than they counted.
            for (uint64_t known = reconnects_; known < reconnects;)
                if (reconnects_.compare_exchange_weak(known, reconnects)) break;
        natsStatistics_Destroy(statistics);
    }

    void configure(const Config& config, const std::string& name) {
        natsOptions* o = options_.get();
        std::vector<std::string> urls = split(config.nats.url, ',');
        std::vector<const char*> servers;
        for (const auto& url : urls) servers.push_back(url.c_str());
        check(natsOptions_SetServers(o, servers.data(), static_cast<int>(servers.size())), "servers");
        natsOptions_SetName(o, name.c_str());
        natsOptions_UseGlobalMessageDelivery(o, true);
        natsOptions_SetMaxReconnect(o, -1);
        natsOptions_SetReconnectWait(o, 250);
        natsOptions_SetReconnectJitter(o, 100, 100);
        natsOptions_SetTimeout(o, 2000);
        // A server that stopped reading is given up: another may be there, or it comes back.
        natsOptions_SetWriteDeadline(o, 2000);
        // A publish goes out with its own write: the library's flusher thread adds a millisecond.
        natsOptions_SetSendAsap(o, true);
        natsOptions_SetPingInterval(o, 5000);
        natsOptions_SetMaxPingsOut(o, 2);
        if (!config.nats.user.empty()) {
            const std::string password =
                config.nats.password_file.empty() ? "" : read_secret_file(config.nats.password_file);
            check(natsOptions_SetUserInfo(o, config.nats.user.c_str(), password.c_str()), "user");
        }
        auto* share = new EventsShare(events_);  // the closed event deletes it
        // With a callback the first connect is tried in the background; without one it blocks for ever.
        check(natsOptions_SetRetryOnFailedConnect(o, true, back, share), "retry");
        natsOptions_SetReconnectedCB(o, back, share);
        natsOptions_SetDisconnectedCB(o, away, share);
        natsOptions_SetErrorHandler(o, fault, share);
        natsOptions_SetClosedCB(o, closed, share);
    }

    struct DestroyOptions {
        void operator()(natsOptions* o) const { natsOptions_Destroy(o); }
    };
    std::unique_ptr<natsOptions, DestroyOptions> options_;
    natsConnection* connection_ = nullptr;
    const EventsShare events_ = std::make_shared<Events>();
    std::atomic<uint64_t> reconnects_{0};  // as of the last flush
    std::optional<Courier> courier_;
};

}  // namespace

std::unique_ptr<Bus> connect(const Config& config, const std::string& process_name) {
    return std::make_unique<NatsBus>(config, process_name);
}

}  // namespace hy::bus
