#include "session.h"

#include "base/encode.h"
#include "base/text.h"

namespace hy::uplink {

namespace {
constexpr std::string_view kContext = "relay session";
}

std::string seal(const auth::SecretBox& box, const Session& session) {
    const auto& id = session.identity;
    json::Writer w;
    w.begin_object().field("door", session.door).field("type", id.principal.type_number()).field("id", id.principal.id);
    w.field("public_id", id.public_id)
        .field("name", id.name)
        .field("ver", id.version)
        .field("scope", id.scope)
        .field("family", id.family);
    w.field("role", static_cast<int>(id.role)).field("exp", id.expires_ms).field("platform", id.platform);
    w.field("robot", session.robot).field("robot_id", session.robot_id);
    w.field("conversation", session.conversation).end_object();
    return base64url(box.seal(w.text(), kContext));
}

std::optional<Session> open(const auth::SecretBox& box, std::string_view sealed) {
    const auto bytes = from_base64url(sealed);
    const auto text = bytes ? box.open(*bytes, kContext) : std::nullopt;
    const auto value = text ? json::parse(*text) : std::nullopt;
    if (!value) return std::nullopt;
    Session session;
    session.door = value->text_or("door");
    session.identity.principal = {static_cast<PrincipalType>(value->int_or("type")), value->int_or("id")};
    session.identity.public_id = value->text_or("public_id");
    session.identity.name = value->text_or("name");
    session.identity.version = value->int_or("ver");
    session.identity.scope = value->text_or("scope");
    session.identity.family = value->text_or("family");
    session.identity.role = static_cast<accounts::Role>(value->int_or("role"));
    session.identity.expires_ms = value->int_or("exp");
    session.identity.platform = value->int_or("platform");
    session.robot = value->int_or("robot");
    session.robot_id = value->text_or("robot_id");
    session.conversation = value->text_or("conversation");
    return session;
}

std::vector<std::pair<int64_t, int64_t>> read_pairs(const json::Value* value) {
    std::vector<std::pair<int64_t, int64_t>> pairs;
    if (!value || !value->array()) return pairs;
    for (const auto& item : *value->array()) {
        const json::Array* pair = item.array();
        if (!pair || pair->size() != 2) continue;
        const auto first = (*pair)[0].integer(), second = (*pair)[1].integer();
        if (first && second) pairs.emplace_back(*first, *second);
    }
    return pairs;
}

void write_pairs(json::Writer& w, const std::vector<std::pair<int64_t, int64_t>>& pairs) {
    w.begin_array();
    for (const auto& [first, second] : pairs) w.begin_array().number(first).number(second).end_array();
    w.end_array();
}

std::string close_answer(int code, std::string_view reason) {
    json::Writer w;
    w.begin_object().field("v", 1).key("close").begin_object().field("code", code).field("reason", reason).end_object();
    w.end_object();
    return std::move(w).take();
}

}  // namespace hy::uplink
