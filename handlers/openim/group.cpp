// Groups: made, changed, given away, silenced, ended; and what they are like.
#include "base/ids.h"
#include "core/events.h"
#include "calls.h"
#include "group_shapes.h"
#include "sdk_door.h"

namespace hy::openim {

namespace {

constexpr size_t kMostMembers = 1000, kMostGroups = 100;
constexpr std::string_view kLowerLetters = "abcdefghijklmnopqrstuvwxyz";
constexpr json::Rules kUsers = {.min_chars = 1, .max_chars = 64, .max_items = kMostMembers};

struct NewGroup {
    std::vector<std::string> members, admins;
    std::string owner;
    json::Value info;
};
const auto kNewGroup =
    json::Schema<NewGroup>()
        .field("memberUserIDs", &NewGroup::members, kUsers)
        .field("adminUserIDs", &NewGroup::admins, kUsers)
        .field("ownerUserID", &NewGroup::owner, {.max_chars = 64, .note = "the caller's own"})
        .field("groupInfo", &NewGroup::info,
               {.required = true,
                .note = "{groupName, introduction, notification, faceURL, ex, groupID, needVerification, groupType}"});

struct Info {
    std::optional<std::string> id, name, introduction, notification, face, ex;
    std::optional<int64_t> entry, look, apply, type;
};
const auto kInfo = json::Schema<Info>()
                       .field("groupID", &Info::id, {.max_chars = 64})
                       .field("groupName", &Info::name, {.max_chars = 100})
                       .field("introduction", &Info::introduction, {.max_chars = 2000})
                       .field("notification", &Info::notification, {.max_chars = 2000})
                       .field("faceURL", &Info::face, {.max_chars = 1000})
                       .field("ex", &Info::ex, {.max_chars = 1000})
                       .field("needVerification", &Info::entry, {.min = 0, .max = 2})
                       .field("lookMemberInfo", &Info::look, {.min = 0, .max = 1})
                       .field("applyMemberFriend", &Info::apply, {.min = 0, .max = 1})
                       .field("groupType", &Info::type, {.min = 0, .max = 3});

struct SetInfo {
    json::Value info;
};
const auto kSetInfo = json::Schema<SetInfo>().field(
    "groupInfoForSet", &SetInfo::info,
    {.required = true,
     .note = "{groupID, groupName, introduction, notification, faceURL, ex, needVerification, lookMemberInfo, "
             "applyMemberFriend}; what is absent stays"});

struct Some {
    std::vector<std::string> ids;
};
const auto kSome = json::Schema<Some>().field(
    "groupIDs", &Some::ids,
    {.required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = kMostGroups});

struct One {
    std::string id, from, to;
};
const auto kOne = json::Schema<One>().field("groupID", &One::id, {.required = true, .min_chars = 1, .max_chars = 64});
const auto kTransfer = json::Schema<One>()
                           .field("groupID", &One::id, {.required = true, .min_chars = 1, .max_chars = 64})
                           .field("oldOwnerUserID", &One::from, {.max_chars = 64, .note = "the caller's own"})
                           .field("newOwnerUserID", &One::to, {.required = true, .min_chars = 1, .max_chars = 64});

struct Joined {
    std::string user;
    json::Value pagination;
};
const auto kJoined = json::Schema<Joined>()
                         .field("fromUserID", &Joined::user, {.max_chars = 64, .note = "the caller's own"})
                         .field("pagination", &Joined::pagination, {.note = "{pageNumber, showNumber}"});

#define HY_GROUP \
    R"("groupID":"group123","groupName":"技术交流群","ownerUserID":"user123","createTime":1640995200000,"memberCount":2)"
#define HY_DETAILS                                                                                                                      \
    R"(,"introduction":"这是一个技术交流群","faceURL":"","groupType":2,"ex":"","notification":"","notificationUpdateTime":0,)" \
    R"("notificationUserID":"","creatorUserID":"user123","status":0,"needVerification":0,"lookMemberInfo":0,"applyMemberFriend":0)"
constexpr const char* kDone = R"({"errCode":0,"errMsg":"success","data":{}})";
constexpr const char* kCreateExample = R"({"errCode":0,"errMsg":"success","data":{"groupInfo":{)" HY_GROUP "}}}";
constexpr const char* kInfosExample =
    R"({"errCode":0,"errMsg":"success","data":{"groupInfos":[{)" HY_GROUP HY_DETAILS "}]}}";
constexpr const char* kJoinedExample =
    R"({"errCode":0,"errMsg":"success","data":{"groups":[{)" HY_GROUP HY_DETAILS R"(}],"total":1}})";
#undef HY_GROUP
#undef HY_DETAILS

groups::Changes changes_of(const Info& info) {
    groups::Changes changes{.name = info.name,
                            .avatar = info.face,
                            .introduction = info.introduction,
                            .notification = info.notification,
                            .ex = info.ex};
    if (info.entry) changes.entry = static_cast<groups::Entry>(*info.entry);
    if (info.look) changes.look_member_info = *info.look == 1;
    if (info.apply) changes.apply_member_friend = *info.apply == 1;
    return changes;
}

// Given, or of our making: nobody can register such an id.
std::string id_for(const Info& info) {
    if (!info.id || info.id->empty()) return "group_" + random_text(1, kLowerLetters) + random_text(11, kLowerDigits);
    if (!people::valid_id(*info.id))
        throw Error(Fault::bad_request, "body", "/groupInfo/groupID: letters, digits, . _ -");
    if (people::reserved(*info.id)) throw Error(Fault::bad_request, "group.reserved");
    return *info.id;
}

groups::Group make(db::Session& s, const api::Call& call, const std::string& id, const Info& info,
                   const NewGroup& wanted, outbox::Pushes& pushes) {
    const House& house = call.services.house;
    const Principal me = call.identity->principal;
    if (people::find(s, id)) throw Error(Fault::conflict, "group.exists");
    const groups::Face face{info.name.value_or(""), info.face.value_or("")};
    std::vector<std::string> all = wanted.members;
    all.insert(all.end(), wanted.admins.begin(), wanted.admins.end());
    std::vector<Principal> who = groups::guests(s, call.account(), all);
    who.push_back(me);
    events::hold(s, who);
    const auto group = groups::create(s, house, id, face, me, pushes);
    groups::invite(s, house, group, me, who, pushes);
    for (const auto& [name, admin] : people::find(s, wanted.admins))
        if (!(admin.who == me))
            groups::set_role(s, call.services.house, group, me, admin.who, channels::Role::admin, pushes);
    groups::change(s, house, group, me, changes_of(info), pushes);
    return group;
}

}  // namespace

api::Reply create_group(api::Call& call) {
    const auto wanted = call.read(kNewGroup);
    require_self(call, wanted.owner);
    call.require_voice();
    if (wanted.members.size() + wanted.admins.size() > kMostMembers)
        throw Error(Fault::bad_request, "body", "/memberUserIDs: at most 1000 with the admins");
    const Info info = kInfo.read(wanted.info, "/groupInfo");
    const std::string id = id_for(info);
    const auto made = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        make(s, call, id, info, wanted, pushes);
        return group_views::find(s, {id}).at(0);
    });
    json::Writer w;
    w.begin_object();
    write_group(w.key("groupInfo"), made, call.door == &kSdkDoor);
    w.end_object();
    return reply(call, w.text());
}

