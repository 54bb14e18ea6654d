#include "wire/openim_sdk/notices.h"

#include <algorithm>

#include "json/writer.h"

namespace hy::wire::openim::sdk {

namespace {

constexpr int kFriendAccepted = 1201, kFriendRefused = 1202, kFriendAsked = 1203, kFriendAdded = 1204,
              kFriendDeleted = 1205, kFriendRemark = 1206, kBlackAdded = 1207, kBlackDeleted = 1208,
              kConversationChanged = 1300, kUserChanged = 1303;
constexpr int kGroupCreated = 1501, kGroupInfo = 1502, kGroupAsked = 1503, kGroupQuit = 1504, kGroupAccepted = 1505,
              kGroupRefused = 1506, kGroupOwner = 1507, kGroupKicked = 1508, kGroupInvited = 1509, kGroupEntered = 1510,
              kGroupDismissed = 1511, kMemberMuted = 1512, kMemberFree = 1513, kGroupMuted = 1514, kGroupFree = 1515,
              kMemberInfo = 1516, kMadeAdmin = 1517, kMadeMember = 1518;
constexpr int kRecall = 2101, kDeletedHere = 2102, kReadReceipt = 2200;

// ---- people -------------------------------------------------------------------------------

std::string pair_detail(const json::Value& about) {
    json::Writer w;
    w.begin_object().key("fromToUserID").begin_object().field("fromUserID", about.text_or("from_id"));
    w.field("toUserID", about.text_or("to_id")).end_object().field("handleMsg", about.text_or("words"));
    w.field("reqMsg", about.text_or("words")).end_object();
    return std::move(w).take();
}

std::vector<Notice> of_friends(std::string_view what, const json::Value& about, const std::string& uid) {
    const std::string detail = pair_detail(about);
    const bool applicant = about.text_or("from_id") == uid;
    if (what == "request") return applicant ? std::vector<Notice>() : std::vector<Notice>{{kFriendAsked, detail, ""}};
    if (what == "refused") return applicant ? std::vector<Notice>{{kFriendRefused, detail, ""}} : std::vector<Notice>();
    if (what == "added" && applicant && about.bool_or("asked"))
        return {{kFriendAccepted, detail, ""}, {kFriendAdded, detail, ""}};
    if (what == "added") return {{kFriendAdded, detail, ""}};
    if (what == "deleted") return {{kFriendDeleted, detail, ""}};
    if (what == "remark") return {{kFriendRemark, detail, ""}};
    return {};
}

// ---- groups -------------------------------------------------------------------------------

void write_group(json::Writer& w, const json::Value& group, bool gone) {
    constexpr int kOk = 0, kDismissed = 2, kMuted = 3, kWorkGroup = 2;
    w.begin_object().field("groupID", group.text_or("id")).field("groupName", group.text_or("name"));
    w.field("notification", group.text_or("notification")).field("introduction", group.text_or("introduction"));
    w.field("faceURL", group.text_or("avatar")).field("ownerUserID", group.text_or("owner"));
    w.field("createTime", group.int_or("created_at")).field("memberCount", group.int_or("members"));
    w.field("ex", group.text_or("ex")).field("status", gone ? kDismissed : group.bool_or("muted") ? kMuted : kOk);
    w.field("creatorUserID", group.text_or("creator")).field("groupType", kWorkGroup);
    w.field("needVerification", group.int_or("entry")).field("lookMemberInfo", int{group.bool_or("look")});
    w.field("applyMemberFriend", int{group.bool_or("apply")});
    w.field("notificationUpdateTime", group.int_or("notification_at"));
    w.field("notificationUserID", group.text_or("announcer")).end_object();
}

// To those who are not in it, a group has a name and a face.
void write_outside(json::Writer& w, const json::Value& group) {
    w.begin_object().field("groupID", group.text_or("id")).field("groupName", group.text_or("name"));
    w.field("faceURL", group.text_or("avatar")).end_object();
}

int64_t level_of(const std::string& role) { return role == "owner" ? 100 : role == "admin" ? 60 : 20; }

void write_seat(json::Writer& w, const std::string& group, const json::Value& seat) {
    w.begin_object().field("groupID", group).field("userID", seat.text_or("id"));
    w.field("nickname", seat.text_or("name")).field("faceURL", seat.text_or("avatar"));
    w.field("roleLevel", level_of(seat.text_or("role"))).field("joinTime", seat.int_or("joined_at"));
    w.field("joinSource", seat.int_or("source")).field("inviterUserID", seat.text_or("inviter"));
    w.field("operatorUserID", seat.text_or("inviter")).field("muteEndTime", seat.int_or("muted_until"));
    w.field("appMangerLevel", 0).field("ex", "").end_object();
}

// What every tip about a group has.
struct Tip {
    enum class To { members, former, strangers };
    Tip(const json::Value& payload, To whom = To::members) : about(payload) {
        const json::Value* group = about.find("group");
        id = group ? group->text_or("id") : std::string();
        w.begin_object().key("group");
        if (whom == To::strangers && group) write_outside(w, *group);
        else write_group(w, group ? *group : json::Value(), whom == To::former);
        if (const json::Value* by = about.find("by_seat")) write_seat(w.key("opUser"), id, *by);
        // The version of a group is when it last changed.
        w.field("operationTime", about.int_or("at"))
            .field("groupMemberVersion", std::max<int64_t>(1, about.int_or("at")));
        w.field("groupMemberVersionID", "1");
    }
    Tip& seat(const char* name, const json::Value* seat) {
        if (seat) write_seat(w.key(name), id, *seat);
        return *this;
    }
    Tip& seats(const char* name) {
        w.key(name).begin_array();
        if (const json::Value* list = about.find("seats"); list && list->array())
            for (const auto& one : *list->array()) write_seat(w, id, one);
        w.end_array();
        return *this;
    }
    std::vector<Notice> as(int type) {
        if (id.empty()) return {};
        w.end_object();
        return {{type, std::move(w).take(), id}};
    }
    const json::Value& about;
    std::string id;
    json::Writer w;
};

const json::Value* first_seat(const json::Value& about) {
    const json::Value* list = about.find("seats");
    return list && list->array() && !list->array()->empty() ? &list->array()->front() : nullptr;
}

std::vector<Notice> of_silence(const json::Value& about) {
    const json::Value* whom = first_seat(about);
    Tip tip(about);
    tip.seat("mutedUser", whom);
    const int64_t ms = whom ? whom->int_or("muted_until") - about.int_or("at") : 0;
    tip.w.field("mutedSeconds", std::max<int64_t>(0, (ms + 500) / 1000));
    return tip.as(kMemberMuted);
}

std::vector<Notice> of_role(const json::Value& about) {
    const json::Value* whom = first_seat(about);
    const std::string role = whom ? whom->text_or("role") : std::string();
    if (role != "owner") return Tip(about).seat("changedUser", whom).as(role == "admin" ? kMadeAdmin : kMadeMember);
    Tip tip(about);
    tip.seat("newGroupOwner", whom).seat("oldGroupOwnerInfo", about.find("by_seat"));
    const json::Value* by = about.find("by_seat");
    tip.w.field("oldGroupOwner", by ? by->text_or("id") : std::string());
    return tip.as(kGroupOwner);
}

std::vector<Notice> of_members(const json::Value& about) {
    const std::string how = about.text_or("how");
    if (how == "invited")
        return Tip(about).seats("invitedUserList").seat("inviterUser", about.find("by_seat")).as(kGroupInvited);
    if (how == "entered") return Tip(about).seat("entrantUser", first_seat(about)).as(kGroupEntered);
    if (how == "kicked") return Tip(about).seats("kickedUserList").as(kGroupKicked);
    if (how == "quit") return Tip(about).seat("quitUser", first_seat(about)).as(kGroupQuit);
    return {};
}

std::vector<Notice> of_requests(std::string_view what, const json::Value& about, const std::string& uid) {
    const std::string applicant = about.text_or("account_id");
    if (what == "request") {
        if (uid == applicant) return {};
        Tip tip(about);
        tip.w.key("applicant").begin_object().field("userID", applicant).field("nickname", about.text_or("name"));
        tip.w.field("faceURL", about.text_or("face")).end_object().field("reqMsg", about.text_or("words"));
        return tip.as(kGroupAsked);
    }
    const bool stranger = uid == applicant && what != "accepted";
    Tip tip(about, stranger ? Tip::To::strangers : Tip::To::members);
    tip.w.field("handleMsg", about.text_or("words")).field("receiverAs", uid == applicant ? 0 : 1);
    return tip.as(what == "accepted" ? kGroupAccepted : kGroupRefused);
}

std::vector<Notice> of_groups(std::string_view what, const json::Value& about, const std::string& uid) {
    if (uid.empty()) {
        if (what == "info") return Tip(about).as(kGroupInfo);
        if (what == "muted") return Tip(about).as(kGroupMuted);
        if (what == "unmuted") return Tip(about).as(kGroupFree);
        if (what == "role") return of_role(about);
        if (what == "members") return of_members(about);
        if (what == "leave") return Tip(about, Tip::To::former).as(kGroupDismissed);
        if (what == "silenced") return of_silence(about);
        if (what == "free") return Tip(about).seat("mutedUser", first_seat(about)).as(kMemberFree);
        if (what == "member") return Tip(about).seat("changedUser", first_seat(about)).as(kMemberInfo);
        return {};
    }
    // About oneself: the client asks then which groups it is in.
    if (what == "join") return Tip(about).seats("memberList").as(kGroupCreated);
    if (what == "leave") {
        Tip tip(about);
        tip.w.key("kickedUserList").begin_array().begin_object().field("groupID", tip.id).field("userID", uid);
        tip.w.end_object().end_array();
        return tip.as(kGroupKicked);
    }
    return of_requests(what, about, uid);
}

// ---- messages -----------------------------------------------------------------------------

std::string conversation_in(const json::Value& about) {
    if (const std::string group = about.text_or("group"); !group.empty()) return "sg_" + group;
    const auto peers = json::texts(about.find("peers"));
    if (peers.size() != 2) return {};
    return "si_" + std::min(peers[0], peers[1]) + "_" + std::max(peers[0], peers[1]);
}

std::vector<Notice> of_recall(const json::Value& about) {
    const std::string conversation = conversation_in(about);
    if (conversation.empty()) return {};
    json::Writer w;
    w.begin_object().field("revokerUserID", about.text_or("by_id"));
    w.field("clientMsgID", about.text_or("client_no", about.text_or("id"))).field("revokeTime", about.int_or("at"));
    w.field("sesstionType", about.text_or("group").empty() ? 1 : 3).field("seq", about.int_or("message_seq"));
    w.field("conversationID", conversation).field("isAdminRevoke", false).end_object();
    return {{kRecall, std::move(w).take(), about.text_or("group")}};
}

void write_seqs(json::Writer& w, const json::Value& about) {
    w.key("seqs").begin_array();
    if (const json::Value* list = about.find("seqs"); list && list->array())
        for (const auto& seq : *list->array())
            if (seq.integer()) w.number(*seq.integer());
    w.end_array();
}

std::vector<Notice> of_hidden(const json::Value& about, const std::string& uid) {
    json::Writer w;
    w.begin_object().field("userID", uid).field("conversationID", conversation_in(about));
    write_seqs(w, about);
    w.end_object();
    return {{kDeletedHere, std::move(w).take(), ""}};
}

std::vector<Notice> of_receipt(const json::Value& about) {
    json::Writer w;
    w.begin_object().field("markAsReadUserID", about.text_or("by_id")).field("conversationID", conversation_in(about));
    write_seqs(w, about);
    w.field("hasReadSeq", about.int_or("read_seq")).end_object();
    return {{kReadReceipt, std::move(w).take(), ""}};
}

std::vector<Notice> of_conversation(const json::Value& about, const std::string& uid) {
    json::Writer w;
    w.begin_object().field("userID", uid).key("conversationIDList").begin_array();
    w.string(conversation_in(about)).end_array().end_object();
    return {{kConversationChanged, std::move(w).take(), ""}};
}

std::vector<Notice> of_user(const std::string& uid) {
    json::Writer w;
    w.begin_object().field("userID", uid).end_object();
    return {{kUserChanged, std::move(w).take(), ""}};
}

}  // namespace

std::vector<Notice> notices_of(const json::Value& push, const std::string& uid) {
    const json::Value* payload = push.find("payload");
    if (!payload) return {};
    const std::string event = push.text_or("event");
    const std::string_view what = std::string_view(event).substr(event.find('.') + 1);
    // What is said on a group's topic is the same for all of it.
    if (uid.empty() != (push.find("channel") != nullptr)) return {};
    if (event == "recall") return of_recall(*payload);
    if (event.starts_with("group.")) return of_groups(what, *payload, uid);
    if (uid.empty()) return {};
    if (event.starts_with("friend.")) return of_friends(what, *payload, uid);
    if (event == "block.added") return {{kBlackAdded, pair_detail(*payload), ""}};
    if (event == "block.removed") return {{kBlackDeleted, pair_detail(*payload), ""}};
    if (event == "receipt") return of_receipt(*payload);
    if (event == "chat.settings") return of_conversation(*payload, uid);
    if (event == "chat.hidden") return of_hidden(*payload, uid);
    if (event == "profile") return of_user(uid);
    return {};
}

}  // namespace hy::wire::openim::sdk
