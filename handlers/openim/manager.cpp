// For those who run the house: who is there, and who may not be.
#include <set>

#include "core/accounts.h"
#include "core/audit.h"
#include "core/operators.h"
#include "core/presence.h"
#include "sdk_door.h"

namespace hy::openim {

namespace {

struct Users {
    std::vector<std::string> ids;
};
const auto kUsers = json::Schema<Users>().field(
    "userIDs", &Users::ids, {.required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = 1000});

const auto kChecked =
    json::Schema<Users>().field("checkUserIDs", &Users::ids,
                                {.required = true, .min_chars = 1, .max_chars = 64, .min_items = 1, .max_items = 1000});

struct Forbid {
    std::string user, reason;
    int64_t type = 0;
};
const auto kForbid = json::Schema<Forbid>()
                         .field("userID", &Forbid::user, {.required = true, .min_chars = 1, .max_chars = 64})
                         .field("forbiddenType", &Forbid::type,
                                {.required = true, .min = 0, .max = 2, .note = "1 no login, 2 reads only, 0 neither"})
                         .field("reason", &Forbid::reason, {.max_chars = 500});
constexpr int64_t kNothing = 0, kLogin = 1, kSending = 2;

constexpr const char* kStatusExample =
    R"({"errCode":0,"errMsg":"success","data":{"onlineStatus":[{"userID":"user123","status":"online",)"
    R"("detailPlatformStatus":[{"platformID":1}]},{"userID":"user456","status":"offline","detailPlatformStatus":[]}]}})";

// On which platforms each is, by id; who is nowhere is not in it.
std::map<std::string, std::set<int64_t>> whereabouts(const api::Call& call, const std::vector<std::string>& ids) {
    return call.services.db.read([&](db::Session& s) {
        const auto found = people::find(s, ids);
        std::vector<Principal> who;
        for (const auto& [id, one] : found) who.push_back(one.who);
        const auto there = presence::platforms(s, call.services.house, who);
        std::map<std::string, std::set<int64_t>> at;
        for (const auto& [id, one] : found)
            if (const auto place = there.find(one.who); place != there.end()) at[id] = place->second;
        return at;
    });
}

void write_platforms(json::Writer& w, const std::set<int64_t>& platforms) {
    w.key("detailPlatformStatus").begin_array();
    for (const int64_t platform : platforms)
        if (platform) w.begin_object().field("platformID", platform).end_object();
    w.end_array();
}

api::Reply get_users_online_status(api::Call& call) {
    const auto wanted = call.read(kUsers);
    const auto at = whereabouts(call, wanted.ids);
    json::Writer w;
    w.begin_object().key("onlineStatus").begin_array();
    for (const auto& id : wanted.ids) {
        const auto place = at.find(id);
        w.begin_object().field("userID", id).field("status", place == at.end() ? "offline" : "online");
        write_platforms(w, place == at.end() ? std::set<int64_t>() : place->second);
        w.end_object();
    }
    w.end_array().end_object();
    return reply(call, w.text());
}

void forbid(db::Session& s, const api::Call& call, const Forbid& wanted, outbox::Pushes& pushes) {
    const House& house = call.services.house;
    // The operator's own system rules over those that it registered.
    if (call.is_operator()) operators::speaks_for(s, wanted.user);
    const auto account = accounts::find_by_uid(s, wanted.user);
    if (!account || account->status == accounts::Status::closed)
        throw Error(Fault::not_found, "user.not_found", wanted.user);
    if (!call.is_operator() && account->id == call.account() && wanted.type != kNothing)
        throw Error(Fault::bad_request, "account.self");
    const bool out = account->status == accounts::Status::disabled;
    // Done again, it would end logins that are none of its business.
    if (wanted.type == kLogin && !out) accounts::set_status(s, house, account->id, accounts::Status::disabled, pushes);
    if (wanted.type == kSending && !account->muted) accounts::set_muted(s, house, account->id, true);
    if (wanted.type == kNothing && out) accounts::set_status(s, house, account->id, accounts::Status::active, pushes);
    if (wanted.type == kNothing && account->muted) accounts::set_muted(s, house, account->id, false);
    constexpr const char* kActions[] = {"user.allow", "user.forbid", "user.mute"};
    audit::write(s, house.clock.now_ms(), call.is_operator() ? "operator" : call.identity->principal.name(),
                 kActions[wanted.type], std::to_string(account->id), wanted.reason);
}

api::Reply forbid_user(api::Call& call) {
    const auto wanted = call.read(kForbid);
    call.services.transaction([&](db::Session& s, outbox::Pushes& pushes) { forbid(s, call, wanted, pushes); });
    return reply(call);
}

}  // namespace

api::Reply sdk_online_status(api::Call& call) {
    const auto wanted = call.read(kUsers);
    const auto at = whereabouts(call, wanted.ids);
    json::Writer w;
    w.begin_array();
    for (const auto& id : wanted.ids) {
        const auto place = at.find(id);
        w.begin_object().field("userID", id).field("status", place == at.end() ? 0 : 1);
        write_platforms(w, place == at.end() ? std::set<int64_t>() : place->second);
        w.end_object();
    }
    w.end_array();
    return reply(call, w.text());
}

api::Reply sdk_account_check(api::Call& call) {
    const auto wanted = call.read(kChecked);
    const auto found = call.services.db.read([&](db::Session& s) { return people::find(s, wanted.ids); });
    json::Writer w;
    w.begin_object().key("results").begin_array();
    for (const auto& id : wanted.ids)
        w.begin_object().field("userID", id).field("accountStatus", found.contains(id) ? 1 : 0).end_object();
    w.end_array().end_object();
    return reply(call, w.text());
}

const json::SchemaBase &kSdkOnlineBody = kUsers, &kSdkCheckedBody = kChecked;

namespace {

// clang-format off
const api::Route kRoutes[] = {
    {"POST", "/api/v3/manager/get_users_online_status", api::Auth::talker_or_operator, api::Rate::normal, get_users_online_status, "Who is there, and on which platforms",
     {.body = &kUsers, .answer = kStatusExample, .errors = {413, 429}}},
    {"POST", "/api/v3/manager/forbid_user", api::Auth::admin_or_operator, api::Rate::normal, forbid_user, "Keep somebody out, or from speaking; or lift it",
     {.body = &kForbid, .answer = R"({"errCode":0,"errMsg":"success","data":{}})", .errors = {413, 429}}},
};
// clang-format on

}  // namespace

const api::Group kManager = {kDoor, "openim-manager", kRoutes};

}  // namespace hy::openim
