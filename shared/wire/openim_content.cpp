#include "wire/openim_content.h"

#include <algorithm>
#include <iterator>

#include "base/encode.h"
#include "base/text.h"
#include "json/writer.h"

namespace hy::wire::openim {

namespace {

constexpr std::string_view kForm = "oim:";
constexpr size_t kMostMentions = 1000;
constexpr int64_t kSendable[] = {101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 113, 114, 115, 117, 118, 119, 120};

bool of_text(int64_t type) { return type == kText || type == kAdvanced || type == kMarkdown; }

// Where the words stand in a content of each type.
const char* words_in(int64_t type) {
    switch (type) {
        case kText:
        case kMarkdown: return "content";
        case kAt:
        case kQuote:
        case kAdvanced: return "text";
        case kLocation: return "description";
        default: return "";
    }
}

struct MediaNames {
    const char *kind, *part, *url, *name, *size;
};
std::optional<MediaNames> media_in(int64_t type) {
    switch (type) {
        case kPicture: return MediaNames{"image", "sourcePicture", "url", "", "size"};
        case kVoice: return MediaNames{"voice", "", "sourceUrl", "", "dataSize"};
        case kVideo: return MediaNames{"video", "", "videoUrl", "", "videoSize"};
        case kFile: return MediaNames{"file", "", "sourceUrl", "fileName", "fileSize"};
        default: return std::nullopt;
    }
}

void read_media(const json::Value& object, const MediaNames& names, Content& content) {
    const json::Value* part = *names.part ? object.find(names.part) : &object;
    if (!part) return;
    Media media;
    media.url = part->text_or(names.url);
    if (*names.name) media.name = part->text_or(names.name);
    media.size = part->int_or(names.size);
    media.width = part->int_or("width");
    media.height = part->int_or("height");
    media.ms = object.int_or("duration") * 1000;
    content.kind = names.kind;
    // What others cannot open is nothing to them.
    if (media.url.starts_with("http://") || media.url.starts_with("https://")) content.media = std::move(media);
    else content.kind = "custom";
}

void add_mention(Content& content, std::string id) {
    if (id == kEverybody) id = "all";
    if (content.at.size() < kMostMentions && std::find(content.at.begin(), content.at.end(), id) == content.at.end())
        content.at.push_back(std::move(id));
}

Content content_of(int64_t type, const json::Value& object) {
    Content content;
    content.kind = type == kCard ? "card" : type == kLocation ? "location" : "custom";
    if (const auto names = media_in(type)) read_media(object, *names, content);
    if (const char* words = words_in(type); *words) {
        content.text = object.text_or(words);
        if (type != kLocation) content.kind = "text";
    }
    for (auto& id : json::texts(object.find("atUserList"))) add_mention(content, std::move(id));
    if (const json::Value* quoted = object.find("quoteMessage")) {
        content.reply_to = quoted->text_or("serverMsgID");
        if (!to_uint(content.reply_to)) content.reply_to.clear();
    }
    return content;
}

std::string text_object(int64_t type, std::string_view words) {
    json::Writer w;
    w.begin_object().field(words_in(type), words).end_object();
    return std::move(w).take();
}

// A text in the ways that clients write it: {"text"} and {"content"} are the same.
std::optional<std::string> words_of(int64_t type, const json::Value& object) {
    for (const char* name : {words_in(type), "content", "text"})
        if (const json::Value* found = object.find(name)) {
            if (!found->string()) return std::nullopt;
            return *found->string();
        }
    return std::nullopt;
}

Told text_with_mentions(const Content& content, const std::string& words) {
    json::Writer w;
    w.begin_object().field("text", words).key("atUserList").begin_array();
    for (const auto& id : content.at) w.string(id == "all" ? kEverybody : std::string_view(id));
    w.end_array().key("atUsersInfo").begin_array().end_array().field("isAtSelf", false).end_object();
    return {kAt, std::move(w).take()};
}

void write_picture(json::Writer& w, const char* name, const Media& media) {
    w.key(name).begin_object().field("uuid", "").field("type", media.mime).field("size", media.size);
    w.field("width", media.width).field("height", media.height).field("url", media.url).end_object();
}

Told media_told(const Content& content) {
    const Media& media = *content.media;
    json::Writer w;
    w.begin_object();
    if (content.kind == "image") {
        w.field("sourcePath", "");
        for (const char* name : {"sourcePicture", "bigPicture", "snapshotPicture"}) write_picture(w, name, media);
        return w.end_object(), Told{kPicture, std::move(w).take()};
    }
    if (content.kind == "voice") {
        w.field("uuid", "").field("soundPath", "").field("sourceUrl", media.url).field("dataSize", media.size);
        w.field("duration", media.ms / 1000).field("soundType", media.mime).end_object();
        return {kVoice, std::move(w).take()};
    }
    if (content.kind == "video") {
        w.field("videoPath", "").field("videoUUID", "").field("videoUrl", media.url).field("videoType", media.mime);
        w.field("videoSize", media.size).field("duration", media.ms / 1000).field("snapshotUrl", "").end_object();
        return {kVideo, std::move(w).take()};
    }
    w.field("filePath", "").field("uuid", "").field("sourceUrl", media.url).field("fileName", media.name);
    w.field("fileSize", media.size).field("fileType", media.mime).end_object();
    return {kFile, std::move(w).take()};
}

// What has no equal here goes as it is.
Told custom(const std::string& raw) {
    json::Writer w;
    w.begin_object().field("data", valid_utf8(raw) ? raw : base64(raw)).field("description", "");
    w.field("extension", "").end_object();
    return {kCustom, std::move(w).take()};
}

}  // namespace

bool sendable(int64_t type) {
    return std::find(std::begin(kSendable), std::end(kSendable), type) != std::end(kSendable);
}

std::string form_of(int64_t type) { return std::string(kForm) + std::to_string(type); }

std::optional<Written> read(int64_t type, const json::Value& value, const std::vector<std::string>& mentioned) {
    std::optional<json::Value> object;
    if (value.object()) object = value;
    else if (const std::string* text = value.string()) {
        object = json::parse(*text);
        const bool says = object && object->object() && (!of_text(type) || words_of(type, *object));
        if (!says && of_text(type)) object = json::parse(text_object(type, *text));
    }
    if (!object || !object->object()) return std::nullopt;
    if (of_text(type)) {
        const auto words = words_of(type, *object);
        if (!words || words->empty()) return std::nullopt;
        // An advanced text has more to it than words.
        if (type != kAdvanced) object = json::parse(text_object(type, *words));
    }
    Written written{json::to_text(*object), content_of(type, *object)};
    for (const auto& id : mentioned) add_mention(written.content, id);
    return written;
}

Told tell(const std::string& form, const std::string& raw, const Content& content, bool recalled) {
    if (recalled) return {kRecalled, "{}"};
    if (form.starts_with(kForm) && !raw.empty())
        if (const auto type = to_int(std::string_view(form).substr(kForm.size()))) return {*type, raw};
    if (content.media && content.text.empty()) return media_told(content);
    if (content.kind == "custom" && !raw.empty()) return custom(raw);
    std::string words = content.text;
    if (content.media) words += (words.empty() ? "" : "\n") + content.media->url;
    if (!content.at.empty()) return text_with_mentions(content, words);
    return {kText, text_object(kText, words)};
}

std::string plain(const Told& told) {
    if (told.type != kText) return told.content;
    const auto object = json::parse(told.content);
    return object ? object->text_or("content") : std::string();
}

}  // namespace hy::wire::openim
