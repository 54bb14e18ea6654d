// Friends and groups where OpenIM's own clients want other shapes than the document, or ask what it has no call for.
#include "calls.h"
#include "core/group_requests.h"
#include "friend_shapes.h"
#include "group_shapes.h"
#include "sdk_door.h"

namespace hy::openim {

namespace {

constexpr size_t kMostFriends = 100;
constexpr json::Rules kId = {.required = true, .min_chars = 1, .max_chars = 64};
constexpr json::Rules kIds = {
    .required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = kMostFriends};

struct Pair {
    std::string from, to;
};
const auto kPair = json::Schema<Pair>().field("fromUserID", &Pair::from, kId).field("toUserID", &Pair::to, kId);

struct Friends {
    std::string owner;
    std::vector<std::string> ids;
    std::optional<std::string> remark, ex;
    std::optional<bool> pinned;
};
const auto kFriends = json::Schema<Friends>()
                          .field("ownerUserID", &Friends::owner, {.max_chars = 64, .note = "the caller's own"})
                          .field("friendUserIDs", &Friends::ids, kIds);
const auto kUpdateFriends = json::Schema<Friends>()
                                .field("ownerUserID", &Friends::owner, {.max_chars = 64, .note = "the caller's own"})
                                .field("friendUserIDs", &Friends::ids, kIds)
                                .field("remark", &Friends::remark, {.max_chars = 100})
                                .field("isPinned", &Friends::pinned)
                                .field("ex", &Friends::ex, {.max_chars = 1000});
const auto kBlacks = json::Schema<Friends>()
                         .field("ownerUserID", &Friends::owner, {.max_chars = 64, .note = "the caller's own"})
                         .field("userIDList", &Friends::ids, kIds);

struct GroupUser {
    std::string group, user;
};
const auto kGroupUser =
    json::Schema<GroupUser>().field("groupID", &GroupUser::group, kId).field("userID", &GroupUser::user, kId);
const auto kMemberIds = json::Schema<GroupUser>().field("groupID", &GroupUser::group, kId);

std::vector<Principal> known(db::Session& s, const std::vector<std::string>& ids) {
    std::vector<Principal> who;
    for (const auto& [id, one] : people::find(s, ids)) who.push_back(one.who);
    return who;
}

// ---- who asks to be in a group -------------------------------------------------------------

using Groups = std::map<std::string, group_views::Summary>;

// What a group is like is for its members; to others it has a name and a face.
void write_outside(json::Writer& w, const group_views::Summary& group) {
    w.begin_object().field("groupID", group.id).field("groupName", group.name).field("faceURL", group.avatar);
    w.end_object();
}

void write_group_request(json::Writer& w, Faces& faces, const Groups& groups, bool inside,
                         const group_requests::Request& r) {
    const auto& face = faces[account_principal(r.account)];
    const auto name = [&](int64_t account) { return account ? faces[account_principal(account)].id : std::string(); };
    w.begin_object().key("userInfo").begin_object().field("userID", face.id).field("nickname", face.name);
    w.field("faceURL", face.avatar).end_object().key("groupInfo");
    const auto group = groups.find(r.group);
    if (group != groups.end() && inside) write_group(w, group->second, true);
    else if (group != groups.end()) write_outside(w, group->second);
    else w.begin_object().field("groupID", r.group).end_object();
    w.field("handleResult", static_cast<int>(r.state)).field("reqMsg", r.message).field("handleMsg", r.answer);
    w.field("reqTime", r.created_at).field("handleUserID", name(r.handler)).field("handleTime", r.handled_at);
    w.field("ex", "").field("joinSource", r.inviter ? 2 : 3).field("inviterUserID", name(r.inviter)).end_object();
}

// `inside`: the reader is in all of these groups.
void write_group_requests(json::Writer& w, db::Session& s, bool inside,
                          const std::vector<group_requests::Request>& list) {
    auto faces = faces_of(s, list, [](const group_requests::Request& r) {
        std::vector<Principal> who;
        for (const int64_t id : {r.account, r.inviter, r.handler})
            if (id) who.push_back(account_principal(id));
        return who;
    });
    std::vector<std::string> ids;
    for (const auto& r : list) ids.push_back(r.group);
    Groups groups;
    for (auto& group : group_views::find(s, ids)) groups.emplace(group.id, group);
    w.begin_object().key("groupRequests").begin_array();
    for (const auto& r : list) write_group_request(w, faces, groups, inside, r);
    w.end_array().field("total", list.size()).end_object();
}

api::Reply group_requests_of(api::Call& call, bool mine) {
    const auto wanted = read_applications(call);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        write_group_requests(w, s, !mine,
                             mine ? group_requests::made(s, call.account(), wanted.skip, wanted.show)
                                  : group_requests::received(s, call.account(), wanted.skip, wanted.show));
    });
}

}  // namespace

