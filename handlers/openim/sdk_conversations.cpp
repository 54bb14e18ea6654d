// A caller's conversations: listed with what a client shows of each, set, emptied.
#include "sdk_conversations.h"

#include <algorithm>
#include <set>

#include "base/encode.h"
#include "conversation_ids.h"
#include "core/events.h"
#include "core/group_views.h"
#include "friend_shapes.h"

namespace hy::openim {

namespace {

constexpr int64_t kMostActive = 200, kMostNamed = 200;
constexpr size_t kMostDeleted = 200;
constexpr int kSingle = 1, kGroup = 3;
constexpr json::Rules kConversation = {.required = true, .min_chars = 1, .max_chars = 160};

struct Set {
    json::Value conversation;
    std::vector<std::string> users;
};
const auto kSet =
    json::Schema<Set>()
        .field("conversation", &Set::conversation,
               {.required = true, .note = "{conversationID, recvMsgOpt, isPinned, ex}; what is absent stays"})
        .field("userIDs", &Set::users, {.max_chars = 64, .max_items = 1, .note = "the caller's own"});
struct Wanted {
    std::string id;
    std::optional<int64_t> notify;
    std::optional<bool> pinned;
    std::optional<std::string> ex;
};
const auto kWanted = json::Schema<Wanted>()
                         .field("conversationID", &Wanted::id, kConversation)
                         .field("recvMsgOpt", &Wanted::notify, {.min = 0, .max = 2})
                         .field("isPinned", &Wanted::pinned)
                         .field("ex", &Wanted::ex, {.max_chars = 1000});

struct Clear {
    std::string user;
    std::vector<std::string> ids;
};
const auto kClear = json::Schema<Clear>()
                        .field("userID", &Clear::user, {.max_chars = 64, .note = "the caller's own"})
                        .field("conversationIDs", &Clear::ids,
                               {.required = true, .min_chars = 1, .max_chars = 160, .min_items = 1, .max_items = 100});

struct Own {
    std::string user;
};
const auto kOwn = json::Schema<Own>().field("userID", &Own::user, {.max_chars = 64, .note = "the caller's own"});

struct Delete {
    std::string user, conversation;
    json::Value seqs;
};
const auto kDelete = json::Schema<Delete>()
                         .field("userID", &Delete::user, {.max_chars = 64, .note = "the caller's own"})
                         .field("conversationID", &Delete::conversation, kConversation)
                         .field("seqs", &Delete::seqs, {.required = true, .note = "1 to 200 numbers"});

// Throws as view() does; not_found "message.not_found" where two have not spoken yet.
chat::View there(db::Session& s, const api::Call& call, const std::string& id) {
    auto view = chat::view(s, speaker_of(call), address_of(s, call.identity->public_id, id));
    if (!view) throw Error(Fault::not_found, "message.not_found");
    return std::move(*view);
}

struct Peers {
    Faces faces;
    std::map<std::string, group_views::Summary> groups;
};
const Principal& peer_of(const channels::Channel& channel, const Principal& me) {
    return channel.first == me ? channel.second : channel.first;
}
Peers peers_of(db::Session& s, const api::Call& call, const std::vector<inbox::Chat>& chats) {
    std::vector<Principal> who;
    std::vector<std::string> groups;
    for (const auto& chat : chats) {
        if (chat.channel.kind == channels::Kind::group) groups.push_back(chat.channel.key);
        else who.push_back(peer_of(chat.channel, call.identity->principal));
    }
    Peers found{profiles::of(s, who), {}};
    for (auto& group : group_views::find(s, groups)) {
        std::string id = group.id;
        found.groups.emplace(std::move(id), std::move(group));
    }
    return found;
}

void fill_group(pb::GroupInfo& to, const group_views::Summary& g) {
    constexpr int kOk = 0, kMuted = 3, kWorkGroup = 2;
    to.set_groupid(g.id);
    to.set_groupname(g.name);
    to.set_notification(g.notification);
    to.set_introduction(g.introduction);
    to.set_faceurl(g.avatar);
    to.set_owneruserid(g.owner);
    to.set_createtime(g.created_at);
    to.set_membercount(static_cast<uint32_t>(g.members));
    to.set_ex(g.ex);
    to.set_status(g.muted ? kMuted : kOk);
    to.set_creatoruserid(g.creator);
    to.set_grouptype(kWorkGroup);
    to.set_needverification(static_cast<int>(g.entry));
    to.set_lookmemberinfo(g.look_member_info);
    to.set_applymemberfriend(g.apply_member_friend);
    to.set_notificationupdatetime(g.notification_at);
    to.set_notificationuserid(g.announcer);
}

void fill_person(pb::ConversationMsg& to, db::Session& s, const api::Call& call, const Principal& peer,
                 const profiles::Profile& face) {
    auto& user = *to.mutable_user();
    user.set_userid(face.id);
    user.set_nickname(face.name);
    user.set_faceurl(face.avatar);
    user.set_ex(face.ex);
    user.set_createtime(face.created_at);
    const auto known = friends::find(s, call.account(), peer);
    if (!known) return;
    auto& one = *to.mutable_friend_();
    one.set_owneruserid(call.identity->public_id);
    one.set_frienduserid(face.id);
    one.set_remark(known->remark);
    one.set_createtime(known->created_at);
    one.set_addsource(static_cast<int>(known->source));
    one.set_ispinned(known->pinned);
    one.set_ex(known->ex);
}

void fill_conversation(pb::Conversation& to, const api::Call& call, const inbox::Chat& chat,
                       const chat_settings::Settings& settings) {
    const bool group = chat.channel.kind == channels::Kind::group;
    to.set_owneruserid(call.identity->public_id);
    to.set_conversationid(sdk_conversation_of(chat.channel));
    to.set_recvmsgopt(static_cast<int>(settings.notify));
    to.set_conversationtype(group ? kGroup : kSingle);
    const bool first = chat.channel.first == call.identity->principal;
    if (group) to.set_groupid(chat.channel.key);
    else to.set_userid(first ? chat.channel.second_id : chat.channel.first_id);
    to.set_ispinned(settings.pinned);
    to.set_ex(settings.ex);
    to.set_minseq(chat.from);
    to.set_maxseq(chat.channel.last_seq);
}

void fill_last(pb::ConversationMsg& to, db::Session& s, const api::Call& call, const inbox::Chat& chat) {
    if (chat.channel.last_seq < chat.from) return;
    const auto view = chat::View{chat.channel, {}, chat.from};
    pb::PullMsgs last;
    Room room;
    fill_messages(last, s, call.services.house, view, speaker_of(call), {chat.channel.last_seq}, room);
    if (last.msgs_size() == 1 && !last.msgs(0).clientmsgid().empty()) *to.mutable_lastmsg() = last.msgs(0);
}

// Base64 of a GetConversationsResp; never of nothing, which clients fall over.
std::string conversations(db::Session& s, const api::Call& call, const std::vector<inbox::Chat>& chats,
                          int64_t unread) {
    pb::GetConversationsResp answer;
    answer.set_unreadcount(unread);
    const auto settings = settings_of(s, call, chats);
    auto peers = peers_of(s, call, chats);
    for (const auto& chat : chats) {
        auto& one = *answer.add_conversations();
        const auto found = settings.find(chat.channel.id);
        fill_conversation(*one.mutable_conversation(), call, chat,
                          found == settings.end() ? chat_settings::Settings{} : found->second);
        fill_last(one, s, call, chat);
        const Principal& peer = peer_of(chat.channel, call.identity->principal);
        if (chat.channel.kind != channels::Kind::group) fill_person(one, s, call, peer, peers.faces[peer]);
        else if (const auto group = peers.groups.find(chat.channel.key); group != peers.groups.end())
            fill_group(*one.mutable_group(), group->second);
        one.set_maxseq(chat.channel.last_seq);
        // What counts for nobody is not unread.
        one.set_readseq(chat.channel.last_seq - chat.unread);
    }
    const std::string bytes = answer.SerializeAsString();
    json::Writer w;
    w.string(base64(bytes.empty() ? std::string("\x08\x00", 2) : bytes));
    return std::move(w).take();
}

template <typename Message>
Message read(const api::Call& call) {
    Message message;
    if (!message.ParseFromString(call.body)) throw Error(Fault::bad_request, "body", "protobuf");
    return message;
}

}  // namespace

const json::SchemaBase &kSdkSetConversationsBody = kSet, &kSdkClearBody = kClear, &kSdkDeleteBody = kDelete;

std::map<int64_t, chat_settings::Settings> settings_of(db::Session& s, const api::Call& call,
                                                       const std::vector<inbox::Chat>& chats) {
    std::vector<int64_t> ids;
    for (const auto& chat : chats) ids.push_back(chat.channel.id);
    return chat_settings::find(s, call.account(), ids);
}

void write_conversation(json::Writer& w, const api::Call& call, const inbox::Chat& chat,
                        const chat_settings::Settings& settings) {
    pb::Conversation c;
    fill_conversation(c, call, chat, settings);
    w.begin_object().field("ownerUserID", c.owneruserid()).field("conversationID", c.conversationid());
    w.field("recvMsgOpt", c.recvmsgopt()).field("conversationType", c.conversationtype());
    w.field("userID", c.userid()).field("groupID", c.groupid()).field("isPinned", c.ispinned());
    w.field("attachedInfo", "").field("isPrivateChat", false).field("groupAtType", 0).field("ex", c.ex());
    w.field("burnDuration", 0).field("minSeq", c.minseq()).field("maxSeq", c.maxseq()).field("msgDestructTime", 0);
    w.field("latestMsgDestructTime", 0).field("isMsgDestruct", false).end_object();
}

api::Reply sdk_unannounced(api::Call& call) {
    require_self(call, call.read(kOwn).user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        w.begin_object().key("conversationIDs").begin_array();
        for (const int64_t id : chat_settings::unannounced(s, call.account()))
            if (const auto channel = channels::find(s, id)) w.string(sdk_conversation_of(*channel));
        w.end_array().end_object();
    });
}

