// The bench itself: its robot, its friends, its groups and who is in them.
#include "auth/tokens.h"
#include "door.h"
#include "keys.h"

namespace hy::sandbox {

namespace {

const json::Rules kSex = {.one_of = {"male", "female", "unknown"}};
const json::Rules kRole = {.one_of = {"owner", "admin", "member", "unknown"}};
const json::Rules kNick = {.min_chars = 1, .max_chars = 100};
const json::Rules kFace = {.max_chars = 1000, .note = "a picture's address"};
const json::Rules kShort = {.max_chars = 100};

// ---- the robot -------------------------------------------------------------------------

struct Url {
    bool renew = false;
};
const auto kUrl =
    json::Schema<Url>().field("renew", &Url::renew, {.note = "a new key; the old one is good for nothing"});
const auto kSelfChanges = json::Schema<SelfChanges>()
                              .field("nick", &SelfChanges::nick, {.max_chars = 100, .note = "empty: the bound robot's"})
                              .field("avatar", &SelfChanges::avatar, kFace)
                              .field("sex", &SelfChanges::sex, kSex)
                              .field("sign", &SelfChanges::sign, {.max_chars = 500})
                              .field("status", &SelfChanges::status, {.one_of = {"online", "offline", "hidden"}});
struct Bind {
    std::optional<std::string> robot_id;
};
const auto kBind = json::Schema<Bind>().field("robotId", &Bind::robot_id,
                                              {.max_chars = 64, .note = "one of the caller's; empty: none"});

api::Reply url(api::Call& call) {
    const bool renew = !call.body.empty() && call.read(kUrl).renew;
    const House& house = call.services.house;
    const int64_t version = call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        if (renew) {
            renew_key(s, house, call.account());
            close_all(call.account(), pushes);
        }
        return find(s, call.account()).key_version;
    });
    json::Writer w;
    w.begin_object().field("url", address_of(house)).field("authKey", key_of(house, call.account(), version));
    w.end_object();
    return reply(w.text());
}

api::Reply self(api::Call& call) {
    const Self mine = call.services.db.read([&](db::Session& s) { return find(s, call.account()); });
    json::Writer w;
    write_self(w, mine);
    return reply(w.text());
}

api::Reply self_update(api::Call& call) {
    const auto wanted = call.read(kSelfChanges);
    const Self mine = call.services.db.transaction(
        [&](db::Session& s) { return change(s, call.services.house, call.account(), wanted); });
    json::Writer w;
    write_self(w, mine);
    return reply(w.text());
}

api::Reply self_bind(api::Call& call) {
    const auto wanted = call.read(kBind);
    if (!wanted.robot_id) throw Error(Fault::bad_request, "body", "/robotId: required");
    call.services.db.transaction(
        [&](db::Session& s) { bind_robot(s, call.services.house, call.account(), *wanted.robot_id); });
    return reply();
}

// ---- friends ---------------------------------------------------------------------------

struct NewFriend {
    std::string id, nick, avatar, sex = "unknown";
};
const auto kNewFriend = json::Schema<NewFriend>()
                            .field("id", &NewFriend::id, {.max_chars = 64})
                            .field("nick", &NewFriend::nick, {.max_chars = 100})
                            .field("avatar", &NewFriend::avatar, kFace)
                            .field("sex", &NewFriend::sex, kSex);
struct One {
    std::string id;
};
const auto kOne = json::Schema<One>().field("id", &One::id, kId);
struct FriendChange {
    std::string id;
    std::optional<std::string> nick, avatar, sex;
};
const auto kFriendChange = json::Schema<FriendChange>()
                               .field("userId", &FriendChange::id, kId)
                               .field("nick", &FriendChange::nick, kNick)
                               .field("avatar", &FriendChange::avatar, kFace)
                               .field("sex", &FriendChange::sex, kSex);

// The robot's own name is nobody else's.
void require_free(const std::string& id) {
    if (id == kSelf) throw Error(Fault::bad_request, "sandbox.fields", "该 id 不可使用");
}

