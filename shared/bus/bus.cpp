// Bus over nats.c. Deliveries go through the library's pool of two threads: a thread for
// each subscription (its default) would be thousands.
#include "bus/bus.h"

#include <nats/nats.h>

#include <atomic>
#include <mutex>

#include "base/errors.h"
#include "base/log.h"
#include "base/text.h"

namespace hy::bus {

namespace {

constexpr int kPendingMessages = 65536;
constexpr int kPendingBytes = 64 << 20;

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
    log::info("NATS is there");
    events_of(share).lost();
}
void away(natsConnection*, void* share) {
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
        if (status != NATS_NOT_YET_CONNECTED) check(status, "connect");
    }
    ~NatsBus() override {
        on_loss({});
        natsConnection_Close(connection_);
        natsConnection_Destroy(connection_);
    }

    bool connected() const override { return natsConnection_Status(connection_) == NATS_CONN_STATUS_CONNECTED; }

    bool publish(std::string_view subject, std::string_view data) override {
        // While it is away the library would say OK and keep it in a buffer.
        if (!connected()) return false;
        return natsConnection_Publish(connection_, std::string(subject).c_str(), data.data(),
                                      static_cast<int>(data.size())) == NATS_OK;
    }

    bool publish_request(std::string_view subject, std::string_view reply, std::string_view data) override {
        if (!connected()) return false;
        return natsConnection_PublishRequest(connection_, std::string(subject).c_str(), std::string(reply).c_str(),
                                             data.data(), static_cast<int>(data.size())) == NATS_OK;
    }

    bool flush(int timeout_ms) override {
        return connected() && natsConnection_FlushTimeout(connection_, timeout_ms) == NATS_OK;
    }

    std::optional<std::string> request(std::string_view subject, std::string_view data, int timeout_ms) override {
        if (!connected()) return std::nullopt;
        natsMsg* answer = nullptr;
        if (natsConnection_Request(&answer, connection_, std::string(subject).c_str(), data.data(),
                                   static_cast<int>(data.size()), timeout_ms) != NATS_OK)
            return std::nullopt;
        std::string text(natsMsg_GetData(answer), static_cast<size_t>(natsMsg_GetDataLength(answer)));
        natsMsg_Destroy(answer);
        return text;
    }

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
        // A server that stopped reading must not hold the threads that publish.
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
};

}  // namespace

std::unique_ptr<Bus> connect(const Config& config, const std::string& process_name) {
    return std::make_unique<NatsBus>(config, process_name);
}

}  // namespace hy::bus
