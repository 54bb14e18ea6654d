// The only file that knows libcurl.
#include "http/client.h"

#include <curl/curl.h>

#include <memory>

namespace hy::http {

namespace {

struct Sink {
    std::string body;
    size_t limit;
};

size_t take(char* data, size_t, size_t size, void* to) {
    auto* sink = static_cast<Sink*>(to);
    if (sink->body.size() + size > sink->limit) return 0;  // ends the transfer
    sink->body.append(data, size);
    return size;
}

}  // namespace

std::optional<Answer> get(const std::string& url, const CallLimits& limits, std::string* why) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) return std::nullopt;
    CURL* curl = handle.get();
    Sink sink{{}, limits.body_bytes};
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, limits.connect_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limits.total_ms);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    const CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK) {
        if (why) *why = curl_easy_strerror(result);
        return std::nullopt;
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return Answer{static_cast<int>(status), std::move(sink.body)};
}

}  // namespace hy::http
