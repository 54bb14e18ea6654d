#include "api/router.h"

#include <algorithm>

#include "base/errors.h"

namespace hy::api {

namespace {

bool is_param(const std::string& segment) { return segment.starts_with('{'); }

// Where the first difference between two shapes lies decides: the literal goes first.
bool more_literal(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        if (is_param(a[i]) != is_param(b[i])) return is_param(b[i]);
    return a.size() < b.size();
}

bool same_shape(const std::vector<std::string>& a, const std::vector<std::string>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return is_param(x) && is_param(y) ? true : x == y; });
}

bool fits(const std::vector<std::string>& pattern, const std::vector<std::string>& segments) {
    return std::equal(pattern.begin(), pattern.end(), segments.begin(), segments.end(),
                      [](const auto& p, const auto& s) { return is_param(p) || p == s; });
}

}  // namespace

Router::Router(std::span<const Route> routes) {
    for (const Route& route : routes) {
        const auto segments = http::path_segments(route.pattern);
        if (!segments) throw Error(Fault::internal, "route", "", std::string("bad pattern ") + route.pattern);
        for (const Entry& other : entries_)
            if (std::string_view(other.route->method) == route.method && same_shape(other.segments, *segments))
                throw Error(Fault::internal, "route", "",
                            std::string("ambiguous: ") + route.method + " " + route.pattern);
        entries_.push_back({&route, *segments});
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const Entry& a, const Entry& b) { return more_literal(a.segments, b.segments); });
}

Match Router::match(std::string_view method, const std::vector<std::string>& segments) const {
    Match match;
    const Entry* first = nullptr;
    for (const Entry& entry : entries_) {
        // Methods of the same, most literal shape only.
        if (!fits(entry.segments, segments) || (first && !same_shape(first->segments, entry.segments))) continue;
        if (!first) first = &entry;
        match.allowed.emplace_back(entry.route->method);
        if (method != entry.route->method) continue;
        match.route = entry.route;
        for (size_t i = 0; i < segments.size(); ++i)
            if (is_param(entry.segments[i]))
                match.params.emplace_back(entry.segments[i].substr(1, entry.segments[i].size() - 2), segments[i]);
    }
    return match;
}

}  // namespace hy::api
