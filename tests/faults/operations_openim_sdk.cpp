// What OpenIM's own clients ask beside the document's calls, and over their connection. Answers have the number of their
// errCode as their status (scene.cpp).
#include <stdexcept>

#include "base/encode.h"
#include "core/friends.h"
#include "core/group_requests.h"
#include "core/groups.h"
#include "core/operators.h"
#include "core/presence.h"
#include "faults/operations.h"
#include "json/value.h"
#include "openim/sdk_door.h"
#include "uplink/session.h"
#include "wire/openim_sdk/frames.h"

namespace hy::test {

namespace {

namespace sdk = hy::wire::openim::sdk;
namespace pb = hy::wire::openim::pb;

void require(bool fine, const char* what) {
    if (!fine) throw std::runtime_error(what);
}
Answer post(Scene& s, const std::string& path, const std::string& body) {
    return s.http("POST /openim/" + path, "", body);
}
std::string group_id(const Scene& s) { return "g-" + s.tag; }
template <typename F>
void act(Scene& s, F&& work) {
    s.world.act([&](db::Session& session, outbox::Pushes& pushes) { work(session, pushes); });
}

void friends_already(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        friends::ask(session, s.world.house, s.owner.id, {account_principal(s.user.id), s.user.uid, ""}, "hi", p);
        friends::answer(session, s.world.house, s.user.id, s.owner.id, true, "", p);
    });
}
void own_group(Scene& s) {
    s.people();
    act(s, [&](db::Session& session, outbox::Pushes& p) {
        const Principal me = account_principal(s.user.id);
        const auto made = groups::create(session, s.world.house, group_id(s), {"old", ""}, me, p);
        group_requests::ask(session, s.world.house, made, s.owner.id, "", p);
    });
}
void spoken(Scene& s) {
    s.people();
    s.channel = s.world.ask([&](db::Session& session) {
        return channels::person(session, s.world.house, account_principal(s.user.id), account_principal(s.owner.id));
    });
    for (int i = 0; i < 3; ++i)
        s.channel = s.world.now(s.channel), s.world.say(s.channel, account_principal(s.owner.id), "x");
}
std::string of_two(const Scene& s) { return sdk::conversation_of(s.owner.uid, s.user.uid); }
std::string named(const std::string& name, const std::string& value) { return "\"" + name + "\":\"" + value + "\""; }

int64_t remarked(Scene& s) {
    return s.number("SELECT COUNT(*) FROM friends WHERE account_id = ? AND pinned = 1 AND ex = 'e'", {s.user.id});
}
int64_t pinned(Scene& s) {
    return s.number("SELECT COUNT(*) FROM channel_members WHERE member_id = ? AND pinned = 1 AND notify = 2",
                    {s.user.id});
}
int64_t hidden(Scene& s) {
    return s.number("SELECT COUNT(*) / 2 FROM hidden_messages WHERE account_id = ?", {s.user.id});
}
int64_t cleared(Scene& s) {
    return s.number("SELECT COUNT(*) FROM channel_members WHERE member_id = ? AND cleared_seq = 3", {s.user.id});
}
int64_t renamed(Scene& s) {
    const std::string id = group_id(s);
    return s.number("SELECT COUNT(*) FROM channel_groups WHERE public_id = ? AND name = 'new'", {std::string_view(id)});
}

// ---- a connection ----------------------------------------------------------------------

