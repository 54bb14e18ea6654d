// Binds shared/wire/workbot to the relay; holds no rule of its own.
#include "doors/workbot.h"

#include "wire/workbot.h"

namespace hy::relay {

namespace {

class WorkbotDoor final : public Door {
public:
    explicit WorkbotDoor(const Clock& clock) : clock_(clock) {}
    std::string_view name() const override { return "workbot"; }
    std::string_view path() const override { return "/ws"; }
    // A command is done when its result was reported.
    bool confirms_delivery() const override { return false; }
    int64_t idle_seconds(const Config& config) const override { return config.workbot.idle_seconds; }
    int crowd_code() const override { return 4029; }

    bool hears(const json::Value& push, const View&) const override { return push.text_or("kind") == "command"; }
    std::string encoding_of(const json::Value&, const Dialect*) const override { return "workbot"; }
    Decoded decode(std::string_view frame, const View&) const override {
        auto said = wire::workbot::answer(frame, clock_.now_ms());
        if (!said) return {};
        return {Decoded::Kind::answer, std::move(*said), false};
    }
    std::optional<std::string> encode_push(const json::Value& push, const View&) const override {
        return wire::workbot::encode_push(push);
    }
    std::optional<std::string> encode_out(const json::Value&, const View&) const override { return std::nullopt; }

private:
    const Clock& clock_;
};

}  // namespace

std::unique_ptr<Door> make_workbot_door(const Clock& clock) { return std::make_unique<WorkbotDoor>(clock); }

}  // namespace hy::relay
