#include "core/ai_stream.h"

#include <algorithm>

#include "base/text.h"
#include "json/value.h"

namespace hy::ai {

namespace {

constexpr size_t kMostText = 64 << 10, kMostLine = 256 << 10, kMostDocument = 1 << 20;
constexpr int64_t kMostTokens = 10'000'000;

int64_t tokens(const json::Value& usage, const char* name) {
    return std::clamp<int64_t>(usage.int_or(name), 0, kMostTokens);
}

// Half of a pair that was cut between two events is no JSON; it becomes U+FFFD, and the rest stays.
std::string without_halves(std::string_view data) {
    std::string whole(data);
    for (size_t at = 0; (at = whole.find("\\u", at)) != std::string::npos; at += 6)
        if (at + 6 <= whole.size() && (whole[at + 2] == 'd' || whole[at + 2] == 'D') && whole[at + 3] > '7')
            whole.replace(at, 6, "\\ufffd");
    return whole;
}

}  // namespace

bool Stream::feed(std::string_view bytes) {
    if (!events_ && document_.size() < kMostDocument) document_ += bytes.substr(0, kMostDocument - document_.size());
    while (!bytes.empty() && fault_.empty()) {
        const size_t end = bytes.find('\n');
        line_ += bytes.substr(0, end);
        if (line_.size() > kMostLine) {
            // Of a document a line may be long.
            if (events_) fault_ = "a line is too long";
            overlong_ = true;
            line_.clear();
        }
        if (end == std::string_view::npos) break;
        bytes.remove_prefix(end + 1);
        if (!overlong_) line(line_);
        overlong_ = false;
        line_.clear();
    }
    return fault_.empty();
}

void Stream::finish() {
    if (!line_.empty() && !overlong_ && fault_.empty()) line(line_);
    line_.clear();
}

// An event is one line here: neither provider breaks its JSON. Comments, names and numbers of events say nothing.
void Stream::line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!text.starts_with("data:")) return;
    text.remove_prefix(5);
    if (text.starts_with(' ')) text.remove_prefix(1);
    if (!events_) document_.clear();
    events_ = true;
    if (text == "[DONE]") ended_ = true;
    else if (!text.empty()) event(text);
}

void Stream::add(std::string_view piece) {
    if (text_.size() < kMostText) text_ += utf8_prefix(piece, kMostText - text_.size());
}

void Stream::event(std::string_view data) {
    auto value = json::parse(data);
    if (!value) value = json::parse(without_halves(data));
    if (!value || !value->object()) {
        fault_ = "an event is no JSON";
        return;
    }
    if (value->find("error") && value->find("error")->object()) {
        fault_ = "the provider broke off";
        return;
    }
    const json::Value* usage = value->find("usage");
    if (dify_) {
        const std::string kind = value->text_or("event");
        if (kind == "error") fault_ = "the provider broke off";
        if (kind == "message" || kind == "agent_message") add(value->text_or("answer"));
        if (kind == "message_replace") {
            text_.clear();
            add(value->text_or("answer"));
        }
        if (const std::string id = value->text_or("conversation_id"); !id.empty() && id.size() <= 100) session_ = id;
        if (kind != "message_end") return;
        ended_ = true;
        const json::Value* metadata = value->find("metadata");
        usage = metadata ? metadata->find("usage") : nullptr;
    } else if (const auto* choices = value->find("choices");
               choices && choices->array() && !choices->array()->empty()) {
        const json::Value& choice = choices->array()->front();
        if (const json::Value* delta = choice.find("delta")) add(delta->text_or("content"));
        if (!choice.text_or("finish_reason").empty()) ended_ = true;
        if (!usage || !usage->object()) usage = choice.find("usage");
    }
    if (!usage || !usage->object()) return;
    tokens_in_ = tokens(*usage, "prompt_tokens");
    tokens_out_ = tokens(*usage, "completion_tokens");
}

}  // namespace hy::ai
