// The two ways a request of a case reaches the code: through the pipeline of its group in
// this process, or through the running nginx. Both stand on the same house.
#pragma once
#include <memory>

#include "api/services.h"
#include "cases/case_file.h"
#include "http/message.h"

namespace hy::cases {

struct Sent {
    std::string method, target, body;
    Pairs headers;
};

// The running stack's settings, with hands of our own on the clock.
class ShiftedClock final : public Clock {
public:
    int64_t now_ms() const override { return SystemClock().now_ms() + shift; }
    int64_t shift = 0;
};

struct World {
    explicit World(const std::string& conf_file);
    ~World();
    void reset_settings();  // as the file has them; the clock too

    std::string conf_file;
    Config config;
    ShiftedClock clock;
    std::unique_ptr<bus::Bus> bus;
    std::unique_ptr<api::Services> services;
};

class Executor {
public:
    virtual ~Executor() = default;
    virtual http::Response send(const Sent& sent) = 0;
};

// `address`: whom the house takes the client for.
std::unique_ptr<Executor> pipeline_executor(World& world, std::string address);
std::unique_ptr<Executor> nginx_executor(std::string url);

}  // namespace hy::cases
