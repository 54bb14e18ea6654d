#include "api/pipeline.h"

#include "api/texts.h"
#include "base/log.h"
#include "base/text.h"
#include "core/logs.h"
#include "core/operators.h"
#include "core/robots.h"
#include "json/writer.h"

namespace hy::api {

namespace {
constexpr int kLoggedASecond = 20;

bool for_talkers(Auth auth) {
    return auth == Auth::talker || auth == Auth::user_or_agent || auth == Auth::optional ||
           auth == Auth::talker_or_operator;
}
bool for_operators(Auth auth) {
    return auth == Auth::operator_only || auth == Auth::talker_or_operator || auth == Auth::admin_or_operator;
}
bool for_admins(Auth auth) { return auth == Auth::admin || auth == Auth::admin_or_operator; }
}  // namespace

// What the log line and the metrics say of a request.
struct Pipeline::Done {
    const Route* route = nullptr;
    bool is_link = false, failed = false;  // failed: of the house's own fault, whatever the status
    std::string code = "ok", principal, why;
    int64_t start_us = monotonic_us();
    int64_t db_us = db::Database::thread_us();
};

Pipeline::Pipeline(const Group& group, Services& services)
    : group_(group), services_(services), router_(group.routes) {}

http::Response Pipeline::handle(const http::Request& request) {
    Done done;
    Reply reply;
    try {
        reply = answer(request, done);
    } catch (const Error& error) {
        reply = refuse(error, request, done);
    } catch (const std::exception& e) {
        reply = refuse(Error(Fault::internal, "internal", "", e.what()), request, done);
    }
    reply.headers.emplace_back("X-Request-Id", request.request_id);
    record(request, reply, done);
    return reply;
}

Reply Pipeline::answer(const http::Request& request, Done& done) {
    const auto segments = http::path_segments(request.target);
    const auto query = http::parse_query(request.target);
    if (!segments) throw Error(Fault::bad_request, "path");
    if (!query) throw Error(Fault::bad_request, "query");
    Match match = router_.match(request.method, *segments);
    if (match.allowed.empty()) throw Error(Fault::not_found, "path.not_found");
    if (!match.route) {
        std::string allow;
        for (const auto& method : match.allowed) allow += (allow.empty() ? "" : ", ") + method;
        throw Error(Fault::bad_request, "method", allow);
    }
    const Route& route = *match.route;
    done.route = &route;
    done.is_link = route.auth == Auth::optional;
    Call call{services_,    request,     std::move(match.params), std::move(*query), std::nullopt, {},
              std::nullopt, &group_.door};
    authenticate(call, route, request);
    if (call.identity) done.principal = call.is_operator() ? "operator" : call.identity->principal.name();
    if (for_admins(route.auth) && !call.is_admin() && !call.is_operator()) throw Error(Fault::forbidden, "admin");
    read_body(call, route, request);
    return route.handler(call);
}

namespace {

std::string bearer(const http::Request& request) {
    const std::string_view header = request.header("authorization");
    if (lower(header.substr(0, 7)) != "bearer ") return {};
    return std::string(trim(header.substr(7)));
}

}  // namespace

std::optional<sessions::Identity> identify_agent(Services& services, const std::string& api_key) {
    const auto robot = services.db.read([&](db::Session& s) { return robots::find_by_api_key(s, api_key); });
    if (!robot) return std::nullopt;
    sessions::Identity identity;
    identity.principal = robot_principal(robot->id);
    identity.public_id = robot->public_id;
    identity.version = robot->version;
    identity.owner = robot->owner;
    return identity;
}

void Pipeline::authenticate(Call& call, const Route& route, const http::Request& request) {
    if (route.rate == Rate::normal &&
        services_.refusals.blocked_seconds(services_.db, services_.house, request.address) > 0)
        throw Error(Fault::too_many, "address.blocked");
    if (route.auth == Auth::none) return;
    std::string token = bearer(request);
    if (token.empty() && group_.door.token_header) token = trim(request.header(group_.door.token_header));
    const std::string api_key(request.header("x-api-key"));
    if (route.auth == Auth::device) return authenticate_device(call, token);
    if (route.auth == Auth::user_or_key && token.starts_with("sk-api-")) {
        call.identity = identify_agent(services_, token);
        if (!call.identity) throw Error(Fault::unauthorized, "api_key");
        return;
    }
    if (for_operators(route.auth)) {
        call.identity = operators::identify(services_.house, token);
        if (call.identity) return;
    }
    const bool agents = route.auth == Auth::user_or_agent || route.auth == Auth::optional;
    if (!token.empty()) call.identity = services_.standing.check(services_.db, services_.house, token);
    else if (agents && !api_key.empty()) call.identity = identify_agent(services_, api_key);
    else if (route.auth == Auth::optional) return;
    const bool by_key = agents && token.empty() && !api_key.empty();
    if (!call.identity) throw Error(Fault::unauthorized, by_key ? "api_key" : "token");
    if (call.identity->scope == sessions::kTalking && !for_talkers(route.auth)) throw Error(Fault::forbidden, "scope");
    if (route.auth == Auth::operator_only) throw Error(Fault::forbidden, "operator");
}

void Pipeline::authenticate_device(Call& call, const std::string& token) {
    call.device =
        services_.db.read([&](db::Session& s) { return devices::identify(s, services_.house, token, "robot"); });
    call.identity.emplace();
    call.identity->principal = robot_principal(call.device->robot);
    call.identity->public_id = call.device->robot_id;
    call.identity->owner = call.device->owner;
}

void Pipeline::read_body(Call& call, const Route& route, const http::Request& request) {
    if (route.doc.reads == Body::stream || !request.body) return;
    const int64_t most_bytes = std::max(services_.config.http.body_bytes, route.doc.most_bytes);
    const auto most = static_cast<size_t>(most_bytes);
    if (request.content_length > most_bytes) throw Error(Fault::too_large, "body.size");
    char buffer[16384];
    while (const size_t got = request.body->read(buffer, sizeof buffer)) {
        if (call.body.size() + got > most) throw Error(Fault::too_large, "body.size");
        call.body.append(buffer, got);
    }
    if (static_cast<int64_t>(call.body.size()) < request.content_length)
        throw Error(Fault::bad_request, "body", "cut short");
}

// For administrators: what was refused for other reasons than a bad body or token, and what failed. A flood of them
// costs a few rows a second.
void Pipeline::write_down(const Error& error, const Reply& reply, const http::Request& request, const Done& done) {
    const bool telling = error.fault == Fault::forbidden || error.fault == Fault::not_found ||
                         error.fault == Fault::conflict || done.failed;
    // A database that is away takes no entry either.
    if (!group_.door.text || !done.route || !telling || error.code == "database") return;
    const int64_t second = services_.clock.now_ms() / 1000;
    if (log_second_.exchange(second) != second) logged_ = 0;
    if (logged_.fetch_add(1) >= kLoggedASecond) return;
    json::Writer w;
    w.begin_object().field("code", error.code).field("requestId", request.request_id).field("status", reply.status);
    w.field("route", std::string(done.route->method) + " " + done.route->pattern);
    w.field("principal", done.principal).end_object();
    try {
        services_.db.read([&](db::Session& s) {
            logs::write(s, services_.house,
                        {.type = done.failed ? logs::Type::error : logs::Type::api,
                         .level = logs::Level::error,
                         .message = group_.door.text(error),
                         .details = std::string(w.text()),
                         .address = request.address});
        });
    } catch (const Error& away) {
        log::warn("a refusal was not written down", {{"why", away.what()}});
    }
}

Reply Pipeline::refuse(const Error& error, const http::Request& request, Done& done) {
    done.code = error.code;
    done.why = error.what();
    done.failed = status_of(error.fault) >= 500;
    // An old link in a page is no attempt to get in.
    const bool attempt =
        !request.header("authorization").empty() || !request.header("x-api-key").empty() || !done.is_link;
    if (error.fault == Fault::unauthorized && attempt) {
        try {
            services_.refusals.count(services_.db, services_.house, request.address);
        } catch (const Error& away) {
            log::warn("a refusal was not counted", {{"why", away.what()}});
        }
    }
    Reply reply = group_.door.fault(error, {request.request_id, done.route});
    write_down(error, reply, request, done);
    if (error.code == "method") {
        reply.status = 405;
        reply.headers.emplace_back("Allow", error.detail);
    }
    if (error.fault == Fault::too_many)
        reply.headers.emplace_back("Retry-After", std::to_string(to_int(error.detail).value_or(60)));
    return reply;
}

// Looked up by a request with one key; their names and labels are put together once.
const Pipeline::Series& Pipeline::series(const Route* route, int status) {
    std::lock_guard lock(mutex_);
    const auto found = series_.find({route, status});
    if (found != series_.end()) return found->second;
    // A method that matched nothing is the client's invention: not a label.
    const std::string name = route ? std::string(route->method) + " " + route->pattern : "-";
    const std::string label = "route=\"" + name + "\"",
                      with_status = label + ",status=\"" + std::to_string(status) + "\"";
    auto& metrics = services_.metrics;
    const Series made = {metrics.counter("hongyan_requests_total", "Requests by route and status", with_status),
                         metrics.histogram("hongyan_request_seconds", "Time of a request", label),
                         metrics.histogram("hongyan_request_database_seconds", "Time waiting for the database", label)};
    return series_.emplace(std::pair(route, status), made).first->second;
}

void Pipeline::record(const http::Request& request, const Reply& reply, const Done& done) {
    const int64_t us = monotonic_us() - done.start_us, db_us = db::Database::thread_us() - done.db_us;
    const Series& metrics = series(done.route, reply.status);
    metrics.requests.add();
    metrics.seconds.observe_us(us);
    metrics.database.observe_us(db_us);
    const auto level = done.failed ? log::Level::error : log::Level::info;
    const double ms = static_cast<double>(us) / 1000, db_ms = static_cast<double>(db_us) / 1000;
    log::write(level, "request",
               {{"request_id", request.request_id},
                {"door", group_.door.name},
                {"method", request.method},
                {"route", done.route ? done.route->pattern : "-"},
                {"status", reply.status},
                {"code", done.code},
                {"ms", ms},
                {"db_ms", db_ms},
                {"principal", done.principal},
                {"why", done.failed ? done.why : std::string()}});
}

}  // namespace hy::api
