// multipart/form-data (RFC 7578) as a stream: parts are handed on in pieces.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace hy::http {

struct Part {
    std::string name;
    std::string file_name;  // as sent: never a path to trust
    std::string content_type;
};

// Called for each part; `read` works like BodySource::read and ends with the part.
using PartHandler = std::function<void(const Part&, const std::function<size_t(char*, size_t)>& read)>;

// Throws Error(bad_request, "multipart") when the body is not what its Content-Type says,
// has more than 16 parts, or ends before its last boundary.
void read_multipart(std::string_view content_type, BodySource& body, const PartHandler& handler);

}  // namespace hy::http
