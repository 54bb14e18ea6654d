// Binds shared/wire/wukongim* to the relay: which of the two protocols a client speaks, its keys, and what it has not
// acknowledged yet. It holds no rule of the house.
#include "doors/wukongim.h"

#include <algorithm>

#include "auth/agreement.h"
#include "base/encode.h"
#include "base/text.h"
#include "dialect.h"
#include "doors/wukongim_tongues.h"
#include "json/writer.h"
#include "wire/wukongim_binary.h"
#include "wire/wukongim_payload.h"
#include "wire/wukongim_rpc.h"

namespace hy::relay {

namespace {

namespace wk = hy::wire::wukongim;

// Beyond it a client finds what it did not acknowledge by syncing.
constexpr size_t kMostOut = 256, kMostOutBytes = 1 << 20;
// Of its own messages a connection gets no echo, also where a gap is filled.
constexpr size_t kMostOwn = 256;
// Closings with such a code are told in the protocol, with the rest as the reason; all others are of the transport.
constexpr int kReasons = 4000;

std::string payload_of(const json::Value& push) {
    if (push.text_or("form") == "wk")
        if (auto raw = from_base64(push.text_or("raw"))) return std::move(*raw);
    return wk::payload_of(content_of_push(push));
}

bool of_group(const json::Value& push) { return push.find("group") != nullptr; }

// As `uid` sees it.
wk::Recv recv_of(const json::Value& push, std::string_view uid) {
    constexpr int64_t kNoDot = 1, kCommand = 2, kHouseNumber = 4;
    constexpr int kSetting = 8;
    wk::Recv r;
    const json::Value* sender = push.find("sender");
    if (sender) r.from = sender->text_or("id");
    const int64_t flags = push.int_or("flags");
    r.seq = push.int_or("seq");
    r.header = {r.seq == 0, !(flags & kNoDot) && r.from != uid, (flags & kCommand) != 0, false};
    // Clients take every payload of a binary connection as sealed.
    r.setting = static_cast<uint8_t>(flags >> kSetting & 0xFF & ~wk::kNoEncrypt);
    r.channel_type = of_group(push) ? 2 : 1;
    r.channel_id = push.text_or("group");
    if (const auto peers = json::texts(push.find("peers")); r.channel_id.empty() && peers.size() == 2)
        r.channel_id = peers[0] == uid ? peers[1] : peers[0];
    r.message_id = to_uint(push.text_or("id")).value_or(0);
    if (!(flags & kHouseNumber)) r.client_no = push.text_or("client_no");
    if (r.client_no.empty()) r.client_no = push.text_or("id");
    r.time_s = push.int_or("at") / 1000;
    if (const json::Value* extra = push.find("extra")) {
        r.expire = extra->int_or("expire");
        r.topic = extra->text_or("topic");
    }
    r.payload = payload_of(push);
    return r;
}

bool is_recall(const json::Value& push) {
    const json::Value* payload = push.find("payload");
    return push.text_or("event") == "recall" && payload && (of_group(*payload) || payload->find("peers"));
}

// A command to clients, as their programs know it: it is not stored, and nobody counts it.
wk::Recv recall_of(const json::Value& about, std::string_view uid) {
    wk::Recv r;
    r.from = about.text_or("by_id");
    r.header = {true, false, true, false};
    r.channel_type = of_group(about) ? 2 : 1;
    r.channel_id = about.text_or("group");
    if (const auto peers = json::texts(about.find("peers")); r.channel_id.empty() && peers.size() == 2)
        r.channel_id = peers[0] == uid ? peers[1] : peers[0];
    r.client_no = "recall-" + about.text_or("id");
    r.time_s = about.int_or("at") / 1000;
    json::Writer w;
    w.begin_object().field("type", 99).field("cmd", "messageRevoke").key("param").begin_object();
    w.field("message_id", about.text_or("id")).field("message_seq", about.int_or("message_seq"));
    w.field("channel_id", r.channel_id).field("channel_type", r.channel_type).end_object().end_object();
    r.payload = std::string(w.text());
    return r;
}

class Talk final : public Dialect {
public:
    Talk(const Config& config, const Clock& clock) : config_(config), state_{clock} {}

    std::optional<std::string_view> cut(std::string_view& stream, bool& fault) const override {
        return wk::cut_packet(stream, static_cast<size_t>(config_.relay.frame_bytes), fault);
    }
    std::vector<Decoded> decode(std::string_view packet) override {
        if (!tongue_ && !choose(packet)) return {{Decoded::Kind::refused, {}}};
        auto said = tongue_->decode(packet);
        for (const uint64_t id : std::exchange(state_.acknowledged, {})) acknowledged(id);
        return said;
    }
    bool binary(std::string_view) const override { return binary_; }
    std::string welcome() override {
        state_.welcomed = true;
        return tongue_->connack(state_.ack);
    }
    std::vector<std::string> farewell(int code, std::string_view reason) override {
        if (!tongue_ || !state_.introduced) return {};
        // Its right has ended, whatever the door calls it.
        const int told = code == 1008 ? static_cast<int>(wk::Reason::auth_fail) : code - kReasons;
        if (told <= 0 || told >= 100) return {};
        const auto why = static_cast<wk::Reason>(told);
        if (state_.welcomed) return {tongue_->disconnect(why, reason)};
        state_.ack.reason = why;
        state_.ack.server_key.clear();
        state_.ack.salt.clear();
        return {tongue_->connack(state_.ack)};
    }
    std::optional<std::string> encode_out(const json::Value& operation) override {
        if (operation.text_or("op") != "sent") return std::nullopt;
        const uint64_t id = to_uint(operation.text_or("id")).value_or(0);
        if (own_.size() == kMostOwn) own_.erase(own_.begin());
        if (id) own_.push_back(id);
        return tongue_->sendack({.message_id = id,
                                 .seq = operation.int_or("seq"),
                                 .reason = static_cast<wk::Reason>(operation.int_or("reason", 1))},
                                operation.text_or("ref"));
    }

