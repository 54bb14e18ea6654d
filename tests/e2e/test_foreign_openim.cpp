// A second account against the first, at the fourth door: over every endpoint, nothing that alice says or has can be
// read, changed or heard by bob. An endpoint without a row here fails the test. And who may do what in a group, over all
// calls.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <set>

#include "base/text.h"
#include "e2e/routes.h"
#include "e2e/im_user.h"
#include "json/value.h"

namespace hy::test {

namespace {

// What stands in the answer's errCode.
int code_of(const Answer& answer) {
    const auto value = json::parse(answer.body);
    return value ? static_cast<int>(value->int_or("errCode", -1)) : -1;
}
Answer post(const ImAccount& who, const std::string& path, const std::string& body) {
    return stack().call(who.user, "POST", "/api/v3/" + path, body);
}
std::string text(const std::string& name, const std::string& value) { return "\"" + name + "\":\"" + value + "\""; }
std::string list(const std::string& name, const std::string& value) { return "\"" + name + "\":[\"" + value + "\"]"; }
std::string object(const std::string& members) { return "{" + members + "}"; }

// alice and carol are friends, talk, and are in a group of alice's; alice asked dave, and does not hear eve. bob is in
// nothing.
struct Scene {
    ImAccount alice = im_account(), carol = im_account(), bob = im_account(), dave = im_account(), eve = im_account();
    std::string group = im_group(alice, {carol});

