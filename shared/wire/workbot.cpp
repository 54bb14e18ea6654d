#include "wire/workbot.h"

#include "json/writer.h"

namespace hy::wire::workbot {

std::optional<std::string> answer(std::string_view frame, int64_t now_ms) {
    const auto value = json::parse(frame);
    if (!value || value->text_or("type") != "ping") return std::nullopt;
    json::Writer w;
    w.begin_object().field("type", "pong").field("timestamp", now_ms).end_object();
    return std::move(w).take();
}

std::optional<std::string> encode_push(const json::Value& push) {
    const auto* command = push.find("command");
    if (push.text_or("kind") != "command" || !command || !command->object()) return std::nullopt;
    json::Writer w;
    w.begin_object().field("type", "command").key("data").raw(json::to_text(*command)).end_object();
    return std::move(w).take();
}

}  // namespace hy::wire::workbot
