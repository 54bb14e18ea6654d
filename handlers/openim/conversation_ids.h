// Conversations as the document and OpenIM's own clients name them: single_<a>_<b> or si_<a>_<b> in either order,
// group_<id> or sg_<id>. Ids of two are never taken apart: the partner is what remains when the caller's own goes.
// Source: decisions, "One identity" and openim "Messages"; wire, "conversationID".
#pragma once
#include <string>

#include "core/chat.h"

namespace hy::openim {

// Where the caller means. Throws bad_request "channel.id" for what is no conversation of the caller's.
chat::Address address_of(db::Session& s, const std::string& me, const std::string& conversation);

// As the document writes it.
std::string conversation_of(const channels::Channel& channel);

// Nothing for what is no conversation of the speaker's (any more).
std::optional<chat::View> view_named(db::Session& s, const chat::Speaker& speaker, const std::string& conversation);

// Whether the house itself failed: that is thrown on, and asked again.
inline bool of_the_house(const Error& error) {
    return error.fault == Fault::unavailable || error.fault == Fault::internal;
}

}  // namespace hy::openim