api::Reply friend_create(api::Call& call) {
    const auto wanted = call.read(kNewFriend);
    if (wanted.id.empty() || wanted.nick.empty() || wanted.avatar.empty())
        throw Error(Fault::bad_request, "sandbox.fields", "id, nick, avatar 不能为空");
    require_free(wanted.id);
    call.services.db.transaction([&](db::Session& s) {
        make_friend(s, call.services.house, call.account(),
                    {0, wanted.id, wanted.nick, wanted.avatar, wanted.sex, true});
    });
    return reply();
}

api::Reply friend_list(api::Call& call) {
    const auto all = call.services.db.read([&](db::Session& s) { return friends(s, call.account()); });
    json::Writer w;
    w.begin_array();
    for (const Person& one : all)
        w.begin_object()
            .field("userId", one.public_id)
            .field("nick", one.nick)
            .field("sex", one.sex)
            .field("avatar", one.avatar)
            .end_object();
    w.end_array();
    return reply(w.text());
}

api::Reply friend_delete(api::Call& call) {
    const auto wanted = call.read(kOne);
    call.services.db.transaction([&](db::Session& s) { delete_friend(s, call.account(), wanted.id); });
    return reply();
}

api::Reply friend_update(api::Call& call) {
    const auto wanted = call.read(kFriendChange);
    call.services.db.transaction([&](db::Session& s) {
        change_friend(s, call.account(), wanted.id, {wanted.nick, wanted.avatar, wanted.sex});
    });
    return reply();
}

// ---- groups ----------------------------------------------------------------------------

struct NewMember {
    std::string group, id, name, avatar, sex = "unknown", role = "member", card, title;
};
const auto kFirstMember = json::Schema<NewMember>()
                              .field("userId", &NewMember::id, kId)
                              .field("name", &NewMember::name, kShort)
                              .field("avatar", &NewMember::avatar, kFace)
                              .field("sex", &NewMember::sex, kSex)
                              .field("role", &NewMember::role, kRole)
                              .field("card", &NewMember::card, kShort)
                              .field("title", &NewMember::title, kShort);
const auto kNewMember = json::Schema<NewMember>()
                            .field("groupId", &NewMember::group, kId)
                            .field("userId", &NewMember::id, kId)
                            .field("role", &NewMember::role, kRole)
                            .field("card", &NewMember::card, kShort)
                            .field("title", &NewMember::title, kShort)
                            .field("name", &NewMember::name, kShort)
                            .field("avatar", &NewMember::avatar, kFace)
                            .field("sex", &NewMember::sex, kSex);
struct NewGroup {
    std::string id, name, avatar;
    json::Value member;
};
const auto kNewGroup =
    json::Schema<NewGroup>()
        .field("groupId", &NewGroup::id, kId)
        .field("name", &NewGroup::name, {.required = true, .min_chars = 1, .max_chars = 100})
        .field("avatar", &NewGroup::avatar, kFace)
        .field("member", &NewGroup::member, {.note = "{userId, name, avatar, sex, role, card, title}: its first"});
struct GroupChange {
    std::string id;
    std::optional<std::string> name, avatar;
};
const auto kGroupChange = json::Schema<GroupChange>()
                              .field("groupId", &GroupChange::id, kId)
                              .field("name", &GroupChange::name, kNick)
                              .field("avatar", &GroupChange::avatar, kFace);

Member member_of(db::Session& s, int64_t account, const NewMember& wanted) {
    // What is not said of somebody known stays.
    const auto known = find_person(s, account, wanted.id);
    Member member;
    member.person.public_id = wanted.id;
    member.person.nick = !wanted.name.empty() ? wanted.name : known ? known->nick : wanted.id;
    member.person.avatar = !wanted.avatar.empty() || !known ? wanted.avatar : known->avatar;
    member.person.sex = wanted.sex != "unknown" || !known ? wanted.sex : known->sex;
    member.role = wanted.role;
    member.card = wanted.card;
    member.title = wanted.title;
    return member;
}

