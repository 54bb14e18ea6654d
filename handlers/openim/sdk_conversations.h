// Conversations as OpenIM's own clients keep them.
#pragma once
#include "core/chat_settings.h"
#include "core/inbox.h"
#include "sdk_door.h"

namespace hy::openim {

std::map<int64_t, chat_settings::Settings> settings_of(db::Session& s, const api::Call& call,
                                                       const std::vector<inbox::Chat>& chats);
void write_conversation(json::Writer& w, const api::Call& call, const inbox::Chat& chat,
                        const chat_settings::Settings& settings);

}  // namespace hy::openim