api::Reply sdk_set_conversations(api::Call& call) {
    const auto body = call.read(kSet);
    for (const auto& user : body.users) require_self(call, user);
    const Wanted wanted = kWanted.read(body.conversation, "/conversation");
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto view = there(s, call, wanted.id);
        chat_settings::Changes changes{wanted.pinned, {}, wanted.ex};
        if (wanted.notify) changes.notify = static_cast<chat_settings::Notify>(*wanted.notify);
        chat_settings::change(s, call.services.house, call.account(), view.channel, changes, pushes);
    });
    return reply(call);
}

api::Reply sdk_clear_conversations(api::Call& call) {
    const auto wanted = call.read(kClear);
    require_self(call, wanted.user);
    for (const auto& id : std::set<std::string>(wanted.ids.begin(), wanted.ids.end()))
        call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            inbox::clear(s, call.services.house, call.account(), there(s, call, id).channel, pushes);
        });
    return reply(call);
}

api::Reply sdk_clear_all(api::Call& call) {
    require_self(call, call.read(kOwn).user);
    const auto chats = call.services.db.read(
        [&](db::Session& s) { return inbox::list(s, call.account(), 0, false, 0, inbox::kMostChats); });
    constexpr size_t kAtOnce = 50;
    for (size_t i = 0; i < chats.size(); i += kAtOnce)
        call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            for (size_t k = i; k < std::min(chats.size(), i + kAtOnce); ++k)
                inbox::clear(s, call.services.house, call.account(), chats[k].channel, pushes);
        });
    return reply(call);
}

