// A request and a response as plain values: nothing here knows FastCGI or sockets.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hy::http {

// Where a body comes from, in pieces, so that an upload is never whole in memory.
class BodySource {
public:
    virtual ~BodySource() = default;
    // Up to `size` bytes; 0 at the end. Fewer than promised by Content-Length means that
    // the peer went away.
    virtual size_t read(char* out, size_t size) = 0;
};

class TextBody final : public BodySource {
public:
    explicit TextBody(std::string_view text) : rest_(text) {}
    size_t read(char* out, size_t size) override;

private:
    std::string_view rest_;
};

using Query = std::vector<std::pair<std::string, std::string>>;

struct Request {
    std::string method;
    std::string target;                          // raw, as nginx routed on it: path and query
    std::map<std::string, std::string> headers;  // names in lower case
    std::string address;                         // the client's, after trusted proxies
    std::string request_id;
    int64_t content_length = 0;
    BodySource* body = nullptr;

    std::string_view header(std::string_view name) const;
};

struct Response {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

// Decoded segments of the path in a raw target, without a trailing slash ("/a/b/" is
// {"a","b"}); nothing when it holds "..", ".", "//", an encoded '/', NUL, a broken escape or
// bytes that are not UTF-8.
std::optional<std::vector<std::string>> path_segments(std::string_view target);

// Decoded pairs behind '?', at most 64 of them; nothing when an escape is broken or the
// bytes are not UTF-8.
std::optional<Query> parse_query(std::string_view target);
std::optional<std::string> find(const Query& query, std::string_view name);

// RFC 3986 percent-encoding of one segment or value.
std::string percent_encode(std::string_view text);

}  // namespace hy::http
