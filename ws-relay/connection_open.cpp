// A connection's way in: the handshake, `open`, its topics, `ready`, and what came meanwhile.
#include <algorithm>

#include "base/text.h"
#include "connection.h"
#include "json/writer.h"
#include "loop.h"
#include "pairs.h"

namespace hy::relay {

namespace {
constexpr int64_t kOpenMs = 60'000;  // all of it; each ask has its own, shorter patience
constexpr size_t kHeld = 256, kOverflowed = 4096;

void write_map(json::Writer& out, const std::map<std::string, std::string>& map) {
    out.begin_object();
    for (const auto& [name, value] : map) out.field(name, value);
    out.end_object();
}

// nginx on this host, or one of http.trusted_proxies.
bool from_proxy(const std::string& address, const std::vector<std::string>& networks) {
    if (address.starts_with("127.") || address == "::1") return true;
    return std::any_of(networks.begin(), networks.end(),
                       [&](const auto& network) { return in_network(address, network); });
}
}  // namespace

void Connection::take_head(std::string_view in) {
    std::string& head = early_->head;
    const size_t from = head.size() < 3 ? 0 : head.size() - 3;
    head.append(in);
    const size_t end = head.find("\r\n\r\n", from);
    if (end == std::string::npos || end + 4 > kHeadLimit) {
        if (head.size() > kHeadLimit) answer_and_hang_up(plain_answer(400, "the request's head is too large\n"));
        return;
    }
    const std::string rest = head.substr(end + 4);
    Handshake shake = read_handshake(std::string_view(head).substr(0, end + 4), [&](std::string_view path) {
        return door_at(loop_.house().doors, path) != nullptr;
    });
    std::string().swap(head);
    answer_handshake(shake, rest);
}

void Connection::answer_handshake(Handshake& shake, std::string_view rest) {
    House& house = loop_.house();
    if (shake.verdict == Handshake::Verdict::refused) return answer_and_hang_up(std::move(shake.answer));
    if (shake.verdict == Handshake::Verdict::health) {
        const bool well = house.bus.connected();
        json::Writer body;
        body.begin_object().field("status", well ? "ok" : "NATS is away").field("nats", well);
        body.field("connections", house.known.size()).end_object();
        return answer_and_hang_up(plain_answer(well ? 200 : 503, body.text(), "application/json"));
    }
    door_ = door_at(house.doors, shake.path);
    house.gauges.connections.add(1);
    // The header is nginx' word only where the peer is our nginx.
    if (from_proxy(peer_, house.config.http.trusted_proxies) && !shake.real_ip.empty())
        peer_ = shake.real_ip.substr(0, 64);
    send(std::move(shake.answer));
    early_->shake = std::move(shake);
    enter();
    if (phase_ < Phase::closing) take(rest);
}

// Which door it is, is known; who comes may still have to say so.
void Connection::enter() {
    House& house = loop_.house();
    dialect_ = door_->dialect();
    const bool greets = dialect_ && dialect_->introduces();
    phase_ = greets ? Phase::greeting : Phase::queued;
    // nginx counts, but not for a door that has a word of its own for a crowd, and not what does not pass it.
    if (house.config.rate_limit && (stream_ || door_->crowd_code())) {
        counted_ = house.crowds.enter(peer_, house.config.limits.connections_per_address);
        if (!counted_) return stream_ ? hang_up() : close(door_->crowd_code(), "连接数过多");
    }
    deadline_ = now_ms() + (greets ? house.config.wukongim.connect_seconds * 1000 : kOpenMs);
    if (!greets) loop_.want_open(peer_, number_);
}

void Connection::introduced(const std::string& query) {
    if (phase_ != Phase::greeting) return;
    const auto fields = json::parse(query);
    if (fields && fields->object())
        for (const auto& [name, value] : *fields->object())
            if (value.string()) early_->shake.query[name] = *value.string();
    phase_ = Phase::queued;
    deadline_ = now_ms() + kOpenMs;
    loop_.want_open(peer_, number_);
}

void Connection::welcome() {
    if (!dialect_ || std::exchange(welcomed_, true)) return;
    send_packet(dialect_->welcome());
}

void Connection::ask_open() {
    House& house = loop_.house();
    phase_ = Phase::opening;
    open_asked_ = true;
    house.known.add(number_);
    json::Writer body;
    // Who opens is not known yet: whoever opens much waits behind his own address.
    body.begin_object().field("v", 1).field("tenant", "open." + peer_);
    body.field("relay", house.relay).field("conn", house.conn(number_)).key("query");
    write_map(body, early_->shake.query);
    body.key("headers");
    write_map(body, early_->shake.headers);
    body.field("address", peer_).end_object();
    early_->shake = {};
    loop_.uplink().ask("ask." + std::string(door_->name()) + ".open", std::move(body).take(),
                       [&loop = loop_, number = number_, door = door_](std::optional<json::Value> answer) {
                           loop.open_done();
                           Connection* self = loop.find(number);
                           if (self && self->phase_ == Phase::opening) {
                               if (!answer) loop.end_unanswered(*door, number);
                               return self->opened(answer);
                           }
                           // It has gone meanwhile; the house has just made it.
                           if (answer && answer->find("session"))
                               loop.end_unknown(*door, number, answer->text_or("session"));
                           if (!answer) loop.end_unanswered(*door, number);
                       });
}

void Connection::opened(const std::optional<json::Value>& answer) {
    House& house = loop_.house();
    if (!answer) {
        house.gauges.unanswered.add();
        return close(1013, "请稍后重试");
    }
    session_ = answer->text_or("session");
    if (const json::Value* refused = answer->find("close")) {
        house.gauges.refused.add();
        return close_from(*refused);
    }
    const json::Value* view = answer->find("view");
    view_ = std::make_unique<View>();
    if (view) view_->value = *view;
    view_->principal = view_->value.text_or("principal");
    view_->tenant = view_->value.text_or("tenant");
    view_->uid = view_->value.text_or("uid");
    view_->family = view_->value.text_or("family");
    view_->encoding = house.encodings.of(door_->encoding_of(view_->value, dialect_.get()));
    expires_ = answer->int_or("expires");
    expired_ = answer->text_or("expired", "无效的 Token");
    expired_code_ = static_cast<int>(answer->int_or("expired_code", 1008));
    opened_at_ = now_ms();
    house.gauges.opens.add();
    schedule(next_due());
    subscribe(answer->find("topics") ? *answer->find("topics") : json::Value{});
}

void Connection::ask_ready() {
    if (phase_ == Phase::readying) {
        early_->again = true;
        return;
    }
    if (phase_ != Phase::subscribing && phase_ != Phase::live) return;
    const bool first = phase_ == Phase::subscribing;
    // It syncs by itself as soon as it has connected again.
    if (!first && door_->many_channels()) return close(1012, "请重新连接");
    if (!first) early_ = std::make_unique<Early>();
    leave_channels();
    phase_ = Phase::readying;
    House& house = loop_.house();
    since_ = house.clock.now_ms();
    json::Writer body;
    body.begin_object().field("v", 1).field("tenant", view_->tenant).field("relay", house.relay);
    body.field("conn", house.conn(number_)).field("session", session_).field("first", first).end_object();
    loop_.uplink().ask("ask." + std::string(door_->name()) + ".ready", std::move(body).take(),
                       [&loop = loop_, number = number_, noted = topic_changes_](std::optional<json::Value> answer) {
                           Connection* self = loop.find(number);
                           if (!self || self->phase_ != Phase::readying) return;
                           // What changed between `open` and the topics' subscription.
                           if (answer && answer->find("topics")) self->set_topics(*answer->find("topics"), noted);
                           self->made_ready(answer);
                       });
}

void Connection::made_ready(const std::optional<json::Value>& answer) {
    if (!answer) {
        loop_.house().gauges.unanswered.add();
        return close(1013, "请稍后重试");
    }
    if (const json::Value* refused = answer->find("close")) return close_from(*refused);
    welcome();
    std::set<Confirmer::Pair> had;
    if (const json::Value* pending = answer->find("pending")) deliver_pending(*pending, had);
    each_pair(answer->find("heads"), [&](int64_t channel, int64_t seq) {
        if (!early_->left.contains(channel)) loop_.hub().join(*this, channel, seq);
    });
    each_pair(answer->find("cut"), [&](int64_t channel, int64_t seq) { loop_.hub().head(channel, seq); });
    for (const auto& [channel, seq] : early_->heads) loop_.hub().join(*this, channel, seq);
    phase_ = Phase::live;
    deadline_ = 0;
    heard_ = now_ms();
    deliver_held(had);
    const std::unique_ptr<Early> early = std::move(early_);
    for (auto& text : early->texts) on_packet(std::move(text));
    for (auto& decoded : early->said)
        if (phase_ == Phase::live) act(std::move(decoded));
    if (early->closed) return on_close(*early->closed);
    if (early->again) return ask_ready();
    schedule(next_due());
    pump();
    unpause();
}

void Connection::deliver_pending(const json::Value& pending, std::set<Confirmer::Pair>& had) {
    if (!pending.array()) return;
    for (const json::Value& body : *pending.array()) {
        const auto push = std::make_shared<const Push>(body);
        had.emplace(push->channel(), push->seq());
        if (!push->conn().empty()) mine_[push->channel()] = std::max(mine_[push->channel()], push->seq());
        deliver(push);
    }
}

void Connection::deliver_held(const std::set<Confirmer::Pair>& had) {
    for (const auto& [topic, push] : early_->held) {
        if (push->ordered() && had.contains({push->channel(), push->seq()})) continue;
        if (push->conn().empty()) loop_.hub().arrive_late(*this, topic, push);
        else deliver_mine(push);
    }
    for (const auto& [channel, seq] : early_->overflowed) {
        // Of a channel nobody here knows there is no number to fill from.
        if (std::find(channels_.begin(), channels_.end(), channel) == channels_.end()) early_->again = true;
        else loop_.hub().head(channel, seq);
    }
}

void Connection::hold(const std::string& topic, const PushPtr& push) {
    if (!early_ || !serving()) return;
    if (early_->held.size() < kHeld) {
        early_->held.emplace_back(topic, push);
        return;
    }
    if (!push->ordered()) return;
    if (!push->conn().empty() || early_->overflowed.size() >= kOverflowed) early_->again = true;
    else early_->overflowed[push->channel()] = std::max(early_->overflowed[push->channel()], push->seq());
}

// One that overtook another is not shown: `ready` brings both, in their order.
void Connection::deliver_mine(const PushPtr& push) {
    if (push->ordered()) {
        int64_t& last = mine_[push->channel()];
        if (push->after() > last) {
            if (early_) early_->again = true;
            else ask_ready();
            return;
        }
        last = std::max(last, push->seq());
    }
    deliver(push);
}

void Connection::deliver_to_me(const PushPtr& push) {
    if (phase_ == Phase::live) deliver_mine(push);
    else hold({}, push);
}

}  // namespace hy::relay
