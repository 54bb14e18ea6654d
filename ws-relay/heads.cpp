#include "heads.h"

#include <algorithm>

#include "json/writer.h"
#include "loop.h"
#include "pairs.h"

namespace hy::relay {

namespace {
constexpr size_t kChannels = 1000, kSessions = 200;
// Each of them costs the house a look at all of its channels.
constexpr int kAllRounds = 6;
// NATS carries 1 MB in a message.
constexpr size_t kAskBytes = 256 << 10;

template <typename T>
std::vector<T> cut(std::vector<T>& from, size_t most) {
    const size_t count = std::min(most, from.size());
    std::vector<T> out(from.end() - static_cast<std::ptrdiff_t>(count), from.end());
    from.resize(from.size() - count);
    return out;
}
}  // namespace

void Heads::start() {
    loop_.alarms().after(loop_.house().config.relay.heads_seconds * 1000, [this] {
        check(++rounds_ % kAllRounds == 0);
        start();
    });
}

void Heads::check(bool all) {
    // One that was asked for meanwhile is not forgotten.
    all_ = all || (asking_ && again_ && all_);
    if (asking_) again_ = true;
    else round();
}

void Heads::check_soon(const std::vector<int64_t>& channels) {
    for (const int64_t channel : channels)
        if (std::find(channels_.begin(), channels_.end(), channel) == channels_.end()) channels_.push_back(channel);
    if (!asking_) next();
}

void Heads::round() {
    again_ = false;
    channels_ = loop_.hub().channels();
    sessions_.clear();
    for (const auto& [number, connection] : loop_.connections())
        if (connection->phase() == Connection::Phase::live && (all_ || !connection->door()->many_channels()))
            sessions_.push_back(number);
    next();
}

void Heads::next() {
    asking_ = !channels_.empty() || !sessions_.empty();
    if (asking_) ask(cut(channels_, kChannels), cut(sessions_, kSessions));
    else if (again_) round();
}

void Heads::ask(std::vector<int64_t> channels, std::vector<uint64_t> sessions) {
    const House& house = loop_.house();
    json::Writer body;
    body.begin_object().field("v", 1).field("relay", house.relay).key("channels").begin_array();
    for (const int64_t channel : channels) body.number(channel);
    body.end_array().key("sessions").begin_array();
    Noted noted;
    for (const uint64_t number : sessions) {
        const Connection* connection = loop_.find(number);
        if (!connection || connection->phase() != Connection::Phase::live) continue;
        if (body.text().size() > kAskBytes) {
            sessions_.push_back(number);  // in the next ask of this round
            continue;
        }
        noted.emplace(number, connection->topic_changes());
        body.begin_object().field("conn", house.conn(number)).field("session", connection->session());
        body.field("since", connection->since()).end_object();
    }
    body.end_array().end_object();
    loop_.uplink().ask("ask.core.heads", std::move(body).take(), [this, noted](std::optional<json::Value> answer) {
        // Unanswered: the next interval asks again.
        if (answer) take(*answer, noted);
        next();
    });
}

void Heads::take(const json::Value& answer, Noted noted) {
    each_pair(answer.find("heads"), [&](int64_t channel, int64_t seq) { loop_.hub().head(channel, seq); });
    const json::Value* sessions = answer.find("sessions");
    if (!sessions || !sessions->array()) return;
    std::vector<int64_t> fresh;
    const size_t asked = noted.size();
    for (const json::Value& session : *sessions->array()) take_session(session, answer.int_or("now"), noted, fresh);
    // For whom an answer had no room is asked about in the next.
    if (noted.size() < asked)
        for (const auto& [number, changes] : noted) sessions_.push_back(number);
    // How far those have come that were only just named is asked at once.
    channels_.insert(channels_.end(), fresh.begin(), fresh.end());
}

void Heads::take_session(const json::Value& session, int64_t now, Noted& noted, std::vector<int64_t>& fresh) {
    Connection* connection = loop_.find(session.text_or("conn"));
    if (!connection) return;
    const auto before = noted.find(connection->number());
    if (before == noted.end()) return;
    const uint32_t changes = before->second;
    noted.erase(before);
    if (connection->phase() != Connection::Phase::live) return;
    if (const json::Value* close = session.find("close")) return connection->close_from(*close);
    if (now) connection->set_since(now);
    if (const json::Value* topics = session.find("topics"); topics && topics->array())
        connection->set_topics(*topics, changes);
    if (const json::Value* heads = session.find("heads")) {
        connection->add_heads(*heads);
        each_pair(heads, [&](int64_t channel, int64_t) { fresh.push_back(channel); });
    }
    if (session.bool_or("ready")) connection->ask_ready();
}

}  // namespace hy::relay