    Scene() {
        const auto fine = [](const Answer& answer) { BOOST_REQUIRE_MESSAGE(code_of(answer) == 0, answer.body); };
        fine(post(alice, "friend/add_friend", object(text("toUserID", carol.uid))));
        fine(post(carol, "friend/add_friend_response", object(text("fromUserID", alice.uid) + ",\"handleResult\":1")));
        fine(post(alice, "friend/add_friend", object(text("toUserID", dave.uid) + "," + text("reqMsg", kWords))));
        fine(post(alice, "friend/add_black", object(text("blackUserID", eve.uid))));
        for (const auto& where :
             {text("recvID", carol.uid) + ",\"sessionType\":1", text("groupID", group) + ",\"sessionType\":3"})
            fine(post(alice, "msg/send_msg", object(where + "," + text("content", kWords) + ",\"contentType\":101")));
        fine(post(alice, "group/set_group_info",
                  R"({"groupInfoForSet":{)" + in_group() + "," + text("notification", kWords) + "}}"));
    }
    static constexpr const char* kWords = "alices words";
    std::string in_group(const std::string& more = {}) const { return text("groupID", group) + more; }
    std::string of_two() const { return "single_" + alice.uid + "_" + carol.uid; }
    std::string view() const {
        std::string all;
        const auto see = [&](const ImAccount& who, const std::string& path, const std::string& body) {
            all += post(who, path, body).body + "\n";
        };
        see(alice, "friend/get_friend_list", "{}");
        see(alice, "friend/get_self_friend_apply_list", "{}");
        see(dave, "friend/get_friend_apply_list", "{}");
        see(alice, "friend/get_black_list", "{}");
        see(alice, "group/get_groups_info", object(list("groupIDs", group)));
        see(alice, "group/get_group_member_list", object(in_group()));
        see(alice, "group/get_recv_group_applicationList", "{}");
        see(alice, "msg/get_conversation_msg", object(text("conversationID", of_two())));
        see(alice, "msg/get_conversation_msg", object(text("conversationID", "group_" + group)));
        see(carol, "msg/get_conversations_has_read_and_max_seq", "{}");
        see(alice, "user/get_users_info", object(list("userIDs", alice.uid)));
        return all;
    }
};

struct Row {
    std::set<int> codes;
    std::function<std::vector<std::string>(const Scene&)> bodies;
};

std::vector<std::string> group_and(const Scene& s, const std::string& more = {}) { return {object(s.in_group(more))}; }
std::vector<std::string> as_alice(const Scene& s, const std::string& name) { return {object(text(name, s.alice.uid))}; }

// clang-format off
const std::map<std::string, Row> kRows = {
    {"auth/user_register", {{1003}, [](const Scene& s) { return std::vector{R"({"secret":"x","users":[{"userID":")" + s.alice.uid + "\"}]}"}; }}},
    {"auth/user_token", {{1003}, [](const Scene& s) { return std::vector{R"({"secret":"openIM123","platformID":1,"userID":")" + s.alice.uid + "\"}"}; }}},
    {"user/get_users_info", {{0}, [](const Scene& s) { return std::vector{object(list("userIDs", s.alice.uid))}; }}},
    {"user/update_user_info", {{1003}, [](const Scene& s) { return std::vector{R"({"userInfo":{"nickname":"x",)" + text("userID", s.alice.uid) + "}}"}; }}},
    {"friend/add_friend", {{1003}, [](const Scene& s) { return std::vector{object(text("fromUserID", s.alice.uid) + "," + text("toUserID", s.carol.uid))}; }}},
    {"friend/add_friend_response", {{1003, 1007}, [](const Scene& s) { return std::vector{object(text("fromUserID", s.alice.uid) + ",\"handleResult\":1"), object(text("fromUserID", s.alice.uid) + "," + text("toUserID", s.dave.uid) + ",\"handleResult\":1")}; }}},
    {"friend/get_friend_apply_list", {{1003}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"friend/get_self_friend_apply_list", {{1003}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"friend/get_friend_list", {{1003}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"friend/delete_friend", {{1003, 1007}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + "," + text("friendUserID", s.carol.uid)), object(text("friendUserID", s.alice.uid))}; }}},
    {"friend/set_friend_remark", {{1003, 1007}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + ",\"remark\":\"x\"," + text("friendUserID", s.carol.uid)), object("\"remark\":\"x\"," + text("friendUserID", s.alice.uid))}; }}},
    {"friend/is_friend", {{1003}, [](const Scene& s) { return std::vector{object(text("userID1", s.alice.uid) + "," + text("userID2", s.carol.uid))}; }}},
    {"friend/add_black", {{1003}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + "," + text("blackUserID", s.carol.uid))}; }}},
    {"friend/remove_black", {{1003}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + "," + text("blackUserID", s.eve.uid))}; }}},
    {"friend/get_black_list", {{1003}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"group/create_group", {{1003, 1006}, [](const Scene& s) { return std::vector{R"({"groupInfo":{)" + s.in_group() + "}}", R"({"groupInfo":{},)" + text("ownerUserID", s.alice.uid) + "}"}; }}},
    {"group/get_groups_info", {{1003}, [](const Scene& s) { return std::vector{object(list("groupIDs", s.group))}; }}},
    {"group/get_joined_group_list", {{1003}, [](const Scene& s) { return as_alice(s, "fromUserID"); }}},
    {"group/set_group_info", {{1003}, [](const Scene& s) { return std::vector{R"({"groupInfoForSet":{"groupName":"x",)" + s.in_group() + "}}"}; }}},
    {"group/dismiss_group", {{1003}, [](const Scene& s) { return group_and(s); }}},
    {"group/transfer_group", {{1003}, [](const Scene& s) { return std::vector{object(s.in_group("," + text("newOwnerUserID", s.bob.uid))), object(s.in_group("," + text("newOwnerUserID", s.bob.uid) + "," + text("oldOwnerUserID", s.alice.uid)))}; }}},
    {"group/mute_group", {{1003}, [](const Scene& s) { return group_and(s); }}},
    {"group/cancel_mute_group", {{1003}, [](const Scene& s) { return group_and(s); }}},
    {"group/invite_user_to_group", {{1003}, [](const Scene& s) { return group_and(s, "," + list("invitedUserIDs", s.bob.uid)); }}},
    {"group/kick_group", {{1003}, [](const Scene& s) { return group_and(s, "," + list("kickedUserIDs", s.carol.uid)); }}},
    {"group/quit_group", {{1003}, [](const Scene& s) { return std::vector{object(s.in_group()), object(s.in_group("," + text("userID", s.carol.uid)))}; }}},
    {"group/mute_group_member", {{1003}, [](const Scene& s) { return group_and(s, ",\"mutedSeconds\":9," + text("userID", s.carol.uid)); }}},
    {"group/cancel_mute_group_member", {{1003}, [](const Scene& s) { return group_and(s, "," + text("userID", s.carol.uid)); }}},
    {"group/set_group_member_info", {{1003}, [](const Scene& s) { return std::vector{R"({"members":[{"nickname":"x","roleLevel":60,)" + s.in_group("," + text("userID", s.carol.uid)) + "}]}"}; }}},
    {"group/get_group_member_list", {{1003}, [](const Scene& s) { return group_and(s); }}},
    {"group/get_group_members_info", {{1003}, [](const Scene& s) { return group_and(s, "," + list("userIDs", s.carol.uid)); }}},
    {"group/group_application_response", {{1003}, [](const Scene& s) { return group_and(s, ",\"handleResult\":1," + text("fromUserID", s.bob.uid)); }}},
    {"group/get_recv_group_applicationList", {{0, 1003}, [](const Scene& s) { return std::vector{std::string("{}"), object(text("fromUserID", s.alice.uid))}; }}},
    {"group/get_user_req_group_applicationList", {{1003}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    // The last that is asked: whoever asks to come in is seen by the owner.
    {"group/join_group", {{1005}, [](const Scene&) { return std::vector{object(text("groupID", "nothing"))}; }}},
    {"msg/send_msg", {{1003, 1008, 1004}, [](const Scene& s) { return std::vector{
        object(s.in_group(R"(,"sessionType":3,"contentType":101,"content":"bob")")),
        object(text("recvID", s.of_two()) + R"(,"sessionType":1,"contentType":101,"content":"bob")"),
        object(text("recvID", s.carol.uid) + "," + text("sendID", s.alice.uid) + R"(,"sessionType":1,"contentType":101,"content":"bob")")}; }}},
    {"msg/get_conversation_msg", {{1001, 1003}, [](const Scene& s) { return std::vector{object(text("conversationID", s.of_two())), object(text("conversationID", "sg_" + s.group))}; }}},
    {"msg/search_msg", {{0, 1001, 1003}, [](const Scene& s) { return std::vector{object(text("keyword", "alices")), object(text("conversationID", s.of_two())), object(text("conversationID", "sg_" + s.group) + "," + text("sendID", s.alice.uid)), object(text("sendID", s.alice.uid))}; }}},
    {"msg/revoke_msg", {{1001, 1003}, [](const Scene& s) { return std::vector{object("\"seq\":1," + text("conversationID", s.of_two())), object("\"seq\":1," + text("conversationID", "group_" + s.group))}; }}},
    {"msg/mark_conversation_as_read", {{1001, 1003}, [](const Scene& s) { return std::vector{object(text("conversationID", s.of_two())), object(text("conversationID", "group_" + s.group)), object(text("userID", s.carol.uid) + "," + text("conversationID", "single_" + s.carol.uid + "_" + s.alice.uid))}; }}},
    {"msg/get_conversations_has_read_and_max_seq", {{0, 1003}, [](const Scene& s) { return std::vector{object(list("conversationIDs", "group_" + s.group)), object(list("conversationIDs", s.of_two())), object(text("userID", s.alice.uid))}; }}},
    {"manager/get_users_online_status", {{0}, [](const Scene& s) { return std::vector{object(list("userIDs", s.alice.uid))}; }}},
    {"manager/forbid_user", {{1003}, [](const Scene& s) { return std::vector{object("\"forbiddenType\":1," + text("userID", s.alice.uid))}; }}},
};
// clang-format on

// What OpenIM's own clients ask beside the calls above.
// clang-format off
const std::map<std::string, Row> kSdkRows = {
    {"auth/get_admin_token", {{1002}, [](const Scene&) { return std::vector{std::string(R"({"secret":"x","userID":"imAdmin"})")}; }}},
    {"auth/get_user_token", {{1002}, [](const Scene& s) { return std::vector{object(text("userID", s.alice.uid) + ",\"platformID\":5")}; }}},
    {"auth/parse_token", {{1502}, [](const Scene& s) { return std::vector{object(text("token", s.alice.uid)), object(text("token", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0."))}; }}},
    {"user/user_register", {{1002}, [](const Scene& s) { return std::vector{R"({"users":[{"userID":"x","nickname":")" + s.bob.uid + "\"}]}"}; }}},
    {"user/account_check", {{1002}, [](const Scene& s) { return std::vector{object(list("checkUserIDs", s.alice.uid))}; }}},
    {"user/get_users_online_status", {{1002}, [](const Scene& s) { return std::vector{object(list("userIDs", s.alice.uid))}; }}},
    {"user/update_user_info_ex", kRows.at("user/update_user_info")},
    {"friend/get_designated_friend_apply", {{1002}, [](const Scene& s) { return std::vector{object(text("fromUserID", s.alice.uid) + "," + text("toUserID", s.dave.uid))}; }}},
    {"friend/get_designated_friends", {{1002}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + "," + list("friendUserIDs", s.dave.uid))}; }}},
    {"friend/update_friends", {{1002, 1303}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + ",\"remark\":\"x\"," + list("friendUserIDs", s.dave.uid)), object("\"remark\":\"x\"," + list("friendUserIDs", s.alice.uid))}; }}},
    {"friend/get_specified_blacks", {{1002}, [](const Scene& s) { return std::vector{object(text("ownerUserID", s.alice.uid) + "," + list("userIDList", s.dave.uid))}; }}},
    {"friend/get_incremental_friends", {{1002}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"friend/get_full_friend_user_ids", {{1002}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"group/set_group_info_ex", {{1203, 1002}, [](const Scene& s) { return group_and(s, ",\"groupName\":\"x\""); }}},
    {"group/get_full_group_member_user_ids", {{1203}, [](const Scene& s) { return group_and(s); }}},
    {"group/get_specified_user_group_request_info", {{1002}, [](const Scene& s) { return group_and(s, "," + text("userID", s.alice.uid)); }}},
    {"group/get_incremental_join_groups", {{1002}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"group/get_full_join_group_ids", {{1002}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"group/get_incremental_group_members_batch", {{0, 1002}, [](const Scene& s) { return std::vector{object(R"("reqList":[)" + object(s.in_group()) + "]"), object(R"("reqList":[],)" + text("userID", s.alice.uid))}; }}},
    {"conversation/get_incremental_conversations", {{1002}, [](const Scene& s) { return as_alice(s, "userID"); }}},
    {"conversation/get_not_notify_conversation_ids", {{0}, [](const Scene&) { return std::vector{std::string("{}")}; }}},
    {"conversation/set_conversations", {{1001, 1002, 1203}, [](const Scene& s) { return std::vector{R"({"conversation":{"isPinned":true,)" + text("conversationID", s.of_two()) + "}}", R"({"conversation":{"isPinned":true,)" + text("conversationID", "sg_" + s.group) + "}}", R"({"conversation":{"conversationID":"x"},)" + list("userIDs", s.alice.uid) + "}"}; }}},
    {"msg/delete_msgs", {{1001, 1002, 1203}, [](const Scene& s) { return std::vector{object("\"seqs\":[1]," + text("conversationID", s.of_two())), object("\"seqs\":[1]," + text("conversationID", "sg_" + s.group))}; }}},
    {"msg/clear_conversation_msg", {{1001, 1002, 1203}, [](const Scene& s) { return std::vector{object(list("conversationIDs", s.of_two())), object(list("conversationIDs", "sg_" + s.group)), object(list("conversationIDs", "sg_" + s.group) + "," + text("userID", s.alice.uid))}; }}},
    {"msg/user_clear_all_msg", {{0}, [](const Scene&) { return std::vector{std::string("{}")}; }}},
    // Protobuf: {1: alice}.
    {"jssdk/get_active_conversations", {{1002, 1001}, [](const Scene& s) { return std::vector{"\x0a" + std::string(1, static_cast<char>(s.alice.uid.size())) + s.alice.uid, std::string("\xff")}; }}},
    {"jssdk/get_conversations", {{1002, 0}, [](const Scene& s) { return std::vector{"\x0a" + std::string(1, static_cast<char>(s.alice.uid.size())) + s.alice.uid, "\x12" + std::string(1, static_cast<char>(s.group.size() + 3)) + "sg_" + s.group}; }}},
};
// clang-format on

}  // namespace

BOOST_AUTO_TEST_SUITE(foreign)

BOOST_AUTO_TEST_CASE(no_endpoint_of_the_fourth_door_gives_bob_what_is_alices) {
    const Scene scene;
    const std::string before = scene.view();
    for (const auto& route : paths_below("/api/v3/")) BOOST_TEST(kRows.contains(route), "no row for " << route);
    for (const auto& [route, row] : kRows) {
        BOOST_TEST(paths_below("/api/v3/").contains(route), "no such endpoint any more: " << route);
        for (const auto& body : row.bodies(scene)) {
            const auto answer = post(scene.bob, route, body);
            BOOST_TEST(row.codes.contains(code_of(answer)), route << " " << body << " answered " << answer.body);
            for (const std::string& word : {std::string(Scene::kWords), scene.carol.uid, scene.eve.uid})
                BOOST_TEST(answer.body.find(word) == std::string::npos, route << " tells " << answer.body);
        }
    }
    BOOST_TEST(scene.view() == before);
}

// Below /openim the same calls, and those that only OpenIM's own clients make.
BOOST_AUTO_TEST_CASE(no_endpoint_of_openims_own_clients_gives_bob_what_is_alices) {
    const Scene scene;
    const std::string before = scene.view();
    for (const auto& route : paths_below("/openim/")) {
        const auto own = kSdkRows.find(route), shared = kRows.find(route);
        BOOST_TEST((own != kSdkRows.end() || shared != kRows.end()), "no row for " << route);
        if (own == kSdkRows.end() && shared == kRows.end()) continue;
        const Row& row = own != kSdkRows.end() ? own->second : shared->second;
        for (const auto& body : row.bodies(scene)) {
            const auto answer = stack().call(scene.bob.user, "POST", "/openim/" + route, body);
            BOOST_TEST(answer.status == 200);
            // The numbers differ where the call is the document's own; whether it is refused does not.
            const int code = code_of(answer);
            const bool named = own != kSdkRows.end() && !kRows.contains(route) && route != "user/update_user_info_ex";
            BOOST_TEST((named ? row.codes.contains(code) : row.codes.contains(0) || code > 0),
                       route << " " << body << " answered " << answer.body);
            for (const std::string& word : {std::string(Scene::kWords), scene.carol.uid, scene.eve.uid})
                BOOST_TEST(answer.body.find(word) == std::string::npos, route << " tells " << answer.body);
        }
    }
    BOOST_TEST(scene.view() == before);
}

BOOST_AUTO_TEST_CASE(who_may_do_what_in_a_group) {
    enum : int { stranger, member, silent, admin, owner, kRoles };
    struct Right {
        const char* path;
        int codes[kRoles];
        std::function<std::string(const std::string& group, const ImAccount& me, const ImAccount& other)> body;
    };
    const auto plain = [](const std::string& g, const ImAccount&, const ImAccount&) {
        return object(text("groupID", g));
    };
    const auto with = [](const std::string& more) {
        return [more](const std::string& g, const ImAccount&, const ImAccount& other) {
            std::string members = more;
            if (const size_t at = members.find("OTHER"); at != std::string::npos) members.replace(at, 5, other.uid);
            return object(text("groupID", g) + "," + members);
        };
    };
    const std::string say = R"("sessionType":3,"contentType":101,"content":"x")";
    const Right rights[] = {
        {"group/get_groups_info",
         {1003, 0, 0, 0, 0},
         [](auto& g, auto&, auto&) { return object(list("groupIDs", g)); }},
        {"group/get_group_member_list", {1003, 0, 0, 0, 0}, plain},
        {"msg/get_conversation_msg",
         {1003, 0, 0, 0, 0},
         [](auto& g, auto&, auto&) { return object(text("conversationID", "group_" + g)); }},
        {"msg/send_msg", {1008, 0, 1008, 0, 0}, with(say)},
        {"group/set_group_info",
         {1003, 1003, 1003, 0, 0},
         [](auto& g, auto&, auto&) { return R"({"groupInfoForSet":{"ex":"x",)" + text("groupID", g) + "}}"; }},
        {"group/mute_group_member", {1003, 1003, 1003, 0, 0}, with(R"("mutedSeconds":1,"userID":"OTHER")")},
        {"group/cancel_mute_group_member", {1003, 1003, 1003, 0, 0}, with(R"("userID":"OTHER")")},
        {"group/mute_group", {1003, 1003, 1003, 0, 0}, plain},
        {"group/cancel_mute_group", {1003, 1003, 1003, 0, 0}, plain},
        {"group/set_group_member_info",
         {1003, 1003, 1003, 1003, 0},
         [](auto& g, auto&, auto& other) {
             return R"({"members":[{"roleLevel":20,)" + text("groupID", g) + "," + text("userID", other.uid) + "}]}";
         }},
        {"group/kick_group", {1003, 1003, 1003, 0, 0}, with(R"("kickedUserIDs":["OTHER"])")},
        {"group/invite_user_to_group", {1003, 0, 0, 0, 0}, with(R"("invitedUserIDs":["OTHER"])")},
        {"group/transfer_group", {1003, 1003, 1003, 1003, -1}, with(R"("newOwnerUserID":"OTHER")")},
        {"group/dismiss_group", {1003, 1003, 1003, 1003, -1}, plain},
        {"group/quit_group", {1003, -1, -1, -1, 1003}, plain},
    };
    std::vector<ImAccount> who;
    for (int i = 0; i < kRoles; ++i) who.push_back(im_account());
    const ImAccount other = im_account();
    const std::string group = im_group(who[owner], {who[member], who[silent], who[admin], other});
    const auto by_owner = [&](const std::string& path, const std::string& body) {
        BOOST_REQUIRE(code_of(post(who[owner], path, body)) == 0);
    };
    by_owner("group/set_group_member_info",
             R"({"members":[{"roleLevel":60,)" + text("groupID", group) + "," + text("userID", who[admin].uid) + "}]}");
    by_owner("group/mute_group_member",
             object(text("groupID", group) + R"(,"mutedSeconds":600,)" + text("userID", who[silent].uid)));
    for (const Right& right : rights)
        for (int role = 0; role < kRoles; ++role) {
            if (right.codes[role] < 0) continue;
            const auto answer = post(who[static_cast<size_t>(role)], right.path,
                                     right.body(group, who[static_cast<size_t>(role)], other));
            BOOST_TEST(code_of(answer) == right.codes[role], right.path << " as " << role << ": " << answer.body);
        }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
