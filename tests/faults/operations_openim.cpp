// What is written at the fourth door, over HTTP. Answers have the number of their errCode as their status (scene.cpp).
#include <stdexcept>

#include "core/contacts.h"
#include "core/friends.h"
#include "core/group_requests.h"
#include "core/groups.h"
#include "core/presence.h"
#include "faults/operations.h"
#include "json/value.h"
#include "uplink/session.h"

namespace hy::test {

namespace {

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}

void people(Scene& s) { s.people(); }
Answer post(Scene& s, const std::string& path, const std::string& body) {
    return s.http("POST /api/v3/" + path, "", body);
}
std::string group_id(const Scene& s) { return "g-" + s.tag; }
std::string in_group(const Scene& s, const std::string& more = {}) {
    return R"({"groupID":")" + group_id(s) + "\"" + more + "}";
}
template <typename F>
void act(Scene& s, F&& work) {
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) { work(session, pushes); });
}

// ---- users -----------------------------------------------------------------------------

Answer register_two(Scene& s) {
    return post(
        s, "auth/user_register",
        R"({"secret":"openIM123","users":[{"userID":"one-)" + s.tag + R"("},{"userID":"two-)" + s.tag + "\"}]}");
}
int64_t registered(Scene& s) {
    const std::string one = "one-" + s.tag, two = "two-" + s.tag;
    return s.number("SELECT COUNT(*) / 2 FROM accounts WHERE uid IN (?, ?) AND registered = 1",
                    {std::string_view(one), std::string_view(two)});
}
void by_secret(Scene& s) {
    s.people();
    s.execute("UPDATE accounts SET registered = 1 WHERE id = ?", {s.user.id});
}
Answer token(Scene& s) {
    return post(s, "auth/user_token", R"({"secret":"openIM123","userID":")" + s.user.uid + R"(","platformID":1})");
}
int64_t tokens(Scene& s) {
    return s.number("SELECT COUNT(*) FROM token_families WHERE account_id = ? AND scope = 'im'", {s.user.id});
}
Answer rename(Scene& s) { return post(s, "user/update_user_info", R"({"userInfo":{"nickname":"new"}})"); }
int64_t renamed(Scene& s) {
    return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND nickname = 'new'", {s.user.id});
}

// ---- friends ---------------------------------------------------------------------------

std::string of_owner(const Scene& s, const std::string& name, const std::string& more = {}) {
    return "{\"" + name + "\":\"" + s.owner.uid + "\"" + more + "}";
}
void asked(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        friends::ask(session, s.world.house, s.owner.id, {account_principal(s.user.id), s.user.uid, ""}, "hi", p);
    });
}
void friends_already(Scene& s) {
    asked(s);
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        friends::answer(session, s.world.house, s.user.id, s.owner.id, true, "", p);
    });
}
int64_t has_asked(Scene& s) {
    return s.number("SELECT COUNT(*) FROM friend_requests WHERE from_id = ? AND to_id = ?", {s.user.id, s.owner.id});
}
int64_t are_friends(Scene& s) {
    return s.number(
        "SELECT COUNT(*) / 2 FROM friends WHERE (account_id = ? AND friend_id = ?)"
        " OR (account_id = ? AND friend_id = ?)",
        {s.user.id, s.owner.id, s.owner.id, s.user.id});
}
int64_t robots_friend(Scene& s) {
    return s.number("SELECT COUNT(*) FROM friends WHERE account_id = ? AND friend_type = 1", {s.user.id});
}
int64_t given_up(Scene& s) { return s.number("SELECT COUNT(*) = 0 FROM friends WHERE account_id = ?", {s.user.id}); }
int64_t remarked(Scene& s) {
    return s.number("SELECT COUNT(*) FROM friends WHERE account_id = ? AND remark = 'r'", {s.user.id});
}
void blocked(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes&) {
        contacts::block(session, s.world.house, s.user.id, account_principal(s.owner.id));
    });
}
int64_t is_blocked(Scene& s) { return s.number("SELECT COUNT(*) FROM blocks WHERE account_id = ?", {s.user.id}); }
int64_t is_heard(Scene& s) { return s.number("SELECT COUNT(*) = 0 FROM blocks WHERE account_id = ?", {s.user.id}); }

