#include "wire/openim_shown.h"

#include "base/encode.h"
#include "json/writer.h"
#include "wire/openim_content.h"

namespace hy::wire::openim {

namespace {

// As messages::Message has them.
constexpr int64_t kNoDot = 1, kCommand = 2, kHouseNumber = 4;

// Who it was said to, of the two.
std::string receiver_of(const json::Value& about, const std::string& sender) {
    const auto peers = json::texts(about.find("peers"));
    if (peers.size() != 2) return {};
    return peers[0] == sender ? peers[1] : peers[0];
}

Shown message(const json::Value& push) {
    Shown m;
    if (const json::Value* sender = push.find("sender")) {
        m.sender = sender->text_or("id");
        m.name = sender->text_or("name");
        m.face = sender->text_or("face");
    }
    const int64_t flags = push.int_or("flags");
    m.quiet = flags & kNoDot;
    m.command = flags & kCommand;
    m.id = push.text_or("id");
    if (!(flags & kHouseNumber)) m.client_no = push.text_or("client_no");
    if (m.client_no.empty()) m.client_no = m.id;
    m.group = push.text_or("group");
    m.receiver = receiver_of(push, m.sender);
    m.at = push.int_or("at");
    m.seq = push.int_or("seq");
    if (const json::Value* extra = push.find("extra")) {
        m.platform = extra->int_or("platform");
        m.ex = extra->text_or("ex");
        take_recall(m, *extra);
    }
    const Content content = content_of_push(push);
    for (const auto& id : content.at) m.mentioned.push_back(id == "all" ? std::string(kEverybody) : id);
    auto told =
        tell(push.text_or("form"), from_base64(push.text_or("raw")).value_or(""), content, push.bool_or("recalled"));
    m.type = told.type;
    m.content = std::move(told.content);
    if (push.bool_or("recalled") && !m.recaller.empty()) m.content = recall_content(m);
    return m;
}

// The message is named by its number; what it said is gone.
std::optional<Shown> recall(const json::Value& about) {
    Shown m;
    m.recall = true;
    m.group = about.text_or("group");
    m.sender = about.text_or("by_id");
    m.receiver = receiver_of(about, m.sender);
    if (m.group.empty() && m.receiver.empty()) return std::nullopt;
    m.id = about.text_or("id");
    m.client_no = about.text_or("client_no", m.id);
    m.at = about.int_or("at");
    m.seq = about.int_or("message_seq");
    m.type = kRecalled;
    m.status = kDeleted;
    m.recaller = m.sender;
    m.recalled_at = m.at;
    m.content = recall_content(m);
    return m;
}

}  // namespace

std::string recall_content(const Shown& m) {
    json::Writer w;
    w.begin_object().field("revokerID", m.recaller).field("clientMsgID", m.client_no).field("seq", m.seq);
    w.field("revokeTime", m.recalled_at).end_object();
    return std::move(w).take();
}

void take_recall(Shown& m, const json::Value& extra) {
    const json::Value* recall = extra.find("recall");
    if (!recall) return;
    m.recaller = recall->text_or("by");
    m.recaller_name = recall->text_or("name");
    m.recalled_at = recall->int_or("at");
}

std::optional<Shown> shown_of(const json::Value& push) {
    if (push.text_or("kind") == "message") return message(push);
    const json::Value* payload = push.find("payload");
    if (push.text_or("kind") == "event" && push.text_or("event") == "recall" && payload) return recall(*payload);
    return std::nullopt;
}

}  // namespace hy::wire::openim
