// Groups as the document shows them; shared by the two halves of openim-group.
#pragma once
#include "core/group_views.h"
#include "door.h"

namespace hy::openim {

// What stands at OpenIM for a role: 100 owner, 60 admin, 20 member.
int64_t level_of(channels::Role role);

// What create_group answers; with `all`, whatever else there is to say.
void write_group(json::Writer& w, const group_views::Summary& group, bool all);

// A member of a group.
void write_seat(json::Writer& w, const std::string& group, const group_views::Seat& seat);

// Who is in a group and what it is called is for its members (and admins).
void require_member(db::Session& s, const api::Call& call, const groups::Group& group);

// `work` with a group that lives, in one transaction.
template <typename Work>
api::Reply with_group(api::Call& call, const std::string& id, Work&& work) {
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        work(s, groups::living(s, id), call.identity->principal, pushes);
    });
    return reply(call);
}

// Whose, and which page, is asked for of who wants to be in groups.
Page read_applications(const api::Call& call);

// Routes about members, in group_members.cpp.
api::Reply invite_user_to_group(api::Call& call);
api::Reply kick_group(api::Call& call);
api::Reply quit_group(api::Call& call);
api::Reply mute_group_member(api::Call& call);
api::Reply cancel_mute_group_member(api::Call& call);
api::Reply set_group_member_info(api::Call& call);
api::Reply get_group_member_list(api::Call& call);
api::Reply get_group_members_info(api::Call& call);
api::Reply join_group(api::Call& call);
api::Reply group_application_response(api::Call& call);
api::Reply get_recv_group_application_list(api::Call& call);
api::Reply get_user_req_group_application_list(api::Call& call);
extern const json::SchemaBase &kInviteBody, &kKickBody, &kQuitBody, &kMuteMemberBody, &kOneMemberBody, &kMemberInfoBody,
    &kMemberListBody, &kMembersInfoBody, &kJoinBody, &kApplicationAnswerBody, &kApplicationsBody;
extern const char *const kMemberListExample, *const kApplicationsExample;

}  // namespace hy::openim