// ---- groups ----------------------------------------------------------------------------

void own_group(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        const Principal me = account_principal(s.user.id);
        const auto made = groups::create(session, s.world.house, group_id(s), {"old", ""}, me, p);
        groups::invite(session, s.world.house, made, me, {account_principal(s.owner.id)}, p);
    });
}
void others_group(Scene& s) {
    own_group(s);
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        groups::set_role(session, s.world.house, *groups::find(session, group_id(s)), account_principal(s.user.id),
                         account_principal(s.owner.id), channels::Role::owner, p);
    });
}
// The user is not in it.
void foreign_group(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        groups::create(session, s.world.house, group_id(s), {"old", ""}, account_principal(s.owner.id), p);
    });
}
void asked_for_group(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        const auto made =
            groups::create(session, s.world.house, group_id(s), {"old", ""}, account_principal(s.user.id), p);
        group_requests::ask(session, s.world.house, made, s.owner.id, "", p);
    });
}
int64_t in_groups(Scene& s, const std::string& where) {
    const std::string id = group_id(s);
    return s.number("SELECT COUNT(*) FROM channel_groups g WHERE g.public_id = ? AND " + where, {std::string_view(id)});
}
int64_t seats(Scene& s, const std::string& where, int64_t who) {
    const std::string id = group_id(s);
    return s.number(
        "SELECT COUNT(*) FROM channel_members m JOIN channel_groups g ON g.channel_id = m.channel_id"
        " WHERE g.public_id = ? AND m.member_id = ? AND " +
            where,
        {std::string_view(id), who});
}
Answer create(Scene& s) {
    return post(s, "group/create_group",
                R"({"memberUserIDs":[")" + s.owner.uid + R"("],"adminUserIDs":[")" + s.owner.uid +
                    R"("],"groupInfo":{"groupID":")" + group_id(s) + R"(","groupName":"new","introduction":"i"}})");
}
int64_t created(Scene& s) { return in_groups(s, "g.name = 'new' AND g.introduction = 'i' AND g.deleted_at IS NULL"); }
void check_roles(Scene& s, const Answer&) {
    require(seats(s, "m.member_type = 0 AND m.role = 2", s.user.id) == 1, "a group without its owner");
    require(seats(s, "m.member_type = 0 AND m.role = 1", s.owner.id) == 1, "a group without its admin");
}
int64_t silent(Scene& s) { return in_groups(s, "g.muted = 1"); }
int64_t not_silent(Scene& s) { return in_groups(s, "g.muted = 0"); }
int64_t member_silent(Scene& s) { return seats(s, "m.member_type = 0 AND m.muted_until > 0", s.owner.id); }
int64_t member_not_silent(Scene& s) { return seats(s, "m.member_type = 0 AND m.muted_until = 0", s.owner.id); }
int64_t robot_in(Scene& s) { return seats(s, "m.member_type = 1", s.robot.id); }
int64_t owner_out(Scene& s) { return 1 - seats(s, "m.member_type = 0", s.owner.id); }
int64_t user_out(Scene& s) { return 1 - seats(s, "m.member_type = 0", s.user.id); }
int64_t owner_in(Scene& s) { return seats(s, "m.member_type = 0", s.owner.id); }
int64_t transferred(Scene& s) { return seats(s, "m.member_type = 0 AND m.role = 2", s.owner.id); }
int64_t called(Scene& s) { return seats(s, "m.member_type = 0 AND m.nickname = 'n' AND m.role = 1", s.owner.id); }
int64_t wants_in(Scene& s) { return s.number("SELECT COUNT(*) FROM group_requests WHERE account_id = ?", {s.user.id}); }

// ---- messages --------------------------------------------------------------------------

