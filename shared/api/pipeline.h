// The way of a request through a handler, in a fixed order: parse, match, authenticate,
// authorise, limits, handler, envelope, log and metrics. Exceptions end here and only here.
#pragma once
#include <atomic>
#include <map>
#include <mutex>
#include <utility>

#include "api/route.h"
#include "api/router.h"

namespace hy::api {

class Pipeline {
public:
    Pipeline(const Group& group, Services& services);
    http::Response handle(const http::Request& request);

private:
    struct Done;
    // The metrics of a route's answers with one status.
    struct Series {
        metrics::Counter& requests;
        metrics::Histogram &seconds, &database;
    };
    Reply answer(const http::Request& request, Done& done);
    void authenticate(Call& call, const Route& route, const http::Request& request);
    void authenticate_device(Call& call, const std::string& token);
    void read_body(Call& call, const Route& route, const http::Request& request);
    void write_down(const Error& error, const Reply& reply, const http::Request& request, const Done& done);
    Reply refuse(const Error& error, const http::Request& request, Done& done);
    void record(const http::Request& request, const Reply& reply, const Done& done);
    const Series& series(const Route* route, int status);

    const Group& group_;
    Services& services_;
    Router router_;
    std::mutex mutex_;
    std::map<std::pair<const Route*, int>, Series> series_;
    std::atomic<int64_t> log_second_{0};
    std::atomic<int> logged_{0};
};

// Who a robot's API key is, or nothing.
std::optional<sessions::Identity> identify_agent(Services& services, const std::string& api_key);

}  // namespace hy::api
