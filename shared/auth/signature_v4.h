// Signatures as S3 and what speaks like it want them. Source: "Authenticating Requests: AWS Signature Version 4" of the
// S3 API reference; headers, or a query for whoever is handed an address.
#pragma once
#include <map>
#include <string>

namespace hy::auth {

struct Bucket {
    std::string url;   // "https://host" or "https://bucket.host", without a path and a slash at its end
    std::string path;  // in front of keys: "" or "/bucket"
    std::string region, key_id, secret;
    std::string host() const { return url.substr(url.find("://") + 3); }
};

constexpr const char* kEmptySha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// The headers of a request for "/key", `more` among them; names in lowercase. `payload_sha256` in hex.
std::map<std::string, std::string> signed_headers(const Bucket& bucket, const std::string& method,
                                                  const std::string& key, const std::string& payload_sha256,
                                                  std::map<std::string, std::string> more, int64_t now_s);

// The query (without "?") with which anybody may GET "/key" for so long; `more` are parameters of S3's own, for example
// response-content-type.
std::string signed_query(const Bucket& bucket, const std::string& key, std::map<std::string, std::string> more,
                         int64_t seconds, int64_t now_s);

}  // namespace hy::auth
