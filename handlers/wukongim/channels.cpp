// Channels over HTTP: groups made and ended, people brought in and sent away.
#include "core/groups.h"
#include "core/people.h"
#include "door.h"

namespace hy::wukongim {

namespace {

constexpr int64_t kPerson = 1;

struct NewChannel {
    std::string id;
    int64_t type = 0;
    std::optional<std::string> name, avatar;
};
const auto kNewChannel =
    json::Schema<NewChannel>()
        .field("channelId", &NewChannel::id, {.required = true, .min_chars = 1, .max_chars = 160})
        .field("channelType", &NewChannel::type, {.required = true, .min = 1, .max = 2, .note = "1 person, 2 group"})
        .field("name", &NewChannel::name, {.max_chars = 100})
        .field("avatar", &NewChannel::avatar, {.max_chars = 1000});

struct OneChannel {
    std::string id;
    int64_t type = 0;
};
const auto kOneChannel =
    json::Schema<OneChannel>()
        .field("channelId", &OneChannel::id, {.required = true, .min_chars = 1, .max_chars = 160})
        .field("channelType", &OneChannel::type, {.required = true, .min = 1, .max = 2, .note = "1 person, 2 group"});

struct Subscribers {
    std::string id;
    int64_t type = 0;
    std::vector<std::string> subscribers;
};
const auto kSubscribers =
    json::Schema<Subscribers>()
        .field("channelId", &Subscribers::id, {.required = true, .min_chars = 1, .max_chars = 160})
        .field("channelType", &Subscribers::type,
               {.required = true, .min = 1, .max = 2, .note = "2: groups have subscribers"})
        .field("subscribers", &Subscribers::subscribers,
               {.required = true,
                .min_chars = 1,
                .max_chars = 64,
                .min_items = 1,
                .max_items = 1000,
                .note = "uids and robots' ids"});

constexpr const char* kCreateExample =
    R"({"success":true,"data":{"channelId":"channel-xxx","channelType":2,"name":"群组名称","avatar":"https://example.com/avatar.jpg"}})";

api::Reply render(const NewChannel& channel, const groups::Face& face) {
    json::Writer w;
    w.begin_object().field("channelId", channel.id).field("channelType", channel.type).field("name", face.name);
    w.field("avatar", face.avatar).end_object();
    return reply(w.text());
}

// What the group is called then. By its owner, who made it before, it is called anew as far as the call says how.
groups::Face make(db::Session& s, const api::Call& call, const NewChannel& wanted, outbox::Pushes& pushes) {
    const Principal me = call.identity->principal;
    const auto there = groups::find(s, wanted.id);
    const auto member = there ? channels::member(s, there->channel.id, me) : std::nullopt;
    if (there && member && member->role == channels::Role::owner) {
        groups::change(s, call.services.house, *there, me, {.name = wanted.name, .avatar = wanted.avatar}, pushes);
        return {wanted.name.value_or(there->name), wanted.avatar.value_or(there->avatar)};
    }
    // One namespace: no group is called as somebody is.
    if (people::find(s, wanted.id)) throw Error(Fault::conflict, "group.exists");
    const groups::Face face{wanted.name.value_or(""), wanted.avatar.value_or("")};
    groups::create(s, call.services.house, wanted.id, face, me, pushes);
    return face;
}

api::Reply create(api::Call& call) {
    const auto wanted = call.read(kNewChannel);
    if (wanted.type == kPerson) {
        call.services.db.read([&](db::Session& s) { return people::partner(s, call.identity->public_id, wanted.id); });
        return render(wanted, {wanted.name.value_or(""), wanted.avatar.value_or("")});
    }
    call.require_voice();
    if (!people::valid_id(wanted.id)) throw Error(Fault::bad_request, "channel.id");
    if (people::reserved(wanted.id)) throw Error(Fault::bad_request, "channel.reserved");
    return render(wanted, call.services.transaction(
                              [&](db::Session& s, outbox::Pushes& pushes) { return make(s, call, wanted, pushes); }));
}

api::Reply remove(api::Call& call) {
    const auto wanted = call.read(kOneChannel);
    if (wanted.type == kPerson) hide_talk(call, {wanted.type, wanted.id});
    else
        call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
            groups::dissolve(s, call.services.house, groups::living(s, wanted.id), call.identity->principal, pushes,
                             true);
        });
    json::Writer w;
    w.begin_object().field("channelId", wanted.id).end_object();
    return reply(w.text());
}

Subscribers read_subscribers(const api::Call& call) {
    auto wanted = call.read(kSubscribers);
    if (wanted.type == kPerson) throw Error(Fault::bad_request, "channel.private");
    return wanted;
}

api::Reply add(api::Call& call) {
    const auto wanted = read_subscribers(call);
    call.require_voice();
    const size_t added = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto group = groups::living(s, wanted.id);
        // Whether one may is found before who exists.
        if (!channels::member(s, group.channel.id, call.identity->principal))
            throw Error(Fault::forbidden, "group.member");
        const auto who = groups::guests(s, call.account(), wanted.subscribers);
        return groups::invite(s, call.services.house, group, call.identity->principal, who, pushes);
    });
    json::Writer w;
    w.begin_object().field("added", added).end_object();
    return reply(w.text());
}

api::Reply send_away(api::Call& call) {
    const auto wanted = read_subscribers(call);
    const size_t removed = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto group = groups::living(s, wanted.id);
        std::vector<Principal> who;
        for (const auto& [id, person] : people::find(s, wanted.subscribers)) who.push_back(person.who);
        return groups::remove(s, call.services.house, group, call.identity->principal, who, pushes);
    });
    json::Writer w;
    w.begin_object().field("removed", removed).end_object();
    return reply(w.text());
}

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v1/im/channel/create", api::Auth::talker, api::Rate::normal, create, "Make a group, or call it anew",
     {.body = &kNewChannel, .answer = kCreateExample, .errors = {400, 401, 404, 409, 429, 503}, .failure = "创建频道失败"}},
    {"POST", "/api/v1/im/channel/delete", api::Auth::talker, api::Rate::normal, remove, "End a group (owner, admins), or hide a talk from the caller",
     {.body = &kOneChannel, .answer = R"({"success":true,"data":{"channelId":"channel-xxx"}})", .errors = {400, 401, 403, 404, 429, 503}, .failure = "删除频道失败"}},
    {"POST", "/api/v1/im/channel/subscriber/add", api::Auth::talker, api::Rate::normal, add, "Bring people and robots into a group",
     {.body = &kSubscribers, .answer = R"({"success":true,"data":{"added":5}})", .errors = {400, 401, 403, 404, 409, 429, 503}, .failure = "添加订阅者失败"}},
    {"POST", "/api/v1/im/channel/subscriber/remove", api::Auth::talker, api::Rate::normal, send_away, "Send people and robots away from a group",
     {.body = &kSubscribers, .answer = R"({"success":true,"data":{"removed":5}})", .errors = {400, 401, 403, 404, 429, 503}, .failure = "移除订阅者失败"}},
};
// clang-format on

}  // namespace

const api::Group kChannels = {kDoor, "wukongim-channels", kRoutes};

}  // namespace hy::wukongim
