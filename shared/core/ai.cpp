#include "core/ai.h"

#include <algorithm>

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::ai {

namespace {

constexpr size_t kMostText = 64 << 10;
// What a provider says that it counted is believed up to here: it goes into sums.
constexpr int64_t kMostTokens = 10'000'000;

int64_t tokens(const json::Value& usage, const char* name) {
    return std::clamp<int64_t>(usage.int_or(name), 0, kMostTokens);
}

http::Outgoing post(const Question& q, const char* path, std::string body) {
    std::string base = q.base_url;
    while (base.ends_with('/')) base.pop_back();
    return {.method = "POST",
            .url = base + path,
            .headers = {{"Content-Type", "application/json"}, {"Authorization", "Bearer " + q.api_key}},
            .body = std::move(body)};
}

void write_turn(json::Writer& w, const char* role, const std::string& text) {
    w.begin_object().field("role", role).field("content", text).end_object();
}

std::string openai_body(const Question& q) {
    json::Writer w;
    w.begin_object().field("model", q.model).key("messages").begin_array();
    if (!q.system.empty()) write_turn(w, "system", q.system);
    for (const auto& turn : q.before) write_turn(w, turn.by_robot ? "assistant" : "user", turn.text);
    write_turn(w, "user", q.text);
    w.end_array().field("temperature", static_cast<double>(q.temperature_milli) / 1000);
    w.field("max_tokens", q.max_tokens).field("stream", q.stream);
    // What it costs comes with the last event.
    if (q.stream) w.key("stream_options").begin_object().field("include_usage", true).end_object();
    w.end_object();
    return std::move(w).take();
}

std::string dify_body(const Question& q) {
    json::Writer w;
    w.begin_object().key("inputs").begin_object();
    if (!q.system.empty()) w.field("system", q.system);
    w.end_object()
        .field("query", q.text)
        .field("response_mode", q.stream ? "streaming" : "blocking")
        .field("user", q.user);
    if (!q.session.empty()) w.field("conversation_id", q.session);
    w.end_object();
    return std::move(w).take();
}

std::optional<Said> read_openai(const json::Value& value) {
    const auto* choices = value.find("choices");
    if (!choices || !choices->array() || choices->array()->empty()) return std::nullopt;
    const auto* message = choices->array()->front().find("message");
    if (!message) return std::nullopt;
    Said said{message->text_or("content")};
    if (const auto* usage = value.find("usage")) {
        said.tokens_in = tokens(*usage, "prompt_tokens");
        said.tokens_out = tokens(*usage, "completion_tokens");
    }
    return said;
}

std::optional<Said> read_dify(const json::Value& value) {
    Said said{value.text_or("answer"), value.text_or("conversation_id")};
    if (said.session.size() > 100) said.session.clear();
    const auto* metadata = value.find("metadata");
    if (const auto* usage = metadata ? metadata->find("usage") : nullptr) {
        said.tokens_in = tokens(*usage, "prompt_tokens");
        said.tokens_out = tokens(*usage, "completion_tokens");
    }
    return said;
}

}  // namespace

http::Outgoing request(const Question& q) {
    return q.provider == "dify" ? post(q, "/v1/chat-messages", dify_body(q))
                                : post(q, "/chat/completions", openai_body(q));
}

std::optional<Said> read(const Question& q, const http::Answer& answer, std::string* why) {
    if (answer.status != 200) {
        *why = "HTTP " + std::to_string(answer.status);
        return std::nullopt;
    }
    const auto value = json::parse(answer.body);
    auto said = !value ? std::nullopt : q.provider == "dify" ? read_dify(*value) : read_openai(*value);
    if (!said || trim(said->text).empty()) {
        *why = "the answer holds no text";
        return std::nullopt;
    }
    said->text = utf8_prefix(trim(said->text), kMostText);
    return said;
}

std::optional<Said> read(const Question& q, const Stream& stream, int status, std::string* why) {
    if (status != 200 || !stream.streams()) return read(q, http::Answer{status, stream.document()}, why);
    if (!stream.complete()) {
        *why = stream.fault().empty() ? "the answer broke off" : stream.fault();
        return std::nullopt;
    }
    if (trim(stream.text()).empty()) {
        *why = "the answer holds no text";
        return std::nullopt;
    }
    return Said{std::string(trim(stream.text())), stream.session(), stream.tokens_in(), stream.tokens_out()};
}

bool worth_repeating(int status) { return status == 429 || status >= 500; }

const Config::Provider* provider_of(const Config& config, const std::string& name) {
    const auto& ai = config.ai;
    if (name == "doubao") return &ai.doubao;
    if (name == "deepseek") return &ai.deepseek;
    if (name == "kimi") return &ai.kimi;
    if (name == "openai") return &ai.openai;
    if (name == "custom") return &ai.custom;
    if (name == "dify") return &ai.dify;
    return nullptr;
}

int64_t cost_of(const Config& config, const std::string& provider, const Said& said) {
    const auto* prices = provider_of(config, provider);
    if (!prices) return 0;
    // Cents for a million tokens are hundredths of a millionth of a yuan for one.
    return (said.tokens_in * prices->price_in + said.tokens_out * prices->price_out) / 100;
}

}  // namespace hy::ai
