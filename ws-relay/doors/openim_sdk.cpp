// Binds shared/wire/openim_sdk to the relay; holds no rule of its own.
#include "doors/openim_sdk.h"

#include "dialect.h"
#include "wire/openim_sdk/frames.h"

namespace hy::relay {

namespace {

namespace wire = hy::wire::openim::sdk;

// As the stream handler closes: whom a newer login replaces, whose right has ended, whose token is no good
// (handlers/openim/sdk_stream.cpp).
constexpr int kReplaced = 4006, kRightEnded = 1008;
// Numbers of OpenIM's for what was wrong with a token stand in closings as 4000 and more.
constexpr int kReasons = 3000, kFirstTokenFault = 1501, kLastTokenFault = 1507;
constexpr int kTokenFault = 1502, kLater = 500;

class Talk final : public Dialect {
public:
    std::optional<std::string_view> cut(std::string_view&, bool& fault) const override {
        fault = true;  // it is spoken in WebSocket messages alone
        return std::nullopt;
    }
    std::vector<Decoded> decode(std::string_view packet) override {
        wire::Decoded decoded = wire::decode(packet);
        switch (decoded.kind) {
            case wire::Decoded::Kind::operation: return {{Decoded::Kind::operation, std::move(decoded.text)}};
            case wire::Decoded::Kind::answer: return {{Decoded::Kind::answer, std::move(decoded.text)}};
            case wire::Decoded::Kind::leave: return {{Decoded::Kind::leave, {}}};
            default: return {};
        }
    }
    bool introduces() const override { return false; }
    bool binary(std::string_view packet) const override { return !wire::is_text(packet); }
    std::string welcome() override {
        welcomed_ = true;
        return wire::welcome();
    }
    std::vector<std::string> farewell(int code, std::string_view reason) override {
        const int told = code - kReasons;
        const bool token = told >= kFirstTokenFault && told <= kLastTokenFault;
        const bool for_good = token || code == kReplaced || code == kRightEnded;
        if (welcomed_) return for_good ? std::vector{wire::kicked()} : std::vector<std::string>();
        std::vector said = {wire::refusal(token ? told : for_good ? kTokenFault : kLater, reason)};
        // Without it a client would come again every five seconds, with what was refused.
        if (for_good) said.push_back(wire::kicked());
        return said;
    }
    std::optional<std::string> encode_out(const json::Value& operation) override { return wire::encode_out(operation); }
    std::optional<Seen> encode_push(const PushPtr& push, const Door& door, const View& view, int64_t) override {
        const Push::Seen& shared = push->seen_by(door, view);
        if (!shared.heard) return std::nullopt;
        if (shared.frame && push->sender() != view.uid) return Seen{shared.frame, {}};
        auto packet = wire::encode_push_for(push->body(), view.uid);
        if (!packet) return std::nullopt;
        return Seen{nullptr, std::move(*packet)};
    }
    int64_t due() const override { return INT64_MAX; }
    std::vector<std::string> overdue(const View&, int64_t, size_t) override { return {}; }

private:
    bool welcomed_ = false;
};

class OpenimSdkDoor final : public Door {
public:
    std::string_view name() const override { return "openim-sdk"; }
    std::string_view path() const override { return "/openim/gateway"; }
    bool confirms_delivery() const override { return false; }
    int64_t idle_seconds(const Config& config) const override { return config.openim.idle_seconds; }
    std::unique_ptr<Dialect> dialect() const override { return std::make_unique<Talk>(); }
    bool many_channels() const override { return true; }
    bool hears(const json::Value& push, const View&) const override {
        const std::string kind = push.text_or("kind");
        return kind == "event" || kind == "presence" ||
               (kind == "message" && (push.find("group") || push.find("peers")));
    }
    std::string encoding_of(const json::Value&, const Dialect*) const override { return "openim-sdk"; }
    bool binary() const override { return true; }
    Decoded decode(std::string_view, const View&) const override { return {}; }
    std::optional<std::string> encode_push(const json::Value& push, const View&) const override {
        return wire::encode_push(push);
    }
    std::optional<std::string> encode_out(const json::Value&, const View&) const override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Door> make_openim_sdk_door() { return std::make_unique<OpenimSdkDoor>(); }

}  // namespace hy::relay
