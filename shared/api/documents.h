// What the route tables say, written for others: nginx's locations, the OpenAPI 3.1
// document, the table of endpoints. The committed copies are compared with these by a test.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "api/route.h"

namespace hy::api {

struct Stream {
    const char* door;
    const char* path;           // of the WebSocket
    bool relay_counts = false;  // the relay refuses too many of one address, in the door's words
};

// nginx/conf.d/<door>.conf: exact and ^~ locations, nothing by regular expression.
std::string nginx_locations(const Door& door, std::span<const Group* const> groups, std::span<const Stream> streams);
// OpenAPI 3.1 of one door.
std::string openapi(const Door& door, std::span<const Group* const> groups, const std::string& server_url);
// Lines "METHOD path group auth summary".
std::string route_table(std::span<const Group* const> groups);

// Settings of nginx that hang on the configuration: file name and content.
struct RenderedFile {
    std::string name, content;
};
std::vector<RenderedFile> nginx_settings(const Config& config, std::span<const Group* const> groups);

}  // namespace hy::api
