// The words of OpenIM's own clients: their numbers for what went wrong, and always HTTP 200. An operationID is not asked for:
// what the client asks in the background after a notification has none.
#include <algorithm>
#include <iterator>

#include "sdk_door.h"

namespace hy::openim {

namespace {

// Source: wire, "Real error codes".
constexpr int kInternal = 500, kArgs = 1001, kNoPermission = 1002, kDuplicate = 1003, kNotFound = 1004,
              kCallback = 80000;
constexpr std::pair<std::string_view, int> kCodes[] = {
    {"user.not_found", 1101},       {"robot.private", 1101},
    {"user.registered", 1102},      {"group.not_found", 1201},
    {"group.exists", 1202},         {"group.member", 1203},
    {"message.member", 1203},       {"group.gone", 1204},
    {"friend.self", 1301},          {"peer.blocked", 1302},
    {"friend.needed", 1303},        {"friend.none", 1303},
    {"friend.already", 1304},       {"friend.handled", 1305},
    {"group.handled", 1305},        {"account.muted", 1402},
    {"message.recall", 1404},       {"token", 1502},
    {"message.refused", kCallback}, {"message.unchecked", kCallback},
    {"robot.wakes", 1402},
};

api::Reply say_fault(const Error& error, const api::Refused& what) {
    const int code = sdk_code_of(error);
    json::Writer w;
    w.begin_object().field("errCode", code).field("errMsg", public_text(error)).field("errDlt", "");
    if (code == kInternal) w.field("requestId", what.request_id);
    w.end_object();
    return api::reply_json(std::move(w));
}

int always_fine(Fault) { return 200; }

}  // namespace

const api::Door kSdkDoor = {"openim-sdk", "Hongyan: openim, for OpenIM's own clients",
                            "/openim",    say_fault,
                            always_fine,  "rate.conf",
                            public_text,  "token"};

int sdk_code_of(const Error& error) {
    constexpr int kMutedMember = 1402, kMutedGroup = 1403;
    if (error.code == "group.muted") return error.detail == "group" ? kMutedGroup : kMutedMember;
    const auto known = std::find_if(std::begin(kCodes), std::end(kCodes),
                                    [&](const auto& entry) { return entry.first == error.code; });
    if (known != std::end(kCodes)) return known->second;
    switch (error.fault) {
        case Fault::unauthorized:
        case Fault::forbidden: return kNoPermission;
        case Fault::not_found: return kNotFound;
        case Fault::conflict: return kDuplicate;
        case Fault::upstream:
        case Fault::unavailable:
        case Fault::internal: return kInternal;
        default: return kArgs;
    }
}

}  // namespace hy::openim
