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

bool is_half(std::string_view escape, char low, char high) {
    return escape.size() >= 6 && escape[0] == '\\' && escape[1] == 'u' && (escape[2] | 0x20) == 'd' &&
           (escape[3] | 0x20) >= low && (escape[3] | 0x20) <= high;
}

// Half of a pair that was cut between two events is no JSON; it becomes U+FFFD, and the rest stays.
std::string without_halves(std::string_view data) {
    std::string whole;
    while (!data.empty()) {
        const bool first = is_half(data, '8', 'b');
        size_t take = data[0] == '\\' && data.size() > 1 ? 2 : 1;
        if (first && is_half(data.substr(6), 'c', 'f')) take = 12;
        const bool half = take != 12 && (first || is_half(data, 'c', 'f'));
        whole += half ? std::string_view("\\ufffd") : data.substr(0, take);
        data.remove_prefix(half ? 6 : take);
    }
    return whole;
}

}  // namespace

bool Stream::feed(std::string_view bytes) {
    if (over_) return false;
    if (!events_ && document_.size() < kMostDocument) document_ += bytes.substr(0, kMostDocument - document_.size());
    while (!bytes.empty() && fault_.empty() && !over_) {
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
    return fault_.empty() && !over_;
}

void Stream::finish() {
    if (!line_.empty() && !overlong_ && fault_.empty()) line(line_);
    line_.clear();
}

// An event is one line here: neither provider breaks its JSON. Comments, names and numbers of events say nothing.
void Stream::line(std::string_view text) {
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (!events_ && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!text.starts_with("data:")) return;
    text.remove_prefix(5);
    if (text.starts_with(' ')) text.remove_prefix(1);
    if (!events_) document_.clear();
    events_ = true;
    if (trim(text) == "[DONE]") ended_ = over_ = true;
    else if (!text.empty()) event(text);
}

void Stream::add(std::string_view piece) {
    if (text_.size() < kMostText) text_ += utf8_prefix(piece, kMostText - text_.size());
}

void Stream::event(std::string_view data) {
    auto value = json::parse(data);
    if (!value) value = json::parse(without_halves(data));
    // Nothing that comes after the end undoes it.
    if (!value || !value->object()) {
        if (ended_) return;
        fault_ = "an event is no JSON";
        return;
    }
    if (value->find("error") && value->find("error")->object()) {
        if (ended_) return;
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
        ended_ = over_ = true;
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