const json::SchemaBase &kSdkPairBody = kPair, &kSdkFriendsBody = kFriends, &kSdkUpdateFriendsBody = kUpdateFriends,
                       &kSdkBlacksBody = kBlacks, &kSdkMemberIdsBody = kMemberIds, &kSdkGroupRequestBody = kGroupUser;

api::Reply sdk_designated_requests(api::Call& call) {
    const auto wanted = call.read(kPair);
    if (wanted.from != call.identity->public_id) require_self(call, wanted.to);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        std::vector<friends::Request> list;
        const auto from = people::find_ever(s, wanted.from), to = people::find_ever(s, wanted.to);
        if (from && to && from->who.type == PrincipalType::account && to->who.type == PrincipalType::account)
            if (const auto request = friends::request(s, from->who.id, to->who.id)) list.push_back(*request);
        auto faces = faces_of(s, list);
        w.begin_object().key("friendRequests").begin_array();
        for (const auto& request : list) write_request(w, faces, request);
        w.end_array().end_object();
    });
}

api::Reply sdk_designated_friends(api::Call& call) {
    const auto wanted = call.read(kFriends);
    require_self(call, wanted.owner);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        std::vector<friends::Friend> list;
        for (const auto& who : known(s, wanted.ids))
            if (const auto one = friends::find(s, call.account(), who)) list.push_back(*one);
        auto faces = faces_of(s, list);
        w.begin_object().key("friendsInfo").begin_array();
        for (const auto& one : list) write_friend(w, faces, call, one);
        w.end_array().end_object();
    });
}

api::Reply sdk_update_friends(api::Call& call) {
    const auto wanted = call.read(kUpdateFriends);
    require_self(call, wanted.owner);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        for (const auto& id : wanted.ids)
            friends::change(s, call.services.house, call.account(), person_ever(s, id).who,
                            {wanted.remark, wanted.ex, wanted.pinned}, pushes);
    });
    return reply(call);
}

api::Reply sdk_specified_blacks(api::Call& call) {
    const auto wanted = call.read(kBlacks);
    require_self(call, wanted.owner);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto list = contacts::find(s, call.account(), known(s, wanted.ids));
        auto faces = faces_of(s, list);
        w.begin_object().key("blacks").begin_array();
        for (const auto& one : list) write_black(w, faces, call.identity->public_id, one);
        w.end_array().field("total", list.size()).end_object();
    });
}

api::Reply sdk_member_ids(api::Call& call) {
    const auto wanted = call.read(kMemberIds);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        constexpr size_t kAtOnce = 1000;
        const auto group = groups::living(s, wanted.group);
        require_member(s, call, group);
        const auto members = channels::members(s, group.channel.id);
        w.begin_object().field("version", 1).field("versionID", "1").field("equal", false).key("userIDs").begin_array();
        for (size_t i = 0; i < members.size(); i += kAtOnce) {
            std::vector<Principal> who;
            for (size_t k = i; k < std::min(members.size(), i + kAtOnce); ++k) who.push_back(members[k].who);
            for (const auto& [one, id] : people::ids_of(s, who)) w.string(id);
        }
        w.end_array().end_object();
    });
}

api::Reply sdk_group_requests_received(api::Call& call) { return group_requests_of(call, false); }
api::Reply sdk_group_requests_made(api::Call& call) { return group_requests_of(call, true); }

// Of somebody who asked, for himself and for those who may answer.
api::Reply sdk_group_request_of(api::Call& call) {
    const auto wanted = call.read(kGroupUser);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto group = groups::living(s, wanted.group);
        const auto member = channels::member(s, group.channel.id, call.identity->principal);
        const bool rules = member && member->role != channels::Role::member;
        if (!rules) require_self(call, wanted.user);
        std::vector<group_requests::Request> list;
        const auto who = people::find_ever(s, wanted.user);
        if (who && who->who.type == PrincipalType::account)
            if (const auto request = group_requests::find(s, group.channel.id, who->who.id)) list.push_back(*request);
        write_group_requests(w, s, member.has_value(), list);
    });
}

}  // namespace hy::openim
