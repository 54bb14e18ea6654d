// Who is in a group: brought in, sent away, silenced, named, listed, asking to be let in.
#include <algorithm>

#include "core/group_requests.h"
#include "core/profiles.h"
#include "group_shapes.h"

namespace hy::openim {

namespace {

constexpr size_t kMostMembers = 1000;
constexpr int64_t kOwnerLevel = 100, kAdminLevel = 60, kMemberLevel = 20;
constexpr json::Rules kGroupId = {.required = true, .min_chars = 1, .max_chars = 64};
constexpr json::Rules kUsers = {
    .required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = kMostMembers};

struct Several {
    std::string group, reason;
    std::vector<std::string> users;
};
const auto kInvite = json::Schema<Several>()
                         .field("groupID", &Several::group, kGroupId)
                         .field("reason", &Several::reason, {.max_chars = 1000})
                         .field("invitedUserIDs", &Several::users, kUsers);
const auto kKick = json::Schema<Several>()
                       .field("groupID", &Several::group, kGroupId)
                       .field("reason", &Several::reason, {.max_chars = 1000})
                       .field("kickedUserIDs", &Several::users, kUsers);
const auto kMembersInfo =
    json::Schema<Several>().field("groupID", &Several::group, kGroupId).field("userIDs", &Several::users, kUsers);

struct OneMember {
    std::string group, user;
    int64_t seconds = 0;
};
const auto kOneMember =
    json::Schema<OneMember>().field("groupID", &OneMember::group, kGroupId).field("userID", &OneMember::user, kGroupId);
const auto kMuteMember =
    json::Schema<OneMember>()
        .field("groupID", &OneMember::group, kGroupId)
        .field("userID", &OneMember::user, kGroupId)
        .field("mutedSeconds", &OneMember::seconds, {.required = true, .min = 1, .max = 10LL * 365 * 86400});
const auto kQuit = json::Schema<OneMember>()
                       .field("groupID", &OneMember::group, kGroupId)
                       .field("userID", &OneMember::user, {.max_chars = 64, .note = "the caller's own"});

struct MemberInfos {
    json::Value members;
};
const auto kMemberInfos = json::Schema<MemberInfos>().field(
    "members", &MemberInfos::members,
    {.required = true, .note = "1 to 100 of {groupID, userID, nickname, roleLevel: 60 admin or 20 member}"});
struct MemberInfo {
    std::string group, user;
    std::optional<std::string> nickname;
    std::optional<int64_t> level;
};
const auto kMemberInfo = json::Schema<MemberInfo>()
                             .field("groupID", &MemberInfo::group, kGroupId)
                             .field("userID", &MemberInfo::user, kGroupId)
                             .field("nickname", &MemberInfo::nickname, {.max_chars = 100})
                             .field("roleLevel", &MemberInfo::level, {.min = 20, .max = 60});

struct MemberList {
    std::string group;
    int64_t filter = 0;
    json::Value pagination;
};
const auto kMemberList =
    json::Schema<MemberList>()
        .field("groupID", &MemberList::group, kGroupId)
        .field("filter", &MemberList::filter, {.min = 0, .max = 3, .note = "0 all, 1 owner, 2 admins, 3 members"})
        .field("pagination", &MemberList::pagination, {.note = "{pageNumber, showNumber}"});

struct Join {
    std::string group, message;
};
const auto kJoin = json::Schema<Join>()
                       .field("groupID", &Join::group, kGroupId)
                       .field("reqMessage", &Join::message, {.max_chars = 1000});
struct ApplicationAnswer {
    std::string group, user, words;
    int64_t result = 0;
};
const auto kApplicationAnswer = json::Schema<ApplicationAnswer>()
                                    .field("groupID", &ApplicationAnswer::group, kGroupId)
                                    .field("fromUserID", &ApplicationAnswer::user, kGroupId)
                                    .field("handledMsg", &ApplicationAnswer::words, {.max_chars = 1000})
                                    .field("handleResult", &ApplicationAnswer::result,
                                           {.required = true, .min = -1, .max = 1, .note = "1 yes, -1 no"});
struct Applications {
    std::string user, from;
    json::Value pagination;
};
const auto kApplications = json::Schema<Applications>()
                               .field("userID", &Applications::user, {.max_chars = 64, .note = "the caller's own"})
                               .field("fromUserID", &Applications::from, {.max_chars = 64, .note = "the caller's own"})
                               .field("pagination", &Applications::pagination, {.note = "{pageNumber, showNumber}"});

std::vector<Principal> those(db::Session& s, const std::vector<std::string>& ids) {
    std::vector<Principal> who;
    for (const auto& [id, person] : people::find(s, ids)) who.push_back(person.who);
    return who;
}

}  // namespace

void write_seat(json::Writer& w, const std::string& group, const group_views::Seat& seat) {
    w.begin_object().field("groupID", group).field("userID", seat.id).field("nickname", seat.name);
    w.field("faceURL", seat.avatar).field("roleLevel", level_of(seat.role)).field("joinTime", seat.joined_at);
    w.field("joinSource", seat.source).field("inviterUserID", seat.inviter).field("muteEndTime", seat.muted_until);
    w.end_object();
}

namespace {

void write_seats(json::Writer& w, const std::string& group, const std::vector<group_views::Seat>& seats) {
    w.begin_object().key("members").begin_array();
    for (const auto& seat : seats) write_seat(w, group, seat);
    w.end_array();
}

api::Reply mute_until(api::Call& call, const OneMember& wanted, int64_t until) {
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          require_member(s, call, group);
                          groups::mute_member(s, call.services.house, group, me, person(s, wanted.user).who, until,
                                              pushes);
                      });
}

