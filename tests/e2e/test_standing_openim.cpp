// What becomes of each call of the fourth door when somebody was silenced or banned by an administrator, and what friends
// and blocked people may do that strangers may not. An endpoint without a row here fails the test.
#include <boost/test/unit_test.hpp>
#include <map>

#include "base/text.h"
#include "e2e/device.h"
#include "e2e/im_user.h"
#include "e2e/routes.h"
#include "json/value.h"

namespace hy::test {

namespace {

constexpr int kBadToken = 1002, kNoRight = 1003, kNoUser = 1004, kFriendship = 1007, kRefused = 1008;

int code_of(const Answer& answer) {
    const auto value = json::parse(answer.body);
    return value ? static_cast<int>(value->int_or("errCode", -1)) : -1;
}
Answer post(const ImAccount& who, const std::string& path, const std::string& body) {
    return stack().call(who.user, "POST", "/api/v3/" + path, body);
}
void fine(const Answer& answer) { BOOST_REQUIRE_MESSAGE(code_of(answer) == 0, answer.body); }
std::string text(const std::string& name, const std::string& value) { return "\"" + name + "\":\"" + value + "\""; }
std::string list(const std::string& name, const std::string& value) { return "\"" + name + "\":[\"" + value + "\"]"; }
std::string object(const std::string& members) { return "{" + members + "}"; }
std::string to_two(const ImAccount& who) {
    return object(text("recvID", who.uid) + R"(,"sessionType":1,"contentType":101,"content":"hi")");
}

// `me` owns a group with carol in it, to which eve asked to come; is in alice's group, and her friend; dave asked to be one.
struct Scene {
    ImAccount me = im_account(), alice = im_account(), carol = im_account(), dave = im_account(), eve = im_account();
    std::string own = im_group(me, {carol}), hers = im_group(alice, {me, carol});