api::Reply get_groups_info(api::Call& call) {
    const auto wanted = call.read(kSome);
    const auto found = call.services.db.read([&](db::Session& s) {
        for (const auto& id : wanted.ids) require_member(s, call, groups::living(s, id));
        return group_views::find(s, wanted.ids);
    });
    json::Writer w;
    w.begin_object().key("groupInfos").begin_array();
    for (const auto& group : found) write_group(w, group, true);
    w.end_array().end_object();
    return reply(call, w.text());
}

api::Reply get_joined_group_list(api::Call& call) {
    const auto wanted = call.read(kJoined);
    require_self(call, wanted.user);
    const Page page = page_of(wanted.pagination);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        w.begin_object().key("groups").begin_array();
        for (const auto& group : group_views::of(s, call.identity->principal, page.skip, page.show))
            write_group(w, group, true);
        w.end_array().field("total", group_views::count(s, call.identity->principal)).end_object();
    });
}

namespace {

api::Reply set_info(api::Call& call, const Info& info) {
    if (!info.id) throw Error(Fault::bad_request, "body", "/groupInfoForSet/groupID: required");
    call.require_voice();
    return with_group(call, *info.id,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::change(s, call.services.house, group, me, changes_of(info), pushes);
                      });
}
api::Reply set_group_info(api::Call& call) {
    return set_info(call, kInfo.read(call.read(kSetInfo).info, "/groupInfoForSet"));
}

}  // namespace

// The same, with nothing around it.
api::Reply sdk_set_group_info(api::Call& call) { return set_info(call, call.read(kInfo)); }

