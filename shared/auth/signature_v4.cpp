#include "auth/signature_v4.h"

#include <ctime>

#include "auth/crypto.h"
#include "base/encode.h"
#include "http/message.h"

namespace hy::auth {

namespace {

// Appended to, never added to: g++ 12 sees an overflow in the latter where there is none.
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// "20130524T000000Z"; its first eight are the day.
std::string stamp(int64_t now_s) {
    const time_t at = now_s;
    tm utc{};
    gmtime_r(&at, &utc);
    char text[20];
    strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &utc);
    return text;
}

std::string scope(const Bucket& bucket, const std::string& at) {
    return at.substr(0, 8) + "/" + bucket.region + "/s3/aws4_request";
}

std::string signature(const Bucket& bucket, const std::string& at, const std::string& canonical) {
    std::string text(kAlgorithm);
    text.append("\n").append(at).append("\n").append(scope(bucket, at)).append("\n").append(to_hex(sha256(canonical)));
    std::string secret = "AWS4";
    secret += bucket.secret;
    std::string key = hmac_sha256(secret, at.substr(0, 8));
    for (const std::string& part : {bucket.region, std::string("s3"), std::string("aws4_request")})
        key = hmac_sha256(key, part);
    return to_hex(hmac_sha256(key, text));
}

// Each segment encoded, the slashes left.
std::string canonical_path(const Bucket& bucket, const std::string& key) {
    std::string text, part;
    for (const char c : bucket.path + "/" + key + "/") {
        if (c != '/') {
            part.push_back(c);
            continue;
        }
        text += http::percent_encode(part) + "/";
        part.clear();
    }
    text.pop_back();
    return text;
}

std::string query_text(const std::map<std::string, std::string>& parameters) {
    std::string text;
    for (const auto& [name, value] : parameters)
        text += (text.empty() ? "" : "&") + http::percent_encode(name) + "=" + http::percent_encode(value);
    return text;
}

}  // namespace

std::map<std::string, std::string> signed_headers(const Bucket& bucket, const std::string& method,
                                                  const std::string& key, const std::string& payload_sha256,
                                                  std::map<std::string, std::string> more, int64_t now_s) {
    const std::string at = stamp(now_s);
    more["host"] = bucket.host();
    more["x-amz-date"] = at;
    more["x-amz-content-sha256"] = payload_sha256;
    std::string lines, names;
    for (const auto& [name, value] : more) {
        lines += name + ":" + value + "\n";
        names += (names.empty() ? "" : ";") + name;
    }
    const std::string canonical =
        method + "\n" + canonical_path(bucket, key) + "\n\n" + lines + "\n" + names + "\n" + payload_sha256;
    std::string& proof = more["authorization"];
    proof.append(kAlgorithm).append(" Credential=").append(bucket.key_id).append("/").append(scope(bucket, at));
    proof.append(",SignedHeaders=").append(names).append(",Signature=").append(signature(bucket, at, canonical));
    return more;
}

std::string signed_query(const Bucket& bucket, const std::string& key, std::map<std::string, std::string> more,
                         int64_t seconds, int64_t now_s) {
    const std::string at = stamp(now_s);
    more["X-Amz-Algorithm"] = kAlgorithm;
    more["X-Amz-Credential"] = bucket.key_id + "/" + scope(bucket, at);
    more["X-Amz-Date"] = at;
    more["X-Amz-Expires"] = std::to_string(seconds);
    more["X-Amz-SignedHeaders"] = "host";
    const std::string query = query_text(more);
    const std::string canonical =
        "GET\n" + canonical_path(bucket, key) + "\n" + query + "\nhost:" + bucket.host() + "\n\nhost\nUNSIGNED-PAYLOAD";
    return query + "&X-Amz-Signature=" + signature(bucket, at, canonical);
}

}  // namespace hy::auth
