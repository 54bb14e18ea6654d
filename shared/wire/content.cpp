#include "wire/content.h"

#include "json/value.h"
#include "json/writer.h"

namespace hy {

namespace {

void write_media(json::Writer& w, const Media& m) {
    w.begin_object();
    if (!m.file.empty()) w.field("file", m.file);
    if (!m.url.empty()) w.field("url", m.url);
    if (!m.mime.empty()) w.field("mime", m.mime);
    if (!m.name.empty()) w.field("name", m.name);
    if (m.size) w.field("size", m.size);
    if (m.width) w.field("w", m.width).field("h", m.height);
    if (m.ms) w.field("ms", m.ms);
    w.end_object();
}

Media read_media(const json::Value& v) {
    return {v.text_or("file"), v.text_or("url"), v.text_or("mime"), v.text_or("name"),
            v.int_or("size"),  v.int_or("w"),    v.int_or("h"),     v.int_or("ms")};
}

}  // namespace

std::string Content::to_json() const {
    json::Writer w;
    w.begin_object().field("kind", kind).field("text", text);
    if (media) write_media(w.key("media"), *media);
    if (!at.empty()) {
        w.key("at").begin_array();
        for (const auto& uid : at) w.string(uid);
        w.end_array();
    }
    if (!reply_to.empty()) w.field("reply_to", reply_to);
    w.end_object();
    return std::move(w).take();
}

Content Content::from_json(std::string_view text) {
    Content content;
    const auto value = json::parse(text);
    if (!value) return content;
    content.kind = value->text_or("kind", "text");
    content.text = value->text_or("text");
    if (const auto* media = value->find("media")) content.media = read_media(*media);
    if (const auto* at = value->find("at"); at && at->array())
        for (const auto& item : *at->array())
            if (item.string()) content.at.push_back(*item.string());
    content.reply_to = value->text_or("reply_to");
    return content;
}

Content content_of_push(const json::Value& push) {
    Content content;
    const json::Value* found = push.find("content");
    if (!found) return content;
    content.kind = found->text_or("kind", "text");
    content.text = found->text_or("text");
    content.at = json::texts(found->find("at"));
    if (const json::Value* media = found->find("media"))
        content.media = Media{"",
                              media->text_or("url"),
                              media->text_or("mime"),
                              media->text_or("name"),
                              media->int_or("size"),
                              media->int_or("w"),
                              media->int_or("h"),
                              media->int_or("ms")};
    return content;
}

std::string kind_of_mime(std::string_view mime) {
    if (mime.starts_with("image/")) return "image";
    if (mime.starts_with("audio/")) return "voice";
    if (mime.starts_with("video/")) return "video";
    return "file";
}

}  // namespace hy
