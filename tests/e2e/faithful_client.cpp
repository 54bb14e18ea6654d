#include "e2e/faithful_client.h"

#include <random>

namespace hy::test {

namespace {
void pause_a_little() {
    thread_local std::mt19937 random{std::random_device{}()};
    std::this_thread::sleep_for(std::chrono::milliseconds(50 + random() % 250));
}
}  // namespace

FaithfulClient::FaithfulClient(std::string target, int port, Hear hear)
    : target_(std::move(target)), port_(port), hear_(std::move(hear)), thread_([this] { run(); }) {}

FaithfulClient::~FaithfulClient() { end(); }

void FaithfulClient::end() {
    going_ = false;
    if (thread_.joinable()) thread_.join();
}

void FaithfulClient::say(const std::string& number, const std::string& frame) {
    std::lock_guard lock(mutex_);
    waiting_.push_back({number, frame});
}

void FaithfulClient::run() {
    while (going_) {
        if (!socket_ && !connect()) {
            pause_a_little();
            continue;
        }
        say_what_waits();
        const std::string text = socket_->next(10);
        if (text.starts_with("closed ")) lost(text.substr(7));
        else if (text != "nothing came") take(text);
        else if (is_hung()) {
            ++hung_;
            lost("hung");
        }
    }
    socket_.reset();
}

bool FaithfulClient::connect() {
    auto socket = std::make_unique<WebSocket>(port_, target_);
    if (socket->status() != 101) return false;
    {
        std::lock_guard lock(mutex_);
        for (auto& one : waiting_) one.said_us = 0;
    }
    ++connects_;
    // Where nothing comes within the patience the connection is given up like any other.
    const bool live = socket->live(25000);
    socket_ = std::move(socket);
    if (live) live_ = true;
    else if (socket_->closed(0).empty()) lost("never live");
    return live;
}

void FaithfulClient::say_what_waits() {
    std::vector<std::string> frames;
    {
        std::lock_guard lock(mutex_);
        for (auto& one : waiting_) {
            if (one.said_us) continue;
            one.said_us = monotonic_us();
            frames.push_back(one.frame);
        }
    }
    for (const auto& frame : frames) socket_->text(frame);
}

bool FaithfulClient::is_hung() const {
    std::lock_guard lock(mutex_);
    return !waiting_.empty() && waiting_.front().said_us &&
           monotonic_us() - waiting_.front().said_us > int64_t{1000} * kHungMs;
}

void FaithfulClient::lost(const std::string& why) {
    live_ = false;
    socket_.reset();
    std::lock_guard lock(mutex_);
    ++ends_[why];
}

void FaithfulClient::take(const std::string& text) {
    const auto frame = json::parse(text).value_or(json::Value{});
    const std::string type = frame.text_or("type");
    if (type == "ack") {
        std::lock_guard lock(mutex_);
        const std::string number = frame.text_or("clientMsgId");
        acknowledged_[number] = frame.text_or("id");
        std::erase_if(waiting_, [&](const auto& one) { return one.number == number; });
    } else if (type == "error") {
        std::lock_guard lock(mutex_);
        errors_.push_back(text);
    } else if (frame.text_or("sender") == "Robot" || type == "message") {
        const bool agent = type == "message";
        const std::string id = agent ? data(frame, "id") : frame.text_or("id");
        {
            std::lock_guard lock(mutex_);
            if (!known_.insert(id).second) return;
            heard_.push_back(id);
        }
        hear_(id, agent ? data(frame, "text") : frame.text_or("text"));
    }
}

size_t FaithfulClient::unacknowledged() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
}

std::map<std::string, std::string> FaithfulClient::acknowledged() const {
    std::lock_guard lock(mutex_);
    return acknowledged_;
}

std::vector<std::string> FaithfulClient::heard() const {
    std::lock_guard lock(mutex_);
    return heard_;
}

std::map<std::string, int> FaithfulClient::ends() const {
    std::lock_guard lock(mutex_);
    return ends_;
}

std::vector<std::string> FaithfulClient::errors() const {
    std::lock_guard lock(mutex_);
    return errors_;
}

}  // namespace hy::test
