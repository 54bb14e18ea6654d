// HTTP as a test asks: one request, one answer, nothing kept, nothing followed. A server
// that cannot be reached or breaks off answers with status 0.
#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "json/value.h"

namespace hy::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  // names in lowercase
    std::string body;
    json::Value json() const { return json::parse(body).value_or(json::Value{}); }
    // A member of the body, "" when there is none.
    std::string text(std::string_view name) const { return json().text_or(name); }
};

// `url`: http://host:port. `path` with its query, as it is to stand in the request line.
Answer http(const std::string& url, const std::string& method, const std::string& path, const Headers& headers = {},
            const std::string& body = {});

// A multipart body with one file, and its Content-Type.
struct Multipart {
    std::string type, body;
};
Multipart one_file(const std::string& name, const std::string& mime, const std::string& bytes);

}  // namespace hy::test
