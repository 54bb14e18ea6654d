// The conversation view of WuKongIM's clients; routes of the group wukongim-messages.
#pragma once
#include "door.h"

namespace hy::wukongim {

api::Reply sync_conversations(api::Call& call);
api::Reply clear_unread(api::Call& call);
api::Reply delete_conversation(api::Call& call);
extern const json::SchemaBase& kSyncConversations;
extern const json::SchemaBase& kOneConversation;
extern const char* const kConversationsExample;

}  // namespace hy::wukongim
