#include "message_shapes.h"

#include "base/ids.h"
#include "core/files.h"
#include "wire/openim_content.h"

namespace hy::openim {

namespace wire = hy::wire::openim;

namespace {
constexpr size_t kMostContent = 64 << 10;
constexpr int64_t kSingleSession = 1, kGroupSession = 3;
constexpr int kFromUser = 100, kTextMessage = 1;
}  // namespace

const json::Schema<NewMessage> kNewMessage =
    json::Schema<NewMessage>()
        .field("sendID", &NewMessage::sender, {.max_chars = 64, .note = "the caller's own"})
        .field("recvID", &NewMessage::receiver, {.max_chars = 64, .note = "with sessionType 1"})
        .field("groupID", &NewMessage::group, {.max_chars = 64, .note = "with sessionType 2 and 3"})
        .field("content", &NewMessage::content,
               {.required = true, .max_bytes = 256 << 10, .note = "an object, its JSON as text, or bare text"})
        .field("contentType", &NewMessage::type, {.required = true, .min = 101, .max = 120, .note = "101 text …"})
        .field("sessionType", &NewMessage::session,
               {.required = true, .min = 1, .max = 3, .note = "1 single, 2 and 3 group"})
        .field("clientMsgID", &NewMessage::client_no, {.max_bytes = 128, .note = "makes repeating safe"})
        .field("atUserIDList", &NewMessage::mentioned, {.max_chars = 64, .max_items = 1000})
        .field("senderPlatformID", &NewMessage::platform, {.min = 0, .max = kMostPlatform})
        .field("isOnlineOnly", &NewMessage::online_only, {.note = "pushed to who is there, never stored"})
        .field("offlinePushInfo", &NewMessage::push, {.max_bytes = 8192, .note = "{title, desc, ex}"})
        .field("ex", &NewMessage::ex, {.max_bytes = 1024});

api::Saying saying_of(const NewMessage& message, int64_t platform) {
    if (!wire::sendable(message.type)) throw Error(Fault::bad_request, "body", "/contentType: not one to send");
    const bool single = message.session == kSingleSession;
    const std::string& id = single ? message.receiver : message.group;
    if (id.empty()) throw Error(Fault::bad_request, "body", single ? "/recvID: required" : "/groupID: required");
    auto written = wire::read(message.type, message.content, message.mentioned);
    if (!written) throw Error(Fault::bad_request, "body", "/content: not of this contentType");
    if (written->raw.size() > kMostContent) throw Error(Fault::too_large, "message.size");
    api::Saying saying;
    saying.address = {single ? 1 : 2, id};
    saying.said.stored = !message.online_only && !wire::fleeting(message.type);
    auto& draft = saying.said.draft;
    draft.client_no = message.client_no.empty() ? random_text(32) : message.client_no;
    draft.form = wire::form_of(message.type);
    draft.raw = std::move(written->raw);
    draft.content = std::move(written->content);
    if (message.type == wire::kQuietCustom) draft.flags = messages::kNoDot;
    json::Writer extra;
    extra.begin_object().field("platform", platform ? platform : message.platform);
    if (!message.ex.empty()) extra.field("ex", message.ex);
    extra.end_object();
    draft.extra = std::string(extra.text());
    if (message.push.object()) draft.push = json::to_text(message.push);
    return saying;
}

std::string client_id_of(const messages::Message& message) {
    const bool known = !message.client_no.empty() && !(message.flags & messages::kHouseNumber);
    return known ? message.client_no : std::to_string(message.id);
}

Error said_fault(const Error& error) {
    if (error.code == "group.member") return Error(error.fault, "message.member");
    return error;
}

wire::Shown shown(const House& house, const channels::Channel& channel, const messages::Message& m,
                  const profiles::Profile& sender) {
    Content content = m.content;
    if (content.media && !content.media->file.empty())
        content.media->url = files::link(house, content.media->file, content.media->name);
    const auto told = wire::tell(m.form, m.raw, content, m.recalled);
    const auto extra = json::parse(m.extra.empty() ? "{}" : m.extra);
    const bool group = channel.kind == channels::Kind::group;
    wire::Shown to;
    to.client_no = client_id_of(m);
    to.id = std::to_string(m.id);
    to.sender = sender.id;
    to.name = sender.name;
    to.face = sender.avatar;
    if (group) to.group = channel.key;
    else to.receiver = channel.first == m.sender ? channel.second_id : channel.first_id;
    to.at = m.created_at;
    to.seq = m.seq;
    to.type = told.type;
    to.content = told.content;
    for (const auto& id : content.at) to.mentioned.push_back(id == "all" ? std::string(wire::kEverybody) : id);
    if (extra) {
        to.platform = extra->int_or("platform");
        to.ex = extra->text_or("ex");
        if (m.recalled) wire::take_recall(to, *extra);
        if (!to.recaller.empty()) to.content = wire::recall_content(to);
    }
    to.status = m.recalled ? wire::kDeleted : wire::kDelivered;
    to.quiet = m.flags & messages::kNoDot;
    to.command = m.flags & messages::kCommand;
    return to;
}

void write_message(json::Writer& w, const House& house, const channels::Channel& channel, const messages::Message& m,
                   const profiles::Profile& sender) {
    const wire::Shown one = shown(house, channel, m, sender);
    w.begin_object().field("clientMsgID", one.client_no).field("serverMsgID", one.id);
    w.field("createTime", one.at).field("sendTime", one.at).field("sendID", one.sender);
    w.field("recvID", one.receiver).field("groupID", one.group).field("msgFrom", kFromUser);
    w.field("contentType", one.type).field("platformID", one.platform);
    w.field("senderNickname", one.name).field("senderFaceURL", one.face);
    w.field("sessionType", one.group.empty() ? kSingleSession : kGroupSession).field("msgType", kTextMessage);
    w.field("content", wire::plain({one.type, one.content})).field("seq", one.seq).field("isRead", false);
    w.field("status", one.status);
    if (!one.ex.empty()) w.field("ex", one.ex);
    w.end_object();
}

}  // namespace hy::openim
