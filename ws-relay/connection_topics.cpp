// What a connection hears: its topics and channels, and their changes while it comes up and while it lives.
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "connection.h"
#include "loop.h"
#include "pairs.h"

namespace hy::relay {

namespace {

// The channel of a group's topic; 0: it is no group's.
int64_t group_of(std::string_view topic) {
    constexpr std::string_view kGroup = "live.channel.";
    return topic.starts_with(kGroup) ? to_int(topic.substr(kGroup.size())).value_or(0) : 0;
}

// Whom a client wants to know about beside what it hears of itself.
constexpr std::string_view kFollowed = "live.status.";
constexpr ptrdiff_t kMostFollowed = 1000;

}  // namespace

void Connection::follow(const json::Value& whom) {
    std::vector<std::string> join = json::texts(whom.find("join"));
    const auto is_followed = [](const std::string& topic) { return topic.starts_with(kFollowed); };
    std::erase_if(join, [&](const auto& topic) { return !is_followed(topic); });
    const ptrdiff_t room = kMostFollowed - std::count_if(topics_.begin(), topics_.end(), is_followed);
    if (static_cast<ptrdiff_t>(join.size()) > room) join.resize(static_cast<size_t>(std::max<ptrdiff_t>(0, room)));
    change_topics(join, json::texts(whom.find("leave")));
}

void Connection::subscribe(const json::Value& topics) {
    phase_ = Phase::subscribing;
    topics_ = json::texts(&topics);
    if (!view_->principal.empty()) topics_.push_back("ctl." + view_->principal);
    for (const auto& whom : json::texts(view_->value.find("kicks"))) topics_.push_back("ctl.kick." + whom);
    for (const auto& topic : topics_) loop_.hub().listen(*this, topic);
    loop_.house().topics->change(loop_.index(), topics_, {}, [&loop = loop_, number = number_] {
        loop.post([&loop, number] {
            Connection* self = loop.find(number);
            if (self && self->phase_ == Phase::subscribing) self->ask_ready();
        });
    });
}

void Connection::add_heads(const json::Value& heads) {
    each_pair(&heads, [&](int64_t channel, int64_t seq) {
        if (phase_ == Phase::live) loop_.hub().join(*this, channel, seq);
        else if (early_) early_->heads.emplace_back(channel, seq);
    });
}

void Connection::change_topics(const std::vector<std::string>& join, const std::vector<std::string>& leave) {
    if (!serving()) return;
    ++topic_changes_;
    std::vector<std::string> joined, left;
    const std::set<std::string> had(topics_.begin(), topics_.end());
    for (const auto& topic : join) {
        if (early_) early_->left.erase(group_of(topic));
        if (had.contains(topic)) continue;
        loop_.hub().listen(*this, topic);
        topics_.push_back(topic);
        joined.push_back(topic);
    }
    for (const auto& topic : leave) {
        if (std::erase(topics_, topic) == 0) continue;
        loop_.hub().unlisten(*this, topic);
        left.push_back(topic);
        const int64_t channel = group_of(topic);
        if (!channel) continue;
        if (early_) forget_early(topic, channel);
        loop_.hub().leave(*this, channel);
        std::erase(channels_, channel);
    }
    if (!joined.empty() || !left.empty()) change_subscriptions(std::move(joined), std::move(left));
}

// What a group heard between the news of it and its subscription is looked for as soon as that stands.
void Connection::change_subscriptions(std::vector<std::string> joined, std::vector<std::string> left) {
    std::vector<int64_t> groups;
    for (const auto& topic : joined)
        if (const int64_t channel = group_of(topic)) groups.push_back(channel);
    std::function<void()> done;
    if (!groups.empty())
        done = [&loop = loop_, groups = std::move(groups)] {
            loop.post([&loop, groups] { loop.heads().check_soon(groups); });
        };
    loop_.house().topics->change(loop_.index(), std::move(joined), std::move(left), std::move(done));
}

// What came of a group before it was left.
void Connection::forget_early(const std::string& topic, int64_t channel) {
    std::erase_if(early_->held, [&](const auto& held) { return held.first == topic; });
    std::erase_if(early_->heads, [&](const auto& head) { return head.first == channel; });
    early_->overflowed.erase(channel);
    early_->left.insert(channel);
}

void Connection::set_topics(const json::Value& topics, uint32_t noted) {
    if (noted != topic_changes_) return;
    const std::vector<std::string> list = json::texts(&topics);
    const std::set<std::string> wanted(list.begin(), list.end()), had(topics_.begin(), topics_.end());
    std::vector<std::string> join, leave;
    std::set_difference(wanted.begin(), wanted.end(), had.begin(), had.end(), std::back_inserter(join));
    for (const auto& topic : had)
        if (!topic.starts_with("ctl.") && !topic.starts_with(kFollowed) && !wanted.contains(topic))
            leave.push_back(topic);
    if (!join.empty() || !leave.empty()) change_topics(join, leave);
}

}  // namespace hy::relay
