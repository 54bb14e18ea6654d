// The only file that knows libcurl.
#include "http/client.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/network.h"
#include "base/text.h"

namespace hy::http {

namespace {

struct Sink {
    std::string body;
    size_t limit, seen = 0;
    const Hear* hear = nullptr;
    bool enough = false;
};

size_t take(char* data, size_t, size_t size, void* to) {
    auto* sink = static_cast<Sink*>(to);
    sink->seen += size;
    if (sink->seen > sink->limit) return 0;  // ends the transfer
    if (sink->hear) {
        sink->enough = !(*sink->hear)({data, size});
        return sink->enough ? 0 : size;
    }
    sink->body.append(data, size);
    return size;
}

}  // namespace

namespace {

// curl's list of header lines; those that curl would add by itself are taken out.
class HeaderList {
public:
    explicit HeaderList(const Outgoing& request) {
        for (const auto& [name, value] : request.headers) add(name + ": " + value);
        add("Expect:");
    }
    ~HeaderList() { curl_slist_free_all(list_); }
    HeaderList(const HeaderList&) = delete;
    curl_slist* get() const { return list_; }

private:
    void add(const std::string& line) {
        // A header that holds another one is none.
        if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
            throw Error(Fault::internal, "http.header", "", "a header to be sent holds a line's end");
        // On failure the old list stays as it was.
        if (curl_slist* longer = curl_slist_append(list_, line.c_str())) list_ = longer;
    }
    curl_slist* list_ = nullptr;
};

void set_request(CURL* curl, const Outgoing& request) {
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    if (request.method == "GET" || !request.body_file.empty()) return;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

// The file goes out as it is read; libcurl owns nothing of it.
std::unique_ptr<FILE, int (*)(FILE*)> set_body_file(CURL* curl, const Outgoing& request) {
    std::unique_ptr<FILE, int (*)(FILE*)> file(
        request.body_file.empty() ? nullptr : fopen(request.body_file.c_str(), "re"), fclose);
    struct stat about {};
    if (!file || fstat(fileno(file.get()), &about) != 0) return {nullptr, fclose};
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(curl, CURLOPT_READDATA, file.get());
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(about.st_size));
    return file;
}

void set_limits(CURL* curl, const CallLimits& limits) {
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, limits.connect_ms);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, limits.total_ms);
}

std::string text_of(const sockaddr& address) {
    char text[INET6_ADDRSTRLEN] = "";
    const void* bytes = nullptr;
    if (address.sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
    if (address.sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
    return bytes && inet_ntop(address.sa_family, bytes, text, sizeof text) ? text : "";
}

// The last moment before the connection: what a name was resolved to is known, and nothing can change it any more.
curl_socket_t open_socket(void* limits, curlsocktype, curl_sockaddr* to) {
    const auto& wanted = *static_cast<const CallLimits*>(limits);
    if (wanted.outside_only && !is_outside(text_of(to->addr), wanted.allowed)) return CURL_SOCKET_BAD;
    return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace

namespace {

std::optional<Answer> perform(const Outgoing& request, const CallLimits& limits, const Hear* hear, std::string* why) {
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) return std::nullopt;
    CURL* curl = handle.get();
    const HeaderList headers(request);
    Sink sink{.body = {}, .limit = limits.body_bytes, .hear = hear};
    set_request(curl, request);
    const auto body = set_body_file(curl, request);
    if (!request.body_file.empty() && !body) {
        if (why) *why = "the file to be sent cannot be read";
        return std::nullopt;
    }
    set_limits(curl, limits);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &limits);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &sink);
    const CURLcode result = curl_easy_perform(curl);
    if (result != CURLE_OK && !sink.enough) {
        if (why) *why = curl_easy_strerror(result);
        return std::nullopt;
    }
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return Answer{static_cast<int>(status), std::move(sink.body)};
}

}  // namespace

std::optional<Answer> call(const Outgoing& request, const CallLimits& limits, std::string* why) {
    return perform(request, limits, nullptr, why);
}

std::optional<Answer> call(const Outgoing& request, const CallLimits& limits, const Hear& hear, std::string* why) {
    return perform(request, limits, &hear, why);
}

namespace {
// With its port; empty: no web address.
std::string_view host_of(const std::string& url) {
    const size_t start = url.starts_with("https://") ? 8 : url.starts_with("http://") ? 7 : std::string::npos;
    if (start == std::string::npos) return {};
    return std::string_view(url).substr(start, url.find_first_of("/?#", start) - start);
}
}  // namespace

bool is_web_address(const std::string& url) {
    const std::string_view host = host_of(url);
    const auto odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F || c == '\\'; };
    return !host.empty() && host.find('@') == std::string_view::npos && std::none_of(url.begin(), url.end(), odd);
}

bool is_outside_address(const std::string& url, const std::vector<std::string>& allowed) {
    if (!is_web_address(url)) return false;
    std::string host = lower(host_of(url));
    if (host.starts_with('[')) host = host.substr(1, host.find(']') - 1);
    else host = host.substr(0, host.find(':'));
    while (host.ends_with('.')) host.pop_back();
    const bool local = host == "localhost" || host.ends_with(".localhost");
    if (local) return is_outside("127.0.0.1", allowed);
    in6_addr ignored{};
    const bool number =
        inet_pton(AF_INET, host.c_str(), &ignored) == 1 || inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
    return !number || is_outside(host, allowed);
}

std::optional<Answer> get(const std::string& url, const CallLimits& limits, std::string* why) {
    return call({.url = url}, limits, why);
}

}  // namespace hy::http
