// Where one fault is played: fresh people in the common house, the product's services on a
// database connection that can be cut (support/db_proxy.h) and on a bus that can lose things,
// and a look at the truth past both.
#pragma once
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "app/events.h"
#include "support/db_proxy.h"
#include "support/world.h"

namespace hy::test {

enum class Loss {
    refused,    // that publish is not taken
    swallowed,  // it is taken and gone, as by a connection that is dead already
    down,       // the connection ends with it
};
const char* name_of(Loss loss);

// Delivers asks to the one process there is, and lets the n-th publish fail.
class FaultyBus final : public bus::Bus {
public:
    void arm(int64_t n, Loss loss);
    void heal();
    bool struck() const;
    // What listeners got.
    std::vector<std::pair<std::string, std::string>> heard() const;
    // The answer to a request, as the relay makes it; nothing when it got lost.
    std::optional<std::string> ask(const std::string& subject, const std::string& data);
    // Off: NATS never says that it has taken what was published.
    std::atomic<bool> flushes{true};

    bool connected() const override;
    int64_t connected_since_us() const override { return connected(); }
    bool publish(std::string_view subject, std::string_view data) override;
    bool publish_request(std::string_view subject, std::string_view, std::string_view data) override {
        return publish(subject, data);
    }
    bool flush(int) override;
    uint64_t epoch() const override { return epochs_; }
    std::unique_ptr<bus::Subscription> subscribe(const std::string& subject, bus::Handler handler) override;
    std::unique_ptr<bus::Subscription> subscribe_queue(const std::string& subject, const std::string&,
                                                       bus::Handler handler) override {
        return subscribe(subject, std::move(handler));
    }
    void on_loss(std::function<void()>) override {}
    std::string new_inbox() override { return "_INBOX.test"; }

private:
    enum class Fate { none, comes, lost };
    mutable std::mutex mutex_;
    std::condition_variable answered_;
    std::map<std::string, bus::Handler> handlers_;
    std::vector<std::pair<std::string, std::string>> heard_;
    std::string inbox_, answer_;
    Fate fate_ = Fate::none;
    int64_t asks_ = 0, seen_ = 0, at_ = 0;
    Loss loss_ = Loss::refused;
    std::atomic<uint64_t> epochs_ = 0;  // as many connections as were lost
    bool struck_ = false, leaks_ = false, down_ = false;
};

// `status`: of HTTP; for an ask 200, 0 when it was lost or answered busy, 1008 when the
// connection is to be closed; for a chore 200, 0 when it threw.
struct Answer {
    int status = 0;
    std::string body;
    std::string text(const std::string& name) const;  // a member of the JSON in the body
};

struct Scene {
    Scene(World& world, const DbProxy& proxy);

    // A user who has signed in and a robot of somebody else's, with which he may talk.
    void people();
    // Conversation `id` of the two, with `count` messages of the user's, queued for the robot.
    channels::Channel talk(const std::string& id, int count = 0);
    // A connection of the robot's agent.
    void agent(const std::string& conn);
    std::string user_session(), agent_session();

    // `route` is "POST /ocms/robots/"; `target` what stands in the request, the pattern's own
    // path when empty.
    Answer http(const std::string& route, const std::string& target, const std::string& body,
                const std::string& type = "application/json");
    // The same through the world's services, which no fault reaches.
    Answer http_past(const std::string& route, const std::string& target, const std::string& body);
    Answer ask(const std::string& subject, const std::string& body);
    Answer frames(bool as_agent, const std::string& frames);
    Answer chore(const std::string& name);
    // A worker takes one job of the kind, and does it. Leases of before are over.
    Answer job(const std::string& kind);
    int64_t number(const std::string& sql, std::initializer_list<db::Param> params = {}) {
        return world.number(sql, params);
    }
    void execute(const std::string& sql, std::initializer_list<db::Param> params = {});

    // What still waits in the outbox, published by the sweeper over a bus that works; what of it
    // nobody heard.
    std::vector<std::string> unheard_in_the_end();

    World& world;
    const std::string tag;  // of this scene alone, in ids
    Config config;
    FaultyBus bus;
    api::Services services;
    app::EventServer events;
    accounts::Account user, owner;
    robots::Robot robot;
    std::string key, access, refresh, bearer, host, conn, address;
    channels::Channel channel;
    std::string noted;
    bool publishes = false;  // what lies in the outbox is what this is about
    bool in_doubt = false;   // the connection died at a COMMIT
};

}  // namespace hy::test