api::Reply sdk_delete_messages(api::Call& call) {
    const auto wanted = call.read(kDelete);
    require_self(call, wanted.user);
    std::vector<int64_t> seqs;
    if (const auto* list = wanted.seqs.array())
        for (const auto& one : *list) {
            if (one.integer().value_or(0) < 1) throw Error(Fault::bad_request, "body", "/seqs: 1 to 200 numbers");
            seqs.push_back(*one.integer());
        }
    if (seqs.empty() || seqs.size() > kMostDeleted) throw Error(Fault::bad_request, "body", "/seqs: 1 to 200 numbers");
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto view = there(s, call, wanted.conversation);
        std::vector<int64_t> known;
        for (const int64_t seq : seqs)
            if (seq >= view.from && seq <= view.channel.last_seq) known.push_back(seq);
        if (known.empty()) throw Error(Fault::not_found, "message.not_found");
        chat_settings::hide(s, call.services.house, call.account(), view.channel, known, pushes);
    });
    return reply(call);
}

api::Reply sdk_active_conversations(api::Call& call) {
    const auto wanted = read<pb::GetActiveConversationsReq>(call);
    require_self(call, wanted.owneruserid());
    return reply(call, call.services.db.read([&](db::Session& s) {
        auto chats = inbox::list(s, call.account(), 0, false, 0, inbox::kMostChats);
        int64_t unread = 0;
        for (const auto& chat : chats) unread += chat.unread;
        const auto most = static_cast<size_t>(std::clamp<int64_t>(wanted.count(), 1, kMostActive));
        if (chats.size() > most) chats.resize(most);
        return conversations(s, call, chats, unread);
    }));
}

api::Reply sdk_conversations(api::Call& call) {
    const auto wanted = read<pb::GetConversationsReq>(call);
    require_self(call, wanted.owneruserid());
    if (wanted.conversationids_size() > kMostNamed)
        throw Error(Fault::bad_request, "body", "conversationIDs: at most 200");
    return reply(call, call.services.db.read([&](db::Session& s) {
        std::vector<inbox::Chat> chats;
        const auto me = speaker_of(call);
        for (const auto& id : std::set<std::string>(wanted.conversationids().begin(), wanted.conversationids().end())) {
            const auto view = view_named(s, me, id);
            auto chat = view ? inbox::find(s, call.account(), view->channel) : std::nullopt;
            if (chat) chats.push_back(std::move(*chat));
        }
        int64_t unread = 0;
        for (const auto& chat : chats) unread += chat.unread;
        return conversations(s, call, chats, unread);
    }));
}

}  // namespace hy::openim
