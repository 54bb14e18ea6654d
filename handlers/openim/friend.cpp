// Friends: asked for, accepted, listed, given up; and who is not to be heard.
#include "calls.h"
#include "friend_shapes.h"

namespace hy::openim {

namespace {

constexpr json::Rules user_rules(bool required) { return {.required = required, .min_chars = 1, .max_chars = 64}; }

struct NewFriend {
    std::string from, to, message;
};
const auto kNewFriend = json::Schema<NewFriend>()
                            .field("fromUserID", &NewFriend::from, user_rules(false))
                            .field("toUserID", &NewFriend::to, user_rules(true))
                            .field("reqMsg", &NewFriend::message, {.max_chars = 1000});

struct Answer {
    std::string from, to, words;
    int64_t result = 0;
};
const auto kAnswer =
    json::Schema<Answer>()
        .field("fromUserID", &Answer::from, user_rules(true))
        .field("toUserID", &Answer::to, user_rules(false))
        .field("handleResult", &Answer::result, {.required = true, .min = -1, .max = 1, .note = "1 yes, -1 no"})
        .field("handleMsg", &Answer::words, {.max_chars = 1000});

struct Paged {
    std::string user;
    json::Value pagination;
};
const auto kPaged = json::Schema<Paged>()
                        .field("userID", &Paged::user, {.max_chars = 64, .note = "the caller's own"})
                        .field("pagination", &Paged::pagination, {.note = "{pageNumber, showNumber}"});

// One of the caller's: a friend, or somebody not to be heard.
struct Pair {
    std::string owner, other, remark;
};
const auto kFriendPair = json::Schema<Pair>()
                             .field("ownerUserID", &Pair::owner, {.max_chars = 64})
                             .field("friendUserID", &Pair::other, user_rules(true));
const auto kBlackPair = json::Schema<Pair>()
                            .field("ownerUserID", &Pair::owner, {.max_chars = 64})
                            .field("blackUserID", &Pair::other, user_rules(true));
const auto kRemarkPair = json::Schema<Pair>()
                             .field("ownerUserID", &Pair::owner, {.max_chars = 64})
                             .field("friendUserID", &Pair::other, user_rules(true))
                             .field("remark", &Pair::remark, {.required = true, .max_chars = 100});
const auto kTwo = json::Schema<Pair>()
                      .field("userID1", &Pair::owner, user_rules(true))
                      .field("userID2", &Pair::other, user_rules(true));

constexpr const char* kDone = R"({"errCode":0,"errMsg":"success","data":{}})";
constexpr const char* kListExample =
    R"({"errCode":0,"errMsg":"success","data":{"friendsInfo":[{"ownerUserID":"user123","friendUser":{"userID":"user456",)"
    R"("nickname":"李四","faceURL":"https://example.com/avatar2.jpg"},"addSource":1,"operatorUserID":"user123",)"
    R"("createTime":1640995200000,"remark":""}],"total":1}})";
constexpr const char* kAppliesExample =
    R"({"errCode":0,"errMsg":"success","data":{"friendRequests":[{"fromUserID":"user123","fromNickname":"张三",)"
    R"("fromFaceURL":"","toUserID":"user456","toNickname":"李四","toFaceURL":"","handleResult":0,"reqMsg":"我是张三",)"
    R"("createTime":1640995200000,"handleMsg":"","handleTime":0}],"total":1}})";
constexpr const char* kBlacksExample =
    R"({"errCode":0,"errMsg":"success","data":{"blacks":[{"ownerUserID":"user123","blackUserInfo":{"userID":"user456",)"
    R"("nickname":"李四","faceURL":""},"createTime":1640995200000}],"total":1}})";

}  // namespace

api::Reply add_friend(api::Call& call) {
    const auto wanted = call.read(kNewFriend);
    require_self(call, wanted.from);
    call.require_voice();
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        friends::ask(s, call.services.house, call.account(), person(s, wanted.to), wanted.message, pushes);
    });
    return reply(call);
}

api::Reply add_friend_response(api::Call& call) {
    const auto wanted = call.read(kAnswer);
    require_self(call, wanted.to);
    if (wanted.result == 0) throw Error(Fault::bad_request, "body", "/handleResult: 1 or -1");
    if (!wanted.words.empty()) call.require_voice();
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const auto from = person_ever(s, wanted.from);
        if (from.who.type != PrincipalType::account) throw Error(Fault::not_found, "friend.no_request");
        friends::answer(s, call.services.house, call.account(), from.who.id, wanted.result == 1, wanted.words, pushes);
    });
    return reply(call);
}

namespace {

api::Reply applications(api::Call& call, bool mine) {
    const auto wanted = call.read(kPaged);
    require_self(call, wanted.user);
    const Page page = page_of(wanted.pagination);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto list = mine ? friends::requests_from(s, call.account(), page.skip, page.show)
                               : friends::requests_to(s, call.account(), page.skip, page.show);
        auto faces = faces_of(s, list);
        w.begin_object();
        // OpenIM's own client reads the one list under another name than the other.
        const bool named_so = call.door == &kSdkDoor && !mine;
        for (const char* name : {"friendRequests", "FriendRequests"}) {
            if (*name == 'F' && !named_so) continue;
            w.key(name).begin_array();
            for (const auto& request : list) write_request(w, faces, request);
            w.end_array();
        }
        w.field("total", mine ? friends::count_from(s, call.account()) : friends::count_to(s, call.account()));
        w.end_object();
    });
}
}  // namespace