api::Reply group_create(api::Call& call) {
    const auto wanted = call.read(kNewGroup);
    std::optional<NewMember> first;
    if (!wanted.member.is_null()) first = kFirstMember.read(wanted.member, "/member");
    if (first) require_free(first->id);
    call.services.db.transaction([&](db::Session& s) {
        make_group(s, call.services.house, call.account(), {0, wanted.id, wanted.name, wanted.avatar});
        if (first) add_member(s, call.services.house, call.account(), wanted.id, member_of(s, call.account(), *first));
    });
    return reply();
}

api::Reply group_list(api::Call& call) {
    const auto all = call.services.db.read([&](db::Session& s) { return groups(s, call.account()); });
    json::Writer w;
    w.begin_array();
    for (const Group& one : all)
        w.begin_object()
            .field("groupId", one.public_id)
            .field("name", one.name)
            .field("avatar", one.avatar)
            .end_object();
    w.end_array();
    return reply(w.text());
}

api::Reply group_delete(api::Call& call) {
    const auto wanted = call.read(kOne);
    call.services.db.transaction(
        [&](db::Session& s) { delete_group(s, call.services.house, call.account(), wanted.id); });
    return reply();
}

api::Reply group_update(api::Call& call) {
    const auto wanted = call.read(kGroupChange);
    call.services.db.transaction(
        [&](db::Session& s) { change_group(s, call.account(), wanted.id, wanted.name, wanted.avatar); });
    return reply();
}

// ---- members ---------------------------------------------------------------------------

struct OneGroup {
    std::string id;
};
const auto kOneGroup = json::Schema<OneGroup>().field("groupId", &OneGroup::id, kId);
struct OneMember {
    std::string group, id;
};
const auto kOneMember =
    json::Schema<OneMember>().field("groupId", &OneMember::group, kId).field("userId", &OneMember::id, kId);
struct MemberChange {
    std::string group, id;
    std::optional<std::string> role, card, title;
};
const auto kMemberChange = json::Schema<MemberChange>()
                               .field("groupId", &MemberChange::group, kId)
                               .field("userId", &MemberChange::id, kId)
                               .field("role", &MemberChange::role, kRole)
                               .field("card", &MemberChange::card, kShort)
                               .field("title", &MemberChange::title, kShort);

api::Reply member_list(api::Call& call) {
    const auto wanted = call.read(kOneGroup);
    const auto all = call.services.db.read(
        [&](db::Session& s) { return members(s, call.account(), group(s, call.account(), wanted.id)); });
    json::Writer w;
    w.begin_array();
    for (const Member& one : all) {
        w.begin_object().field("groupId", wanted.id).field("userId", one.person.public_id).field("role", one.role);
        w.field("joinTime", one.joined_at).field("lastSpeakTime", one.spoke_at).field("muteTime", one.muted_until);
        w.field("card", one.card).field("title", one.title).field("nick", one.person.nick);
        w.field("sex", one.person.sex).field("avatar", one.person.avatar).end_object();
    }
    w.end_array();
    return reply(w.text());
}

api::Reply member_create(api::Call& call) {
    const auto wanted = call.read(kNewMember);
    require_free(wanted.id);
    call.services.db.transaction([&](db::Session& s) {
        add_member(s, call.services.house, call.account(), wanted.group, member_of(s, call.account(), wanted));
    });
    return reply();
}

api::Reply member_delete(api::Call& call) {
    const auto wanted = call.read(kOneMember);
    // It owns the group.
    require_free(wanted.id);
    call.services.db.transaction(
        [&](db::Session& s) { remove_member(s, call.account(), group(s, call.account(), wanted.group), wanted.id); });
    return reply();
}

api::Reply member_update(api::Call& call) {
    const auto wanted = call.read(kMemberChange);
    call.services.db.transaction([&](db::Session& s) {
        change_member(s, call.account(), group(s, call.account(), wanted.group), wanted.id,
                      {wanted.role, wanted.card, wanted.title});
    });
    return reply();
}

