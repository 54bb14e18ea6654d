// Routes: a table at the foot of each group's file, and what a handler gets and gives.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/services.h"
#include "core/devices.h"
#include "http/message.h"
#include "json/schema.h"

namespace hy::api {

enum class Auth {
    none,
    user,                // an account's access token
    talker,              // the same, or one that is good for talking only
    admin,               // of an account with role admin
    user_or_agent,       // or a robot's API key (x-api-key)
    user_or_key,         // the same as a bearer: "Bearer sk-api-…"
    device,              // a robot's device, by its robot token
    operator_only,       // the operator's own system, by its token (core/operators.h)
    talker_or_operator,  // or that
    admin_or_operator,
    optional,  // whoever is named is checked; the handler decides what nobody may have
};
enum class Rate { normal, none };
enum class Body { json, stream };

using Reply = http::Response;
struct Door;

struct Call {
    Services& services;
    const http::Request& request;
    std::vector<std::pair<std::string, std::string>> params;  // of the path
    http::Query query;
    std::optional<sessions::Identity> identity;
    std::string body;                     // of Body::json routes
    std::optional<devices::Held> device;  // of Auth::device routes
    const Door* door = nullptr;           // whose words it was called in

    const std::string& param(std::string_view name) const;
    template <typename T>
    T read(const json::Schema<T>& schema) const {
        return schema.parse(body);
    }
    // A whole number in the query between `low` and `high`; else bad_request "query".
    int64_t query_int(std::string_view name, int64_t fallback, int64_t low, int64_t high) const;
    std::string query_text(std::string_view name) const;
    // The account behind the call; only where the route's Auth names one.
    int64_t account() const { return identity->principal.id; }
    // The operator's own system: no account is behind it.
    bool is_operator() const { return identity && identity->scope == sessions::kOperator; }
    // Who was silenced changes nothing that others read. Throws forbidden "account.muted".
    void require_voice() const;
    // What is good for talking only rules over nothing, whoever has it.
    bool is_admin() const { return identity->role == accounts::Role::admin && identity->scope != sessions::kTalking; }
};

using Handler = Reply (*)(Call&);

struct QueryParam {
    const char* name;
    const char* type;
    const char* note;
};

// What the OpenAPI document says beyond the table's columns.
struct RouteDoc {
    const json::SchemaBase* body = nullptr;
    const char* answer = "";  // an example, JSON
    std::vector<QueryParam> query = {};
    std::vector<int> errors = {};
    Body reads = Body::json;
    bool uploads = false;      // multipart with a part `file`
    int64_t most_bytes = 0;    // of a body; 0: http.body_bytes
    const char* failure = "";  // what the contract says when this did not work
};

struct Route {
    const char* method;
    const char* pattern;  // "/ocms/robots/{robot_id}"
    Auth auth;
    Rate rate;
    Handler handler;
    const char* summary;
    RouteDoc doc = {};
};

// What a refusal is about; `route` is nullptr where none was found.
struct Refused {
    const std::string& request_id;
    const Route* route;
};

// How one contract says "no", and under which names it knows its callers.
struct Door {
    const char* name;  // "ocms"
    const char* title;
    const char* prefix;  // "/ocms"
    Reply (*fault)(const Error& error, const Refused& what);
    int (*status)(Fault fault);
    const char* rate = "rate.conf";  // nginx's limits for its locations
    // What it says for a fault in words; where it is set, refusals stand in the log that administrators read.
    std::string (*text)(const Error& error) = nullptr;
    const char* token_header = nullptr;  // where a token may stand beside Authorization
};

struct Group {
    const Door& door;
    const char* name;  // "ocms-robots": the binary, the socket, the upstream
    std::span<const Route> routes;
};

Reply reply_json(json::Writer&& writer, int status = 200);

}  // namespace hy::api
