#include <map>

#include "api/documents.h"

namespace hy::api {

namespace {

const char* description_of(int status) {
    switch (status) {
        case 400: return "请求参数错误";
        case 401: return "未授权";
        case 403: return "禁止访问";
        case 404: return "资源不存在";
        case 413: return "文件太大";
        case 429: return "请求过于频繁";
        case 502: return "上游服务不可用";
        case 503: return "服务暂时不可用";
        default: return "服务器内部错误";
    }
}

// A schema that fits an example: enough for a reader and for generated clients.
void describe_example(json::Writer& w, const json::Value& example) {
    w.begin_object();
    if (const auto* members = example.object()) {
        w.field("type", "object").key("properties").begin_object();
        for (const auto& [name, value] : *members) describe_example(w.key(name), value);
        w.end_object();
    } else if (const auto* items = example.array()) {
        w.field("type", "array");
        if (!items->empty()) describe_example(w.key("items"), items->front());
    } else if (example.string()) w.field("type", "string");
    else if (example.boolean()) w.field("type", "boolean");
    else if (example.integer()) w.field("type", "integer");
    else if (example.number()) w.field("type", "number");
    w.end_object();
}

void write_parameter(json::Writer& w, std::string_view name, const char* where, const char* type, const char* note) {
    w.begin_object().field("name", name).field("in", where).field("required", std::string_view(where) == "path");
    w.key("schema").begin_object().field("type", type).end_object();
    if (*note) w.field("description", note);
    w.end_object();
}

void write_parameters(json::Writer& w, const Route& route) {
    w.key("parameters").begin_array();
    std::string_view pattern = route.pattern;
    for (size_t at; (at = pattern.find('{')) != std::string_view::npos;) {
        const size_t end = pattern.find('}', at);
        write_parameter(w, pattern.substr(at + 1, end - at - 1), "path", "string", "");
        pattern.remove_prefix(end);
    }
    for (const auto& query : route.doc.query) write_parameter(w, query.name, "query", query.type, query.note);
    w.end_array();
}

void write_body(json::Writer& w, const Route& route) {
    if (route.doc.uploads) {
        w.key("requestBody")
            .raw(
                R"({"required":true,"content":{"multipart/form-data":{"schema":{"type":"object","properties":{"file":{"type":"string","format":"binary"}},"required":["file"]}}}})");
    } else if (route.doc.body) {
        w.key("requestBody").begin_object().field("required", true).key("content").begin_object();
        w.key("application/json").begin_object();
        route.doc.body->describe(w.key("schema"));
        w.end_object().end_object().end_object();
    }
}

void write_responses(json::Writer& w, const Route& route) {
    w.key("responses").begin_object().key("200").begin_object().field("description", "成功");
    if (const auto example = json::parse(route.doc.answer)) {
        w.key("content").begin_object().key("application/json").begin_object();
        describe_example(w.key("schema"), *example);
        w.key("example").raw(json::to_text(*example)).end_object().end_object();
    }
    w.end_object();
    std::vector<int> errors = route.doc.errors;
    errors.push_back(500);
    for (const int status : errors)
        w.key(std::to_string(status))
            .begin_object()
            .field("description", description_of(status))
            .key("content")
            .raw(R"({"application/json":{"schema":{"$ref":"#/components/schemas/Error"}}})")
            .end_object();
    w.end_object();
}

void write_security(json::Writer& w, Auth auth) {
    w.key("security").begin_array();
    if (auth == Auth::optional) w.begin_object().end_object();
    if (auth != Auth::none) w.begin_object().key("bearer").begin_array().end_array().end_object();
    if (auth == Auth::user_or_agent || auth == Auth::optional)
        w.begin_object().key("apiKey").begin_array().end_array().end_object();
    w.end_array();
}

}  // namespace

std::string openapi(const Door& door, std::span<const Group* const> groups, const std::string& server_url) {
    std::map<std::string, std::vector<std::pair<const Group*, const Route*>>> paths;
    for (const Group* group : groups)
        if (&group->door == &door)
            for (const Route& route : group->routes) paths[route.pattern].emplace_back(group, &route);
    json::Writer w;
    w.begin_object().field("openapi", "3.1.0");
    w.key("info").begin_object().field("title", door.title).field("version", HONGYAN_VERSION).end_object();
    w.key("servers").begin_array().begin_object().field("url", server_url).end_object().end_array();
    w.key("paths").begin_object();
    for (const auto& [pattern, routes] : paths) {
        w.key(pattern).begin_object();
        for (const auto& [group, route] : routes) {
            w.key(lower(route->method)).begin_object().field("summary", route->summary);
            w.key("tags").begin_array().string(group->name).end_array();
            write_parameters(w, *route);
            write_body(w, *route);
            write_responses(w, *route);
            write_security(w, route->auth);
            w.end_object();
        }
        w.end_object();
    }
    w.end_object();
    w.key("components")
        .raw(
            R"({"schemas":{"Error":{"type":"object","properties":{"detail":{"type":"string"}},"required":["detail"]}},)"
            R"("securitySchemes":{"bearer":{"type":"http","scheme":"bearer","bearerFormat":"JWT"},)"
            R"("apiKey":{"type":"apiKey","in":"header","name":"x-api-key"}}})");
    w.end_object();
    return std::move(w).take() + "\n";
}

namespace {
// Without a default: a new kind without a name does not compile.
const char* name_of(Auth auth) {
    switch (auth) {
        case Auth::none: return "-";
        case Auth::user: return "user";
        case Auth::talker: return "talker";
        case Auth::admin: return "admin";
        case Auth::user_or_agent: return "user or agent";
        case Auth::user_or_key: return "user or key";
        case Auth::device: return "device";
        case Auth::operator_only: return "operator";
        case Auth::talker_or_operator: return "talker or operator";
        case Auth::admin_or_operator: return "admin or operator";
        case Auth::optional: return "optional";
    }
    return "";
}
}  // namespace

std::string route_table(std::span<const Group* const> groups) {
    std::string text;
    for (const Group* group : groups)
        for (const Route& route : group->routes)
            text += std::string(route.method) + "\t" + route.pattern + "\t" + group->name + "\t" + name_of(route.auth) +
                    "\t" + route.summary + "\n";
    return text;
}

}  // namespace hy::api