void spoken_to(Scene& s) {
    s.people();
    s.channel = s.world.ask([&](db::Session& session) {
        return channels::person(session, s.world.house, account_principal(s.user.id), account_principal(s.owner.id));
    });
    for (const int64_t who : {s.owner.id, s.owner.id, s.user.id})
        s.channel = s.world.now(s.channel), s.world.say(s.channel, account_principal(who), "x");
}
std::string conversation(const Scene& s, const std::string& more = {}) {
    return R"({"conversationID":"single_)" + s.owner.uid + "_" + s.user.uid + "\"" + more + "}";
}
Answer send(Scene& s, const std::string& where) {
    return post(s, "msg/send_msg",
                "{" + where + R"(,"content":{"text":"hi"},"contentType":101,"clientMsgID":"no-)" + s.tag + "\"}");
}
Answer send_private(Scene& s) { return send(s, R"("recvID":")" + s.owner.uid + R"(","sessionType":1)"); }
Answer send_group(Scene& s) { return send(s, R"("groupID":")" + group_id(s) + R"(","sessionType":3)"); }
int64_t sent(Scene& s) {
    return s.number("SELECT COUNT(*) FROM messages WHERE sender_type = 0 AND sender_id = ? AND client_no LIKE 'no-%'",
                    {s.user.id});
}
void check_sent(Scene& s, const Answer& answer) {
    const auto value = json::parse(answer.body);
    const std::string id = value && value->find("data") ? value->find("data")->text_or("serverMsgID") : "";
    require(s.number("SELECT COUNT(*) FROM messages WHERE CAST(message_id AS CHAR) = ?", {std::string_view(id)}) == 1,
            "an acknowledged message is not stored under its id");
}
int64_t recalled(Scene& s) {
    return s.number("SELECT COUNT(*) FROM messages WHERE channel_id = ? AND recalled_at IS NOT NULL", {s.channel.id});
}
int64_t read(Scene& s) {
    return s.number("SELECT COUNT(*) FROM channel_members WHERE channel_id = ? AND member_id = ? AND read_seq = 3",
                    {s.channel.id, s.user.id});
}
// All of it is the owner's.
void unread(Scene& s) {
    s.people();
    s.channel = s.world.ask([&](db::Session& session) {
        return channels::person(session, s.world.house, account_principal(s.user.id), account_principal(s.owner.id));
    });
    for (int i = 0; i < 3; ++i)
        s.channel = s.world.now(s.channel), s.world.say(s.channel, account_principal(s.owner.id), "x");
}

void admin(Scene& s) {
    s.people();
    s.world.ask(
        [&](db::Session& session) { accounts::set_role(session, s.world.house, s.user.id, accounts::Role::admin); });
}
int64_t forbidden(Scene& s) {
    return s.number("SELECT COUNT(*) FROM accounts WHERE id = ? AND status = 1", {s.owner.id});
}

// ---- hooks, which are away ---------------------------------------------------------------

void with_hooks(Scene& s) {
    s.people();
    s.config.hooks.secret_file = s.config.openim.secret_file;
    s.config.hooks.after_send_url = s.config.hooks.push_url = "http://127.0.0.1:1/";
}
int64_t hooks_due(Scene& s) {
    return s.number(
        "SELECT COUNT(*) / 2 FROM jobs j JOIN messages m ON m.message_id = j.job_key"
        " WHERE j.kind IN ('after_send', 'push') AND m.sender_type = 0 AND m.sender_id = ?",
        {s.user.id});
}
void said_with_hooks(Scene& s) {
    with_hooks(s);
    s.world.config.hooks = s.config.hooks;
    s.http_past("POST /api/v3/msg/send_msg", "",
                R"({"recvID":")" + s.owner.uid + R"(","sessionType":1,"contentType":101,"content":"hi"})");
    s.world.config.hooks = {};
}
int64_t hook_tried(Scene& s, const char* kind) {
    return s.number(
        "SELECT COUNT(*) FROM jobs j JOIN messages m ON m.message_id = j.job_key WHERE j.kind = ?"
        " AND j.attempts > 0 AND m.sender_type = 0 AND m.sender_id = ?",
        {std::string_view(kind), s.user.id});
}

