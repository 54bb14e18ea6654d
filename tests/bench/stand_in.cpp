#include "stand_in.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "base/text.h"
#include "json/writer.h"
#include "wire/ocms.h"

namespace hy::bench {

namespace {
constexpr const char* kRobot = "robot_1";
constexpr size_t kKept = 4096;
constexpr int kConnectTries = 500;
// As long as a session that a handler has sealed.
constexpr size_t kSessionBytes = 300;

std::string push_text(int64_t seq, const std::string& text) {
    json::Writer out;
    out.begin_object().field("v", 1).field("kind", "message").field("channel", kChannel).field("seq", seq);
    out.field("at", int64_t{1707821234567}).field("id", std::to_string(7162034234523648 + seq));
    out.key("sender").begin_object().field("type", "robot").field("n", 5).field("id", kRobot).field("name", "bench");
    out.end_object().field("robot", kRobot).field("conversation", "default");
    out.key("content").begin_object().field("kind", "text").field("text", text).end_object().end_object();
    return std::move(out).take();
}
}  // namespace

StandIn::StandIn(const std::string& nats_url, std::string topic) : topic_(std::move(topic)) {
    config_.nats.url = nats_url;
    bus_ = bus::connect(config_, "bench");
    for (int i = 0; i < kConnectTries && !bus_->connected(); ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    on("ask.ocms.open", &StandIn::open);
    on("ask.ocms.ready", &StandIn::ready);
    on("ask.ocms.frames", &StandIn::frames);
    on("ask.ocms.confirm", &StandIn::nothing);
    on("ask.ocms.close", &StandIn::nothing);
    on("ask.core.relay", &StandIn::nothing);
    on("ask.core.heads", &StandIn::heads);
    on("ask.core.range", &StandIn::range);
    if (!bus_->flush(5000)) throw std::runtime_error("NATS cannot be reached");
}

StandIn::~StandIn() { subscriptions_.clear(); }

void StandIn::on(const std::string& subject, std::string (StandIn::*answer)(const json::Value&)) {
    subscriptions_.push_back(bus_->subscribe(subject, [this, answer](const bus::Message& message) {
        const auto ask = json::parse(message.data);
        if (ask) bus_->publish(message.reply, (this->*answer)(*ask));
    }));
}

std::string StandIn::open(const json::Value& ask) {
    const json::Value* query = ask.find("query");
    const std::string account = "account." + (query ? query->text_or("token") : std::string("0"));
    json::Writer out;
    out.begin_object().field("v", 1).field("session", std::string(kSessionBytes, 's'));
    out.key("topics").begin_array().string("live." + account);
    if (!topic_.empty()) out.string(topic_);
    out.end_array().key("view").begin_object().field("door", "ocms").field("role", "user").field("robot", kRobot);
    out.field("principal", account).field("family", "f");
    out.key("kicks").begin_array().string(account).string("talk.5").end_array().end_object().end_object();
    return std::move(out).take();
}

std::string StandIn::ready(const json::Value&) {
    const std::lock_guard lock(mutex_);
    if (topic_.empty()) return R"({"v":1,"heads":[],"pending":[]})";
    return R"({"v":1,"heads":[[1,)" + std::to_string(last_) + R"(]],"pending":[]})";
}

std::string StandIn::frames(const json::Value& ask) {
    const json::Value* list = ask.find("frames");
    if (list && list->array())
        for (const auto& operation : *list->array())
            if (const json::Value* items = operation.find("items"); items && items->array())
                confirmed_ += static_cast<int64_t>(items->array()->size());
    return R"({"v":1,"out":[]})";
}

std::string StandIn::nothing(const json::Value&) { return R"({"v":1})"; }

std::string StandIn::heads(const json::Value&) {
    const std::lock_guard lock(mutex_);
    return R"({"v":1,"heads":[[1,)" + std::to_string(last_) + R"(]],"now":1,"sessions":[]})";
}

std::string StandIn::range(const json::Value& ask) {
    const std::lock_guard lock(mutex_);
    std::string pushes;
    const int64_t oldest = last_ - static_cast<int64_t>(kept_.size()) + 1, to = std::min(ask.int_or("to"), last_);
    for (int64_t seq = std::max(oldest, ask.int_or("from")); seq <= to; ++seq)
        pushes += (pushes.empty() ? "" : ",") + kept_[static_cast<size_t>(seq - oldest)];
    return R"({"v":1,"pushes":[)" + pushes + R"(],"to":)" + std::to_string(to) + "}";
}

void StandIn::publish(const std::string& text) {
    std::string push;
    {
        const std::lock_guard lock(mutex_);
        push = push_text(++last_, text);
        kept_.push_back(push);
        if (kept_.size() > kKept) kept_.pop_front();
    }
    if (!bus_->publish(topic_, push)) throw std::runtime_error("NATS took no push");
}

std::string StandIn::as_seen(const std::string& text) {
    const auto push = json::parse(push_text(1, text));
    return wire::ocms::encode_push(*push, wire::ocms::Role::user, kRobot).value_or("");
}

}  // namespace hy::bench