constexpr const char* kDone = R"({"code":200,"data":null,"message":"成功"})";
constexpr const char* kSelfExample =
    R"({"code":200,"data":{"userId":"sandbox","nick":"小鸿","sex":"unknown","avatar":"","sign":"","status":"online","robotId":""},"message":"成功"})";

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v1/sandbox/url", api::Auth::talker, api::Rate::normal, url, "Where the bench's WebSocket is, and the key to it",
     {.body = &kUrl, .answer = R"({"code":200,"data":{"url":"ws://localhost:8811/sandbox","authKey":"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..."},"message":"成功"})", .errors = {400, 401, 413, 429}}},
    {"POST", "/api/v1/sandbox/self", api::Auth::talker, api::Rate::normal, self, "What the robot under test is called",
     {.answer = kSelfExample, .errors = {401, 429}}},
    {"POST", "/api/v1/sandbox/self/update", api::Auth::talker, api::Rate::normal, self_update, "Call it otherwise",
     {.body = &kSelfChanges, .answer = kSelfExample, .errors = {400, 401, 413, 429}}},
    {"POST", "/api/v1/sandbox/self/bind", api::Auth::talker, api::Rate::normal, self_bind, "Put one of the caller's robots to the test",
     {.body = &kBind, .answer = kDone, .errors = {400, 401, 403, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/friend/create", api::Auth::talker, api::Rate::normal, friend_create, "Invent a friend, or call one anew",
     {.body = &kNewFriend, .answer = kDone, .errors = {400, 401, 409, 413, 429}}},
    {"POST", "/api/v1/sandbox/friend/list", api::Auth::talker, api::Rate::normal, friend_list, "The invented friends",
     {.answer = R"({"code":200,"data":[{"userId":"f1","nick":"好友","sex":"male","avatar":"https://example.com/f1.jpg"}],"message":"成功"})", .errors = {401, 429}}},
    {"POST", "/api/v1/sandbox/friend/delete", api::Auth::talker, api::Rate::normal, friend_delete, "Forget a friend",
     {.body = &kOne, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/friend/update", api::Auth::talker, api::Rate::normal, friend_update, "Change a friend",
     {.body = &kFriendChange, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/create", api::Auth::talker, api::Rate::normal, group_create, "Invent a group, or call one anew; the robot owns it",
     {.body = &kNewGroup, .answer = kDone, .errors = {400, 401, 409, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/list", api::Auth::talker, api::Rate::normal, group_list, "The invented groups",
     {.answer = R"({"code":200,"data":[{"groupId":"g1","name":"群","avatar":""}],"message":"成功"})", .errors = {401, 429}}},
    {"POST", "/api/v1/sandbox/group/delete", api::Auth::talker, api::Rate::normal, group_delete, "Forget a group",
     {.body = &kOne, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/update", api::Auth::talker, api::Rate::normal, group_update, "Change a group",
     {.body = &kGroupChange, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/member/list", api::Auth::talker, api::Rate::normal, member_list, "Who is in a group",
     {.body = &kOneGroup, .answer = R"({"code":200,"data":[{"groupId":"g1","userId":"f1","role":"member","joinTime":1640995200000,"lastSpeakTime":0,"muteTime":0,"card":"","title":"","nick":"好友","sex":"male","avatar":""}],"message":"成功"})", .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/member/create", api::Auth::talker, api::Rate::normal, member_create, "Put somebody into a group",
     {.body = &kNewMember, .answer = kDone, .errors = {400, 401, 404, 409, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/member/delete", api::Auth::talker, api::Rate::normal, member_delete, "Take somebody out of a group",
     {.body = &kOneMember, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
    {"POST", "/api/v1/sandbox/group/member/update", api::Auth::talker, api::Rate::normal, member_update, "Change what somebody is in a group",
     {.body = &kMemberChange, .answer = kDone, .errors = {400, 401, 404, 413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kBench = {kDoor, "sandbox-bench", kRoutes};

}  // namespace hy::sandbox
