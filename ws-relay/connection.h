// One client's connection from accept to close: handshake, open, ready, frames in, pushes
// out. What a frame means is its door's, what may be done the handlers', the order of
// channels the hub's.
#pragma once
#include <map>
#include <set>

#include "base/lifecycle.h"
#include "confirmer.h"
#include "dialect.h"
#include "frame.h"
#include "frames_out.h"
#include "handshake.h"
#include "hub.h"
#include "send_queue.h"

namespace hy::relay {

class Loop;

// Owner: its loop, and its thread only; lives from accept until the loop reaps it, after
// its socket is closed and what its client said has been asked. Idle, it holds no buffers.
class Connection final : public Listener {
public:
    enum class Phase : uint8_t { handshake, greeting, queued, opening, subscribing, readying, live, closing, gone };

    // `stream`: a door that is spoken with over plain TCP; else a handshake says which door is meant.
    Connection(Loop& loop, uint64_t number, Fd socket, std::string peer, const Door* stream = nullptr);
    ~Connection() override;

    uint64_t number() const { return number_; }
    Phase phase() const { return phase_; }
    const Door* door() const { return door_; }
    const View* view() const { return view_.get(); }
    const std::string& session() const { return session_; }
    int64_t since() const { return since_; }
    void set_since(int64_t at) { since_ = at; }
    bool serving() const { return phase_ >= Phase::subscribing && phase_ <= Phase::live; }

    void on_events(uint32_t events);
    void flush();
    // The wheel's call: is anything due by now?
    void check(int64_t now, int64_t due);

    void ask_open();
    void ask_ready();
    // Sends a close frame and waits a while for the peer's. `drop`: what its client said and
    // no handler has heard is forgotten.
    void close(int code, std::string_view reason, bool drop = true);
    void close_from(const json::Value& body);  // {code, reason}
    void change_topics(const std::vector<std::string>& join, const std::vector<std::string>& leave);
    // As the house saw them when topic_changes() was `noted`; one that came later knows better.
    void set_topics(const json::Value& topics, uint32_t noted);
    uint32_t topic_changes() const { return topic_changes_; }
    void add_heads(const json::Value& heads);
    void deliver_to_me(const PushPtr& push);  // a push that names this connection
    void tell_confirmed();
    // Monotonic ms since when handlers know it.
    int64_t opened_at() const { return opened_at_; }

    Ready ready_for(const PushPtr& push) const override;
    void hold(const std::string& topic, const PushPtr& push) override;
    void deliver(const PushPtr& push) override;
    void joined(int64_t channel) override { channels_.push_back(channel); }
    std::optional<int64_t> heard_since() const override;

private:
    // What only a connection that is not live yet needs.
    struct Early {
        std::string head;
        Handshake shake;
        std::vector<std::string> texts;  // frames that came before we knew whose they are,
        std::vector<Decoded> said;       // or what a dialect made of them
        size_t bytes = 0;
        std::vector<std::pair<std::string, PushPtr>> held;
        std::map<int64_t, int64_t> overflowed;  // channel: the highest number that was not held
        std::vector<std::pair<int64_t, int64_t>> heads;
        std::set<int64_t> left;             // groups that were left meanwhile: the ready answer may still name them
        std::optional<std::string> closed;  // the client's close, which waits for what it said before
        bool again = false;                 // `ready` has to be asked once more
    };

    // connection.cpp
    void read();
    void take(std::string_view in);
    void take_stream(std::string_view in);
    void take_frame(Frame frame);
    void on_packet(std::string packet);
    void act(Decoded decoded);
    bool early_full() const;
    void on_close(std::string_view payload);
    void send(Bytes bytes);
    void send(std::string bytes) { send(std::make_shared<const std::string>(std::move(bytes))); }
    // As this connection's transport carries it.
    void send_packet(std::string packet);
    void send_again(int64_t now);
    void watch();
    void fail_slow();
    void answer_and_hang_up(std::string answer);
    bool paused() const;
    void unpause();
    void hang_up();
    void stop_serving();
    void leave_channels();
    void schedule(int64_t due);
    int64_t next_due() const;
    // connection_open.cpp
    void take_head(std::string_view in);
    void answer_handshake(Handshake& shake, std::string_view rest);
    void introduced(const std::string& query);
    void enter();
    void welcome();
    void opened(const std::optional<json::Value>& answer);
    void subscribe(const json::Value& topics);
    void follow(const json::Value& whom);  // {join:[topic…], leave:[topic…]}
    void made_ready(const std::optional<json::Value>& answer);
    void deliver_pending(const json::Value& pending, std::set<Confirmer::Pair>& had);
    void deliver_mine(const PushPtr& push);
    void change_subscriptions(std::vector<std::string> joined, std::vector<std::string> left);
    void forget_early(const std::string& topic, int64_t channel);
    void deliver_held(const std::set<Confirmer::Pair>& had);
    // connection_frames.cpp
    void pump();
    void landed(const std::optional<json::Value>& answer);
    void confirm_later();
    void relieve();
    void tell_ended();
    void end();

    // What every push touches stands together.
    Loop& loop_;
    const uint64_t number_;
    Fd socket_;
    Phase phase_ = Phase::handshake;
    bool dirty_ = false;
    bool blocked_ = false;  // the socket takes no more for now
    bool slow_ = false;
    const Door* door_ = nullptr;
    std::unique_ptr<View> view_;
    SendQueue out_;
    uint32_t watched_ = 0;
    Confirmer confirmer_;
    FramesOut frames_;
    bool close_sent_ = false, close_heard_ = false;
    std::unique_ptr<Early> early_;
    std::string peer_;
    std::string session_;
    std::string expired_;
    std::vector<std::string> topics_;
    uint32_t topic_changes_ = 0;
    std::vector<int64_t> channels_;
    std::map<int64_t, int64_t> mine_;  // channel: the last number that came for this connection alone
    std::unique_ptr<Dialect> dialect_;
    const bool stream_;  // no HTTP, no WebSocket: a dialect's packets, one behind the other
    bool welcomed_ = false;
    std::string partial_;  // of a stream: a packet that is not whole
    FrameReader reader_;
    std::string unread_;  // bytes that came while we had enough
    int64_t since_ = 0;
    int64_t expires_ = 0;
    int expired_code_ = 1008;
    int64_t heard_;      // monotonic ms of the last whole frame
    int64_t begun_ = 0;  // monotonic ms since when a message has been coming; 0: none is
    int64_t pinged_ = 0;
    int64_t deadline_ = 0;  // of the handshake, the opening, or the closing
    int64_t scheduled_ = 0;
    int64_t opened_at_ = 0;
    bool confirm_set_ = false;
    bool open_asked_ = false;
    bool ended_ = false;
    bool told_ = false;     // the house knows that it ends
    bool counted_ = false;  // among those of its address
};

}  // namespace hy::relay