    Scene() {
        fine(post(alice, "friend/add_friend", object(text("toUserID", me.uid))));
        fine(post(me, "friend/add_friend_response", object(text("fromUserID", alice.uid) + ",\"handleResult\":1")));
        fine(post(dave, "friend/add_friend", object(text("toUserID", me.uid))));
        fine(post(me, "friend/add_black", object(text("blackUserID", carol.uid))));
        fine(post(me, "group/set_group_info",
                  R"({"groupInfoForSet":{"needVerification":1,)" + text("groupID", own) + "}}"));
        fine(post(eve, "group/join_group", object(text("groupID", own))));
        fine(post(me, "msg/send_msg", to_two(alice)));
        fine(post(alice, "msg/send_msg", to_two(me)));
    }
    std::string of_two() const { return "single_" + me.uid + "_" + alice.uid; }
    std::string in_own(const std::string& more = {}) const { return object(text("groupID", own) + more); }
};

struct Row {
    const char* path;
    int silenced;  // the code for somebody who may read and say nothing; 0: as for anybody
    std::string (*body)(const Scene&);
};
#define HY_BODY(...)                    \
    [](const Scene& s) -> std::string { \
        (void)s;                        \
        return __VA_ARGS__;             \
    }
// In an order in which each is possible for who is silenced in nothing. Reading, one's own marks and keeping others away
// are left to the silenced; what others would read or be asked is not.
// clang-format off
const Row kRows[] = {
    {"user/get_users_info", 0, HY_BODY(object(list("userIDs", s.alice.uid)))},
    {"user/update_user_info", kRefused, HY_BODY(R"({"userInfo":{"nickname":"other"}})")},
    {"friend/get_friend_apply_list", 0, HY_BODY("{}")},
    {"friend/get_self_friend_apply_list", 0, HY_BODY("{}")},
    {"friend/get_friend_list", 0, HY_BODY("{}")},
    {"friend/is_friend", 0, HY_BODY(object(text("userID1", s.me.uid) + "," + text("userID2", s.alice.uid)))},
    {"friend/get_black_list", 0, HY_BODY("{}")},
    {"friend/add_friend", kRefused, HY_BODY(object(text("toUserID", s.eve.uid)))},
    {"friend/add_friend_response", 0, HY_BODY(object(text("fromUserID", s.dave.uid) + ",\"handleResult\":1"))},
    {"friend/set_friend_remark", 0, HY_BODY(object(text("friendUserID", s.alice.uid) + ",\"remark\":\"x\""))},
    {"friend/remove_black", 0, HY_BODY(object(text("blackUserID", s.carol.uid)))},
    {"friend/add_black", 0, HY_BODY(object(text("blackUserID", s.carol.uid)))},
    {"friend/delete_friend", 0, HY_BODY(object(text("friendUserID", s.alice.uid)))},
    {"group/get_groups_info", 0, HY_BODY(object(list("groupIDs", s.hers)))},
    {"group/get_joined_group_list", 0, HY_BODY("{}")},
    {"group/get_group_member_list", 0, HY_BODY(s.in_own())},
    {"group/get_group_members_info", 0, HY_BODY(s.in_own("," + list("userIDs", s.carol.uid)))},
    {"group/get_recv_group_applicationList", 0, HY_BODY("{}")},
    {"group/get_user_req_group_applicationList", 0, HY_BODY("{}")},
    {"group/create_group", kRefused, HY_BODY(R"({"groupInfo":{"groupName":"x"}})")},
    {"group/set_group_info", kRefused, HY_BODY(R"({"groupInfoForSet":{"notification":"x",)" + text("groupID", s.own) + "}}")},
    {"group/mute_group_member", 0, HY_BODY(s.in_own(",\"mutedSeconds\":9," + text("userID", s.carol.uid)))},
    {"group/cancel_mute_group_member", 0, HY_BODY(s.in_own("," + text("userID", s.carol.uid)))},
    {"group/mute_group", 0, HY_BODY(s.in_own())},
    {"group/cancel_mute_group", 0, HY_BODY(s.in_own())},
    {"group/group_application_response", 0, HY_BODY(s.in_own(",\"handleResult\":1," + text("fromUserID", s.eve.uid)))},
    {"group/invite_user_to_group", kRefused, HY_BODY(s.in_own("," + list("invitedUserIDs", s.dave.uid)))},
    {"group/join_group", kRefused, HY_BODY(object(text("groupID", im_group(s.alice, {s.carol})) + R"(,"reqMessage":"let me in")"))},
    {"group/set_group_member_info", kRefused, HY_BODY(R"({"members":[{"nickname":"x",)" + text("groupID", s.own) + "," + text("userID", s.me.uid) + "}]}")},
    {"group/kick_group", 0, HY_BODY(s.in_own("," + list("kickedUserIDs", s.eve.uid)))},
    {"msg/send_msg", kRefused, HY_BODY(object(text("groupID", s.hers) + R"(,"sessionType":3,"contentType":101,"content":"hi")"))},
    {"msg/get_conversation_msg", 0, HY_BODY(object(text("conversationID", s.of_two())))},
    {"msg/search_msg", 0, HY_BODY(R"({"keyword":"hi"})")},
    {"msg/get_conversations_has_read_and_max_seq", 0, HY_BODY("{}")},
    {"msg/mark_conversation_as_read", 0, HY_BODY(object(text("conversationID", s.of_two())))},
    {"msg/revoke_msg", 0, HY_BODY(object("\"seq\":1," + text("conversationID", s.of_two())))},
    {"manager/get_users_online_status", 0, HY_BODY(object(list("userIDs", s.alice.uid)))},
    {"group/quit_group", 0, HY_BODY(object(text("groupID", s.hers)))},
    {"group/transfer_group", 0, HY_BODY(s.in_own("," + text("newOwnerUserID", s.carol.uid)))},
    {"group/dismiss_group", kNoRight, HY_BODY(s.in_own())},
};
// clang-format on
#undef HY_BODY
// By secret or by administrators: nobody's standing.
const std::set<std::string> kOthers = {"auth/user_register", "auth/user_token", "manager/forbid_user"};

void forbid(const ImAccount& who, int type) {
    fine(stack().call(admin(), "POST", "/api/v3/manager/forbid_user",
                      object(text("userID", who.uid) + ",\"forbiddenType\":" + std::to_string(type))));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standing)

BOOST_AUTO_TEST_CASE(each_call_by_somebody_and_once_silenced) {
    const Scene free, silenced;
    std::set<std::string> have = kOthers;
    for (const Row& row : kRows) have.insert(row.path);
    for (const auto& route : paths_below("/api/v3/")) BOOST_TEST(have.contains(route), "no row for " << route);
    forbid(silenced.me, 2);
    BOOST_REQUIRE(
        eventually([&] { return code_of(post(silenced.me, "msg/send_msg", to_two(silenced.alice))) == kRefused; }));
    for (const Row& row : kRows) {
        const auto as_anybody = post(free.me, row.path, row.body(free));
        // He gave that group away in the row before.
        const bool last = std::string(row.path) == "group/dismiss_group";
        BOOST_TEST(code_of(as_anybody) == (last ? kNoRight : 0), row.path << " answered " << as_anybody.body);
        const auto answer = post(silenced.me, row.path, row.body(silenced));
        BOOST_TEST(code_of(answer) == row.silenced, row.path << " answered, silenced, " << answer.body);
    }
}

BOOST_AUTO_TEST_CASE(no_call_by_somebody_banned) {
    const Scene scene;
    forbid(scene.me, 1);
    BOOST_REQUIRE(eventually([&] { return code_of(post(scene.me, "friend/get_friend_list", "{}")) == kBadToken; }));
    for (const Row& row : kRows) {
        const auto answer = post(scene.me, row.path, row.body(scene));
        BOOST_TEST(code_of(answer) == kBadToken, row.path << " answered " << answer.body);
    }
    forbid(scene.me, 0);
}

// What others would read is refused at the other doors too, and his robots' programs say nothing for him.
BOOST_AUTO_TEST_CASE(the_silenced_at_other_doors) {
    const ImAccount me = im_account(), friendly = im_account(), stranger = im_account();
    const Robot robot = stack().new_robot(me.user);
    const std::string group = im_group(me, {friendly});
    fine(post(stranger, "friend/add_friend", object(text("toUserID", me.uid))));
    forbid(me, 2);
    BOOST_REQUIRE(eventually([&] { return code_of(post(me, "msg/send_msg", to_two(friendly))) == kRefused; }));
    // Each handler knows within a second.
    const auto refused = [&](const char* method, const std::string& path, const std::string& body) {
        return eventually([&] { return stack().call(me.user, method, path, body).status == 403; });
    };
    const std::string in_group = text("channelId", group) + ",\"channelType\":2";
    BOOST_TEST(refused("POST", "/api/v1/im/channel/create", object(in_group + "," + text("name", "read this"))));
    BOOST_TEST(
        refused("POST", "/api/v1/im/channel/create", object(text("channelId", "g-" + me.uid) + ",\"channelType\":2")));
    BOOST_TEST(refused("POST", "/api/v1/im/channel/subscriber/add",
                       object(in_group + "," + list("subscribers", stranger.uid))));
    BOOST_TEST(refused("PUT", "/ocms/robots/" + robot.id, R"({"name":"read this"})"));
    BOOST_TEST(refused("PUT", "/api/robots/" + robot.id, R"({"name":"read this"})"));
    BOOST_TEST(refused("POST", "/api/robot/send-message",
                       R"({"robotId":")" + robot.id + R"(","type":"text","titleList":["x"],"content":"read this"})"));
    const auto answered =
        post(me, "friend/add_friend_response",
             object(text("fromUserID", stranger.uid) + R"(,"handleResult":-1,"handleMsg":"read this")"));
    BOOST_TEST(code_of(answered) == kRefused, answered.body);
    fine(post(me, "friend/add_friend_response", object(text("fromUserID", stranger.uid) + R"(,"handleResult":-1)")));
}

// What differs between two people who are strangers, friends, and of whom the other does not hear the one.
BOOST_AUTO_TEST_CASE(friends_and_the_blocked) {
    const ImAccount me = im_account(), stranger = im_account(), one = im_account(), deaf = im_account();
    const auto befriend = [&](const ImAccount& with) {
        fine(post(me, "friend/add_friend", object(text("toUserID", with.uid))));
        fine(post(with, "friend/add_friend_response", object(text("fromUserID", me.uid) + ",\"handleResult\":1")));
    };
    befriend(one);
    befriend(deaf);
    fine(post(deaf, "friend/add_black", object(text("blackUserID", me.uid))));
    const std::string group = im_group(me, {});
    struct Case {
        const char* path;
        std::function<std::string(const ImAccount&)> body;
        int stranger, one, deaf;
    };
    const auto with = [](const char* name, const std::string& more = {}) {
        return [name, more](const ImAccount& who) { return object(text(name, who.uid) + more); };
    };
    const Case cases[] = {
        {"msg/send_msg", to_two, 0, 0, kRefused},
        {"friend/set_friend_remark", with("friendUserID", ",\"remark\":\"x\""), kFriendship, 0, 0},
        {"friend/add_friend", with("toUserID"), 0, kFriendship, kRefused},
        {"group/invite_user_to_group",
         [&](const ImAccount& who) { return object(text("groupID", group) + "," + list("invitedUserIDs", who.uid)); },
         0, 0, kRefused},
        {"friend/delete_friend", with("friendUserID"), kFriendship, 0, 0},
        {"friend/add_friend", with("toUserID"), 0, 0, kRefused},
    };
    for (const Case& c : cases) {
        const auto see = [&](const ImAccount& who, int code, const char* what) {
            const auto answer = post(me, c.path, c.body(who));
            BOOST_TEST(code_of(answer) == code, c.path << " to " << what << " answered " << answer.body);
        };
        see(stranger, c.stranger, "a stranger");
        see(one, c.one, "a friend");
        see(deaf, c.deaf, "somebody who does not hear");
    }
    // The one who does not hear may speak, and is heard.
    fine(post(deaf, "msg/send_msg", to_two(me)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