api::Reply applications(api::Call& call, bool mine) {
    const Page page = read_applications(call);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto list = mine ? group_requests::made(s, call.account(), page.skip, page.show)
                               : group_requests::received(s, call.account(), page.skip, page.show);
        std::vector<Principal> who;
        for (const auto& r : list)
            for (const int64_t id : {r.account, r.inviter, r.handler})
                if (id) who.push_back(account_principal(id));
        auto faces = profiles::of(s, who);
        w.begin_object().key("groupRequests").begin_array();
        for (const auto& r : list) {
            const auto& face = faces[account_principal(r.account)];
            w.begin_object().field("groupID", r.group).field("userID", face.id).field("nickname", face.name);
            w.field("userFaceURL", face.avatar).field("reqMsg", r.message).field("reqTime", r.created_at);
            w.field("handleResult", static_cast<int>(r.state)).field("handledMsg", r.answer);
            w.field("handledTime", r.handled_at);
            w.field("handleUserID", r.handler ? faces[account_principal(r.handler)].id : std::string());
            w.field("inviterUserID", r.inviter ? faces[account_principal(r.inviter)].id : std::string()).end_object();
        }
        w.end_array().end_object();
    });
}

}  // namespace

const json::SchemaBase &kInviteBody = kInvite, &kKickBody = kKick, &kQuitBody = kQuit, &kMuteMemberBody = kMuteMember,
                       &kOneMemberBody = kOneMember, &kMemberInfoBody = kMemberInfos, &kMemberListBody = kMemberList,
                       &kMembersInfoBody = kMembersInfo, &kJoinBody = kJoin,
                       &kApplicationAnswerBody = kApplicationAnswer, &kApplicationsBody = kApplications;
const char* const kMemberListExample =
    R"({"errCode":0,"errMsg":"success","data":{"members":[{"groupID":"group123","userID":"user123","nickname":"张三",)"
    R"("faceURL":"","roleLevel":100,"joinTime":1640995200000,"joinSource":0,"inviterUserID":"","muteEndTime":0}]}})";
const char* const kApplicationsExample =
    R"({"errCode":0,"errMsg":"success","data":{"groupRequests":[{"groupID":"group123","userID":"user789",)"
    R"("nickname":"王五","userFaceURL":"","reqMsg":"让我进去","reqTime":1640995200000,"handleResult":0,"handledMsg":"",)"
    R"("handledTime":0,"handleUserID":"","inviterUserID":""}]}})";

Page read_applications(const api::Call& call) {
    const auto wanted = call.read(kApplications);
    require_self(call, wanted.user);
    require_self(call, wanted.from);
    return page_of(wanted.pagination);
}

int64_t level_of(channels::Role role) {
    return role == channels::Role::owner ? kOwnerLevel : role == channels::Role::admin ? kAdminLevel : kMemberLevel;
}

void write_group(json::Writer& w, const group_views::Summary& g, bool all) {
    constexpr int kOk = 0, kMuted = 3, kWorkGroup = 2;
    w.begin_object().field("groupID", g.id).field("groupName", g.name).field("ownerUserID", g.owner);
    w.field("createTime", g.created_at).field("memberCount", g.members);
    if (all) {
        w.field("introduction", g.introduction).field("faceURL", g.avatar).field("groupType", kWorkGroup);
        w.field("ex", g.ex).field("notification", g.notification).field("notificationUpdateTime", g.notification_at);
        w.field("notificationUserID", g.announcer).field("creatorUserID", g.creator);
        w.field("status", g.muted ? kMuted : kOk).field("needVerification", static_cast<int>(g.entry));
        w.field("lookMemberInfo", int{g.look_member_info}).field("applyMemberFriend", int{g.apply_member_friend});
    }
    w.end_object();
}

