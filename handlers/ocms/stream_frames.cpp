// What users and agents say on /ocms/v1/stream, operation by operation. Each message is a
// transaction of its own; asked again with the same numbers, the same messages answer.
#include "base/text.h"
#include "core/agents.h"
#include "core/chat.h"
#include "core/commands.h"
#include "core/conversations.h"
#include "core/files.h"
#include "core/messages.h"
#include "core/replies.h"
#include "core/sandbox_talks.h"
#include "core/statistics.h"
#include "core/wecom.h"
#include "stream.h"

namespace hy::ocms {

namespace {

constexpr size_t kMostText = 64 << 10;

struct Said {
    std::string text, file, media_type, media_url, conversation, to, client_no;
    bool own_no = false;
};

Said read_said(const json::Value& op) {
    return {op.text_or("text"),         op.text_or("file"), op.text_or("media_type"), op.text_or("media_url"),
            op.text_or("conversation"), op.text_or("to"),   op.text_or("client_no"),  op.bool_or("own_no")};
}

// A file of ours as content: kept as its key, signed anew for each reader.
Media media_of(const files::File& file) { return {file.key, "", file.mime, file.name, file.size}; }

// What a user attaches must be a file that the user uploaded.
std::optional<Media> users_media(db::Session& s, const House& house, const Principal& user, const Said& said) {
    if (said.file.empty()) return std::nullopt;
    const auto key = files::key_in(house, said.file);
    const auto file = key ? files::find(s, *key) : std::nullopt;
    if (!file || !(file->owner == user)) throw Error(Fault::not_found, "file.not_found");
    return media_of(*file);
}

// What an agent attaches is ours and readable by its robot, or an http(s) address.
std::optional<Media> agents_media(db::Session& s, const House& house, const Principal& robot, const Said& said) {
    if (said.media_url.empty()) return std::nullopt;
    if (const auto key = files::key_in(house, said.media_url)) {
        const auto file = files::find(s, *key);
        if (!file || !files::may_read(s, *file, robot)) throw Error(Fault::not_found, "file.not_found");
        return media_of(*file);
    }
    const bool web = said.media_url.starts_with("https://") || said.media_url.starts_with("http://");
    if (!web || said.media_url.size() > 2048) throw Error(Fault::bad_request, "message.media_url");
    return Media{"", said.media_url, std::string(utf8_prefix(said.media_type, 100))};
}

messages::Draft draft_of(const uplink::Session& session, const Said& said, std::optional<Media> media) {
    if (said.text.size() > kMostText) throw Error(Fault::too_large, "message.size");
    if (said.client_no.size() > 128) throw Error(Fault::bad_request, "body", "/clientMsgId: at most 128 bytes");
    messages::Draft draft;
    draft.sender = session.identity.principal;
    draft.sender_id = session.identity.public_id;
    draft.client_no = said.client_no;
    draft.target = session.robot_id + "\n" + said.conversation + "\n" + said.to;
    draft.content.text = said.text;
    if (media) draft.content.kind = kind_of_mime(media->mime);
    draft.content.media = std::move(media);
    return draft;
}

struct Outcome {
    messages::Appended appended;
    bool nobody_there = false;
};

Outcome user_says(api::Services& services, const uplink::Session& session, const Said& said) {
    const House& house = services.house;
    if (session.identity.muted) throw Error(Fault::forbidden, "account.muted");
    return services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const int64_t account = session.identity.principal.id;
        const auto partner = robots::find_partner(s, session.robot, account);
        if (!partner || !robots::may_talk(partner->robot, account)) throw Error(Fault::not_found, "robot.not_found");
        const robots::Robot& robot = partner->robot;
        auto draft = draft_of(session, said, users_media(s, house, session.identity.principal, said));
        draft.sender_name = partner->account_name;
        const auto& wanted = said.conversation.empty() ? session.conversation : said.conversation;
        const auto channel = conversations::resolve(s, house, account, robot, wanted);
        Outcome outcome{messages::append(s, house, channel, draft, pushes)};
        if (outcome.appended.repeated) return outcome;
        robots::count_wake(s, house, robot, account);
        if (draft.content.media) files::note_use(s, draft.content.media->file, channel.id);
        if (!replies::wake(s, house, robot, channel, outcome.appended.message, draft, true, pushes))
            outcome.nobody_there = agents::notice_due(s, house, channel.id);
        return outcome;
    });
}

