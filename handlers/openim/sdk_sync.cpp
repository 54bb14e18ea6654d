// What OpenIM's own clients ask each time they have connected, and after they were told of a change: what became different
// since a version. A version is the number of the account's last event and one, since clients take 0 for none; who has
// none, or one of long ago, gets all. A group's own version is when it last changed.
#include <map>
#include <set>

#include "core/chat_settings.h"
#include "core/events.h"
#include "friend_shapes.h"
#include "group_shapes.h"
#include "sdk_conversations.h"

namespace hy::openim {

namespace {

constexpr int64_t kMostEvents = 1000, kMostGroups = 2000;
constexpr const char* kVersionId = "1";  // of this way of counting

struct Version {
    std::string user, id;
    int64_t number = 0;
};
const auto kVersion = json::Schema<Version>()
                          .field("userID", &Version::user, {.max_chars = 64, .note = "the caller's own"})
                          .field("version", &Version::number, {.min = 0})
                          .field("versionID", &Version::id, {.max_chars = 64});
struct Own {
    std::string user, from;
};
const auto kOwn = json::Schema<Own>()
                      .field("userID", &Own::user, {.max_chars = 64, .note = "the caller's own"})
                      .field("fromUserID", &Own::from, {.max_chars = 64, .note = "likewise"});
struct Groups {
    std::string user;
    json::Value list;
};
const auto kGroups =
    json::Schema<Groups>()
        .field("userID", &Groups::user, {.max_chars = 64, .note = "the caller's own"})
        .field("reqList", &Groups::list, {.required = true, .note = "[{groupID, version, versionID}]"});

struct Since {
    int64_t now = 0;
    bool whole = false;                 // all is told
    std::vector<events::Event> events;  // those of the wanted kind
};
Since since(db::Session& s, const api::Call& call, const Version& wanted, std::string_view kind) {
    const auto span = events::span(s, call.account());
    Since found{span.last + 1, false, {}};
    const int64_t had = wanted.number - 1;
    found.whole = had < 0 || wanted.id != kVersionId || had > span.last ||
                  (span.first == 0 ? had < span.last : had + 1 < span.first);
    if (found.whole) return found;
    found.events = events::since(s, call.account(), had, kMostEvents);
    found.whole = static_cast<int64_t>(found.events.size()) == kMostEvents;
    std::erase_if(found.events, [&](const auto& event) { return !event.kind.starts_with(kind); });
    return found;
}

void begin(json::Writer& w, const Since& at) {
    w.begin_object().field("version", at.now).field("versionID", kVersionId).field("full", at.whole);
    w.field("sortVersion", 0);
}

// Lists that say nothing are left out: clients fall over empty ones.
template <typename List, typename Write>
void write_list(json::Writer& w, const char* name, const List& list, Write write) {
    if (list.empty()) return;
    w.key(name).begin_array();
    for (const auto& one : list) write(one);
    w.end_array();
}

void write_ids(json::Writer& w, const char* name, const std::vector<std::string>& ids) {
    w.key(name).begin_array();
    for (const auto& id : ids) w.string(id);
    w.end_array();
}

// ---- friends -------------------------------------------------------------------------------

struct FriendChanges {
    std::vector<friends::Friend> added, changed;
    std::vector<std::string> gone;
};
FriendChanges friend_changes(db::Session& s, const api::Call& call, const Since& at) {
    const int64_t me = call.account();
    FriendChanges found;
    if (at.whole) {
        found.added = friends::list(s, me, 0, call.services.config.limits.friends);
        return found;
    }
    std::map<Principal, bool> touched;  // and whether it was added
    for (const auto& event : at.events) {
        const auto about = json::parse(event.payload);
        if (!about) continue;
        const int64_t from = about->int_or("from"), robot = about->int_or("robot");
        const Principal other =
            robot ? robot_principal(robot) : account_principal(from == me ? about->int_or("to") : from);
        const bool added = event.kind == "friend.added";
        if (added || event.kind == "friend.deleted" || event.kind == "friend.remark") touched[other] |= added;
    }
    std::vector<Principal> gone;
    for (const auto& [other, added] : touched) {
        const auto now = friends::find(s, me, other);
        if (now) (added ? found.added : found.changed).push_back(*now);
        else gone.push_back(other);
    }
    for (const auto& [who, id] : people::ids_of(s, gone)) found.gone.push_back(id);
    return found;
}

// ---- groups --------------------------------------------------------------------------------

struct GroupChanges {
    std::vector<group_views::Summary> joined;
    std::vector<std::string> left;
};

GroupChanges group_changes(db::Session& s, const api::Call& call, const Since& at) {
    GroupChanges found;
    if (at.whole) {
        found.joined = group_views::of(s, call.identity->principal, 0, kMostGroups);
        return found;
    }
    std::map<std::string, int64_t> touched;
    for (const auto& event : at.events) {
        if (event.kind != "group.join" && event.kind != "group.leave") continue;
        const auto about = json::parse(event.payload);
        const json::Value* group = about ? about->find("group") : nullptr;
        if (group) touched[group->text_or("id")] = about->int_or("channel");
    }
    std::vector<std::string> joined;
    for (const auto& [id, channel] : touched)
        (channels::member(s, channel, call.identity->principal) ? joined : found.left).push_back(id);
    found.joined = group_views::find(s, joined);
    return found;
}

// A group's own version is when it last changed; for clients 0 is none.
constexpr int64_t kNeverChanged = 1;
int64_t version_of(int64_t changed_at) { return std::max(kNeverChanged, changed_at); }

// Those of the caller's groups that are another than clients know, by id. A client that knows nothing of a group asks for it.
std::map<std::string, group_views::Summary> changed_groups(db::Session& s, const std::map<std::string, int64_t>& had,
                                                           const std::map<std::string, int64_t>& now) {
    constexpr size_t kMostChanged = 100;  // others come with the next sync
    std::vector<std::string> ids;
    for (const auto& [id, version] : had) {
        const auto mine = now.find(id);
        if (mine != now.end() && version != 0 && version != version_of(mine->second) && ids.size() < kMostChanged)
            ids.push_back(id);
    }
    std::map<std::string, group_views::Summary> found;
    for (auto& group : group_views::find(s, ids)) {
        std::string id = group.id;
        found.emplace(std::move(id), std::move(group));
    }
    return found;
}

}  // namespace

const json::SchemaBase &kSdkVersionBody = kVersion, &kSdkOwnBody = kOwn, &kSdkMembersVersionBody = kGroups;

api::Reply sdk_incremental_friends(api::Call& call) {
    const auto wanted = call.read(kVersion);
    require_self(call, wanted.user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const Since at = since(s, call, wanted, "friend.");
        const auto changes = friend_changes(s, call, at);
        auto faces = faces_of(s, changes.added);
        faces.merge(faces_of(s, changes.changed));
        begin(w, at);
        const auto write = [&](const friends::Friend& one) { write_friend(w, faces, call, one); };
        write_list(w, "delete", changes.gone, [&](const std::string& id) { w.string(id); });
        write_list(w, "insert", changes.added, write);
        write_list(w, "update", changes.changed, write);
        w.end_object();
    });
}

