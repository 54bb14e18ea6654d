// What the hooks are told of a message, and who of a channel is away.
#include "base/encode.h"
#include "base/text.h"
#include "core/files.h"
#include "core/hooks.h"
#include "core/people.h"
#include "core/presence.h"
#include "core/profiles.h"
#include "json/writer.h"

namespace hy::hooks {

namespace {

constexpr const char* kAway =
    "SELECT m.member_id, a.uid, m.read_seq FROM channel_members m JOIN accounts a ON a.id = m.member_id AND a.status = "
    "0"
    " WHERE m.channel_id = ? AND m.member_type = 0 AND m.member_id > ? AND m.notify = 0 ORDER BY m.member_id LIMIT ?";
constexpr int64_t kAtOnce = 1000;

// Where it was said: a group's id, or the other one's uid; of a talk of another kind what agents know it by.
void write_place(json::Writer& w, const channels::Channel& channel, const Principal& sender) {
    if (channel.kind == channels::Kind::group) return void(w.field("groupID", channel.key));
    if (!channel.first_id.empty())
        return void(w.field("recvID", channel.first == sender ? channel.second_id : channel.first_id));
    w.field("robotID", channel.robot_id).field("conversationID", channel.label);
}

void write_message(json::Writer& w, db::Session& s, const channels::Channel& channel, const messages::Message& m) {
    const auto ids = people::ids_of(s, {m.sender});
    w.field("serverMsgID", std::to_string(m.id)).field("clientMsgID", m.client_no).field("seq", m.seq);
    w.field("sendTime", m.created_at).field("sendID", ids.empty() ? std::string() : ids.begin()->second);
    write_place(w, channel, m.sender);
}

}  // namespace

void write_content(json::Writer& w, const House& house, const std::string& form, const std::string& raw,
                   const Content& content) {
    Content shown = content;
    if (shown.media && !shown.media->file.empty()) {
        shown.media->url = files::link(house, shown.media->file, shown.media->name);
        shown.media->file.clear();
    }
    w.field("form", form).key("content").raw(shown.to_json());
    if (raw.empty()) return;
    if (valid_utf8(raw)) w.field("raw", raw);
    else w.field("rawBase64", base64(raw));
}

std::optional<std::string> after_body(db::Session& s, const House& house, const Task& task) {
    const auto channel = channels::find(s, task.channel);
    const auto message = channel ? messages::find(s, task.channel, task.seq) : std::nullopt;
    if (!message) return std::nullopt;
    json::Writer w;
    w.begin_object().field("event", "after_send");
    write_message(w, s, *channel, *message);
    write_content(w, house, message->form, message->raw, message->content);
    w.end_object();
    return std::move(w).take();
}

Away away(db::Session& s, const House& house, const Task& task, const messages::Message& message) {
    struct One {
        int64_t id;
        std::string uid;
    };
    std::vector<One> waiting;
    std::vector<Principal> who;
    Away found;
    int64_t seen = 0;
    db::Rows rows = s.query(kAway, {task.channel, task.after, kAtOnce});
    while (rows.next()) {
        ++seen;
        found.last = rows.integer(1);
        const Principal one = account_principal(found.last);
        if (one == message.sender || rows.integer(3) >= message.seq) continue;
        waiting.push_back({found.last, rows.text(2)});
        who.push_back(one);
    }
    found.more = seen == kAtOnce;
    const auto there = presence::platforms(s, house, who);
    for (auto& one : waiting)
        if (!there.contains(account_principal(one.id))) found.ids.push_back(std::move(one.uid));
    return found;
}

std::string push_body(db::Session& s, const House&, const Task& task, const messages::Message& message,
                      const std::vector<std::string>& ids) {
    json::Writer w;
    w.begin_object().field("event", "push").key("userIDs").begin_array();
    for (const auto& id : ids) w.string(id);
    std::string title = task.title;
    if (title.empty())
        for (const auto& [who, face] : profiles::of(s, {message.sender})) title = face.name;
    w.end_array().key("offlinePushInfo").begin_object().field("title", title).field("desc", task.desc);
    w.field("ex", task.ex).end_object();
    if (const auto channel = channels::find(s, task.channel)) write_message(w, s, *channel, message);
    w.end_object();
    return std::move(w).take();
}

}  // namespace hy::hooks