void require_member(db::Session& s, const api::Call& call, const groups::Group& group) {
    if (!call.is_admin() && !channels::member(s, group.channel.id, call.identity->principal))
        throw Error(Fault::forbidden, "group.member");
}

api::Reply invite_user_to_group(api::Call& call) {
    const auto wanted = call.read(kInvite);
    call.require_voice();
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          // Whether one may is found before who exists.
                          if (!channels::member(s, group.channel.id, me)) throw Error(Fault::forbidden, "group.member");
                          groups::invite(s, call.services.house, group, me,
                                         groups::guests(s, call.account(), wanted.users), pushes);
                      });
}

api::Reply kick_group(api::Call& call) {
    const auto wanted = call.read(kKick);
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::remove(s, call.services.house, group, me, those(s, wanted.users), pushes);
                      });
}

api::Reply quit_group(api::Call& call) {
    const auto wanted = call.read(kQuit);
    require_self(call, wanted.user);
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          groups::remove(s, call.services.house, group, me, {me}, pushes);
                      });
}

api::Reply mute_group_member(api::Call& call) {
    const auto wanted = call.read(kMuteMember);
    return mute_until(call, wanted, call.services.clock.now_ms() + wanted.seconds * 1000);
}
api::Reply cancel_mute_group_member(api::Call& call) { return mute_until(call, call.read(kOneMember), 0); }

api::Reply set_group_member_info(api::Call& call) {
    constexpr size_t kMost = 100;
    call.require_voice();
    auto infos = read_list(kMemberInfo, call.read(kMemberInfos).members, "/members", kMost);
    for (const auto& info : infos)
        if (info.level && *info.level != kAdminLevel && *info.level != kMemberLevel)
            throw Error(Fault::bad_request, "body", "/members: roleLevel is 60 or 20");
    // Whoever locks several groups locks them in one order.
    std::stable_sort(infos.begin(), infos.end(), [](const auto& a, const auto& b) { return a.group < b.group; });
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const Principal me = call.identity->principal;
        for (const auto& info : infos) {
            const auto group = groups::living(s, info.group);
            require_member(s, call, group);
            const Principal whom = person(s, info.user).who;
            if (info.nickname) groups::set_nickname(s, call.services.house, group, me, whom, *info.nickname, pushes);
            if (!info.level) continue;
            const auto role = *info.level == kAdminLevel ? channels::Role::admin : channels::Role::member;
            groups::set_role(s, call.services.house, group, me, whom, role, pushes);
        }
    });
    return reply(call);
}

api::Reply get_group_member_list(api::Call& call) {
    constexpr channels::Role kRoles[] = {channels::Role::owner, channels::Role::admin, channels::Role::member};
    const auto wanted = call.read(kMemberList);
    const Page page = page_of(wanted.pagination);
    const auto role = wanted.filter ? std::optional(kRoles[wanted.filter - 1]) : std::nullopt;
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto group = groups::living(s, wanted.group);
        require_member(s, call, group);
        write_seats(w, wanted.group, group_views::members(s, group.channel.id, role, page.skip, page.show));
        w.field("total", group_views::count_members(s, group.channel.id, role)).end_object();
    });
}

api::Reply get_group_members_info(api::Call& call) {
    const auto wanted = call.read(kMembersInfo);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto group = groups::living(s, wanted.group);
        require_member(s, call, group);
        write_seats(w, wanted.group, group_views::members(s, group.channel.id, those(s, wanted.users)));
        w.end_object();
    });
}

api::Reply join_group(api::Call& call) {
    const auto wanted = call.read(kJoin);
    call.require_voice();
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          group_requests::ask(s, call.services.house, group, me.id, wanted.message, pushes);
                      });
}

api::Reply group_application_response(api::Call& call) {
    const auto wanted = call.read(kApplicationAnswer);
    if (wanted.result == 0) throw Error(Fault::bad_request, "body", "/handleResult: 1 or -1");
    if (!wanted.words.empty()) call.require_voice();
    return with_group(call, wanted.group,
                      [&](db::Session& s, const groups::Group& group, const Principal& me, outbox::Pushes& pushes) {
                          require_member(s, call, group);
                          const Principal who = person_ever(s, wanted.user).who;
                          if (who.type != PrincipalType::account) throw Error(Fault::not_found, "group.no_request");
                          group_requests::answer(s, call.services.house, group, me, who.id, wanted.result == 1,
                                                 wanted.words, pushes);
                      });
}

api::Reply get_recv_group_application_list(api::Call& call) { return applications(call, false); }
api::Reply get_user_req_group_application_list(api::Call& call) { return applications(call, true); }

}  // namespace hy::openim