// ---- a connection ----------------------------------------------------------------------

std::string session(Scene& s) {
    const auto identity = s.world.services.standing.check(s.world.db, s.world.house, s.access);
    return uplink::seal(s.world.services, {"openim", identity.value()});
}
// Another of the same platform is there.
void a_rival(Scene& s) {
    s.people();
    s.world.ask([&](db::Session& session) {
        outbox::Pushes none;
        presence::Connection rival{"rival-" + s.tag, s.host, "openim", account_principal(s.user.id),
                                   "openim:a" + std::to_string(s.user.id) + ":1"};
        rival.device = "1";
        presence::opened(session, s.world.house, rival, 0, "", none);
    });
}
Answer open(Scene& s) {
    return s.ask("ask.openim.open", R"({"v":1,"relay":")" + s.host + R"(","conn":")" + s.conn + R"(","address":")" +
                                        s.address + R"(","query":{"userID":")" + s.user.uid + R"(","token":")" +
                                        s.access + R"(","platformID":"1"}})");
}
int64_t opened(Scene& s) {
    return s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(s.conn)});
}
void check_alone(Scene& s, const Answer&) {
    const std::string rival = "rival-" + s.tag;
    require(s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(rival)}) == 0,
            "two of one platform");
}
Answer connection_asks(Scene& s, const char* subject, const std::string& more = {}) {
    return s.ask(subject, R"({"v":1,"conn":")" + s.conn + R"(","session":")" + session(s) + "\"" + more + "}");
}
std::string op(const Scene& s, const std::string& no) {
    return R"({"op":"send","incr":"1","client_no":"no-)" + no + "-" + s.tag +
           R"(","own_no":true,"data":{"sessionType":3,"contentType":101,"content":"hi","groupID":")" + group_id(s) +
           "\"}}";
}
Answer says_two(Scene& s) {
    return connection_asks(s, "ask.openim.frames", R"(,"n":1,"frames":[)" + op(s, "1") + "," + op(s, "2") + "]");
}
int64_t said_two(Scene& s) { return sent(s) / 2; }
Answer pulls(Scene& s) {
    return connection_asks(s, "ask.openim.frames",
                           R"(,"n":1,"frames":[{"op":"pull","data":{"seqRanges":[{"conversationID":"single_)" +
                               s.owner.uid + "_" + s.user.uid + R"("}]}}])");
}
Answer close(Scene& s) {
    return s.ask("ask.openim.close", R"({"v":1,"conns":[{"conn":"rival-)" + s.tag + R"(","session":""}]})");
}
int64_t closed(Scene& s) {
    const std::string rival = "rival-" + s.tag;
    return s.number("SELECT COUNT(*) = 0 FROM connections WHERE conn = ?", {std::string_view(rival)});
}

