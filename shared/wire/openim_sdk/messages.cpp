#include "wire/openim_sdk/messages.h"

#include <algorithm>
#include <utility>

#include "json/writer.h"
#include "wire/openim_content.h"

namespace hy::wire::openim::sdk {

namespace {
constexpr int kSingle = 1, kGroup = 3, kFromUser = 100;
constexpr const char* kAllOptions[] = {"history",     "persistent", "unreadCount", "conversationUpdate",
                                       "offlinePush", "senderSync", "notPrivate",  "senderConversationUpdate"};

void set_options(pb::MsgData& to, const Shown& m, bool mine) {
    auto& options = *to.mutable_options();
    if (m.seq == 0) {
        // Typing is told by none of them; what else is fleeting is to be seen.
        for (const char* name : kAllOptions)
            if (m.type == kTyping || std::string_view(name) != "conversationUpdate") options[name] = false;
        return;
    }
    if (mine || m.quiet || m.command) options["unreadCount"] = false;
    // Its number counts, and nobody sees it.
    if (m.command) options["conversationUpdate"] = false;
}
}  // namespace

std::string conversation_of(const std::string& a, const std::string& b) {
    const auto& [low, high] = std::minmax(a, b);
    return "si_" + low + "_" + high;
}
std::string conversation_of_group(const std::string& group) { return "sg_" + group; }

std::string recalled_content(const Shown& m) {
    json::Writer about, w;
    const bool known = !m.recaller.empty();
    about.begin_object().field("revokerID", known ? m.recaller : m.sender).field("revokerRole", 0);
    about.field("clientMsgID", m.client_no).field("revokerNickname", known ? m.recaller_name : m.name);
    about.field("revokeTime", known ? m.recalled_at : m.at).field("sourceMessageSendTime", m.at);
    about.field("sourceMessageSendID", m.sender).field("sourceMessageSenderNickname", m.name);
    about.field("sessionType", m.group.empty() ? kSingle : kGroup).field("seq", m.seq).field("ex", "");
    about.field("isAdminRevoke", false).end_object();
    w.begin_object().field("detail", about.text()).end_object();
    return std::move(w).take();
}

void fill(pb::MsgData& to, const Shown& m, bool mine) {
    to.set_sendid(m.sender);
    to.set_recvid(m.receiver);
    to.set_groupid(m.group);
    to.set_clientmsgid(m.client_no);
    to.set_servermsgid(m.id);
    to.set_senderplatformid(static_cast<int32_t>(m.platform));
    to.set_sendernickname(m.name);
    to.set_senderfaceurl(m.face);
    to.set_sessiontype(m.group.empty() ? kSingle : kGroup);
    to.set_msgfrom(kFromUser);
    to.set_contenttype(static_cast<int32_t>(m.type));
    to.set_content(m.type == kRecalled ? recalled_content(m) : m.content);
    to.set_seq(m.seq);
    to.set_sendtime(m.at);
    to.set_createtime(m.at);
    to.set_status(kDelivered);
    for (const auto& id : m.mentioned) to.add_atuseridlist(id);
    to.set_ex(m.ex);
    set_options(to, m, mine);
}

void fill_nothing(pb::MsgData& to, int64_t seq) {
    to.set_seq(seq);
    to.set_status(kDeleted);
}

}  // namespace hy::wire::openim::sdk
