// What happened to friends and groups, as the notifications of OpenIM's clients. Source: specs wire, "Enumerations and
// semantics"; infra/docs/openim-clients.md, "Notifications".
#pragma once
#include <string>
#include <vector>

#include "json/value.h"

namespace hy::wire::openim::sdk {

struct Notice {
    int type = 0;        // contentType
    std::string detail;  // JSON
    std::string group;   // public id; empty: it is about people
};
// What an event's push says to `uid`; empty: to all who listen. Nothing where it is told in another way, or not at all.
std::vector<Notice> notices_of(const json::Value& push, const std::string& uid);

}  // namespace hy::wire::openim::sdk
