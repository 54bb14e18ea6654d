// What a message says, apart from any door's form. Doors that wrote it get their own raw
// bytes back; all others, and brains, see this.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/value.h"

namespace hy {

struct Media {
    std::string file;  // key of a stored file, or
    std::string url;   // an address elsewhere
    std::string mime, name;
    int64_t size = 0, width = 0, height = 0, ms = 0;
};

struct Content {
    std::string kind = "text";  // text image voice video file at reply location card custom
    std::string text;
    std::optional<Media> media;
    std::vector<std::string> at;  // uids, or "all"
    std::string reply_to;         // message id, decimal

    std::string to_json() const;
    static Content from_json(std::string_view json);
};

// What a push (infra/docs/uplink.md) says.
Content content_of_push(const json::Value& push);

// The kind of content that a media type makes.
std::string kind_of_mime(std::string_view mime);

}  // namespace hy