Answer open(Scene& s) {
    return s.ask("ask.openim-sdk.open", R"({"v":1,"relay":")" + s.host + R"(","conn":")" + s.conn + R"(","address":")" +
                                            s.address + R"(","query":{"sendID":")" + s.user.uid + R"(","token":")" +
                                            s.access + R"(","platformID":"5"}})");
}
int64_t opened(Scene& s) {
    return s.number("SELECT COUNT(*) FROM connections WHERE conn = ?", {std::string_view(s.conn)});
}
Answer asks(Scene& s, const char* subject, const std::string& more = {}) {
    const auto identity = s.world.services.standing.check(s.world.db, s.world.house, s.access);
    return s.ask(subject, R"({"v":1,"conn":")" + s.conn + R"(","session":")" +
                              uplink::seal(s.world.services, {"openim-sdk", identity.value()}) + "\"" + more + "}");
}
std::string request(int id, const google::protobuf::MessageLite& message) {
    return R"({"op":"request","id":)" + std::to_string(id) + R"(,"incr":"1","data":")" +
           base64(message.SerializeAsString()) + "\"}";
}
std::string message(const Scene& s, const std::string& no) {
    pb::MsgData m;
    m.set_sendid(s.user.uid);
    m.set_groupid(group_id(s));
    m.set_sessiontype(3);
    m.set_contenttype(101);
    m.set_content(R"({"content":"hi"})");
    m.set_clientmsgid("no-" + no + "-" + s.tag);
    return request(sdk::kSend, m);
}
Answer says_two(Scene& s) {
    return asks(s, "ask.openim-sdk.frames", R"(,"n":1,"frames":[)" + message(s, "1") + "," + message(s, "2") + "]");
}
int64_t said_two(Scene& s) {
    return s.number("SELECT COUNT(*) / 2 FROM messages WHERE sender_id = ? AND client_no LIKE 'no-%'", {s.user.id});
}
void check_fine(Scene&, const Answer& answer) {
    const auto value = json::parse(answer.body);
    const json::Value* out = value ? value->find("out") : nullptr;
    require(out && out->array(), "no answer");
    for (const auto& one : *out->array()) require(one.int_or("code", -1) == 0, "an answer that refuses");
}
Answer reads(Scene& s) {
    pb::PullMessageBySeqsReq ranges;
    auto& range = *ranges.add_seqranges();
    range.set_conversationid(of_two(s));
    range.set_end(3);
    pb::GetSeqMessageReq some;
    auto& one = *some.add_conversations();
    one.set_conversationid(of_two(s));
    one.add_seqs(2);
    pb::SubUserOnlineStatus watch;
    watch.add_subscribeuserid(s.owner.uid);
    return asks(s, "ask.openim-sdk.frames",
                R"(,"n":1,"frames":[)" + request(sdk::kPullRanges, ranges) + "," + request(sdk::kPullSeqs, some) + "," +
                    request(sdk::kMarks, pb::GetConversationsHasReadAndMaxSeqReq()) + "," +
                    request(sdk::kWatch, watch) + "]");
}
void another(Scene& s) {
    s.people();
    s.world.ask([&](db::Session& session) {
        outbox::Pushes none;
        presence::opened(session, s.world.house, {"other-" + s.tag, s.host, "openim", account_principal(s.user.id)}, 0,
                         "", none);
    });
}
Answer close(Scene& s) {
    return s.ask("ask.openim-sdk.close", R"({"v":1,"conns":[{"conn":"other-)" + s.tag + R"(","session":""}]})");
}
int64_t closed(Scene& s) {
    const std::string conn = "other-" + s.tag;
    return s.number("SELECT COUNT(*) = 0 FROM connections WHERE conn = ?", {std::string_view(conn)});
}

// Who called is the operator's own system, for users that it registered.
void ruling(Scene& s) {
    s.people();
    s.execute("UPDATE accounts SET registered = 1 WHERE id = ?", {s.user.id});
    s.bearer = operators::token(s.world.house, "openIM123").text;
}
int64_t tokens(Scene& s) {
    return s.number("SELECT COUNT(*) FROM token_families WHERE account_id = ? AND scope = 'im'", {s.user.id});
}
int64_t registered(Scene& s) {
    const std::string one = "one-" + s.tag, two = "two-" + s.tag;
    return s.number("SELECT COUNT(*) / 2 FROM accounts WHERE uid IN (?, ?) AND registered = 1",
                    {std::string_view(one), std::string_view(two)});
}
int64_t said_one(Scene& s) {
    return s.number("SELECT COUNT(*) FROM messages WHERE sender_id = ? AND client_no LIKE 'no-%'", {s.user.id});
}

