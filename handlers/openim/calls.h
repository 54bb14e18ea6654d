// The calls that both forms of the door have alike, each in the file of its group; and what they read, for the descriptions.
#pragma once
#include "door.h"

namespace hy::openim {

// user.cpp
api::Reply get_users_info(api::Call& call);
api::Reply update_user_info(api::Call& call);
// friend.cpp
api::Reply add_friend(api::Call& call);
api::Reply add_friend_response(api::Call& call);
api::Reply get_friend_apply_list(api::Call& call);
api::Reply get_self_friend_apply_list(api::Call& call);
api::Reply get_friend_list(api::Call& call);
api::Reply delete_friend(api::Call& call);
api::Reply set_friend_remark(api::Call& call);
api::Reply is_friend(api::Call& call);
api::Reply add_black(api::Call& call);
api::Reply remove_black(api::Call& call);
api::Reply get_black_list(api::Call& call);
// group.cpp
api::Reply create_group(api::Call& call);
api::Reply get_groups_info(api::Call& call);
api::Reply get_joined_group_list(api::Call& call);
api::Reply dismiss_group(api::Call& call);
api::Reply transfer_group(api::Call& call);
api::Reply mute_group(api::Call& call);
api::Reply cancel_mute_group(api::Call& call);
// msg.cpp
api::Reply revoke_msg(api::Call& call);
api::Reply mark_conversation_as_read(api::Call& call);
api::Reply get_marks(api::Call& call);
extern const json::SchemaBase &kUsersBody, &kUserChangeBody, &kNewFriendBody, &kFriendAnswerBody, &kPagedBody,
    &kFriendPairBody, &kTwoBody, &kBlackPairBody, &kNewGroupBody, &kGroupsBody, &kJoinedBody, &kGroupBody,
    &kTransferBody, &kRecallBody, &kReadBody, &kMarksBody;

}  // namespace hy::openim
