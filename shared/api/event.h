// Event handlers: the same free functions in a table, asked over NATS instead of FastCGI
// (infra/docs/uplink.md).
#pragma once
#include <span>
#include <string>

#include "api/services.h"
#include "json/value.h"

namespace hy::api {

struct Ask {
    Services& services;
    const json::Value& body;
};

struct EventRoute {
    const char* subject;               // "ask.ocms.open"
    const char* queue;                 // "ocms"
    std::string (*handler)(Ask& ask);  // JSON
};

struct EventGroup {
    const char* name;  // "ocms-stream"
    std::span<const EventRoute> routes;
};

}  // namespace hy::api
