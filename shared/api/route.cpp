#include "api/route.h"

#include "base/text.h"

namespace hy::api {

const std::string& Call::param(std::string_view name) const {
    for (const auto& [key, value] : params)
        if (key == name) return value;
    throw Error(Fault::internal, "route", "", "no such path parameter: " + std::string(name));
}

int64_t Call::query_int(std::string_view name, int64_t fallback, int64_t low, int64_t high) const {
    const auto text = http::find(query, name);
    if (!text) return fallback;
    const auto number = to_int(*text);
    if (!number || *number < low || *number > high)
        throw Error(Fault::bad_request, "query",
                    std::string(name) + ": from " + std::to_string(low) + " to " + std::to_string(high));
    return *number;
}

std::string Call::query_text(std::string_view name) const { return http::find(query, name).value_or(""); }

void Call::require_voice() const {
    if (identity->muted) throw Error(Fault::forbidden, "account.muted");
}

Reply reply_json(json::Writer&& writer, int status) {
    Reply reply;
    reply.status = status;
    reply.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    reply.body = std::move(writer).take();
    return reply;
}

}  // namespace hy::api
