#include "conversations.h"

#include <map>

#include "base/encode.h"
#include "base/text.h"
#include "core/chat_settings.h"
#include "core/inbox.h"
#include "core/people.h"

namespace hy::wukongim {

namespace {

// Of recent messages in one answer; chats beyond have none.
constexpr size_t kMostBytes = 4 << 20;
// Commands are passed over, but not for ever.
constexpr int64_t kLookBack = 1000;
constexpr int64_t kMostSeq = int64_t{1} << 53;

struct Wanted {
    std::string uid, last_seqs;
    int64_t version = 0, recents = 15, page = 1, page_size = 100;
    json::Value only;
};
const auto kWanted =
    json::Schema<Wanted>()
        .field("uid", &Wanted::uid, {.max_chars = 64, .note = "the caller's own"})
        .field("version", &Wanted::version, {.min = 0, .note = "only chats that changed since"})
        .field("last_msg_seqs", &Wanted::last_seqs,
               {.max_bytes = 200'000, .note = "what the client has: id:type:number|…"})
        .field("msg_count", &Wanted::recents, {.min = 0, .max = 100, .note = "recent messages of each chat"})
        .field("only_unread", &Wanted::only, {.max_bytes = 8, .note = "1 or true"})
        .field("page", &Wanted::page, {.min = 1, .max = 1000})
        .field("page_size", &Wanted::page_size, {.min = 1, .max = 500});

struct One {
    std::string uid, channel_id;
    int64_t channel_type = 0, seq = 0;
};
const auto kOne = json::Schema<One>()
                      .field("uid", &One::uid, {.max_chars = 64, .note = "the caller's own"})
                      .field("channel_id", &One::channel_id, {.required = true, .min_chars = 1, .max_chars = 160})
                      .field("channel_type", &One::channel_type, {.required = true, .min = 1, .max = 2})
                      .field("message_seq", &One::seq, {.min = 0, .note = "up to this number; without it all"});

// Nobody is who the body says.
void require_self(const api::Call& call, const std::string& uid) {
    if (!uid.empty() && uid != call.identity->public_id) throw Error(Fault::forbidden, "foreign");
}

// What a client has of each chat, by "id:type".
std::map<std::string, int64_t> read_last_seqs(const std::string& text) {
    std::map<std::string, int64_t> last;
    for (const auto& part : split(text, '|')) {
        const size_t colon = part.rfind(':');
        const int64_t seq = colon == std::string::npos ? 0 : to_int(part.substr(colon + 1)).value_or(0);
        if (seq > 0) last[part.substr(0, colon)] = std::min(seq, kMostSeq);
    }
    return last;
}

struct Entry {
    inbox::Chat chat;
    std::string id, last_no;                 // last_no: of its last message
    std::vector<messages::Message> recents;  // newest first
};

void write_recent(json::Writer& w, const House& house, const Entry& entry, const messages::Message& m,
                  const std::string& from) {
    w.begin_object().key("header").begin_object().field("no_persist", 0);
    w.field("red_dot", m.flags & messages::kNoDot ? 0 : 1).field("sync_once", m.flags & messages::kCommand ? 1 : 0);
    w.end_object().field("setting", m.flags >> messages::kSetting & 0xFF);
    w.field("message_id", std::to_string(m.id)).field("message_idstr", std::to_string(m.id));
    w.field("client_msg_no", number_of(m)).field("message_seq", m.seq).field("from_uid", from);
    w.field("channel_id", entry.id).field("channel_type", static_cast<int>(entry.chat.channel.kind));
    w.field("timestamp", m.created_at / 1000).field("payload", base64(payload_of(house, m))).end_object();
}

void write_entry(json::Writer& w, const House& house, const Entry& entry, std::map<Principal, std::string>& ids) {
    const auto& chat = entry.chat;
    w.begin_object().field("channel_id", entry.id).field("channel_type", static_cast<int>(chat.channel.kind));
    w.field("unread", chat.unread).field("timestamp", chat.channel.last_at / 1000);
    w.field("last_msg_seq", chat.channel.last_seq);
    w.field("last_client_msg_no", entry.last_no);
    w.field("readed_to_msg_seq", chat.read_seq).field("version", chat.version).key("recents").begin_array();
    for (const auto& message : entry.recents) write_recent(w, house, entry, message, ids[message.sender]);
    w.end_array().end_object();
}

std::vector<Entry> read_entries(db::Session& s, const api::Call& call, const Wanted& wanted) {
    const auto last = read_last_seqs(wanted.last_seqs);
    const bool only_unread = wanted.only.boolean().value_or(wanted.only.integer().value_or(0) != 0);
    std::vector<Entry> entries;
    size_t bytes = 0;
    for (auto& chat : inbox::list(s, call.account(), wanted.version, only_unread, (wanted.page - 1) * wanted.page_size,
                                  wanted.page_size)) {
        Entry entry{std::move(chat), {}, {}, {}};
        for (const auto& message : messages::before(s, entry.chat.channel.id, entry.chat.channel.last_seq + 1, 1))
            entry.last_no = number_of(message);
        entry.id = address_of(entry.chat.channel, call.identity->principal);
        const auto known = last.find(entry.id + ":" + std::to_string(static_cast<int>(entry.chat.channel.kind)));
        const int64_t from = std::max(
            {entry.chat.from, known == last.end() ? 0 : known->second + 1, entry.chat.channel.last_seq - kLookBack});
        if (wanted.recents && bytes < kMostBytes)
            entry.recents = chat_settings::newest(s, call.account(), entry.chat.channel.id, from, wanted.recents);
        for (const auto& message : entry.recents) bytes += size_of(message);
        entries.push_back(std::move(entry));
    }
    return entries;
}

// Nothing where the two have not spoken yet.
std::optional<channels::Channel> channel_of(db::Session& s, const api::Call& call, const One& wanted) {
    const auto view = chat::view(s, speaker_of(call), {wanted.channel_type, wanted.channel_id});
    return view ? std::optional(view->channel) : std::nullopt;
}

}  // namespace

const json::SchemaBase& kSyncConversations = kWanted;
const json::SchemaBase& kOneConversation = kOne;
const char* const kConversationsExample =
    R"({"success":true,"data":[{"channel_id":"user2","channel_type":1,"unread":1,"timestamp":1705312800,)"
    R"("last_msg_seq":12,"last_client_msg_no":"no-1","readed_to_msg_seq":11,"version":1705312800000,"recents":[)"
    R"({"header":{"no_persist":0,"red_dot":1,"sync_once":0},"setting":0,"message_id":"7162034234523648",)"
    R"("message_idstr":"7162034234523648","client_msg_no":"no-1","message_seq":12,"from_uid":"user2",)"
    R"("channel_id":"user2","channel_type":1,"timestamp":1705312800,"payload":"base64-encoded-payload"}]}]})";

api::Reply sync_conversations(api::Call& call) {
    const auto wanted = call.read(kWanted);
    require_self(call, wanted.uid);
    std::map<Principal, std::string> ids;
    const auto entries = call.services.db.read([&](db::Session& s) {
        auto found = read_entries(s, call, wanted);
        std::vector<Principal> senders;
        for (const auto& entry : found)
            for (const auto& message : entry.recents) senders.push_back(message.sender);
        ids = people::ids_of(s, senders);
        return found;
    });
    json::Writer w;
    w.begin_array();
    for (const auto& entry : entries) write_entry(w, call.services.house, entry, ids);
    w.end_array();
    return reply(w.text());
}

api::Reply clear_unread(api::Call& call) {
    const auto wanted = call.read(kOne);
    require_self(call, wanted.uid);
    const int64_t unread = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) -> int64_t {
        const auto channel = channel_of(s, call, wanted);
        if (!channel) return 0;
        const int64_t to = wanted.seq ? wanted.seq : channel->last_seq;
        channels::mark_read(s, call.services.house, channel->id, call.identity->principal, to, pushes);
        const auto chat = inbox::find(s, call.account(), *channel);
        return chat ? chat->unread : 0;
    });
    json::Writer w;
    w.begin_object().field("unread", unread).end_object();
    return reply(w.text());
}

api::Reply delete_conversation(api::Call& call) {
    const auto wanted = call.read(kOne);
    require_self(call, wanted.uid);
    hide_talk(call, {wanted.channel_type, wanted.channel_id});
    return reply("{}");
}

}  // namespace hy::wukongim
