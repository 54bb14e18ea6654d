// Binds shared/wire/openim to the relay; holds no rule of its own.
#include "doors/openim.h"

#include "wire/openim.h"

namespace hy::relay {

namespace {

namespace wire = hy::wire::openim;

// As the stream handler closes whom a newer login replaces (handlers/openim/stream.cpp).
constexpr int kReplaced = 4006, kRightEnded = 1008;

class OpenimDoor final : public Door {
public:
    std::string_view name() const override { return "openim"; }
    std::string_view path() const override { return "/msg_gateway"; }
    bool confirms_delivery() const override { return false; }
    int64_t idle_seconds(const Config& config) const override { return config.openim.idle_seconds; }
    bool many_channels() const override { return true; }
    std::string farewell(int code) const override {
        return code == kReplaced || code == kRightEnded ? wire::kicked() : std::string();
    }

    bool hears(const json::Value& push, const View&) const override {
        const std::string kind = push.text_or("kind");
        if (kind == "event") return push.text_or("event") == "recall";
        return kind == "message" && (push.find("group") || push.find("peers"));
    }
    // All see the same.
    std::string encoding_of(const json::Value&, const Dialect*) const override { return "openim"; }
    Decoded decode(std::string_view frame, const View&) const override {
        wire::Decoded decoded = wire::decode(frame);
        return {static_cast<Decoded::Kind>(decoded.kind), std::move(decoded.text), decoded.needs_number};
    }
    std::optional<std::string> encode_push(const json::Value& push, const View&) const override {
        return wire::encode_push(push);
    }
    std::optional<std::string> encode_out(const json::Value& operation, const View&) const override {
        return wire::encode_out(operation);
    }
};

static_assert(static_cast<int>(Decoded::Kind::operation) == static_cast<int>(wire::Decoded::Kind::operation));
static_assert(static_cast<int>(Decoded::Kind::answer) == static_cast<int>(wire::Decoded::Kind::answer));
static_assert(static_cast<int>(Decoded::Kind::ignored) == static_cast<int>(wire::Decoded::Kind::ignored));

}  // namespace

std::unique_ptr<Door> make_openim_door() { return std::make_unique<OpenimDoor>(); }

}  // namespace hy::relay
