#include "wire/segments.h"

#include <span>
#include <utility>

namespace hy::wire::segments {

namespace {

// Their kind of content; nothing for what is no file.
constexpr std::pair<std::string_view, const char*> kFiles[] = {
    {"image", "image"}, {"video", "video"}, {"record", "voice"}, {"file", "file"}};
// Where one says something in words, for those who see words only.
constexpr std::pair<std::string_view, const char*> kWords[] = {
    {"text", "text"}, {"markdown", "markdown"}, {"json", "data"}, {"xml", "data"}};

const char* find(std::span<const std::pair<std::string_view, const char*>> table, std::string_view type) {
    for (const auto& [name, value] : table)
        if (name == type) return value;
    return nullptr;
}

std::string named(const json::Value& at) {
    const std::string name = at.text_or("name");
    return "@" + (name.empty() ? at.text_or("targetId") : name);
}

}  // namespace

bool valid(const json::Value& elements) {
    const auto* list = elements.array();
    if (!list || list->empty() || list->size() > kMost) return false;
    for (const auto& one : *list)
        if (!one.object() || one.text_or("type").empty()) return false;
    return true;
}

Content content_of(const json::Value& elements) {
    Content content;
    bool known = false;
    for (const auto& one : *elements.array()) {
        const std::string type = one.text_or("type");
        if (const char* field = find(kWords, type)) {
            content.text += one.text_or(field);
            known = true;
        } else if (type == "at") {
            const bool all = one.text_or("targetId").empty() || one.text_or("targetId") == "all";
            content.at.push_back(all ? "all" : one.text_or("targetId"));
            content.text += (all ? "@所有人" : named(one)) + " ";
            known = true;
        } else if (type == "reply") {
            content.reply_to = one.text_or("messageId");
        } else if (const char* kind = find(kFiles, type); kind && !content.media) {
            content.kind = kind;
            content.media = Media{"", one.text_or("file"), "", one.text_or("name"), 0, 0, 0, 0};
            known = true;
        }
    }
    if (!known) content.kind = "custom";
    return content;
}

bool names(const json::Value& elements, std::string_view id) {
    for (const auto& one : *elements.array())
        if (one.text_or("type") == "at" && one.text_or("targetId") == id) return true;
    return false;
}

void write(json::Writer& w, const Content& content, const std::string& url) {
    w.begin_array();
    if (!content.reply_to.empty())
        w.begin_object().field("type", "reply").field("messageId", content.reply_to).end_object();
    if (content.media) {
        const char* type = "file";
        for (const auto& [name, kind] : kFiles)
            if (content.kind == kind) type = name.data();
        w.begin_object().field("type", type).field("file", url).field("name", content.media->name).end_object();
    }
    if (!content.text.empty()) w.begin_object().field("type", "text").field("text", content.text).end_object();
    w.end_array();
}

}  // namespace hy::wire::segments
