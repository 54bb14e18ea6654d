// Binds the codec of shared/wire/ocms to the relay; holds no rule of its own.
#include "doors/ocms.h"

#include "wire/ocms.h"

namespace hy::relay {

namespace {

namespace wire = hy::wire::ocms;

wire::Role role_of(const json::Value& view) {
    return view.text_or("role") == "agent" ? wire::Role::agent : wire::Role::user;
}

class OcmsDoor final : public Door {
public:
    std::string_view name() const override { return "ocms"; }
    std::string_view path() const override { return "/ocms/v1/stream"; }
    bool confirms_delivery() const override { return true; }

    bool hears(const json::Value& push, const View& view) const override {
        return push.text_or("robot") == view.value.text_or("robot");
    }
    std::string encoding_of(const json::Value& view, const Dialect*) const override {
        return "ocms " + view.text_or("role") + " " + view.text_or("robot");
    }
    Decoded decode(std::string_view frame, const View& view) const override {
        wire::Decoded decoded = wire::decode(frame, role_of(view.value));
        return {static_cast<Decoded::Kind>(decoded.kind), std::move(decoded.text), decoded.needs_number};
    }
    std::optional<std::string> encode_push(const json::Value& push, const View& view) const override {
        return wire::encode_push(push, role_of(view.value), view.value.text_or("robot"));
    }
    std::optional<std::string> encode_out(const json::Value& operation, const View&) const override {
        return wire::encode_out(operation);
    }
};

static_assert(static_cast<int>(Decoded::Kind::operation) == static_cast<int>(wire::Decoded::Kind::operation));
static_assert(static_cast<int>(Decoded::Kind::answer) == static_cast<int>(wire::Decoded::Kind::answer));
static_assert(static_cast<int>(Decoded::Kind::ignored) == static_cast<int>(wire::Decoded::Kind::ignored));

}  // namespace

std::unique_ptr<Door> make_ocms_door() { return std::make_unique<OcmsDoor>(); }

}  // namespace hy::relay
