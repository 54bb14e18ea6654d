#include "shapes.h"

#include "core/files.h"
#include "json/value.h"
#include "wire/segments.h"

namespace hy::sandbox {

namespace {

void write_contact(json::Writer& w, const Talk& talk) {
    w.key("contact").begin_object().field("scene", talk.in_group ? "group" : "friend").field("peer", talk.id);
    w.field("name", talk.name).end_object();
}

void write_robot(json::Writer& w, const Self& self) {
    w.key("sender").begin_object().field("userId", kSelf).field("nick", self.nick).field("name", self.nick);
    w.field("sex", self.sex).end_object();
}

void write_guest(json::Writer& w, const Person& guest) {
    w.key("sender").begin_object().field("userId", guest.public_id).field("nick", guest.nick);
    w.field("sex", guest.sex).end_object();
}

}  // namespace

void write_message(json::Writer& w, db::Session& s, const House& house, const Talk& talk, const Self& self,
                   const messages::Message& m) {
    w.begin_object().field("messageId", std::to_string(m.id)).field("messageSeq", m.seq).field("time", m.created_at);
    const auto raw = m.form == kForm ? json::parse(m.raw) : std::nullopt;
    w.key("elements");
    if (raw && raw->find("elements")) {
        w.raw(json::to_text(*raw->find("elements")));
    } else if (m.recalled) {
        w.begin_array().end_array();
    } else {
        const bool stored = m.content.media && !m.content.media->file.empty();
        const std::string url = stored            ? files::link(house, m.content.media->file, m.content.media->name)
                                : m.content.media ? m.content.media->url
                                                  : std::string();
        wire::segments::write(w, m.content, url);
    }
    w.key("rawEvent");
    if (raw) w.raw(m.raw);
    else w.begin_object().end_object();
    write_contact(w, talk);
    const json::Value* sender = raw ? raw->find("sender") : nullptr;
    if (sender && !sender->text_or("userId").empty()) w.key("sender").raw(json::to_text(*sender));
    else if (m.sender.type == PrincipalType::robot) write_robot(w, self);
    else write_guest(w, find_person(s, m.sender.id).value_or(Person{}));
    if (m.recalled) w.field("recalled", true);
    w.end_object();
}

}  // namespace hy::sandbox
