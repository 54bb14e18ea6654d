// From a path to a route: segments compared one by one, literals beating parameters.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "api/route.h"

namespace hy::api {

struct Match {
    const Route* route = nullptr;      // nullptr: no route of that method
    std::vector<std::string> allowed;  // methods of this path; empty: no such path
    std::vector<std::pair<std::string, std::string>> params;
};

class Router {
public:
    // Throws when two routes could mean the same request.
    explicit Router(std::span<const Route> routes);
    Match match(std::string_view method, const std::vector<std::string>& segments) const;

private:
    struct Entry {
        const Route* route;
        std::vector<std::string> segments;  // a parameter is "{name}"
    };
    std::vector<Entry> entries_;  // more literal first
};

}  // namespace hy::api