api::Reply dismiss_group(api::Call& call) {
    return with_group(call, call.read(kOne).id,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::dissolve(s, call.services.house, group, me, pushes);
                      });
}

api::Reply transfer_group(api::Call& call) {
    const auto wanted = call.read(kTransfer);
    require_self(call, wanted.from);
    return with_group(call, wanted.id,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::set_role(s, call.services.house, group, me, person(s, wanted.to).who,
                                           channels::Role::owner, pushes);
                      });
}

namespace {

api::Reply mute(api::Call& call, bool muted) {
    return with_group(call, call.read(kOne).id,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::set_muted(s, call.services.house, group, me, muted, pushes);
                      });
}
}  // namespace

api::Reply mute_group(api::Call& call) { return mute(call, true); }

api::Reply cancel_mute_group(api::Call& call) { return mute(call, false); }

namespace {

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/group/create_group", api::Auth::talker, api::Rate::normal, create_group, "Make a group; the caller owns it",
     {.body = &kNewGroup, .answer = kCreateExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_groups_info", api::Auth::talker, api::Rate::normal, get_groups_info, "What groups are like, for their members",
     {.body = &kSome, .answer = kInfosExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_joined_group_list", api::Auth::talker, api::Rate::normal, get_joined_group_list, "The groups that the caller is in",
     {.body = &kJoined, .answer = kJoinedExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/set_group_info", api::Auth::talker, api::Rate::normal, set_group_info, "Change what a group is like (owner, admins)",
     {.body = &kSetInfo, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/dismiss_group", api::Auth::talker, api::Rate::normal, dismiss_group, "End a group (owner)",
     {.body = &kOne, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/transfer_group", api::Auth::talker, api::Rate::normal, transfer_group, "Give a group to another member (owner)",
     {.body = &kTransfer, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/mute_group", api::Auth::talker, api::Rate::normal, mute_group, "Only owner and admins speak from now on",
     {.body = &kOne, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/cancel_mute_group", api::Auth::talker, api::Rate::normal, cancel_mute_group, "Everybody speaks again",
     {.body = &kOne, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/invite_user_to_group", api::Auth::talker, api::Rate::normal, invite_user_to_group, "Bring people and robots into a group",
     {.body = &kInviteBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/kick_group", api::Auth::talker, api::Rate::normal, kick_group, "Send members away (owner, admins)",
     {.body = &kKickBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/quit_group", api::Auth::talker, api::Rate::normal, quit_group, "Leave a group",
     {.body = &kQuitBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/mute_group_member", api::Auth::talker, api::Rate::normal, mute_group_member, "Silence a member for a time",
     {.body = &kMuteMemberBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/cancel_mute_group_member", api::Auth::talker, api::Rate::normal, cancel_mute_group_member, "Let a member speak again",
     {.body = &kOneMemberBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/set_group_member_info", api::Auth::talker, api::Rate::normal, set_group_member_info, "A member's name there, and whether it is an admin",
     {.body = &kMemberInfoBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_group_member_list", api::Auth::talker, api::Rate::normal, get_group_member_list, "Who is in a group",
     {.body = &kMemberListBody, .answer = kMemberListExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_group_members_info", api::Auth::talker, api::Rate::normal, get_group_members_info, "Some members of a group",
     {.body = &kMembersInfoBody, .answer = kMemberListExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/join_group", api::Auth::talker, api::Rate::normal, join_group, "Come into an open group, or ask to",
     {.body = &kJoinBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/group_application_response", api::Auth::talker, api::Rate::normal, group_application_response, "Say yes or no to who asked (owner, admins)",
     {.body = &kApplicationAnswerBody, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_recv_group_applicationList", api::Auth::talker, api::Rate::normal, get_recv_group_application_list, "Who asked to be in the caller's groups",
     {.body = &kApplicationsBody, .answer = kApplicationsExample, .errors = {413, 429}}},
    {"POST", "/api/v3/group/get_user_req_group_applicationList", api::Auth::talker, api::Rate::normal, get_user_req_group_application_list, "Which groups the caller asked to be in",
     {.body = &kApplicationsBody, .answer = kApplicationsExample, .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const json::SchemaBase& kSdkGroupInfoBody = kInfo;
const json::SchemaBase &kNewGroupBody = kNewGroup, &kGroupsBody = kSome, &kJoinedBody = kJoined, &kGroupBody = kOne,
                       &kTransferBody = kTransfer;
const api::Group kGroup = {kDoor, "openim-group", kRoutes};

}  // namespace hy::openim
