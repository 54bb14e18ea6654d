#include <set>

#include "api/documents.h"
#include "base/text.h"
#include "core/files.h"

namespace hy::api {

namespace {

struct Location {
    std::string match;  // "= /a" or "^~ /a/"
    std::string group;
    bool uploads, limited;
    int64_t most_bytes = 0;
    std::string failure = {};
    bool operator<(const Location& other) const { return match < other.match; }
};

// Patterns become exact locations up to their first parameter, and a prefix from there on.
std::set<Location> locations_of(const Door& door, std::span<const Group* const> groups) {
    std::set<Location> found;
    for (const Group* group : groups) {
        if (&group->door != &door) continue;
        for (const Route& route : group->routes) {
            std::string path = route.pattern;
            const bool limited = route.rate == Rate::normal;
            const size_t parameter = path.find('{');
            if (parameter != std::string::npos) {
                found.insert(
                    {"^~ " + path.substr(0, parameter), group->name, route.doc.uploads, limited, route.doc.most_bytes});
                continue;
            }
            if (path.ends_with('/')) path.pop_back();
            for (const char* end : {"", "/"})
                found.insert({"= " + path + end, group->name, route.doc.uploads, limited, route.doc.most_bytes,
                              route.doc.failure});
        }
    }
    // "= /a/" says nothing that "^~ /a/" of the same group does not.
    std::erase_if(found, [&](const Location& l) {
        return l.match.starts_with("= ") && l.match.ends_with('/') &&
               found.contains({"^~ " + l.match.substr(2), "", false, false});
    });
    return found;
}

std::string pages_of(const Door& door) {
    const std::string name = door.name;
    return name == "system" ? "" : "    include hongyan/errors/" + name + ".pages;\n";
}

}  // namespace

std::string nginx_locations(const Door& door, std::span<const Group* const> groups, std::span<const Stream> streams) {
    std::string text =
        "# Written by `make api` from the route tables of the " + std::string(door.name) + " door. Do not edit.\n";
    const bool system = std::string_view(door.name) == "system";
    for (const auto& location : locations_of(door, groups)) {
        text += "location " + location.match + " {\n";
        if (location.uploads) text += "    include hongyan/upload.conf;\n";
        if (location.most_bytes) text += "    client_max_body_size " + std::to_string(location.most_bytes) + ";\n";
        text += pages_of(door);
        if (!location.failure.empty()) text += "    set $hongyan_failure '" + location.failure + "';\n";
        if (location.limited) text += std::string("    include hongyan/") + door.rate + ";\n";
        // How the house is, is nobody else's business.
        if (location.match == "= /metrics" || location.match == "= /metrics/")
            text += "    allow 127.0.0.1;\n    allow ::1;\n    deny all;\n";
        text += "    include hongyan/fastcgi_hongyan.conf;\n    fastcgi_pass " + location.group + ";\n}\n";
    }
    for (const auto& stream : streams) {
        if (std::string_view(stream.door) != door.name) continue;
        text += std::string("location = ") + stream.path + " {\n" + pages_of(door) + "    include hongyan/" +
                door.rate + ";\n" + (stream.relay_counts ? "" : "    include hongyan/stream.conf;\n") +
                "    include hongyan/ws_hongyan.conf;\n    proxy_pass http://ws_relay;\n}\n";
    }
    if (system) return text;
    for (const char* end : {"", "/"})
        text +=
            std::string("location = ") + door.prefix + "/docs" + end + " {\n    rewrite ^ /docs/index.html last;\n}\n";
    for (const char* match : {"= ", "^~ "})
        text += std::string("location ") + match + door.prefix + (*match == '^' ? "/" : "") + " {\n" + pages_of(door) +
                "    return 404;\n}\n";
    return text;
}

namespace {

// Preflight questions are answered before a location is chosen: only so do the server's own
// headers go with the answer.
std::string preflight_lines(const Config& c) {
    return c.http.cors_origins.empty() ? "" : "if ($request_method = OPTIONS) {\n    return 204;\n}\n";
}

// "::" stands for both families, with a socket each: other sites of the same nginx listen so too.
std::vector<std::string> addresses(const Config& c, int64_t port) {
    const std::string number = std::to_string(port);
    if (c.http.address == "::") return {"0.0.0.0:" + number, "[::]:" + number};
    return {(c.http.address.find(':') != std::string::npos ? "[" + c.http.address + "]" : c.http.address) + ":" +
            number};
}

std::string host_of(std::string_view url) {
    url.remove_prefix(std::min(url.size(), url.find("://") + 3));
    return std::string(url.substr(0, url.find_first_of(url.starts_with("[") ? "/" : ":/")));
}

std::string listen_lines(const Config& c) {
    const bool tls = !c.tls.cert.empty();
    std::string text;
    for (const auto& address : addresses(c, c.port))
        // Options of a socket are set once for all sites: beside others they are not ours to set.
        text += "listen " + address + (tls ? " ssl http2" : "") + (c.development() ? " backlog=4096" : "") + ";\n";
    if (!c.development()) text += "server_name " + host_of(c.public_url) + ";\n";
    if (tls)
        text += "ssl_certificate " + c.tls.cert + ";\nssl_certificate_key " + c.tls.key +
                ";\nssl_protocols TLSv1.2 TLSv1.3;\nssl_session_cache shared:hongyan:4m;\n";
    for (const auto& proxy : c.http.trusted_proxies) text += "set_real_ip_from " + proxy + ";\n";
    if (!c.http.trusted_proxies.empty()) text += "real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n";
    return text;
}

// Who comes without TLS is shown the way, and those who renew certificates find their challenge (RFC 8555, 8.3).
std::string redirect_lines(const Config& c) {
    if (c.tls.cert.empty() || c.port != 443) return "# no TLS on port 443: nobody is led there\n";
    std::string text = "server {\n";
    for (const auto& address : addresses(c, 80)) text += "    listen " + address + ";\n";
    return text + "    server_name " + host_of(c.public_url) +
           ";\n    access_log off;\n    location ^~ /.well-known/acme-challenge/ {\n        root /var/www/html;\n    "
           "}\n"
           "    location / {\n        return 301 https://$host$request_uri;\n    }\n}\n";
}

std::string limit_lines(const Config& c) {
    std::string text;
    if (c.rate_limit)
        text += "limit_req_zone $binary_remote_addr zone=hongyan_address:10m rate=" +
                std::to_string(c.limits.address_per_minute) +
                "r/m;\nlimit_conn_zone $binary_remote_addr zone=hongyan_streams:10m;\n"
                // By the token, however the word before it is written; who has none is counted by address alone.
                "map $http_authorization $hongyan_token {\n    default '';\n"
                "    \"~*^bearer[ \\t]+(?<hongyan_token_text>[^ \\t]+)\" $hongyan_token_text;\n}\n"
                "limit_req_zone $hongyan_token zone=hongyan_token:32m rate=60r/m;\n";
    if (!c.http.cors_origins.empty()) {
        text += "map $http_origin $hongyan_cors {\n    default '';\n";
        for (const auto& origin : c.http.cors_origins) text += "    '" + origin + "' $http_origin;\n";
        text += "}\n";
    }
    return text;
}

// Where a handler's X-Accel-Redirect leads to, and nobody else. Nothing that was uploaded may run as a page of ours.
std::string file_lines(const Config& c) {
    const std::string headers =
        "    include hongyan/headers.conf;\n    include hongyan/cors.conf;\n"
        "    add_header X-Content-Type-Options nosniff always;\n"
        "    add_header Content-Security-Policy sandbox always;\n    include hongyan/errors/ocms.pages;\n}\n";
    if (c.files.store != "s3")
        return "location ^~ /_files/ {\n    internal;\n    alias " + c.files.path + "/;\n    charset off;\n" + headers;
    const std::string address = files::s3_address(c);
    const std::string host = address.substr(address.find("://") + 3);
    // Its own headers say type and disposition, as the signed address asks; what is the store's business stays there.
    return "location ^~ /_s3/ {\n    internal;\n    proxy_pass " + address +
           ";\n    proxy_http_version 1.1;\n    proxy_set_header Host " + host.substr(0, host.find('/')) +
           ";\n    proxy_set_header Connection '';\n    proxy_set_header Authorization '';\n    proxy_set_header "
           "Cookie '';\n"
           "    proxy_set_header token '';\n    proxy_set_header x-api-key '';\n    proxy_ssl_server_name on;\n    "
           "proxy_ssl_verify on;\n    proxy_ssl_verify_depth 5;\n"
           "    proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;\n"
           "    proxy_hide_header x-amz-id-2;\n    proxy_hide_header x-amz-request-id;\n    proxy_hide_header "
           "Access-Control-Allow-Origin;\n"
           "    proxy_intercept_errors on;\n    proxy_connect_timeout 2s;\n    proxy_read_timeout 30s;\n    charset "
           "off;\n" +
           headers;
}

std::string cors_lines(const Config& c) {
    if (c.http.cors_origins.empty()) return "# http.cors_origins is empty\n";
    return "add_header Access-Control-Allow-Origin $hongyan_cors always;\nadd_header Vary Origin always;\n"
           "add_header Access-Control-Allow-Methods 'GET, POST, PUT, DELETE' always;\n"
           "add_header Access-Control-Allow-Headers 'Authorization, Content-Type, x-api-key, token, operationID, "
           "reqFuncName' always;\n";
}

std::string size_text(int64_t bytes) {
    return bytes % (1 << 20) == 0 ? std::to_string(bytes >> 20) + " MB" : std::to_string(bytes) + " B";
}

}  // namespace

std::vector<RenderedFile> nginx_settings(const Config& c, std::span<const Group* const> groups) {
    std::string upstreams;
    for (const Group* group : groups)
        upstreams += std::string("upstream ") + group->name + " {\n    server unix:" + c.run_dir + "/" + group->name +
                     ".sock;\n}\n";
    upstreams += "upstream ws_relay {\n    least_conn;\n";
    const auto relays = c.relay.upstreams.empty() ? std::vector<std::string>{c.relay.listen} : c.relay.upstreams;
    for (const auto& relay : relays) upstreams += "    server " + relay + ";\n";
    upstreams += "}\n";
    // The frame around a file takes some bytes too; the handler knows the exact bound.
    const std::string upload =
        "client_max_body_size " + std::to_string(c.files.max_bytes + 65536) + ";\nerror_page 413 @ocms_413_upload;\n";
    const std::string too_large =
        "location @ocms_413_upload {\n    include hongyan/errors/json.head;\n    return 413 "
        "'{\"detail\":\"文件大小超过限制，最大允许 " +
        size_text(c.files.max_bytes) + "\"}';\n}\n";
    const int64_t burst = std::max<int64_t>(1, c.limits.address_per_minute / 10);
    const std::string rate = c.rate_limit
                                 ? "limit_req zone=hongyan_address burst=" + std::to_string(burst) + " nodelay;\n"
                                 : "# rate_limit is off\n";
    // workbot's document: 60 requests a minute.
    const std::string by_token = c.rate_limit ? rate + "limit_req zone=hongyan_token burst=59 nodelay;\n" : rate;
    const std::string stream = c.rate_limit
                                   ? "limit_conn hongyan_streams " + std::to_string(c.limits.connections_per_address) +
                                         ";\nlimit_conn_status 429;\nlimit_conn_log_level info;\n"
                                   : "# rate_limit is off\n";
    return {{"listen.conf", listen_lines(c) + preflight_lines(c)},
            {"limits.conf", limit_lines(c)},
            {"redirect.conf", redirect_lines(c)},
            {"files.conf", file_lines(c)},
            {"upstreams.conf", upstreams},
            {"upload.conf", upload},
            {"cors.conf", cors_lines(c)},
            {"rate.conf", rate},
            {"rate_workbot.conf", by_token},
            {"stream.conf", stream},
            {"errors/ocms_upload.conf", too_large}};
}

}  // namespace hy::api
