// Binds shared/wire/sandbox to the relay; holds no rule of its own.
#include "doors/sandbox.h"

#include "wire/sandbox.h"

namespace hy::relay {

namespace {

class SandboxDoor final : public Door {
public:
    std::string_view name() const override { return "sandbox"; }
    std::string_view path() const override { return "/sandbox"; }
    // Whatever was missed is read with msg/list.
    bool confirms_delivery() const override { return false; }

    bool hears(const json::Value& push, const View&) const override {
        const std::string kind = push.text_or("kind");
        return kind == "bench" || ((kind == "message" || kind == "partial") && push.find("bench")) ||
               (kind == "event" && push.text_or("event") == "sandbox.recall");
    }
    std::string encoding_of(const json::Value&, const Dialect*) const override { return "sandbox"; }
    Decoded decode(std::string_view frame, const View&) const override {
        if (frame == R"({"type":"ping"})") return {Decoded::Kind::answer, R"({"type":"pong"})", false};
        return {};
    }
    std::optional<std::string> encode_push(const json::Value& push, const View&) const override {
        return wire::sandbox::encode_push(push);
    }
    std::optional<std::string> encode_out(const json::Value&, const View&) const override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Door> make_sandbox_door() { return std::make_unique<SandboxDoor>(); }

}  // namespace hy::relay
