// A message in OpenIM's own form, and the names of its conversations.
#pragma once
#include <string>

#include "wire/openim_sdk/openim.pb.h"
#include "wire/openim_shown.h"

namespace hy::wire::openim::sdk {

// si_<a>_<b> with the lower id first, or sg_<group>.
std::string conversation_of(const std::string& a, const std::string& b);
std::string conversation_of_group(const std::string& group);

// `mine`: for its sender, who has read what he wrote.
void fill(pb::MsgData& to, const Shown& message, bool mine);
// What stands in history for a message that is not there for the reader: passed over by clients.
void fill_nothing(pb::MsgData& to, int64_t seq);
// The content of a message that was taken back, as history has it.
std::string recalled_content(const Shown& message);

}  // namespace hy::wire::openim::sdk