// As a command to the robot's device. Returns how long the one who wrote just before has waited, ms; -1: nobody did.
int64_t to_wecom(db::Session& s, const House& house, const uplink::Session& session, const channels::Channel& channel,
                 const messages::Draft& draft, const messages::Message& said, outbox::Pushes& pushes) {
    const auto partner = robots::find_partner(s, session.robot, 0);
    if (!partner) throw Error(Fault::not_found, "robot.not_found");
    commands::require_room(s, session.robot);
    replies::send_to_wecom(s, house, partner->robot, channel, draft.content, 0, pushes);
    const auto asked = messages::find(s, channel.id, said.seq - 1);
    const bool timed = asked && !(asked->sender == said.sender);
    return timed ? house.clock.now_ms() - asked->created_at : -1;
}

Outcome agent_says(api::Services& services, const uplink::Session& session, const Said& said) {
    if (session.identity.muted) throw Error(Fault::forbidden, "account.muted");
    const House& house = services.house;
    return services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const int64_t account = said.to.empty() ? 0 : to_int(said.to).value_or(-1);
        const auto draft = draft_of(session, said, agents_media(s, house, session.identity.principal, said));
        // The recipient decides where no conversation is named.
        const bool named = !said.conversation.empty();
        const auto wecom = named ? wecom::talk_named(s, session.robot, said.conversation)
                                 : wecom::talk_with(s, session.robot, said.to);
        const auto group = wecom ? std::nullopt : chat::group_named(s, session.robot, said.conversation);
        const auto bench = wecom || group ? std::nullopt
                           : named        ? sandbox::talk_named(s, session.robot, said.conversation)
                                          : sandbox::talk_with(s, session.robot, said.to);
        const auto channel = wecom   ? *wecom
                             : group ? *group
                             : bench ? *bench
                                     : conversations::resolve_for_agent(s, session.robot, said.conversation, account);
        Outcome outcome{messages::append(s, house, channel, draft, pushes)};
        if (outcome.appended.repeated) return outcome;
        if (draft.content.media && !draft.content.media->file.empty())
            files::note_use(s, draft.content.media->file, channel.id);
        sandbox::note_answer(s, house, channel);
        int64_t took_ms = -1;
        if (wecom) took_ms = to_wecom(s, house, session, channel, draft, outcome.appended.message, pushes);
        statistics::note_answer(s, house, session.robot, took_ms);
        return outcome;
    });
}

void write_op(json::Writer& w, const char* op) { w.begin_object().field("op", op).end_object(); }

void answer_said(api::Services& services, const uplink::Session& session, const Said& said, json::Writer& out) {
    const bool agent = session.identity.principal.type == PrincipalType::robot;
    try {
        const Outcome outcome = agent ? agent_says(services, session, said) : user_says(services, session, said);
        if (said.own_no)
            out.begin_object()
                .field("op", "ack")
                .field("client_no", said.client_no)
                .field("id", outcome.appended.message.public_id())
                .end_object();
        if (outcome.nobody_there) write_op(out, "robot_offline");
    } catch (const Error& error) {
        // The house's trouble is not the client's: the relay asks again.
        if (error.fault == Fault::unavailable || error.fault == Fault::internal) throw;
        out.begin_object().field("op", "error").field("detail", public_text(error)).end_object();
    }
}

void answer_check_online(api::Services& services, const uplink::Session& session, json::Writer& out) {
    // Another brain is always there.
    const bool there = services.db.read([&](db::Session& s) {
        const auto robot = robots::find_by_id(s, session.robot);
        return (robot && robot->brain != "agent") || agents::online(s, services.house, session.robot);
    });
    if (!there) write_op(out, "robot_offline");
}

}  // namespace

std::string frames(api::Ask& ask) {
    auto session = uplink::open(ask.services, ask.body.text_or("session"));
    if (!session || session->door != "ocms") return uplink::close_answer(1008, "无效的 Token");
    const bool agent = session->identity.principal.type == PrincipalType::robot;
    if (!ask.services.standing.stands(ask.services.db, ask.services.house, session->identity))
        return uplink::close_answer(1008, agent ? "无效的 API Key" : "无效的 Token");
    json::Writer out;
    out.begin_object().field("v", 1).key("out").begin_array();
    const json::Value* list = ask.body.find("frames");
    if (list && list->array())
        for (const auto& op : *list->array()) {
            const std::string name = op.text_or("op");
            if (name == "say") answer_said(ask.services, *session, read_said(op), out);
            else if (name == "check_online" && !agent) answer_check_online(ask.services, *session, out);
        }
    out.end_array().end_object();
    return std::move(out).take();
}

}  // namespace hy::ocms