// clang-format off
#define HY_ASK(path, body) [](Scene& s) { return post(s, path, body); }
const Operation kOperations[] = {
    {"POST /api/v3/auth/user_register", people, register_two, registered, Again::same, false, 200, 1006},
    {"POST /api/v3/auth/user_token", by_secret, token, tokens, Again::more},
    {"POST /api/v3/user/get_users_info", people, HY_ASK("user/get_users_info", R"({"userIDs":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /api/v3/user/update_user_info", people, rename, renamed},
    {"POST /api/v3/friend/add_friend", people, HY_ASK("friend/add_friend", of_owner(s, "toUserID")), has_asked},
    {"POST /api/v3/friend/add_friend (who asked)", asked, HY_ASK("friend/add_friend", of_owner(s, "toUserID")), are_friends, Again::same, false, 200, 1007},
    {"POST /api/v3/friend/add_friend (a robot)", people, HY_ASK("friend/add_friend", R"({"toUserID":")" + s.robot.public_id + "\"}"), robots_friend, Again::same, false, 200, 1007},
    {"POST /api/v3/friend/add_friend_response", asked, HY_ASK("friend/add_friend_response", of_owner(s, "fromUserID", R"(,"handleResult":1)")), are_friends, Again::same, false, 200, 1007},
    {"POST /api/v3/friend/get_friend_apply_list", asked, HY_ASK("friend/get_friend_apply_list", "{}"), nullptr},
    {"POST /api/v3/friend/get_self_friend_apply_list", asked, HY_ASK("friend/get_self_friend_apply_list", "{}"), nullptr},
    {"POST /api/v3/friend/get_friend_list", friends_already, HY_ASK("friend/get_friend_list", "{}"), nullptr},
    {"POST /api/v3/friend/delete_friend", friends_already, HY_ASK("friend/delete_friend", of_owner(s, "friendUserID")), given_up, Again::same, false, 200, 1007},
    {"POST /api/v3/friend/set_friend_remark", friends_already, HY_ASK("friend/set_friend_remark", of_owner(s, "friendUserID", R"(,"remark":"r")")), remarked},
    {"POST /api/v3/friend/is_friend", friends_already, HY_ASK("friend/is_friend", of_owner(s, "userID2", R"(,"userID1":")" + s.user.uid + "\"")), nullptr},
    {"POST /api/v3/friend/add_black", people, HY_ASK("friend/add_black", of_owner(s, "blackUserID")), is_blocked},
    {"POST /api/v3/friend/remove_black", blocked, HY_ASK("friend/remove_black", of_owner(s, "blackUserID")), is_heard},
    {"POST /api/v3/friend/get_black_list", blocked, HY_ASK("friend/get_black_list", "{}"), nullptr},
    {"POST /api/v3/group/create_group", people, create, created, Again::same, false, 200, 1006, check_roles},
    {"POST /api/v3/group/get_groups_info", own_group, HY_ASK("group/get_groups_info", R"({"groupIDs":[")" + group_id(s) + "\"]}"), nullptr},
    {"POST /api/v3/group/get_joined_group_list", own_group, HY_ASK("group/get_joined_group_list", "{}"), nullptr},
    {"POST /api/v3/group/set_group_info", own_group, HY_ASK("group/set_group_info", R"({"groupInfoForSet":{"groupID":")" + group_id(s) + R"(","groupName":"new","introduction":"i"}})"), created},
    {"POST /api/v3/group/dismiss_group", own_group, HY_ASK("group/dismiss_group", in_group(s)), [](Scene& s) { return in_groups(s, "g.deleted_at IS NOT NULL"); }, Again::same, false, 200, 1005},
    {"POST /api/v3/group/transfer_group", own_group, HY_ASK("group/transfer_group", in_group(s, R"(,"newOwnerUserID":")" + s.owner.uid + "\"")), transferred, Again::same, false, 200, 1003},
    {"POST /api/v3/group/mute_group", own_group, HY_ASK("group/mute_group", in_group(s)), silent},
    {"POST /api/v3/group/cancel_mute_group", [](Scene& s) { own_group(s); s.execute("UPDATE channel_groups SET muted = 1"); }, HY_ASK("group/cancel_mute_group", in_group(s)), not_silent},
    {"POST /api/v3/group/invite_user_to_group", own_group, HY_ASK("group/invite_user_to_group", in_group(s, R"(,"invitedUserIDs":[")" + s.robot.public_id + "\"]")), robot_in},
    {"POST /api/v3/group/kick_group", own_group, HY_ASK("group/kick_group", in_group(s, R"(,"kickedUserIDs":[")" + s.owner.uid + "\"]")), owner_out},
    {"POST /api/v3/group/quit_group", others_group, HY_ASK("group/quit_group", in_group(s)), user_out, Again::same, false, 200, 1003},
    {"POST /api/v3/group/mute_group_member", own_group, HY_ASK("group/mute_group_member", in_group(s, R"(,"mutedSeconds":60,"userID":")" + s.owner.uid + "\"")), member_silent},
    {"POST /api/v3/group/cancel_mute_group_member", [](Scene& s) { own_group(s); s.execute("UPDATE channel_members SET muted_until = 99 WHERE member_id = ?", {s.owner.id}); }, HY_ASK("group/cancel_mute_group_member", in_group(s, R"(,"userID":")" + s.owner.uid + "\"")), member_not_silent},
    {"POST /api/v3/group/set_group_member_info", own_group, HY_ASK("group/set_group_member_info", R"({"members":[{"nickname":"n","roleLevel":60,"userID":")" + s.owner.uid + R"(","groupID":")" + group_id(s) + "\"}]}"), called},
    {"POST /api/v3/group/get_group_member_list", own_group, HY_ASK("group/get_group_member_list", in_group(s)), nullptr},
    {"POST /api/v3/group/get_group_members_info", own_group, HY_ASK("group/get_group_members_info", in_group(s, R"(,"userIDs":[")" + s.owner.uid + "\"]")), nullptr},
    {"POST /api/v3/group/join_group", foreign_group, HY_ASK("group/join_group", in_group(s)), wants_in},
    {"POST /api/v3/group/group_application_response", asked_for_group, HY_ASK("group/group_application_response", in_group(s, R"(,"handleResult":1,"fromUserID":")" + s.owner.uid + "\"")), owner_in, Again::same, false, 200, 1006},
    {"POST /api/v3/group/get_recv_group_applicationList", asked_for_group, HY_ASK("group/get_recv_group_applicationList", "{}"), nullptr},
    {"POST /api/v3/group/get_user_req_group_applicationList", asked_for_group, HY_ASK("group/get_user_req_group_applicationList", "{}"), nullptr},
    {"POST /api/v3/msg/send_msg (to a person)", people, send_private, sent, Again::same, false, 200, 200, check_sent},
    {"POST /api/v3/msg/send_msg (to a group)", own_group, send_group, sent, Again::same, false, 200, 200, check_sent},
    {"POST /api/v3/msg/send_msg (with hooks)", with_hooks, send_private, hooks_due},
    {"job after_send (a hook that is away)", said_with_hooks, [](Scene& s) { return s.job("after_send"); }, [](Scene& s) { return hook_tried(s, "after_send"); }, Again::same, true},
    {"job push (a hook that is away)", said_with_hooks, [](Scene& s) { return s.job("push"); }, [](Scene& s) { return hook_tried(s, "push"); }, Again::same, true},
    {"POST /api/v3/msg/get_conversation_msg", spoken_to, HY_ASK("msg/get_conversation_msg", conversation(s)), nullptr},
    {"POST /api/v3/msg/search_msg", spoken_to, HY_ASK("msg/search_msg", R"({"keyword":"x"})"), nullptr},
    {"POST /api/v3/msg/revoke_msg", spoken_to, HY_ASK("msg/revoke_msg", conversation(s, R"(,"seq":3)")), recalled},
    {"POST /api/v3/msg/mark_conversation_as_read", unread, HY_ASK("msg/mark_conversation_as_read", conversation(s)), read},
    {"POST /api/v3/msg/get_conversations_has_read_and_max_seq", spoken_to, HY_ASK("msg/get_conversations_has_read_and_max_seq", "{}"), nullptr},
    {"POST /api/v3/manager/get_users_online_status", people, HY_ASK("manager/get_users_online_status", R"({"userIDs":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /api/v3/manager/forbid_user", admin, HY_ASK("manager/forbid_user", of_owner(s, "userID", R"(,"forbiddenType":1)")), forbidden},
    {"ask.openim.open", a_rival, open, opened, Again::same, false, 200, 200, check_alone},
    {"ask.openim.ready", own_group, [](Scene& s) { return connection_asks(s, "ask.openim.ready"); }, nullptr},
    {"ask.openim.frames (two in one group)", own_group, says_two, said_two},
    {"ask.openim.frames (reads)", spoken_to, pulls, nullptr},
    {"ask.openim.close", a_rival, close, closed},
};
#undef HY_ASK
// clang-format on

}  // namespace

std::span<const Operation> openim_operations() { return kOperations; }

}  // namespace hy::test
