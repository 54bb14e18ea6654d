#include "groups.h"

#include "ocms/door.h"
#include "openim/door.h"
#include "openim/sdk_door.h"
#include "sandbox/door.h"
#include "system/groups.h"
#include "workbot/door.h"
#include "wukongim/door.h"

namespace hy::tools {

namespace {
const api::Group* const kGroups[] = {
    &ocms::kAuth,      &ocms::kRobots,        &ocms::kConversations, &ocms::kUpload,       &ocms::kChat,
    &workbot::kUser,   &workbot::kActivation, &workbot::kRobots,     &workbot::kMessages,  &workbot::kThirdParty,
    &workbot::kAdmin,  &workbot::kLogs,       &wukongim::kMessages,  &wukongim::kChannels, &wukongim::kSystem,
    &openim::kAuth,    &openim::kUser,        &openim::kFriend,      &openim::kGroup,      &openim::kMessages,
    &openim::kManager, &openim::kSdk,         &sandbox::kBench,      &sandbox::kMessages,  &system::kHealth};
const api::Stream kStreams[] = {{"ocms", "/ocms/v1/stream"},       {"workbot", "/ws", true},
                                {"wukongim", "/im/stream"},        {"openim", "/msg_gateway"},
                                {"openim-sdk", "/openim/gateway"}, {"sandbox", "/sandbox"}};
}  // namespace

std::span<const api::Group* const> groups() { return kGroups; }
std::span<const api::Stream> streams() { return kStreams; }

std::vector<Program> programs() {
    std::vector<Program> found;
    for (const api::Group* group : kGroups) found.push_back({"fastcgi", group->name});
    found.push_back({"event", ocms::kStream.name});
    found.push_back({"event", workbot::kStream.name});
    found.push_back({"event", wukongim::kStream.name});
    found.push_back({"event", openim::kStream.name});
    found.push_back({"event", openim::kSdkStream.name});
    found.push_back({"event", sandbox::kStream.name});
    found.push_back({"job", "jobs-outbox"});
    found.push_back({"job", "jobs-replies"});
    found.push_back({"job", "jobs-callbacks"});
    found.push_back({"job", "jobs-housekeeping"});
    return found;
}

}  // namespace hy::tools
