// What users are called and look like.
#include "core/profiles.h"
#include "calls.h"

namespace hy::openim {

namespace {

struct Wanted {
    std::vector<std::string> ids;
};
const auto kWanted = json::Schema<Wanted>().field(
    "userIDs", &Wanted::ids, {.required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = 1000});

struct Update {
    json::Value info;
};
const auto kUpdate = json::Schema<Update>().field(
    "userInfo", &Update::info,
    {.required = true, .note = "{userID, nickname, faceURL, ex}: the caller's own; what is absent stays"});
struct Info {
    std::string id;
    std::optional<std::string> name, face, ex;
};
const auto kInfo = json::Schema<Info>()
                       .field("userID", &Info::id, {.max_chars = 64})
                       .field("nickname", &Info::name, {.min_chars = 1, .max_chars = 100})
                       .field("faceURL", &Info::face, {.max_chars = 1000})
                       .field("ex", &Info::ex, {.max_chars = 1000});

constexpr const char* kInfoExample =
    R"({"errCode":0,"errMsg":"success","data":{"usersInfo":[{"userID":"user123","nickname":"张三",)"
    R"("faceURL":"https://example.com/avatar.jpg","createTime":1640995200000,"ex":"扩展字段"}]}})";

}  // namespace

// In the order that was asked for; who is unknown is left out.
api::Reply get_users_info(api::Call& call) {
    const auto wanted = call.read(kWanted);
    auto found = call.services.db.read([&](db::Session& s) { return profiles::find(s, wanted.ids, call.account()); });
    json::Writer w;
    w.begin_object().key("usersInfo").begin_array();
    for (const auto& id : wanted.ids) {
        const auto one = found.extract(id);
        if (one.empty()) continue;
        const auto& profile = one.mapped();
        w.begin_object().field("userID", profile.id).field("nickname", profile.name).field("faceURL", profile.avatar);
        w.field("createTime", profile.created_at).field("ex", profile.ex).end_object();
    }
    w.end_array().end_object();
    return reply(call, w.text());
}

api::Reply update_user_info(api::Call& call) {
    const auto wanted = call.read(kUpdate);
    const Info info = kInfo.read(wanted.info, "/userInfo");
    require_self(call, info.id);
    call.require_voice();
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) {
        profiles::change(s, call.services.house, call.account(), {info.name, info.face, info.ex}, pushes);
    });
    return reply(call);
}

namespace {

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/user/get_users_info", api::Auth::talker, api::Rate::normal, get_users_info, "What users are called and look like",
     {.body = &kWanted, .answer = kInfoExample, .errors = {413, 429}}},
    {"POST", "/api/v3/user/update_user_info", api::Auth::talker, api::Rate::normal, update_user_info, "Change what the caller is called and looks like",
     {.body = &kUpdate, .answer = R"({"errCode":0,"errMsg":"success","data":{}})", .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const json::SchemaBase &kUsersBody = kWanted, &kUserChangeBody = kUpdate;
const api::Group kUser = {kDoor, "openim-user", kRoutes};

}  // namespace hy::openim