    std::optional<Seen> encode_push(const PushPtr& push, const Door& door, const View& view, int64_t now) override {
        const Push::Seen& shared = push->seen_by(door, view);
        if (!shared.heard) return std::nullopt;
        if (is_recall(push->body()))
            return Seen{nullptr, tongue_->recv(recall_of(*push->body().find("payload"), view.uid))};
        if (std::find(own_.begin(), own_.end(), push->id()) != own_.end()) return std::nullopt;
        if (push->ordered()) remember(push, now);
        if (shared.frame && push->sender() != view.uid) return Seen{shared.frame, {}};
        return Seen{nullptr, tongue_->recv(recv_of(push->body(), view.uid))};
    }
    int64_t due() const override { return out_.empty() ? INT64_MAX : out_.front().due; }
    std::vector<std::string> overdue(const View& view, int64_t now, size_t room) override {
        std::vector<std::string> packets;
        for (size_t used = 0; !out_.empty() && out_.front().due <= now && used < room;) {
            Out out = std::move(out_.front());
            out_.erase(out_.begin());
            bytes_ -= out.push->bytes();
            if (out.times >= config_.wukongim.resends) continue;  // left to its sync
            wk::Recv recv = recv_of(out.push->body(), view.uid);
            recv.header.dup = true;
            packets.push_back(tongue_->recv(recv));
            used += packets.back().size();
            ++out.times;
            out.due = now + config_.wukongim.resend_seconds * 1000;
            bytes_ += out.push->bytes();
            out_.push_back(std::move(out));
        }
        return packets;
    }

private:
    struct Out {
        PushPtr push;
        int64_t due;
        int64_t times = 0;
    };
    bool choose(std::string_view packet) {
        const size_t first = packet.find_first_not_of(" \t\r\n");
        if (first == std::string_view::npos) return false;
        binary_ = packet[first] != '{';
        tongue_ = binary_ ? make_binary_tongue(state_) : make_json_tongue(state_);
        return true;
    }
    // All wait as long, so that the first is due first.
    void remember(const PushPtr& push, int64_t now) {
        out_.push_back({push, now + config_.wukongim.resend_seconds * 1000});
        bytes_ += push->bytes();
        while (out_.size() > kMostOut || bytes_ > kMostOutBytes) {
            bytes_ -= out_.front().push->bytes();
            out_.erase(out_.begin());
        }
    }
    void acknowledged(uint64_t id) {
        // One public client rounds the upper half of an id up now and then.
        constexpr uint64_t kRounded = uint64_t{1} << 32;
        const auto at = std::find_if(out_.begin(), out_.end(), [&](const Out& out) {
            return out.push->id() == id || out.push->id() + kRounded == id;
        });
        if (at == out_.end()) return;
        bytes_ -= at->push->bytes();
        out_.erase(at);
    }

    const Config& config_;
    TalkState state_;
    std::unique_ptr<Tongue> tongue_;
    bool binary_ = true;
    std::vector<Out> out_;
    size_t bytes_ = 0;
    std::vector<uint64_t> own_;
};

class WukongimDoor final : public Door {
public:
    WukongimDoor(const Config& config, const Clock& clock) : config_(config), clock_(clock) {}
    std::string_view name() const override { return "wukongim"; }
    std::string_view path() const override { return "/im/stream"; }
    bool confirms_delivery() const override { return false; }
    int64_t idle_seconds(const Config& config) const override { return config.wukongim.idle_seconds; }
    std::unique_ptr<Dialect> dialect() const override { return std::make_unique<Talk>(config_, clock_); }
    bool many_channels() const override { return true; }

    bool hears(const json::Value& push, const View&) const override {
        if (push.text_or("kind") == "event") return is_recall(push);
        return push.text_or("kind") == "message" && (of_group(push) || push.find("peers"));
    }
    std::string encoding_of(const json::Value&, const Dialect* dialect) const override {
        return dialect && dialect->binary({}) ? "wukongim sealed" : "wukongim json";
    }
    Decoded decode(std::string_view, const View&) const override { return {}; }
    // What all of a group see alike, but for who said it.
    std::optional<std::string> encode_push(const json::Value& push, const View& view) const override {
        if (!of_group(push) || !hears(push, view) || *view.encoding != "wukongim json") return std::nullopt;
        return wk::rpc::encode(recv_of(push, {}));
    }
    std::optional<std::string> encode_out(const json::Value&, const View&) const override { return std::nullopt; }

private:
    const Config& config_;
    const Clock& clock_;
};

}  // namespace

std::unique_ptr<Door> make_wukongim_door(const Config& config, const Clock& clock) {
    // A library without these is found out now, and not by the first client.
    auth::md5_hex("");
    auth::x25519_pair();
    return std::make_unique<WukongimDoor>(config, clock);
}

}  // namespace hy::relay