api::Reply sdk_friend_ids(api::Call& call) {
    require_self(call, call.read(kOwn).user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        // Before what is said of it: a change between is told once more, and not lost.
        const int64_t version = events::span(s, call.account()).last + 1;
        std::vector<Principal> who;
        for (const auto& one : friends::list(s, call.account(), 0, call.services.config.limits.friends))
            who.push_back(one.who);
        std::vector<std::string> ids;
        for (const auto& [one, id] : people::ids_of(s, who)) ids.push_back(id);
        w.begin_object().field("version", version).field("versionID", kVersionId);
        write_ids(w.field("equal", false), "userIDs", ids);
        w.end_object();
    });
}

api::Reply sdk_incremental_groups(api::Call& call) {
    const auto wanted = call.read(kVersion);
    require_self(call, wanted.user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const Since at = since(s, call, wanted, "group.");
        const auto changes = group_changes(s, call, at);
        begin(w, at);
        write_list(w, "delete", changes.left, [&](const std::string& id) { w.string(id); });
        write_list(w, "insert", changes.joined, [&](const auto& group) { write_group(w, group, true); });
        w.end_object();
    });
}

api::Reply sdk_group_ids(api::Call& call) {
    const auto wanted = call.read(kOwn);
    require_self(call, wanted.user);
    require_self(call, wanted.from);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const int64_t version = events::span(s, call.account()).last + 1;
        const auto ids = group_views::ids_of(s, call.identity->principal, kMostGroups);
        w.begin_object().field("version", version).field("versionID", kVersionId);
        write_ids(w.field("equal", false), "groupIDs", ids);
        w.end_object();
    });
}

// What the caller's groups are like now, where that changed. Of their members nothing is told here: clients ask for them
// when they show them (and show who is there no more until then).
api::Reply sdk_incremental_members(api::Call& call) {
    constexpr size_t kMost = 2000;
    const auto wanted = call.read(kGroups);
    require_self(call, wanted.user);
    const auto* list = wanted.list.array();
    if (!list || list->size() > kMost) throw Error(Fault::bad_request, "body", "/reqList: at most 2000");
    std::map<std::string, int64_t> had;
    for (const auto& one : *list)
        if (const std::string id = one.text_or("groupID"); people::valid_id(id)) had.emplace(id, one.int_or("version"));
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto now = group_views::changes_of(s, call.identity->principal, kMostGroups);
        const auto changed = changed_groups(s, had, now);
        w.begin_object().key("respList").begin_object();
        for (const auto& [id, version] : had) {
            const auto mine = now.find(id);
            if (mine == now.end()) continue;  // clients take what stands here for theirs
            const auto group = changed.find(id);
            // What there is no room to tell now, the client does not know yet.
            const bool told = version <= 0 || group != changed.end() || version == version_of(mine->second);
            w.key(id).begin_object().field("version", told ? version_of(mine->second) : version);
            w.field("versionID", kVersionId).field("full", false);
            if (group != changed.end()) write_group(w.key("group"), group->second, true);
            w.end_object();
        }
        w.end_object().end_object();
    });
}

api::Reply sdk_incremental_conversations(api::Call& call) {
    const auto wanted = call.read(kVersion);
    require_self(call, wanted.user);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const Since at = since(s, call, wanted, "chat.settings");
        std::set<int64_t> touched;
        for (const auto& event : at.events)
            if (const auto about = json::parse(event.payload)) touched.insert(about->int_or("channel"));
        std::vector<inbox::Chat> chats;
        for (const int64_t id : touched) {
            const auto channel = channels::find(s, id);
            auto chat = channel ? inbox::find(s, call.account(), *channel) : std::nullopt;
            if (chat) chats.push_back(std::move(*chat));
        }
        const auto settings = settings_of(s, call, chats);
        begin(w, at);
        write_list(w, "update", chats, [&](const inbox::Chat& chat) {
            const auto found = settings.find(chat.channel.id);
            write_conversation(w, call, chat, found == settings.end() ? chat_settings::Settings{} : found->second);
        });
        w.end_object();
    });
}

}  // namespace hy::openim
