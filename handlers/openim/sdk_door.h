// The openim door as OpenIM's own clients know it: below /openim, and on /openim/gateway. The same calls and rules; other
// names, numbers and shapes. Source: decisions, "openim, the real dialect"; infra/docs/openim-clients.md.
#pragma once
#include "door.h"
#include "message_shapes.h"
#include "wire/openim_sdk/messages.h"

namespace hy::openim {

namespace sdk = hy::wire::openim::sdk;
namespace pb = hy::wire::openim::pb;

int sdk_code_of(const Error& error);

// si_<a>_<b> or sg_<group>.
std::string sdk_conversation_of(const channels::Channel& channel);

// What is left of an answer, which has to go through NATS (1 MB, and Base64 takes a third more), for all that is asked in it.
struct Room {
    size_t bytes = 450 << 10;
    bool any = false;  // one message always goes, or nobody would get past it
};
// Of the numbers `seqs` of a conversation each one, oldest first: a message, or what stands for none; the newest of them,
// where there is no room for all. Whether there was.
bool fill_messages(pb::PullMsgs& to, db::Session& s, const House& house, const chat::View& view,
                   const chat::Speaker& me, std::vector<int64_t> seqs, Room& room);

extern const api::Group kSdk;
extern const api::EventGroup kSdkStream;

// Calls of this form alone; their rows stand in sdk.cpp.
api::Reply sdk_incremental_friends(api::Call& call);
api::Reply sdk_friend_ids(api::Call& call);
api::Reply sdk_incremental_groups(api::Call& call);
api::Reply sdk_group_ids(api::Call& call);
api::Reply sdk_incremental_members(api::Call& call);
api::Reply sdk_incremental_conversations(api::Call& call);
api::Reply sdk_unannounced(api::Call& call);
api::Reply sdk_set_conversations(api::Call& call);
api::Reply sdk_clear_conversations(api::Call& call);
api::Reply sdk_clear_all(api::Call& call);
api::Reply sdk_delete_messages(api::Call& call);
api::Reply sdk_active_conversations(api::Call& call);
api::Reply sdk_conversations(api::Call& call);
api::Reply sdk_designated_requests(api::Call& call);
api::Reply sdk_designated_friends(api::Call& call);
api::Reply sdk_update_friends(api::Call& call);
api::Reply sdk_specified_blacks(api::Call& call);
api::Reply sdk_set_group_info(api::Call& call);
api::Reply sdk_member_ids(api::Call& call);
api::Reply sdk_group_requests_received(api::Call& call);
api::Reply sdk_group_requests_made(api::Call& call);
api::Reply sdk_group_request_of(api::Call& call);

// Of the operator's own system: auth.cpp, manager.cpp, msg.cpp.
api::Reply sdk_admin_token(api::Call& call);
api::Reply sdk_user_token(api::Call& call);
api::Reply sdk_parse_token(api::Call& call);
api::Reply sdk_register_users(api::Call& call);
api::Reply sdk_account_check(api::Call& call);
api::Reply sdk_online_status(api::Call& call);
api::Reply sdk_send_msg(api::Call& call);

extern const json::SchemaBase &kSdkVersionBody, &kSdkOwnBody, &kSdkMembersVersionBody, &kSdkSetConversationsBody,
    &kSdkClearBody, &kSdkDeleteBody, &kSdkPairBody, &kSdkFriendsBody, &kSdkUpdateFriendsBody, &kSdkBlacksBody,
    &kSdkGroupInfoBody, &kSdkMemberIdsBody, &kSdkGroupRequestBody, &kSdkAdminWantedBody, &kSdkUserWantedBody,
    &kSdkTokenGivenBody, &kSdkGivenUsersBody, &kSdkCheckedBody, &kSdkOnlineBody;

}  // namespace hy::openim
