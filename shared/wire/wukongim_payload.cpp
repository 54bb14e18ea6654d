#include "wire/wukongim_payload.h"

#include "base/text.h"
#include "json/value.h"
#include "json/writer.h"

namespace hy::wire::wukongim {

namespace {

constexpr int kText = 1, kImage = 2;
constexpr size_t kMostMentions = 1000;

void read_mention(const json::Value& payload, Content& content) {
    const json::Value* mention = payload.find("mention");
    if (!mention) return;
    if (mention->int_or("all") != 0 || mention->bool_or("all")) content.at.push_back("all");
    for (auto& uid : json::texts(mention->find("uids")))
        if (content.at.size() < kMostMentions) content.at.push_back(std::move(uid));
}

void write_mention(json::Writer& w, const Content& content) {
    if (content.at.empty()) return;
    bool all = false;
    w.key("mention").begin_object().key("uids").begin_array();
    for (const auto& uid : content.at)
        if (uid == "all") all = true;
        else w.string(uid);
    w.end_array();
    if (all) w.field("all", 1);
    w.end_object();
}

// Where there is no equal: words, with a link where there is one.
std::string in_words(const Content& content) {
    const char* word = content.kind == "voice" ? "[语音]" : content.kind == "video" ? "[视频]" : "[文件]";
    if (!content.media) return content.kind == "text" || !content.text.empty() ? content.text : "[消息]";
    std::string text = content.text.empty() ? "" : content.text + "\n";
    text += word;
    if (!content.media->name.empty()) text += " " + content.media->name;
    if (!content.media->url.empty()) text += " " + content.media->url;
    return text;
}

}  // namespace

Content content_of(std::string_view bytes) {
    Content content;
    content.kind = "custom";
    const auto payload = json::parse(bytes);
    if (!payload || !payload->object()) return content;
    read_mention(*payload, content);
    const json::Value* text = payload->find("content");
    if (payload->int_or("type") != kText || !text || !text->string()) return content;
    content.kind = "text";
    content.text = *text->string();
    if (const json::Value* reply = payload->find("reply")) content.reply_to = reply->text_or("message_id");
    if (!to_uint(content.reply_to)) content.reply_to.clear();
    return content;
}

std::string payload_of(const Content& content) {
    json::Writer w;
    w.begin_object();
    if (content.kind == "image" && content.media && content.text.empty()) {
        w.field("type", kImage).field("url", content.media->url);
        w.field("width", content.media->width).field("height", content.media->height);
    } else {
        w.field("type", kText).field("content", in_words(content));
    }
    write_mention(w, content);
    w.end_object();
    return std::move(w).take();
}

}  // namespace hy::wire::wukongim