// clang-format off
#define HY_ASK(path, body) [](Scene& s) { return post(s, path, body); }
void people(Scene& s) { s.people(); }
const Operation kOperations[] = {
    {"POST /openim/auth/get_admin_token", people, HY_ASK("auth/get_admin_token", R"({"secret":"openIM123","userID":"imAdmin"})"), nullptr},
    {"POST /openim/auth/get_user_token", ruling, HY_ASK("auth/get_user_token", "{\"platformID\":5," + named("userID", s.user.uid) + "}"), tokens, Again::more},
    {"POST /openim/auth/parse_token", people, HY_ASK("auth/parse_token", "{" + named("token", s.access) + "}"), nullptr},
    {"POST /openim/user/user_register", ruling, HY_ASK("user/user_register", R"({"users":[{"userID":"one-)" + s.tag + R"("},{"userID":"two-)" + s.tag + "\"}]}"), registered, Again::same, false, 200, 1102},
    {"POST /openim/user/account_check", ruling, HY_ASK("user/account_check", R"({"checkUserIDs":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /openim/user/get_users_online_status", ruling, HY_ASK("user/get_users_online_status", R"({"userIDs":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /openim/msg/send_msg", ruling, HY_ASK("msg/send_msg", R"({"sessionType":1,"contentType":101,"content":{"content":"hi"},)" + named("clientMsgID", "no-" + s.tag) + "," + named("sendID", s.user.uid) + "," + named("recvID", s.owner.uid) + "}"), said_one},
    {"POST /openim/friend/get_designated_friend_apply", friends_already, HY_ASK("friend/get_designated_friend_apply", "{" + named("fromUserID", s.owner.uid) + "," + named("toUserID", s.user.uid) + "}"), nullptr},
    {"POST /openim/friend/get_designated_friends", friends_already, HY_ASK("friend/get_designated_friends", R"({"friendUserIDs":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /openim/friend/update_friends", friends_already, HY_ASK("friend/update_friends", R"({"isPinned":true,"ex":"e","friendUserIDs":[")" + s.owner.uid + "\"]}"), remarked},
    {"POST /openim/friend/get_specified_blacks", people, HY_ASK("friend/get_specified_blacks", R"({"userIDList":[")" + s.owner.uid + "\"]}"), nullptr},
    {"POST /openim/friend/get_incremental_friends", friends_already, HY_ASK("friend/get_incremental_friends", R"({"version":1,"versionID":"1"})"), nullptr},
    {"POST /openim/friend/get_full_friend_user_ids", friends_already, HY_ASK("friend/get_full_friend_user_ids", "{}"), nullptr},
    {"POST /openim/group/set_group_info_ex", own_group, HY_ASK("group/set_group_info_ex", R"({"groupName":"new",)" + named("groupID", group_id(s)) + "}"), renamed},
    {"POST /openim/group/get_full_group_member_user_ids", own_group, HY_ASK("group/get_full_group_member_user_ids", "{" + named("groupID", group_id(s)) + "}"), nullptr},
    {"POST /openim/group/get_recv_group_applicationList", own_group, HY_ASK("group/get_recv_group_applicationList", "{}"), nullptr},
    {"POST /openim/group/get_user_req_group_applicationList", own_group, HY_ASK("group/get_user_req_group_applicationList", "{}"), nullptr},
    {"POST /openim/group/get_specified_user_group_request_info", own_group, HY_ASK("group/get_specified_user_group_request_info", "{" + named("groupID", group_id(s)) + "," + named("userID", s.owner.uid) + "}"), nullptr},
    {"POST /openim/group/get_incremental_join_groups", own_group, HY_ASK("group/get_incremental_join_groups", R"({"version":1,"versionID":"1"})"), nullptr},
    {"POST /openim/group/get_full_join_group_ids", own_group, HY_ASK("group/get_full_join_group_ids", "{}"), nullptr},
    {"POST /openim/group/get_incremental_group_members_batch", own_group, HY_ASK("group/get_incremental_group_members_batch", R"({"reqList":[{)" + named("groupID", group_id(s)) + "}]}"), nullptr},
    {"POST /openim/conversation/get_incremental_conversations", spoken, HY_ASK("conversation/get_incremental_conversations", R"({"version":1,"versionID":"1"})"), nullptr},
    {"POST /openim/conversation/get_not_notify_conversation_ids", spoken, HY_ASK("conversation/get_not_notify_conversation_ids", "{}"), nullptr},
    {"POST /openim/conversation/set_conversations", spoken, HY_ASK("conversation/set_conversations", R"({"conversation":{"isPinned":true,"recvMsgOpt":2,)" + named("conversationID", of_two(s)) + "}}"), pinned},
    {"POST /openim/msg/delete_msgs", spoken, HY_ASK("msg/delete_msgs", R"({"seqs":[1,3],)" + named("conversationID", of_two(s)) + "}"), hidden},
    {"POST /openim/msg/clear_conversation_msg", spoken, HY_ASK("msg/clear_conversation_msg", R"({"conversationIDs":[")" + of_two(s) + "\"]}"), cleared},
    {"POST /openim/msg/user_clear_all_msg", spoken, HY_ASK("msg/user_clear_all_msg", "{}"), cleared},
    {"POST /openim/jssdk/get_active_conversations", spoken, HY_ASK("jssdk/get_active_conversations", ""), nullptr},
    {"POST /openim/jssdk/get_conversations", spoken, HY_ASK("jssdk/get_conversations", "\x12" + std::string(1, static_cast<char>(of_two(s).size())) + of_two(s)), nullptr},
    {"ask.openim-sdk.open", people, open, opened},
    {"ask.openim-sdk.ready", own_group, [](Scene& s) { return asks(s, "ask.openim-sdk.ready"); }, nullptr},
    {"ask.openim-sdk.frames (two in one group)", own_group, says_two, said_two, Again::same, false, 200, 200, check_fine},
    {"ask.openim-sdk.frames (reads)", spoken, reads, nullptr, Again::same, false, 200, 200, check_fine},
    {"ask.openim-sdk.close", another, close, closed},
};
#undef HY_ASK
// clang-format on

}  // namespace

std::span<const Operation> openim_sdk_operations() { return kOperations; }

}  // namespace hy::test
