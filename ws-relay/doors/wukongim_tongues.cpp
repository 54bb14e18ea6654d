#include "doors/wukongim_tongues.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/encode.h"
#include "base/text.h"
#include "json/writer.h"
#include "wire/wukongim_binary.h"
#include "wire/wukongim_crypt.h"
#include "wire/wukongim_rpc.h"

namespace hy::relay {

namespace {

namespace wk = hy::wire::wukongim;

constexpr int kOldest = 2, kNewest = 5;
constexpr size_t kMostPackets = 256;  // in a message

std::string operation_of(const wk::Send& send, std::string_view ref, std::string_view payload) {
    json::Writer w;
    w.begin_object().field("op", "send").field("ref", ref).field("type", send.channel_type);
    w.field("channel", send.channel_id).field("payload", payload);
    if (!send.client_no.empty()) w.field("client_no", send.client_no).field("own_no", true);
    if (send.header.no_persist) w.field("no_persist", true);
    if (!send.header.red_dot) w.field("red_dot", false);
    if (send.header.sync_once) w.field("sync_once", true);
    if (send.setting) w.field("setting", static_cast<int>(send.setting));
    if (send.expire) w.field("expire", send.expire);
    if (!send.topic.empty()) w.field("topic", send.topic);
    w.end_object();
    return std::move(w).take();
}

// A connection's CONNECT, of whichever form. False: there was one before.
bool introduce(TalkState& state, const wk::Connect& connect, std::string_view form, std::vector<Decoded>& said) {
    if (std::exchange(state.introduced, true)) return false;
    state.ack.version = std::clamp(connect.version, kOldest, kNewest);
    // Whatever the client's clock says; nothing where it does not say.
    if (connect.client_time)
        state.ack.time_diff = static_cast<int64_t>(static_cast<uint64_t>(state.clock.now_ms()) -
                                                   static_cast<uint64_t>(connect.client_time));
    json::Writer w;
    w.begin_object().field("uid", connect.uid).field("token", connect.token).field("deviceId", connect.device_id);
    w.field("deviceFlag", std::to_string(connect.device_flag)).field("form", form).end_object();
    said.push_back({Decoded::Kind::introduction, std::move(w).take()});
    return true;
}

class JsonTongue final : public Tongue {
public:
    explicit JsonTongue(TalkState& state) : state_(state) {}
    std::vector<Decoded> decode(std::string_view packet) override {
        std::vector<Decoded> said;
        for (auto& heard : wk::rpc::decode(packet)) read(heard, said);
        return said;
    }
    std::string connack(const wk::Connack& ack) override {
        // A client takes every result for success.
        if (ack.reason != wk::Reason::success)
            return wk::rpc::encode_error(connect_id_, static_cast<int>(ack.reason), "connect refused");
        return wk::rpc::encode(ack, connect_id_);
    }
    std::string sendack(const wk::Sendack& ack, const std::string& ref) override { return wk::rpc::encode(ack, ref); }
    std::string recv(const wk::Recv& recv) override { return wk::rpc::encode(recv); }
    std::string disconnect(wk::Reason reason, std::string_view text) override {
        return wk::rpc::encode_disconnect(reason, text);
    }

private:
    void read(wk::rpc::Heard& heard, std::vector<Decoded>& said) {
        const auto* connect = std::get_if<wk::Connect>(&heard.packet);
        if (!state_.introduced && (!connect || !heard.fault.empty())) {
            const int code = static_cast<int>(wk::Reason::auth_fail);
            const std::string why = heard.fault.empty() ? "connect first" : heard.fault;
            return said.push_back({Decoded::Kind::refused, wk::rpc::encode_error(heard.id, code, why)});
        }
        if (connect && heard.fault.empty()) {
            if (introduce(state_, *connect, "json", said)) connect_id_ = heard.id;
            else heard.fault = "connected already";
        }
        if (!heard.fault.empty()) {
            if (heard.is_request)
                said.push_back({Decoded::Kind::answer, wk::rpc::encode_error(heard.id, 0, heard.fault)});
            return;
        }
        if (const auto* send = std::get_if<wk::Send>(&heard.packet)) add_send(*send, heard.id, said);
        if (const auto* ack = std::get_if<wk::Recvack>(&heard.packet)) state_.acknowledged.push_back(ack->message_id);
        if (std::holds_alternative<wk::Ping>(heard.packet))
            said.push_back({Decoded::Kind::answer, wk::rpc::encode_pong(heard.id)});
        if (std::holds_alternative<wk::Disconnect>(heard.packet)) said.push_back({Decoded::Kind::leave, {}});
    }
    static void add_send(const wk::Send& send, const std::string& id, std::vector<Decoded>& said) {
        if (from_base64(send.payload))
            return said.push_back(
                {Decoded::Kind::operation, operation_of(send, id, send.payload), send.client_no.empty()});
        said.push_back({Decoded::Kind::answer, wk::rpc::encode(wk::Sendack{.reason = wk::Reason::bad_payload}, id)});
    }
    TalkState& state_;
    std::string connect_id_;
};

class BinaryTongue final : public Tongue {
public:
    explicit BinaryTongue(TalkState& state) : state_(state) {}
    std::vector<Decoded> decode(std::string_view in) override {
        std::vector<Decoded> said;
        bool fault = false;
        // Some clients put several packets into one message; none ends in the midst of one.
        for (size_t count = 0; !in.empty(); ++count) {
            const auto bytes = count < kMostPackets ? wk::cut_packet(in, SIZE_MAX, fault) : std::nullopt;
            const auto packet = bytes ? wk::decode(*bytes, state_.ack.version) : std::nullopt;
            if (!packet || !read(*packet, said)) {
                said.push_back({Decoded::Kind::refused, {}});
                break;
            }
        }
        return said;
    }
    std::string connack(const wk::Connack& ack) override { return wk::encode(ack, ack.version); }
    std::string sendack(const wk::Sendack& ack, const std::string& ref) override {
        wk::Sendack mine = ack;
        mine.client_seq = static_cast<uint32_t>(to_uint(ref).value_or(0));
        return wk::encode(mine);
    }
    std::string recv(const wk::Recv& recv) override {
        const std::string payload = sealing_->seal(recv.payload);
        return wk::encode(recv, state_.ack.version, payload, sealing_->key_of(recv, payload));
    }
    std::string disconnect(wk::Reason reason, std::string_view text) override {
        return wk::encode_disconnect(reason, text);
    }

private:
    bool read(const wk::Packet& packet, std::vector<Decoded>& said) {
        const auto* connect = std::get_if<wk::Connect>(&packet);
        if (!state_.introduced) return connect && begin(*connect, said);
        if (const auto* send = std::get_if<wk::Send>(&packet)) add_send(*send, said);
        if (const auto* ack = std::get_if<wk::Recvack>(&packet)) state_.acknowledged.push_back(ack->message_id);
        if (std::holds_alternative<wk::Ping>(packet)) said.push_back({Decoded::Kind::answer, wk::encode_pong()});
        if (std::holds_alternative<wk::Disconnect>(packet)) said.push_back({Decoded::Kind::leave, {}});
        return true;
    }
    bool begin(const wk::Connect& connect, std::vector<Decoded>& said) {
        sealing_ = wk::Sealing::agree(connect.client_key, state_.ack.server_key);
        if (!sealing_) {
            state_.ack.version = std::clamp(connect.version, kOldest, kNewest);
            state_.ack.reason = wk::Reason::no_client_key;
            said.push_back({Decoded::Kind::refused, connack(state_.ack)});
            return true;
        }
        state_.ack.salt = sealing_->salt();
        return introduce(state_, connect, "binary", said);
    }
    // Before it was let in a client has no key: what it sent, it sends again.
    void add_send(const wk::Send& send, std::vector<Decoded>& said) {
        if (!state_.welcomed) return;
        const std::string ref = std::to_string(send.client_seq);
        const auto refuse = [&](wk::Reason reason) {
            said.push_back({Decoded::Kind::answer, sendack(wk::Sendack{.reason = reason}, ref)});
        };
        const bool sealed = !(send.setting & wk::kNoEncrypt);
        if (sealed && !sealing_->genuine(send)) return refuse(wk::Reason::message_key);
        const auto plain = sealed ? sealing_->open(send.payload) : std::optional(send.payload);
        if (!plain) return refuse(wk::Reason::bad_payload);
        said.push_back({Decoded::Kind::operation, operation_of(send, ref, base64(*plain)), send.client_no.empty()});
    }
    TalkState& state_;
    std::optional<wk::Sealing> sealing_;
};

}  // namespace

std::unique_ptr<Tongue> make_binary_tongue(TalkState& state) { return std::make_unique<BinaryTongue>(state); }
std::unique_ptr<Tongue> make_json_tongue(TalkState& state) { return std::make_unique<JsonTongue>(state); }

}  // namespace hy::relay
