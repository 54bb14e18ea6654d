// One epoll loop and the connections it owns. It hands events, time and messages to them;
// what they mean is the connection's and the hub's.
#pragma once
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "connection.h"
#include "heads.h"
#include "house.h"
#include "hub.h"
#include "open_line.h"
#include "tellings.h"
#include "uplink.h"

namespace hy::relay {

// Sockets of the relay that every loop accepts from; -1: there is none.
struct Listeners {
    int web, stream;
};

// Owner: the relay. Everything but post(), post_message() and stop() happens on its own
// thread, which the destructor joins.
class Loop {
public:
    Loop(House& house, size_t index, size_t loops, Listeners listeners);
    ~Loop();

    // From any thread.
    void post(std::function<void()> what);
    // What came on a topic; dropped (and found again by the heads) when the loop is far behind.
    void post_message(std::string topic, PushPtr push, std::shared_ptr<const json::Value> control);
    // Connections are accepted from now on.
    void open();
    // Begins the end: 1001 to all, then the thread returns once all is told, or after 10 s.
    void stop();
    void join();

    // On its own thread, for its connections.
    House& house() { return house_; }
    Uplink& uplink() { return uplink_; }
    Hub& hub() { return hub_; }
    Heads& heads() { return heads_; }
    Alarms& alarms() { return alarms_; }
    Wheel& wheel() { return wheel_; }
    size_t index() const { return index_; }
    bool stopping() const { return stopping_; }
    Connection* find(uint64_t number);
    Connection* find(std::string_view conn);  // "<relay>:<n>"
    const std::unordered_map<uint64_t, std::unique_ptr<Connection>>& connections() const { return connections_; }
    std::string& read_buffer() { return read_buffer_; }
    void watch(int fd, uint64_t number, uint32_t events, bool fresh);
    void make_dirty(Connection& connection) { dirty_.push_back(&connection); }
    void reap(uint64_t number) { reapable_.push_back(number); }
    void want_open(const std::string& address, uint64_t number);
    void open_done();
    void ended(const Connection& connection, const std::string& confirmed);
    // Pairs that the client has confirmed; and its tell_confirmed() called in a while, with others'.
    void confirmed(const Connection& connection, const std::string& pairs);
    void confirm_soon(uint64_t number);
    void tell() { tellings_.send(); }
    void end_unknown(const Door& door, uint64_t number, const std::string& session);
    // Its open was given up, and may still be carried out by a handler that comes late.
    void end_unanswered(const Door& door, uint64_t number);

private:
    void run();
    void turn();
    void accept(int listener, const Door* stream);
    void stop_accepting();
    void listen();
    void rest();
    void take_mail();
    void take_message(const std::string& topic, const PushPtr& push, const json::Value* control);
    void control(const std::string& topic, const json::Value& body);
    void kick(const std::string& topic, const json::Value& body);
    void control_one(const json::Value& body);
    void flush_all();
    void reap_all();
    void begin_stop();
    bool stopped() const;
    void next_opens();

    House& house_;
    const size_t index_, loops_;
    const Listeners listeners_;
    Fd epoll_, bell_;
    Alarms alarms_;
    Wheel wheel_;
    Uplink uplink_;
    Hub hub_;
    Heads heads_;
    std::string read_buffer_;
    uint64_t next_number_;
    std::vector<Connection*> dirty_;  // none of them is gone: reap_all() sees to it
    std::vector<uint64_t> reapable_;
    OpenLine wanting_open_;
    int64_t opening_ = 0;
    Tellings tellings_;
    std::vector<uint64_t> to_confirm_;
    bool stopping_ = false;
    int64_t stop_by_ = 0;
    std::unordered_map<uint64_t, std::unique_ptr<Connection>> connections_;

    struct Message {
        std::string topic;
        PushPtr push;
        std::shared_ptr<const json::Value> control;
    };
    std::mutex mutex_;  // of the mail
    std::vector<std::function<void()>> tasks_;
    std::deque<Message> messages_;
    bool overflowed_ = false;
    std::thread thread_;  // last: starts when all else is there
};

}  // namespace hy::relay
