// How a stored message is told to the relays.
#include "base/encode.h"
#include "core/files.h"
#include "core/messages.h"
#include "core/sandbox_talks.h"
#include "json/writer.h"

namespace hy::messages {

namespace {

constexpr const char* kAccountName = "SELECT uid, nickname, avatar FROM accounts WHERE id = ?";
constexpr const char* kRobotName = "SELECT public_id, name, '' FROM robots WHERE id = ?";
constexpr const char* kContactName = "SELECT '', name, '' FROM wecom_contacts WHERE id = ?";
constexpr const char* kGuestName = "SELECT public_id, nick, avatar FROM sandbox_people WHERE id = ?";

// What doors that have a raw form of their own need besides the content.
void write_raw(json::Writer& w, const channels::Channel& channel, const Message& m) {
    write_place(w, channel);
    if (!m.client_no.empty()) w.field("client_no", m.client_no);
    if (m.flags) w.field("flags", m.flags);
    if (!m.extra.empty()) w.key("extra").raw(m.extra);
    if (m.raw.empty() || !(m.form == "wk" || m.form == "seg" || m.form.starts_with("oim:"))) return;
    w.field("form", m.form).field("raw", base64(m.raw));
}

void write_content(const House& house, json::Writer& w, const Content& content) {
    w.key("content").begin_object().field("kind", content.kind).field("text", content.text);
    if (content.media) {
        const Media& media = *content.media;
        w.key("media").begin_object();
        w.field("url", media.file.empty() ? media.url : files::link(house, media.file, media.name));
        if (!media.mime.empty()) w.field("mime", media.mime);
        if (!media.name.empty()) w.field("name", media.name);
        if (media.size) w.field("size", media.size);
        if (media.width) w.field("w", media.width).field("h", media.height);
        if (media.ms) w.field("ms", media.ms);
        w.end_object();
    }
    if (!content.at.empty()) {
        w.key("at").begin_array();
        for (const auto& uid : content.at) w.string(uid);
        w.end_array();
    }
    w.end_object();
}
}  // namespace

void write_place(json::Writer& w, const channels::Channel& channel) {
    if (channel.kind == channels::Kind::group) w.field("group", channel.key);
    if (!channel.first_id.empty())
        w.key("peers").begin_array().string(channel.first_id).string(channel.second_id).end_array();
}

std::string render_push(const House& house, const channels::Channel& channel, const Message& m, const Push& push) {
    json::Writer w;
    w.begin_object().field("v", 1).field("kind", "message").field("channel", m.channel).field("seq", m.seq);
    w.field("at", m.created_at).field("id", std::to_string(m.id));
    if (!push.conn.empty()) w.field("conn", push.conn);
    if (push.after) w.field("after", push.after);
    if (!push.from.empty()) w.field("from", push.from);
    if (push.before_at) w.field("before_at", push.before_at);
    w.key("sender").begin_object().field("type", m.sender.kind());
    w.field("n", m.sender.id).field("id", push.sender_id).field("name", push.sender_name);
    if (!push.sender_face.empty()) w.field("face", push.sender_face);
    w.end_object();
    if (m.recalled) w.field("recalled", true);
    const std::string& robot = push.robot.empty() ? channel.robot_id : push.robot;
    if (!robot.empty()) w.field("robot", robot);
    w.field("conversation", channel.label);
    if (m.sender.type == PrincipalType::guest) w.field("user", "sandbox_" + std::to_string(m.sender.id));
    else if (channel.account) w.field("user", std::to_string(channel.account));
    else if (m.sender.type == PrincipalType::contact) w.field("user", "wecom_" + std::to_string(m.sender.id));
    else if (!push.robot.empty()) w.field("user", std::to_string(m.sender.id));
    if (!push.bench.empty()) w.key("bench").raw(push.bench);
    write_raw(w, channel, m);
    write_content(house, w, m.content);
    w.end_object();
    return std::move(w).take();
}

std::string render_push(db::Session& s, const House& house, const channels::Channel& channel, const Message& message,
                        Push push) {
    constexpr const char* kNames[] = {kAccountName, kRobotName, kContactName, kGuestName};
    db::Rows rows = s.query(kNames[message.sender.type_number()], {message.sender.id});
    const bool known = rows.next();
    push.sender_id = known ? rows.text(1) : "";
    push.sender_name = known ? rows.text(2) : "";
    push.sender_face = known ? rows.text(3) : "";
    if (channel.kind == channels::Kind::sandbox) push.bench = sandbox::place_of(s, channel);
    return render_push(house, channel, message, push);
}

}  // namespace hy::messages