api::Reply get_friend_apply_list(api::Call& call) { return applications(call, false); }

api::Reply get_self_friend_apply_list(api::Call& call) { return applications(call, true); }

api::Reply get_friend_list(api::Call& call) {
    const auto wanted = call.read(kPaged);
    require_self(call, wanted.user);
    const Page page = page_of(wanted.pagination);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto list = friends::list(s, call.account(), page.skip, page.show);
        auto faces = faces_of(s, list);
        w.begin_object().key("friendsInfo").begin_array();
        for (const auto& one : list) write_friend(w, faces, call, one);
        w.end_array().field("total", friends::count(s, call.account())).end_object();
    });
}

api::Reply delete_friend(api::Call& call) {
    const auto wanted = call.read(kFriendPair);
    require_self(call, wanted.owner);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        friends::remove(s, call.services.house, call.account(), person_ever(s, wanted.other).who, pushes);
    });
    return reply(call);
}

api::Reply set_friend_remark(api::Call& call) {
    const auto wanted = call.read(kRemarkPair);
    require_self(call, wanted.owner);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        friends::change(s, call.services.house, call.account(), person_ever(s, wanted.other).who,
                        {.remark = wanted.remark}, pushes);
    });
    return reply(call);
}

api::Reply is_friend(api::Call& call) {
    const auto wanted = call.read(kTwo);
    require_self(call, wanted.owner);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const Principal other = person(s, wanted.other).who;
        const bool mine = friends::has(s, call.account(), other);
        const bool theirs =
            other.type == PrincipalType::robot ? mine : friends::has(s, other.id, call.identity->principal);
        w.begin_object().field("inUser1Friends", mine).field("inUser2Friends", theirs).end_object();
    });
}

api::Reply add_black(api::Call& call) {
    const auto wanted = call.read(kBlackPair);
    require_self(call, wanted.owner);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const Principal other = person(s, wanted.other).who;
        if (other == call.identity->principal) throw Error(Fault::bad_request, "body", "/blackUserID: your own");
        contacts::block(s, call.services.house, call.account(), other);
        contacts::tell(s, call.services.house, call.account(), other, true, pushes);
    });
    return reply(call);
}

api::Reply remove_black(api::Call& call) {
    const auto wanted = call.read(kBlackPair);
    require_self(call, wanted.owner);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        const Principal other = person_ever(s, wanted.other).who;
        contacts::unblock(s, call.account(), other);
        contacts::tell(s, call.services.house, call.account(), other, false, pushes);
    });
    return reply(call);
}

api::Reply get_black_list(api::Call& call) {
    const auto wanted = call.read(kPaged);
    require_self(call, wanted.user);
    const Page page = page_of(wanted.pagination);
    return read_reply(call, [&](db::Session& s, json::Writer& w) {
        const auto list = contacts::list(s, call.account(), page.skip, page.show);
        auto faces = faces_of(s, list);
        w.begin_object().key("blacks").begin_array();
        for (const auto& one : list) write_black(w, faces, call.identity->public_id, one);
        w.end_array().field("total", contacts::count(s, call.account())).end_object();
    });
}

namespace {

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/friend/add_friend", api::Auth::talker, api::Rate::normal, add_friend, "Ask somebody to be a friend",
     {.body = &kNewFriend, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/add_friend_response", api::Auth::talker, api::Rate::normal, add_friend_response, "Say yes or no to who asked the caller",
     {.body = &kAnswer, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/get_friend_apply_list", api::Auth::talker, api::Rate::normal, get_friend_apply_list, "Who asked the caller, newest first",
     {.body = &kPaged, .answer = kAppliesExample, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/get_self_friend_apply_list", api::Auth::talker, api::Rate::normal, get_self_friend_apply_list, "Whom the caller asked, newest first",
     {.body = &kPaged, .answer = kAppliesExample, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/get_friend_list", api::Auth::talker, api::Rate::normal, get_friend_list, "The caller's friends",
     {.body = &kPaged, .answer = kListExample, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/delete_friend", api::Auth::talker, api::Rate::normal, delete_friend, "Take somebody from the caller's list",
     {.body = &kFriendPair, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/set_friend_remark", api::Auth::talker, api::Rate::normal, set_friend_remark, "What the caller calls a friend",
     {.body = &kRemarkPair, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/is_friend", api::Auth::talker, api::Rate::normal, is_friend, "Whether the caller (userID1) and somebody are friends",
     {.body = &kTwo, .answer = R"({"errCode":0,"errMsg":"success","data":{"inUser1Friends":true,"inUser2Friends":true}})", .errors = {413, 429}}},
    {"POST", "/api/v3/friend/add_black", api::Auth::talker, api::Rate::normal, add_black, "Hear nothing more from somebody",
     {.body = &kBlackPair, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/remove_black", api::Auth::talker, api::Rate::normal, remove_black, "Hear somebody again",
     {.body = &kBlackPair, .answer = kDone, .errors = {413, 429}}},
    {"POST", "/api/v3/friend/get_black_list", api::Auth::talker, api::Rate::normal, get_black_list, "Whom the caller does not hear",
     {.body = &kPaged, .answer = kBlacksExample, .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const json::SchemaBase &kNewFriendBody = kNewFriend, &kFriendAnswerBody = kAnswer, &kPagedBody = kPaged,
                       &kFriendPairBody = kFriendPair, &kTwoBody = kTwo, &kBlackPairBody = kBlackPair;
const api::Group kFriend = {kDoor, "openim-friend", kRoutes};

}  // namespace hy::openim
