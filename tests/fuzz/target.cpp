// Path and query of a request target, and the router behind them: what comes out is safe to
// use as it is, and reads back the same when it is written again.
#include <algorithm>

#include "api/router.h"
#include "base/text.h"
#include "fuzz.h"
#include "http/message.h"

namespace {

using namespace hy;
using fuzz::expect;

void check_path(std::string_view target) {
    const auto segments = http::path_segments(target);
    if (!segments) return;
    expect(target.starts_with('/'), "a path begins with /");
    std::string again;
    for (const auto& segment : *segments) {
        expect(!segment.empty() && segment != "." && segment != "..", "no segment leads elsewhere");
        expect(segment.find('/') == std::string::npos && segment.find('\0') == std::string::npos, "no / and no NUL");
        expect(valid_utf8(segment), "segments are UTF-8");
        again += "/" + http::percent_encode(segment);
    }
    expect(http::path_segments(again.empty() ? "/" : again) == segments, "written again, the same path");
    expect(http::path_segments(again + "/?x") == segments, "a slash at the end and a query change nothing");
    expect(!http::path_segments(again + "/%2e%2e/x"), "an encoded .. is refused behind any path");
}

void check_query(std::string_view target) {
    const auto query = http::parse_query(target);
    if (!query) return;
    expect(query->size() <= 64, "a query has a bound");
    std::string again = "/?";
    for (const auto& [name, value] : *query) {
        expect(valid_utf8(name) && valid_utf8(value), "a query is UTF-8");
        expect((name + value).find('\0') == std::string::npos, "without NUL");
        again += "&" + http::percent_encode(name) + "=" + http::percent_encode(value);
    }
    expect(http::parse_query(again) == query, "written again, the same query");
    for (const auto& [name, value] : *query) expect(http::find(*query, name).has_value(), "what is there is found");
}

api::Reply nothing(api::Call&) { return {}; }

void check_route(std::string_view target) {
    using api::Auth, api::Rate;
    static const api::Route routes[] = {
        {"GET", "/ocms/robots/", Auth::user, Rate::normal, nothing, ""},
        {"GET", "/ocms/robots/{robot_id}", Auth::user, Rate::normal, nothing, ""},
        {"PUT", "/ocms/robots/{robot_id}", Auth::user, Rate::normal, nothing, ""},
        {"GET", "/ocms/robots/mine", Auth::user, Rate::normal, nothing, ""},
        {"GET", "/ocms/files/{key}/{name}", Auth::none, Rate::normal, nothing, ""},
    };
    static const api::Router router(routes);
    const auto segments = http::path_segments(target);
    if (!segments) return;
    const api::Match match = router.match("GET", *segments);
    if (!match.route) return;
    const auto pattern = *http::path_segments(match.route->pattern);
    expect(pattern.size() == segments->size() && !match.allowed.empty(), "a route has as many segments");
    size_t at = 0;
    for (size_t i = 0; i < pattern.size(); ++i)
        if (pattern[i].starts_with('{')) expect(match.params[at++].second == (*segments)[i], "parameters in order");
        else expect(pattern[i] == (*segments)[i], "literals are literal");
    const bool literal = segments->size() == 3 && (*segments)[1] == "robots" && (*segments)[2] == "mine";
    expect(!literal || match.params.empty(), "a literal beats a parameter");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view target = fuzz::view(data, size);
    check_path(target);
    check_query(target);
    check_route(target);
    return 0;
}
