// Requests over the network to the running nginx. libcurl, since it sends paths, methods and
// half-wrong requests as they are.
#include <curl/curl.h>

#include <stdexcept>

#include "base/text.h"
#include "cases/executor.h"

namespace hy::cases {

namespace {

size_t on_body(char* data, size_t size, size_t count, void* into) {
    static_cast<std::string*>(into)->append(data, size * count);
    return size * count;
}

size_t on_header(char* data, size_t size, size_t count, void* into) {
    auto& headers = static_cast<http::Response*>(into)->headers;
    const std::string_view line = trim(std::string_view(data, size * count));
    const size_t colon = line.find(':');
    if (line.starts_with("HTTP/")) headers.clear();
    else if (colon != std::string_view::npos) headers.emplace_back(line.substr(0, colon), trim(line.substr(colon + 1)));
    return size * count;
}

class NginxExecutor final : public Executor {
public:
    explicit NginxExecutor(std::string url) : url_(std::move(url)), curl_(curl_easy_init()) {
        if (!curl_) throw std::runtime_error("libcurl did not start");
    }
    ~NginxExecutor() override { curl_easy_cleanup(curl_); }

    http::Response send(const Sent& sent) override {
        http::Response answer;
        const std::string url = url_ + sent.target;
        curl_slist* headers = curl_slist_append(nullptr, "Expect:");
        bool typed = false;
        for (const auto& [name, value] : sent.headers) {
            typed = typed || lower(name) == "content-type";
            headers = curl_slist_append(headers, (name + (value.empty() ? ";" : ": " + value)).c_str());
        }
        if (!typed) headers = curl_slist_append(headers, "Content-Type:");
        curl_easy_reset(curl_);
        curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
        curl_easy_setopt(curl_, CURLOPT_PATH_AS_IS, 1L);
        curl_easy_setopt(curl_, CURLOPT_PROXY, "");
        curl_easy_setopt(curl_, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
        curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 30000L);
        curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
        if (!sent.body.empty() || sent.method == "POST" || sent.method == "PUT") {
            curl_easy_setopt(curl_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(sent.body.size()));
            curl_easy_setopt(curl_, CURLOPT_POSTFIELDS, sent.body.data());
        }
        if (sent.method == "HEAD") curl_easy_setopt(curl_, CURLOPT_NOBODY, 1L);
        else curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, sent.method.c_str());
        curl_easy_setopt(curl_, CURLOPT_HTTPHEADER, headers);
        curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, on_body);
        curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer.body);
        curl_easy_setopt(curl_, CURLOPT_HEADERFUNCTION, on_header);
        curl_easy_setopt(curl_, CURLOPT_HEADERDATA, &answer);
        const CURLcode code = curl_easy_perform(curl_);
        curl_slist_free_all(headers);
        long status = 0;
        curl_easy_getinfo(curl_, CURLINFO_RESPONSE_CODE, &status);
        // A server that refuses a body need not read the rest of it.
        if (code != CURLE_OK && code != CURLE_SEND_ERROR)
            throw std::runtime_error(sent.method + " " + sent.target + ": " + curl_easy_strerror(code));
        answer.status = static_cast<int>(status);
        return answer;
    }

private:
    std::string url_;
    CURL* curl_;
};

}  // namespace

std::unique_ptr<Executor> nginx_executor(std::string url) { return std::make_unique<NginxExecutor>(std::move(url)); }

}  // namespace hy::cases
